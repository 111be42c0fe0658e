package runner_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
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

// Operators and scripts rely on the shape of the answer: its field names, their order, and lists that are never null.
func TestAnswerIsADocumentOfFixedShape(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.systems["acme"].add(w.clock(), "1")
	w.systems["acme"].adjustPlan = func(p *plan.Plan[string]) { p.Changes[0].Fields = nil }
	now := w.clock().Format(time.RFC3339)
	fingerprint := plan.Fingerprint(plan.Update, []plan.Field(nil), "1")[:16]
	tests := []struct{ event, outcome, counts, changes string }{
		{
			event:   `{"customers":["acme"],"dryRun":true}`,
			outcome: "ok",
			counts:  `"dryRun":true,"read":1,"planned":1,"written":0`,
			changes: `,"actions":{"update":1},"changes":[{"key":"1","action":"update","fields":[],"fingerprint":"` +
				fingerprint + `"}]`,
		},
		{
			event:   `{}`,
			outcome: "ok",
			counts:  `"read":1,"planned":1,"written":1`,
		},
		{
			event:   `{}`,
			outcome: "notdue",
			counts:  `"read":0,"planned":0,"written":0`,
		},
	}
	for _, test := range tests {
		res := w.run(test.event)
		want := fmt.Sprintf(`{"process":"articles","version":%q,"runId":%q,"startedAt":%q,"finishedAt":%q,`+
			`"cutShort":false,"outcomes":{%q:1},"customersOmitted":0,`+
			`"customers":[{"customerId":"acme","outcome":%q,"reason":"",%s,`+
			`"unchanged":0,"skipped":0,"held":0,"failed":0%s}]}`,
			naming.Version, res.RunID, now, now, test.outcome, test.outcome, test.counts, test.changes)
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

func TestAnswerShowsTheMostUrgentRowsAndAllNamedCustomers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var names []string
	for i := range 210 {
		id := fmt.Sprintf("c-%03d", i)
		names = append(names, fmt.Sprintf("%q", id))
		w.putCustomer(id, map[string]any{"enabled": i%50 == 0})
	}
	w.putCustomer("bad", map[string]any{"mode": "maybe"})
	w.systems["c-050"].onPlan = func(context.Context) error { return transient("down") }
	w.systems["c-100"].add(w.clock(), "1")
	w.systems["c-100"].source("1").refused = rejected("no")
	w.putMark("c-150", map[string]any{"holder": "other", "until": w.clock().Add(time.Minute)})

	res := w.run(`{}`)
	var first []string
	for _, row := range res.Customers[:7] {
		first = append(first, fmt.Sprint(row.CustomerID, " ", row.Outcome))
	}
	want := []string{"c-050 failed", "bad blocked", "c-100 partial", "c-150 busy", "c-000 ok", "c-200 ok", "c-001 off"}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("the first rows (-want +got):\n%s", diff)
	}
	outcomes := map[runner.Outcome]int{
		runner.Failed:  1,
		runner.Blocked: 1,
		runner.Partial: 1,
		runner.Busy:    1,
		runner.OK:      2,
		runner.Off:     205,
	}
	if diff := cmp.Diff(outcomes, res.Outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if len(res.Customers) != 200 || res.CustomersOmitted != 11 {
		t.Errorf("%d rows, %d omitted", len(res.Customers), res.CustomersOmitted)
	}

	names = append(names, names[0]) // a customer that is named twice has one row
	res = w.run(`{"customers":[` + strings.Join(names, ",") + `]}`)
	if len(res.Customers) != 210 || res.CustomersOmitted != 0 {
		t.Errorf("named: %d rows, %d omitted", len(res.Customers), res.CustomersOmitted)
	}
}

func TestAnswerFitsLambdaAndShowsSmallCustomersInFull(t *testing.T) {
	t.Parallel()
	const changes = 12_000
	w := newWorld(t, "large", "small", "idle")
	for i := range changes {
		w.systems["large"].sources = append(w.systems["large"].sources, source{
			key:     fmt.Sprintf("%06d", i),
			value:   strings.Repeat("æ", 200),
			changed: w.clock(),
		})
	}
	w.systems["small"].add(w.clock(), "1", "2")
	w.systems["small"].adjustPlan = func(p *plan.Plan[string]) {
		for range 50 {
			p.Notes = append(p.Notes, fmt.Sprint(len(p.Notes), strings.Repeat("æ", 10_000)))
		}
	}
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
	if large.Planned != changes || len(large.Changes)+large.ChangesOmitted != changes {
		t.Errorf("large: %d planned, %d shown, %d omitted", large.Planned, len(large.Changes), large.ChangesOmitted)
	}
	if large.ChangesOmitted == 0 || len(large.Changes) < 5_000 {
		t.Errorf("large: %d shown, %d omitted", len(large.Changes), large.ChangesOmitted)
	}
	small := rows["small"]
	if len(small.Changes) != 2 || small.ChangesOmitted != 0 {
		t.Errorf("small: %d changes shown, %d omitted", len(small.Changes), small.ChangesOmitted)
	}
	if len(small.Notes) < 20 || len(small.Notes)+small.NotesOmitted != 50 {
		t.Errorf("small: %d notes shown, %d omitted", len(small.Notes), small.NotesOmitted)
	}
}

// maxAnswer is the largest answer that Lambda takes, in bytes.
const maxAnswer = 6 << 20

func TestAnswerFitsLambdaIfEverythingInManyRowsIsLong(t *testing.T) {
	t.Parallel()
	const customers, changes = 30, 700
	ids := make([]string, customers)
	for i := range ids {
		ids[i] = fmt.Sprintf("c-%d", i)
	}
	w := newWorld(t, ids...)
	for _, id := range ids {
		for i := range changes {
			w.systems[id].sources = append(w.systems[id].sources, source{
				key: fmt.Sprintf("%06d", i), value: strings.Repeat("æ", 200), changed: w.clock(),
			})
		}
		w.systems[id].adjustPlan = func(p *plan.Plan[string]) {
			for i := range 50 {
				p.Notes = append(p.Notes, fmt.Sprint(i, strings.Repeat("æ", 5_000)))
				reason := errclass.New(errclass.Rejected, "", "%s", strings.Repeat("æ", 4_000))
				p.Refuse(fmt.Sprintf("r%d", i), "", reason)
			}
		}
	}
	res := w.run(`{"dryRun":true}`)
	answer, err := json.Marshal(res)
	must(t, err)
	if len(answer) > maxAnswer {
		t.Errorf("the answer has %d bytes", len(answer))
	}
	for _, row := range res.Customers {
		if n := len(row.Changes); n == 0 || n+row.ChangesOmitted != changes {
			t.Errorf("%s: %d changes shown, %d omitted", row.CustomerID, n, row.ChangesOmitted)
		}
	}
}

func TestAnswerToADryRunOfAPlanFitsLambda(t *testing.T) {
	t.Parallel()
	const changes = 12_000
	w := newWorld(t, "acme")
	fingerprints := map[string]string{}
	for i := range changes {
		s := source{key: fmt.Sprint(100_000 + i), value: strings.Repeat("æ", 200), changed: w.clock()}
		w.systems["acme"].sources = append(w.systems["acme"].sources, s)
		fingerprints[s.key] = "another"
	}
	for _, c := range w.runFor("acme", `,"dryRun":true`).Changes {
		fingerprints[c.Key] = c.Fingerprint
	}
	text, err := json.Marshal(fingerprints)
	must(t, err)
	row := w.runFor("acme", `,"dryRun":true,"plan":`+string(text))
	answer, err := json.Marshal(row)
	must(t, err)
	if len(answer) > maxAnswer || len(row.Explanations) != changes || row.ChangesOmitted == 0 {
		t.Errorf("the row has %d bytes, %d explanations, %d changes, and %d omitted",
			len(answer), len(row.Explanations), len(row.Changes), row.ChangesOmitted)
	}
}

func TestRunRecordHasTheRowTheProblemsAndTheNotes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	s.failApply(rejected("no such group"), "2")
	s.source("3").refused = held("wait")
	s.onApply["1"] = func(context.Context) error { w.forward(time.Second); return nil }
	s.adjustPlan = func(p *plan.Plan[string]) { p.Notes, p.Skipped = []string{"1 article without a product"}, 4 }
	started := w.clock()
	res := w.run(`{}`)
	name := "run#articles#" + stateTime(started)
	want := map[string]any{
		"customerId": "acme",
		"record":     name,
		"expiresAt":  float64(started.Add(30 * 24 * time.Hour).Unix()),
		"runId":      res.RunID,
		"startedAt":  started.Format(time.RFC3339),
		"finishedAt": started.Add(time.Second).Format(time.RFC3339),
		"cutShort":   false,
		"outcome":    "partial",
		"reason":     "2: test: no such group; 3: wait",
		"read":       3.0,
		"planned":    2.0,
		"written":    1.0,
		"unchanged":  0.0,
		"skipped":    4.0,
		"held":       1.0,
		"failed":     1.0,
		"problems": []any{
			map[string]any{"key": "2", "class": "rejected", "message": "test: no such group"},
			map[string]any{"key": "3", "class": "held", "message": "wait"},
		},
		"notes": []any{"1 article without a product"},
	}
	if diff := cmp.Diff(want, w.record("acme", name)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRowHasAtMostFiftyNotesEachOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	w.systems["acme"].adjustPlan = func(p *plan.Plan[string]) {
		for i := range 60 {
			p.Notes = append(p.Notes, fmt.Sprint("note ", i), "the same for all")
		}
	}
	for _, event := range []string{`{"customers":["acme"],"dryRun":true}`, `{}`} {
		row := w.runOne(event)
		if len(row.Notes) != 50 || row.Notes[1] != "the same for all" || row.NotesOmitted != 11 {
			t.Errorf("%s: %d notes, %d omitted: %q", event, len(row.Notes), row.NotesOmitted, row.Notes)
		}
	}
	for _, record := range w.records("acme", "run#") {
		if notes, _ := record["notes"].([]any); len(notes) != 50 || record["notesOmitted"] != 11.0 {
			t.Errorf("the run record has %d notes, %v omitted", len(notes), record["notesOmitted"])
		}
	}
}

func TestNamedRecordThatThePlanDoesNotMentionIsNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	s.source("2").refused = held("wait")
	s.target["3"] = "3"
	for partial, want := range map[bool]string{
		false: "4 was not found in 24SevenOffice",
		true:  "4 was not reached in this run; name it again",
	} {
		s.adjustPlan = func(p *plan.Plan[string]) {
			p.Partial, p.Notes = partial, nil
			p.LookedAt = []string{"3"}
		}
		row := w.runFor("acme", `,"dryRun":true,"keys":["1","2","3","4"]`)
		if diff := cmp.Diff([]string{want}, row.Notes); diff != "" {
			t.Errorf("partial %t (-want +got):\n%s", partial, diff)
		}
	}
}

func TestInvocationEmitsItsMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme", "bolt", "cask", "dent")
	w.putCustomer("edge", map[string]any{"intervalMinutes": 1}) // blocked
	ago := func(d time.Duration) time.Time { return w.clock().Add(-d) }
	w.putMark("acme", map[string]any{"startedAt": ago(time.Hour), "succeededAt": ago(4 * time.Hour)}) // succeeds now
	w.putMark("bolt", map[string]any{"startedAt": ago(time.Hour), "succeededAt": ago(2 * time.Hour)})
	w.putMark("cask", map[string]any{"startedAt": ago(0), "succeededAt": ago(3 * time.Minute)}) // not due
	w.putMark("dent", map[string]any{"startedAt": ago(time.Hour), "firstStartedAt": ago(3 * time.Hour)})
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3", "4")
	s.failApply(rejected("no"), "2")
	s.source("3").refused = held("wait")
	s.onApply["4"] = func(context.Context) error {
		w.runner.Meter.VendorCall(false)
		w.runner.Meter.VendorCall(true)
		return nil
	}
	w.systems["bolt"].onPlan = func(context.Context) error { return transient("down") }
	w.systems["dent"].onPlan = func(context.Context) error {
		return errclass.New(errclass.Credentials, "", "refused")
	}
	w.run(`{}`)
	want := map[string]any{
		naming.MetricDimension:             "articles",
		naming.MetricFleet:                 "all",
		naming.MetricRunsCompleted:         1.0,
		naming.MetricCustomersSynced:       1.0,
		naming.MetricCustomersFailed:       1.0,
		naming.MetricCustomersBlocked:      2.0,
		naming.MetricCustomersNewlyStopped: 2.0, // bolt and dent; nobody knows since when edge is blocked
		naming.MetricRecordsRead:           4.0,
		naming.MetricRecordsWritten:        2.0,
		naming.MetricRecordsFailed:         1.0,
		naming.MetricRecordsHeld:           1.0,
		naming.MetricRunsCutShort:          0.0,
		naming.MetricOldestSyncAgeSeconds:  3 * 3600.0,
		naming.MetricVendorCalls:           2.0,
		naming.MetricVendorThrottled:       1.0,
	}
	got := w.output.metrics(t)
	delete(got, "_aws")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.runFor("acme", "")
	if _, emitted := w.output.metrics(t)[naming.MetricOldestSyncAgeSeconds]; emitted {
		t.Error("a run of named customers emits the age for all of them")
	}
}

func TestEachRecordAndCustomerIsLoggedOnceWithItsKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "acme")
	s := w.systems["acme"]
	s.add(w.clock(), "1", "2", "3")
	s.failApply(rejected("no"), "2")
	s.source("3").refused = held("wait")
	res := w.run(`{}`)
	line := func(level, msg string, more map[string]any) map[string]any {
		l := map[string]any{"level": level, "msg": msg, "process": "articles", "runId": res.RunID, "customer": "acme"}
		maps.Copy(l, more)
		return l
	}
	want := []map[string]any{
		line("WARN", "record", map[string]any{
			"key": "3", "action": "refuse", "class": "held", "reason": "wait",
		}),
		line("INFO", "record", map[string]any{"key": "1", "action": "update"}),
		line("WARN", "record", map[string]any{
			"key": "2", "action": "update", "class": "rejected", "reason": "test: no",
		}),
		line("INFO", "customer", map[string]any{
			"outcome":   "partial",
			"reason":    "2: test: no; 3: wait",
			"read":      3.0,
			"planned":   2.0,
			"written":   1.0,
			"unchanged": 0.0,
			"skipped":   0.0,
			"held":      1.0,
			"failed":    1.0,
			"cutShort":  false,
			"notes":     nil,

			"dryRun":       false,
			"notesOmitted": 0.0,
			"since":        w.clock().Format(time.RFC3339),
		}),
	}
	isMetrics := func(l map[string]any) bool { return l["_aws"] != nil }
	got := slices.DeleteFunc(w.output.lines(t, "", ""), isMetrics)
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
