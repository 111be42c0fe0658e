package runner_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

// TestResultDocument: the document has the shape that operators rely on, with lists that are never null.
func TestResultDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.systems["acme"].add(w.clock(), "1")
	w.systems["acme"].adjust = func(p *plan.Plan[string]) { p.Changes[0].Fields = nil }
	now := w.clock().Format(time.RFC3339)
	row := func(outcome, reason string, counts string, more string) string {
		return fmt.Sprintf(`{"customerId":"acme","outcome":%q,"reason":%q,%s,"unchanged":0,"skipped":0,"held":0,"failed":0%s}`, outcome, reason, counts, more)
	}
	tests := []struct{ event, rows string }{
		{`{"customers":["acme"],"dryRun":true}`,
			row("ok", "", `"read":1,"planned":1,"written":0`, `,"changes":[{"key":"1","action":"update","fields":[]}]`)},
		{`{}`, row("ok", "", `"read":1,"planned":1,"written":1`, "")},
		{`{}`, row("notdue", "", `"read":0,"planned":0,"written":0`, "")},
	}
	for _, test := range tests {
		res := w.run(test.event)
		var outcome struct{ Outcome string }
		must(t, json.Unmarshal([]byte(test.rows), &outcome))
		want := fmt.Sprintf(`{"process":"articles","runId":%q,"startedAt":%q,"finishedAt":%q,"cutShort":false,"outcomes":{%q:1},"customersOmitted":0,"customers":[%s]}`,
			res.RunID, now, now, outcome.Outcome, test.rows)
		got, err := json.Marshal(res)
		must(t, err)
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.event, diff)
		}
	}
	empty, err := json.Marshal(newWorld(t).run(`{}`))
	must(t, err)
	if !strings.Contains(string(empty), `"outcomes":{},"customersOmitted":0,"customers":[]`) {
		t.Errorf("without customers: %s", empty)
	}
}

// TestRows: those with trouble come first; of many only the first 200 are shown, but of those that were named all are.
func TestRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var names []string
	for i := range 210 {
		id := fmt.Sprintf("c-%03d", i)
		names = append(names, fmt.Sprintf("%q", id))
		w.customer(id, map[string]any{"enabled": i%50 == 0})
	}
	w.customer("bad", map[string]any{"mode": "maybe"})
	w.systems["c-050"].planning = func(context.Context) error { return errclass.New(errclass.Transient, "", "down") }
	w.systems["c-100"].add(w.clock(), "1")
	w.systems["c-100"].source("1").refused = rejected("no")
	w.mark("c-150", map[string]any{"holder": "other", "until": w.clock().Add(time.Minute)})

	res := w.run(`{}`)
	var first []string
	for _, row := range res.Customers[:7] {
		first = append(first, fmt.Sprint(row.CustomerID, " ", row.Outcome))
	}
	want := []string{"c-050 failed", "bad blocked", "c-100 partial", "c-150 busy", "c-000 ok", "c-200 ok", "c-001 off"}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("the first rows (-want +got):\n%s", diff)
	}
	outcomes := map[runner.Outcome]int{"failed": 1, "blocked": 1, "partial": 1, "busy": 1, "ok": 2, "off": 205}
	if diff := cmp.Diff(outcomes, res.Outcomes); diff != "" || len(res.Customers) != 200 || res.CustomersOmitted != 11 {
		t.Errorf("%d rows, %d omitted, outcomes (-want +got):\n%s", len(res.Customers), res.CustomersOmitted, diff)
	}

	names = append(names, names[0]) // named twice is one row
	res = w.run(`{"customers":[` + strings.Join(names, ",") + `]}`)
	if len(res.Customers) != 210 || res.CustomersOmitted != 0 {
		t.Errorf("named: %d rows, %d omitted", len(res.Customers), res.CustomersOmitted)
	}
}

// TestChangesOmitted: an answer fits what Lambda returns, and a large customer does not hide a small one.
func TestChangesOmitted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "large", "small", "idle")
	var records []string
	for i := range 12_000 {
		records = append(records, fmt.Sprintf("%06d=%s", i, strings.Repeat("æ", 200)))
	}
	for _, r := range records {
		key, value, _ := strings.Cut(r, "=")
		w.systems["large"].sources = append(w.systems["large"].sources, source{key: key, value: value, changed: w.clock()})
	}
	w.systems["small"].add(w.clock(), "1", "2")
	res := w.run(`{"customers":["large","small","idle"],"dryRun":true}`)
	answer, err := json.Marshal(res)
	must(t, err)
	if len(answer) > 6<<20-100_000 {
		t.Errorf("the answer has %d bytes", len(answer))
	}
	rows := map[string]runner.Row{}
	for _, row := range res.Customers {
		rows[row.CustomerID] = row
	}
	large := rows["large"]
	if large.Planned != 12_000 || len(large.Changes)+large.ChangesOmitted != 12_000 || large.ChangesOmitted == 0 || len(large.Changes) < 5_000 {
		t.Errorf("large: %d planned, %d shown, %d omitted", large.Planned, len(large.Changes), large.ChangesOmitted)
	}
	if small := rows["small"]; len(small.Changes) != 2 || small.ChangesOmitted != 0 {
		t.Errorf("small: %+v", small)
	}
}

// TestRunRecord: the run record is the row, and what people ask afterwards; it goes after 30 days.
func TestRunRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	s.refuse("2", rejected("no such group"))
	s.source("3").refused = errclass.New(errclass.Held, "", "wait")
	s.trouble["1"] = func(context.Context) error { w.forward(time.Second); return nil }
	s.adjust = func(p *plan.Plan[string]) { p.Notes, p.Skipped = []string{"1 article without a product"}, 4 }
	started := w.clock()
	res := w.run(`{}`)
	text := started.Format("2006-01-02T15:04:05.000Z")
	want := map[string]any{
		"customerId": "acme", "record": "run#articles#" + text, "expiresAt": float64(started.Add(30 * 24 * time.Hour).Unix()),
		"runId": res.RunID, "startedAt": started.Format(time.RFC3339), "finishedAt": started.Add(time.Second).Format(time.RFC3339), "cutShort": false,
		"outcome": "partial", "reason": "2: test: no such group; 3: wait",
		"read": 3.0, "planned": 2.0, "written": 1.0, "unchanged": 0.0, "skipped": 4.0, "held": 1.0, "failed": 1.0,
		"problems": []any{
			map[string]any{"key": "2", "class": "rejected", "message": "test: no such group"},
			map[string]any{"key": "3", "class": "held", "message": "wait"},
		},
		"notes": []any{"1 article without a product"},
	}
	if diff := cmp.Diff(want, w.record("acme", "run#articles#"+text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMetrics: one line a run in CloudWatch's embedded metric format.
func TestMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme", "bolt", "cask", "dent")
	w.customer("edge", map[string]any{"intervalMinutes": 1})
	w.mark("acme", map[string]any{"startedAt": w.clock().Add(-time.Hour), "succeededAt": w.clock().Add(-4 * time.Hour)}) // succeeds now
	w.mark("bolt", map[string]any{"startedAt": w.clock().Add(-time.Hour), "succeededAt": w.clock().Add(-2 * time.Hour)})
	w.mark("cask", map[string]any{"startedAt": w.clock(), "succeededAt": w.clock().Add(-3 * time.Minute)}) // not due
	w.mark("dent", map[string]any{"startedAt": w.clock().Add(-time.Hour), "firstStartedAt": w.clock().Add(-3 * time.Hour)})
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3", "4")
	s.refuse("2", rejected("no"))
	s.source("3").refused = errclass.New(errclass.Held, "", "wait")
	s.trouble["4"] = func(context.Context) error {
		w.runner.Meter.VendorCall(false)
		w.runner.Meter.VendorCall(true)
		return nil
	}
	w.systems["bolt"].planning = func(context.Context) error { return errclass.New(errclass.Transient, "", "down") }
	w.systems["dent"].planning = func(context.Context) error { return errclass.New(errclass.Credentials, "", "refused") }
	w.run(`{}`)
	want := map[string]any{
		naming.MetricDimension: "articles", naming.MetricRunsCompleted: 1.0, naming.MetricCustomersSynced: 1.0, naming.MetricCustomersFailed: 1.0,
		naming.MetricCustomersBlocked: 2.0, naming.MetricRecordsRead: 4.0, naming.MetricRecordsWritten: 2.0, naming.MetricRecordsFailed: 1.0,
		naming.MetricRecordsHeld: 1.0, naming.MetricRunsCutShort: 0.0, naming.MetricOldestSyncAgeSeconds: 3 * 3600.0,
		naming.MetricVendorCalls: 2.0, naming.MetricVendorThrottled: 1.0,
	}
	got := w.output.metrics(t)
	delete(got, "_aws")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.row("acme", "")
	if _, told := w.output.metrics(t)[naming.MetricOldestSyncAgeSeconds]; told {
		t.Error("a run of some customers tells the age of all")
	}
}

// TestLog: each record and each customer leaves one line, with the keys by which it is found.
func TestLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	s.refuse("2", rejected("no"))
	s.source("3").refused = errclass.New(errclass.Held, "", "wait")
	res := w.run(`{}`)
	about := func(level, msg string, more map[string]any) map[string]any {
		l := map[string]any{"level": level, "msg": msg, "process": "articles", "runId": res.RunID, "customer": "acme"}
		for k, v := range more {
			l[k] = v
		}
		return l
	}
	want := []map[string]any{
		about("WARN", "record", map[string]any{"key": "3", "action": "refuse", "class": "held", "reason": "wait"}),
		about("INFO", "record", map[string]any{"key": "1", "action": "update"}),
		about("WARN", "record", map[string]any{"key": "2", "action": "update", "class": "rejected", "reason": "test: no"}),
		about("INFO", "customer", map[string]any{"outcome": "partial", "reason": "2: test: no; 3: wait", "read": 3.0, "planned": 2.0, "written": 1.0,
			"unchanged": 0.0, "skipped": 0.0, "held": 1.0, "failed": 1.0, "cutShort": false, "notes": nil}),
	}
	got := slices.DeleteFunc(w.output.lines(t, "", ""), func(l map[string]any) bool { return l["_aws"] != nil })
	for _, l := range got {
		if _, err := time.Parse(time.RFC3339, l["time"].(string)); err != nil {
			t.Error(err)
		}
		delete(l, "time")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
