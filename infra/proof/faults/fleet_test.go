package faults_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// The past of a fleet, in time before the present. The edits are older than the next cursor by more than the runner's
// overlap, so that a cursor that wrongly passes them loses them.
const (
	seededAgo = 5 * time.Hour
	cursorAgo = 3 * time.Hour
	editedAgo = 2 * time.Hour
)

// A fleet is many customers of one environment with the same scenario, and the functions' real binaries.
type fleet struct {
	t         testing.TB
	scenario  scenario
	env       *testenv.Env
	functions map[naming.Process]*testenv.Function
	customers []*testenv.Merchant
	// vendors is how far the vendors' clocks are behind the machine's clock, which the functions use.
	vendors atomic.Int64
	lines   []string // of all functions so far
	// records is the state at the last refresh, by customer and name.
	records map[string]map[string]testenv.Record
}

// newFleet prepares customers with these names for the run that a scenario is about.
func newFleet(t testing.TB, folder string, s scenario, names []string) *fleet {
	t.Helper()
	f := &fleet{t: t, scenario: s, functions: map[naming.Process]*testenv.Function{}}
	now := func() time.Time { return time.Now().Add(-time.Duration(f.vendors.Load())) }
	var err error
	f.env, err = testenv.Start(testenv.Options{
		Office24: office24test.Options{Now: now}, Ongoing: ongoingtest.Options{Now: now},
	})
	f.must(err)
	t.Cleanup(f.close)
	for _, p := range s.before {
		f.functions[p], err = f.env.Function(folder, p)
		f.must(err)
	}
	f.vendors.Store(int64(seededAgo))
	for _, name := range names {
		f.add(name)
	}
	for _, p := range s.before {
		f.prepare(p)
	}
	f.vendors.Store(int64(editedAgo))
	for _, c := range f.customers {
		f.must(s.change(c))
	}
	f.rewind(cursorAgo, "cursor#", "lease#")
	f.vendors.Store(0)
	return f
}

func (f *fleet) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fleet) close() {
	for _, v := range append(f.env.Office24.Violations(), f.env.Ongoing.Violations()...) {
		f.t.Errorf("%s: a call broke the vendor's rules: %s", f.scenario.process, v)
	}
	if err := f.env.Close(); err != nil {
		f.t.Error(err)
	}
}

func (f *fleet) add(name string) {
	c, err := f.env.AddMerchant(f.t.Context(), name, f.scenario.settings)
	f.must(err)
	// With the company's number in the settings, every login checks the company.
	c.Settings["office24"] = map[string]any{"clientId": c.Company.ClientID()}
	f.must(f.env.PutSettings(f.t.Context(), c.Settings))
	f.scenario.seed(c)
	f.customers = append(f.customers, c)
}

// prepare runs a process for all customers without trouble.
func (f *fleet) prepare(p naming.Process) {
	f.t.Helper()
	result, err := f.run(p, map[string]any{})
	f.must(err)
	if n := result.Outcomes[runner.OK]; n != len(f.customers) {
		f.t.Fatalf("%s: %d of %d customers are ok in an undisturbed run of %s: %+v",
			f.scenario.process, n, len(f.customers), p, result.Customers[0])
	}
	for _, c := range f.customers {
		if p == naming.Articles {
			f.must(stock(c))
		}
	}
}

// run invokes a function.
func (f *fleet) run(p naming.Process, event map[string]any) (runner.Result, error) {
	result, lines, err := f.functions[p].Run(f.t.Context(), event)
	f.lines = append(f.lines, lines...)
	return result, err
}

// refresh reads the state of all customers in one scan, because the embedded DynamoDB is slow at queries.
func (f *fleet) refresh() {
	f.t.Helper()
	f.records = map[string]map[string]testenv.Record{}
	table := dynamodbtest.StateTable
	pages := dynamodb.NewScanPaginator(f.env.DynamoDB.Client(), &dynamodb.ScanInput{TableName: &table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(f.t.Context())
		f.must(err)
		for _, item := range page.Items {
			var record testenv.Record
			f.must(attributevalue.UnmarshalMap(item, &record))
			customer, name := fmt.Sprint(record[naming.PartitionKey]), fmt.Sprint(record[naming.SortKey])
			if f.records[customer] == nil {
				f.records[customer] = map[string]testenv.Record{}
			}
			f.records[customer][name] = record
		}
	}
}

// rewind moves all times in the records with these prefixes into the past, as if that much time had passed.
func (f *fleet) rewind(by time.Duration, prefixes ...string) {
	f.t.Helper()
	f.refresh()
	for customer, records := range f.records {
		for name, record := range records {
			if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
				continue
			}
			for attribute, value := range record {
				text, isText := value.(string)
				if at, err := time.Parse(time.RFC3339, text); isText && err == nil {
					f.set(customer, name, attribute, at.Add(-by).UTC().Format(storedTime))
				}
			}
		}
	}
}

// storedTime is the format of times in the state. Conditions compare them as texts.
const storedTime = "2006-01-02T15:04:05.000Z"

// set writes one attribute of a record.
func (f *fleet) set(customer, record, attribute, value string) {
	f.t.Helper()
	f.setValue(customer, record, attribute, &types.AttributeValueMemberS{Value: value})
}

func (f *fleet) setNumber(customer, record, attribute string, value int) {
	f.t.Helper()
	f.setValue(customer, record, attribute, &types.AttributeValueMemberN{Value: strconv.Itoa(value)})
}

func (f *fleet) setValue(customer, record, attribute string, value types.AttributeValue) {
	f.t.Helper()
	table, update := dynamodbtest.StateTable, "SET #attribute = :value"
	_, err := f.env.DynamoDB.Client().UpdateItem(context.Background(), &dynamodb.UpdateItemInput{
		TableName: &table, UpdateExpression: &update,
		Key: map[string]types.AttributeValue{
			naming.PartitionKey: &types.AttributeValueMemberS{Value: customer},
			naming.SortKey:      &types.AttributeValueMemberS{Value: record},
		},
		ExpressionAttributeNames:  map[string]string{"#attribute": attribute},
		ExpressionAttributeValues: map[string]types.AttributeValue{":value": value},
	})
	f.must(err)
}

// letDayPass lets more than a day pass for leases and pauses, but not for cursors and edits.
func (f *fleet) letDayPass() { f.rewind(25*time.Hour, "lease#", "failure#") }

// A callCounts is how often each operation was called for a customer, and how many of the calls were writes.
type callCounts struct {
	calls  map[string]int
	writes int
}

// A journalPosition is a position in the two vendors' journals.
type journalPosition struct{ office24, ongoing int }

func (f *fleet) mark() journalPosition {
	return journalPosition{len(f.env.Office24.Journal()), len(f.env.Ongoing.Journal())}
}

// counts counts the calls since a position, by customer.
func (f *fleet) counts(since journalPosition) map[string]*callCounts {
	counts, tenants, owners := map[string]*callCounts{}, map[int64]*callCounts{}, map[int]*callCounts{}
	for _, c := range f.customers {
		n := &callCounts{calls: map[string]int{}}
		counts[c.ID], tenants[c.Company.ClientID()], owners[c.GoodsOwner.ID] = n, n, n
	}
	for _, call := range f.env.Office24.Journal()[since.office24:] {
		if n := tenants[call.Tenant]; n != nil {
			n.add(call.Operation, call.Write)
		}
	}
	for _, call := range f.env.Ongoing.Journal()[since.ongoing:] {
		if n := owners[call.GoodsOwner]; n != nil {
			n.add(call.Operation, call.Write)
		}
	}
	return counts
}

func (n *callCounts) add(operation string, write bool) {
	n.calls[operation]++
	if write {
		n.writes++
	}
}

// leaks finds people's data and secrets in what the functions wrote: their log lines and the state of their customers.
func (f *fleet) leaks() []string {
	var found []string
	search := func(where, text string, words []string) {
		for _, word := range words {
			if strings.Contains(text, word) {
				found = append(found, fmt.Sprintf("%s contains %q: %.300s", where, word, text))
			}
		}
	}
	f.refresh()
	words := canaries()
	for _, c := range f.customers {
		words = append(words, c.Secret.Office24.Password, c.Secret.Ongoing.Password, c.Secret.Office24.Username)
	}
	for _, line := range f.lines {
		search("a line", line, words)
	}
	for _, c := range f.customers {
		records, err := json.Marshal(f.records[c.ID])
		f.must(err)
		search("the state of "+c.ID, string(records), words)
	}
	return found
}

// failures returns a customer's failure records.
func failures(records map[string]testenv.Record) []testenv.Record {
	var found []testenv.Record
	for name, r := range records {
		if strings.HasPrefix(name, "failure#") {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b testenv.Record) int {
		return strings.Compare(fmt.Sprint(a["key"]), fmt.Sprint(b["key"]))
	})
	return found
}
