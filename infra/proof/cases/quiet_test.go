package cases_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/dynamodbtest"
	"ongoing24so/shared/testenv/harness"
)

// quarter lets a quarter of an hour pass and runs one process on the schedule.
func (w *world) quarter(p naming.Process) runner.Row {
	w.t.Helper()
	w.Clock.Forward(15 * time.Minute)
	result, err := harness.Invoke(w.t.Context(), w.Harness, functions[p], map[string]any{})
	must(w.t, err)
	return result.Customers[0]
}

// A tick in which nothing has happened reads the mark, and in one query the binding, the cursor and the failures, and
// writes the mark. The cursor is one more write an hour. What processes read of their links comes on top.
func TestQuietTickCostsTwoReadsAndOneWrite(t *testing.T) {
	t.Parallel()
	links := map[naming.Process]int{naming.Shipments: 1, naming.Suppliers: 1} // at most
	for _, e := range naming.Entries() {
		t.Run(string(e.Process), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]any{"suppliers": map[string]any{"enabled": true}})
			kettle := w.product("KET-17", "0")
			w.order(map[office24.ProductID]string{kettle: "1"})
			for range 4 {
				w.tick().wantOutcome(t, runner.OK)
			}
			w.quarter(e.Process)
			writes, hourly, secrets := 0.0, 0, w.Secrets.Calls()
			const ticks = 12
			logged := len(w.Output.String())
			for range ticks {
				before := w.DynamoDB.Consumed(dynamodbtest.StateTable)
				if row := w.quarter(e.Process); row.Outcome != runner.OK {
					t.Fatalf("got %+v", row)
				}
				after := w.DynamoDB.Consumed(dynamodbtest.StateTable)
				reads, units := after.Reads-before.Reads, after.ReadUnits-before.ReadUnits
				if reads > 2+links[e.Process] || units > float64(2+links[e.Process]) {
					t.Errorf("%d reads of %g units", reads, units)
				}
				if n := after.WriteUnits - before.WriteUnits; n == 2 {
					hourly++
				}
				writes += after.WriteUnits - before.WriteUnits
			}
			if writes != ticks+3 || hourly != 3 {
				t.Errorf("%d ticks write %g units", ticks, writes)
			}
			if calls := w.Secrets.Calls() - secrets; calls != ticks {
				t.Errorf("%d calls to Secrets Manager", calls)
			}
			lines := w.Output.String()[logged:]
			if n := strings.Count(lines, "\n"); n != 2*ticks { // the customer's line and the metrics
				t.Errorf("%d ticks log %d lines:\n%s", ticks, n, lines)
			}
			if counted, made := w.countedCalls(), len(w.Office24.Journal()); counted != made {
				t.Errorf("%d calls of 24SevenOffice are counted, %d were made", counted, made)
			}
		})
	}
}

// The import has used all but a few of its calls of this hour.
func TestLargeImportLeavesCallsForShipmentsAndStock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"salesOrders": map[string]any{"importedStatus": "Distribution"}})
	kettle := w.product("KET-17", "0")
	w.tick().wantOutcome(t, runner.OK)
	w.Clock.Forward(w.Clock.Now().Truncate(time.Hour).Add(time.Hour).Sub(w.Clock.Now())) // a new hour
	var orders []office24.OrderID
	for range 40 {
		orders = append(orders, w.order(map[office24.ProductID]string{kettle: "1"}))
	}
	const few = 3
	w.set("lease#salesorders", "hour", map[string]any{
		"at": w.Clock.Now().UTC().Format("2006-01-02T15:04:05.000Z"), "calls": 3000 - few,
	})
	before := len(w.Office24.Journal())
	row := w.quarter(naming.SalesOrders)
	if calls := len(w.Office24.Journal()) - before; calls > few {
		t.Errorf("the import made %d calls", calls)
	}
	if row.Outcome != runner.Partial || !strings.Contains(row.Reason, "share of the calls") || row.Failed != 0 {
		t.Errorf("the import: %+v", row)
	}
	if strings.Contains(w.lastMetrics(), `"VendorThrottled":1`) {
		t.Error("our own limit is told as the vendor's")
	}
	for _, p := range []naming.Process{naming.Shipments, naming.Stock} {
		if row := w.quarter(p); row.Outcome != runner.OK {
			t.Errorf("%s in the same hour: %+v", p, row)
		}
	}
	for range 8 { // two hours
		w.tick()
	}
	for _, id := range orders {
		w.wantStatus(id, office24.StatusDistribution)
		w.ongoingOrder(text(id))
	}
}

// countedCalls is how many calls of 24SevenOffice the state table has counted, in all months.
func (w *world) countedCalls() (n int) {
	for name, record := range w.Records() {
		counted, _ := record["pending"].(map[string]any)
		if strings.HasPrefix(name, "usage#") {
			counted = record
		}
		if calls, ok := counted["calls"].(float64); ok {
			n += int(calls)
		}
	}
	return n
}

// lastMetrics returns the last line of metrics.
func (w *world) lastMetrics() string {
	last := ""
	for line := range strings.Lines(w.Output.String()) {
		if strings.Contains(line, `"_aws"`) && json.Valid([]byte(line)) {
			last = line
		}
	}
	return last
}

// set changes an attribute of a record of the customer.
func (w *world) set(record, attribute string, value any) {
	w.t.Helper()
	it := map[string]any{}
	maps.Copy(it, w.Record(record))
	it["customerId"], it["record"], it[attribute] = w.ID, record, value
	item, err := attributevalue.MarshalMap(it)
	must(w.t, err)
	table := dynamodbtest.StateTable
	_, err = w.DynamoDB.Client().PutItem(w.t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: item})
	must(w.t, err)
}
