package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/infra/syncctl/document"
	"ongoing24so/shared/digest"
	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// timeLayout is how the state table writes times; see shared/state.
const timeLayout = "2006-01-02T15:04:05.000Z"

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

func key(customer, record string) document.Item {
	return document.Item{naming.PartitionKey: dynamoattr.Text(customer), naming.SortKey: dynamoattr.Text(record)}
}

// record reads one record into a struct. It reports false if there is none.
func (s *Stack) record(ctx context.Context, customer, name string, into any) (bool, error) {
	out, err := s.db.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.stateTable, Key: key(customer, name), ConsistentRead: aws.Bool(true),
	})
	if err != nil || out.Item == nil {
		return false, explained(err)
	}
	return true, decode(out.Item, into)
}

func decode(it document.Item, into any) error {
	if err := attributevalue.UnmarshalMap(it, into); err != nil {
		return fmt.Errorf("record %s: %w: %w", document.String(it, naming.SortKey), state.ErrUnreadable, err)
	}
	return nil
}

// records returns the records of a customer whose names begin with prefix, by name, or from the last one on if newest
// is not 0, which limits their number.
func (s *Stack) records(ctx context.Context, customer, prefix string, newest int) ([]document.Item, error) {
	in := &dynamodb.QueryInput{
		TableName: &s.stateTable, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("#customer = :customer"),
		ExpressionAttributeNames:  map[string]string{"#customer": naming.PartitionKey},
		ExpressionAttributeValues: document.Item{":customer": dynamoattr.Text(customer)},
	}
	if prefix != "" { // DynamoDB refuses an empty one
		in.KeyConditionExpression = aws.String("#customer = :customer AND begins_with(#record, :prefix)")
		in.ExpressionAttributeNames["#record"] = naming.SortKey
		in.ExpressionAttributeValues[":prefix"] = dynamoattr.Text(prefix)
	}
	if newest > 0 {
		in.ScanIndexForward, in.Limit = aws.Bool(false), aws.Int32(int32(min(newest, 1000)))
	}
	var found []document.Item
	for pages := dynamodb.NewQueryPaginator(s.db, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, explained(err)
		}
		found = append(found, page.Items...)
		if newest > 0 && len(found) >= newest {
			return found[:newest], nil
		}
	}
	return found, nil
}

// A Mark is what the schedule knows of the last runs of a process for a customer.
type Mark struct{ state.Mark }

// Running reports whether a run is under way.
func (m Mark) Running(now time.Time) bool { return m.Holder != "" && now.Before(m.Until) }

// Marks returns the marks of a customer by process.
func (s *Stack) Marks(ctx context.Context, customer string) (map[naming.Process]Mark, error) {
	found, err := s.records(ctx, customer, "lease#", 0)
	marks := map[naming.Process]Mark{}
	for _, it := range found {
		var m Mark
		if err := decode(it, &m); err != nil {
			return nil, err
		}
		marks[naming.Process(strings.TrimPrefix(document.String(it, naming.SortKey), "lease#"))] = m
	}
	return marks, err
}

// Cursor returns the cursor of a process; the zero Cursor if there is none.
func (s *Stack) Cursor(ctx context.Context, customer string, process naming.Process) (c state.Cursor, err error) {
	_, err = s.record(ctx, customer, "cursor#"+string(process), &c)
	return c, err
}

// Digest returns the trouble of all customers, as the functions collect it for the daily mail.
func (s *Stack) Digest(ctx context.Context) (digest.Digest, error) {
	d, err := digest.Collect(ctx, settings.NewReader(s.db, s.settingsTable, s.Hosts),
		state.New(s.db, s.stateTable, s.Now), s.Now())
	return d, explained(err)
}

// Usage returns what a customer has used of 24SevenOffice in the month of a time (UTC), with what its processes have
// not added to the record of the month yet.
func (s *Stack) Usage(
	ctx context.Context, customer string, at time.Time, marks map[naming.Process]Mark,
) (u state.MonthUsage, err error) {
	month := at.UTC().Format("2006-01")
	if _, err = s.record(ctx, customer, "usage#"+month, &u); err != nil {
		return u, err
	}
	u.Month = month
	for _, m := range marks {
		if m.Pending != nil {
			u.Calls, u.Bytes = u.Calls+m.Pending.Calls, u.Bytes+m.Pending.Bytes
		}
	}
	return u, nil
}

// A Failure is a record that was refused or is held.
type Failure struct {
	Process  naming.Process `dynamodbav:"process" json:"process"`
	Key      string         `dynamodbav:"key" json:"key"`
	Class    string         `dynamodbav:"class" json:"class"`
	Message  string         `dynamodbav:"message" json:"message"`
	Attempts int            `dynamodbav:"attempts" json:"attempts"`
	FirstAt  time.Time      `dynamodbav:"firstAt" json:"firstAt"`
	LastAt   time.Time      `dynamodbav:"lastAt" json:"lastAt"`
	NextAt   time.Time      `dynamodbav:"nextAt" json:"nextAt"`
	// DismissedAt is when a person dismissed it; zero if nobody has.
	DismissedAt time.Time `dynamodbav:"dismissedAt" json:"dismissedAt,omitzero"`
	// Record is the record's name in the state table, and Version the version that it had when it was read.
	Record  string `dynamodbav:"record" json:"-"`
	Version int    `dynamodbav:"version" json:"-"`
}

// Held reports whether the record waits for a person.
func (f Failure) Held() bool { return f.Class == "held" }

// Dismissed reports whether a person has settled the record without having it written.
func (f Failure) Dismissed() bool { return !f.DismissedAt.IsZero() }

// Failures returns the failures of a customer, dismissed ones too, newest first.
func (s *Stack) Failures(ctx context.Context, customer string) ([]Failure, error) {
	found, err := s.records(ctx, customer, "failure#", 0)
	all := []Failure{}
	for _, it := range found {
		var f Failure
		if err := decode(it, &f); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b Failure) int { return b.FirstAt.Compare(a.FirstAt) })
	return all, err
}

// Runs returns the newest run records of a process for a customer, newest first.
func (s *Stack) Runs(
	ctx context.Context, customer string, process naming.Process, most int,
) ([]runner.RunRecord, error) {
	found, err := s.records(ctx, customer, "run#"+string(process)+"#", most)
	runs := []runner.RunRecord{}
	for _, it := range found {
		text, err := json.Marshal(dynamoattr.Plain(&types.AttributeValueMemberM{Value: it}))
		if err != nil {
			return nil, err
		}
		var run runner.RunRecord
		if err := json.Unmarshal(text, &run); err != nil {
			return nil, fmt.Errorf("record %s cannot be understood: %w", document.String(it, naming.SortKey), err)
		}
		runs = append(runs, run)
	}
	return runs, err
}

// FirstRunAt returns when the oldest run that is still recorded started; zero if there is none.
func (s *Stack) FirstRunAt(ctx context.Context, customer string, process naming.Process) (time.Time, error) {
	prefix := "run#" + string(process) + "#"
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.stateTable, ConsistentRead: aws.Bool(true), Limit: aws.Int32(1),
		KeyConditionExpression:   aws.String("#customer = :customer AND begins_with(#record, :prefix)"),
		ExpressionAttributeNames: map[string]string{"#customer": naming.PartitionKey, "#record": naming.SortKey},
		ExpressionAttributeValues: document.Item{
			":customer": dynamoattr.Text(customer), ":prefix": dynamoattr.Text(prefix),
		},
	})
	if err != nil || len(out.Items) == 0 {
		return time.Time{}, explained(err)
	}
	return time.Parse(time.RFC3339Nano, document.String(out.Items[0], "startedAt"))
}

// Link reads a link (order#…, article#…, supplier#…) into one of shared/state's. It reports false if there is none.
func (s *Stack) Link(ctx context.Context, customer, name string, into any) (bool, error) {
	return s.record(ctx, customer, name, into)
}

// partition returns the state of a customer under its present binding, as the functions read it.
func (s *Stack) partition(ctx context.Context, customer string) (*state.Partition, error) {
	binding, _, err := s.Binding(ctx, customer)
	if err != nil {
		return nil, err
	}
	p := state.New(s.db, s.stateTable, s.Now).Partition(customer)
	return p, explained(p.Load(ctx, naming.Shipments, binding.OngoingBaseURL, binding.GoodsOwnerID))
}

// OpenOrders returns the links of the orders that have been in Ongoing and neither shipped nor cancelled since a time
// or longer, oldest first. It reads the index of open orders.
func (s *Stack) OpenOrders(ctx context.Context, customer string, since time.Time) ([]state.OrderLink, error) {
	p, err := s.partition(ctx, customer)
	if err != nil {
		return nil, err
	}
	open, err := p.OpenSince(ctx, since)
	slices.SortStableFunc(open, func(a, b state.OrderLink) int { return a.ImportedAt.Compare(b.ImportedAt) })
	return open, explained(err)
}

// Orders returns all order links of the customer's present binding.
func (s *Stack) Orders(ctx context.Context, customer string) ([]state.OrderLink, error) {
	p, err := s.partition(ctx, customer)
	if err != nil {
		return nil, err
	}
	var all []state.OrderLink
	for l, err := range p.EachOrder(ctx) {
		if err != nil {
			return nil, explained(err)
		}
		all = append(all, l)
	}
	return all, nil
}

// Articles returns all article links of the customer's present binding.
func (s *Stack) Articles(ctx context.Context, customer string) ([]state.ArticleLink, error) {
	p, err := s.partition(ctx, customer)
	if err != nil {
		return nil, err
	}
	var all []state.ArticleLink
	for l, err := range p.EachArticle(ctx) {
		if err != nil {
			return nil, explained(err)
		}
		all = append(all, l)
	}
	return all, nil
}

// Binding returns what the customer's records belong to. It reports false if the customer is not bound.
func (s *Stack) Binding(ctx context.Context, customer string) (b state.Binding, bound bool, err error) {
	bound, err = s.record(ctx, customer, "binding", &b)
	return b, bound, err
}

// CheckGoodsOwner returns an error that names the other customer if a goods owner is bound to one.
func (s *Stack) CheckGoodsOwner(ctx context.Context, customer, baseURL string, goodsOwner int) error {
	p := state.New(s.db, s.stateTable, s.Now).Partition(customer)
	if err := p.Load(ctx, naming.Articles, baseURL, goodsOwner); err != nil {
		return err
	}
	return p.CheckOwner(ctx, state.Binding{OngoingBaseURL: baseURL, GoodsOwnerID: goodsOwner})
}

// Unbind deletes a customer's binding if it is still the one that was read: the next live run binds the customer again.
// A run that is under way writes nothing more. A crash right after it leaves a customer that is not bound.
func (s *Stack) Unbind(ctx context.Context, customer string, read state.Binding) error {
	condition := "#company = :company AND #url = :url AND #owner = :owner"
	_, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.stateTable, Key: key(customer, "binding"), ConditionExpression: &condition,
		ExpressionAttributeNames: map[string]string{
			"#company": "office24ClientId", "#url": "ongoingBaseUrl", "#owner": "goodsOwnerId",
		},
		ExpressionAttributeValues: document.Item{
			":company": &types.AttributeValueMemberN{Value: fmt.Sprint(read.Office24ClientID)},
			":url":     dynamoattr.Text(read.OngoingBaseURL), ":owner": dynamoattr.Number(read.GoodsOwnerID),
		},
	})
	if failed := new(types.ConditionalCheckFailedException); errors.As(err, &failed) {
		return errors.New("the customer's binding was changed since it was read; nothing was deleted, try again")
	}
	return explained(err)
}

// DeleteRecords deletes all records of a customer, and calls done after each. It can be repeated after a crash.
func (s *Stack) DeleteRecords(ctx context.Context, customer string, done func()) error {
	found, err := s.records(ctx, customer, "", 0)
	for _, it := range found {
		record := document.String(it, naming.SortKey)
		if strings.HasPrefix(record, actionPrefix) {
			continue // what people did stays
		}
		_, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.stateTable, Key: key(customer, record)})
		if err != nil {
			return explained(err)
		}
		done()
	}
	return err
}
