package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
)

const stateTime = "2006-01-02T15:04:05.000Z"

// live adds a customer of whom only some processes are on; each succeeded a while ago and started an hour ago.
func (w world) live(id string, goodsOwner int, succeeded time.Duration, on ...naming.Process) {
	w.t.Helper()
	item := map[string]any{"customerId": id, "ongoing": map[string]any{
		"baseUrl": "https://api.ongoingsystems.se/acme/api/v1/", "goodsOwnerId": goodsOwner,
	}}
	for _, entry := range naming.Entries() {
		section := map[naming.Process]string{naming.SalesOrders: "salesOrders"}[entry.Process]
		if section == "" {
			section = string(entry.Process)
		}
		item[section] = map[string]any{"enabled": slices.Contains(on, entry.Process)}
	}
	w.put(w.db.Settings, item)
	for _, process := range on {
		w.put(w.db.State, map[string]any{
			"customerId": id, "record": "lease#" + string(process),
			"startedAt":   noon.Add(-time.Minute).Format(stateTime),
			"succeededAt": noon.Add(-succeeded).Format(stateTime),
		})
	}
}

// failed adds the run record of a run that failed.
func (w world) failed(id string, process naming.Process, reason string) {
	w.t.Helper()
	at := noon.Add(-time.Minute).Format(stateTime)
	w.put(w.db.State, map[string]any{
		"customerId": id, "record": "run#" + string(process) + "#" + at, "startedAt": at, "outcome": "failed",
		"reason": reason,
	})
}

func (w world) held(id, key string, age time.Duration, message string) {
	w.t.Helper()
	w.put(w.db.State, map[string]any{
		"customerId": id, "record": "failure#salesorders#" + key, "process": "salesorders", "key": key,
		"class": "held", "message": message, "firstAt": noon.Add(-age).Format(stateTime),
	})
}

func TestEqualTroubleOfSeveralCustomersIsOneRow(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, noon)
	w.live("acme", 1, time.Minute) // switched off
	const (
		outage = "ongoing: GET /articles: Ongoing WMS does not answer (HTTP status 503)"
		method = "delivery method 9 is not listed in salesOrders.deliveryMethods; add it, or change the order"
	)
	for i, id := range []string{"bolt", "cato", "dent", "edge"} {
		w.live(id, 2+i, time.Duration(10+i)*time.Hour, naming.Articles, naming.Stock)
		w.failed(id, naming.Articles, outage)
		w.failed(id, naming.Stock, outage)
	}
	w.failed("edge", naming.Stock, strings.Replace(outage, "/articles", "/inventory", 1))
	for i, id := range []string{"flat", "gate"} { // the time and the secret are their own
		w.live(id, 6+i, time.Duration(30+i)*time.Hour, naming.Articles)
		w.failed(id, naming.Articles, fmt.Sprintf(`office24: Login: 24SevenOffice asks us to wait until `+
			`2026-11-28T1%d:00:00Z; correct office24.password in the secret "p/%s"`, i, id))
	}
	w.live("half", 8, 11*time.Hour, naming.SalesOrders) // in another process, at another call
	w.failed("half", naming.SalesOrders, strings.Replace(outage, "/articles", "/orders", 1))
	for i, id := range []string{"iron", "june"} {
		w.live(id, 9+i, time.Minute, naming.SalesOrders)
		w.held(id, "40556", time.Duration(2+i)*time.Hour, method)
	}
	w.held("june", "40557", 40*time.Hour, method)
	for i, id := range []string{"kate", "lars"} { // two products have one number, another one in each company
		w.live(id, 11+i, time.Minute, naming.SalesOrders)
		a, b := fmt.Sprint(10*i+1), fmt.Sprint(10*i+2)
		for _, key := range []string{a, b} {
			w.held(id, key, 50*time.Hour, `number "X" is used by products `+a+" and "+b)
		}
	}
	w.held("june", "40558", 3*time.Minute, "order 40558 has no order date")
	s, err := w.Status(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range s.Rows("") {
		got = append(got, fmt.Sprintf("%s|%s|%s|%s|%s", r.HowLong(s.At),
			report.ShortList(r.Customers, 3), report.ProcessText(r.Processes), r.What, r.Reason))
	}
	want := []string{
		"3 min|june|salesorders|held|40558: order 40558 has no order date",
		"2 h – 40 h|iron, june|salesorders|held|3 records of 2 customers: " + method,
		"13 h|bolt, cato, dent and 2 more|articles, salesorders, stock|failed|5 customers: " +
			"ongoing: Ongoing WMS does not answer (HTTP status 503)",
		"31 h|flat, gate|articles|failed|2 customers: office24: 24SevenOffice asks us to wait until <time>; " +
			`correct office24.password in the secret "p/<customer>"; to correct it: ` +
			`syncctl customers secret <customer>`,
		`2 days|kate, lars|salesorders|held|4 records of 2 customers: number "X" is used by products <id> and <id>`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// 4 customers in two processes, half, flat, gate, iron, two reasons of june, kate and lars
	if len(s.Troubles) != 8+1+2+1+2+2 {
		t.Errorf("a program reads %d troubles", len(s.Troubles))
	}
	if got := s.Closer(""); got != "syncctl status june" {
		t.Errorf("closer: %q", got)
	}
	one, err := w.Status(t.Context(), "cato", 0)
	if err != nil {
		t.Fatal(err)
	}
	if rows := one.Rows("cato"); len(rows) != 1 || rows[0].Reason != outage || rows[0].Customer != "cato" {
		t.Errorf("of one customer: %+v", rows)
	}
	one, err = w.Status(t.Context(), "edge", 0)
	if err != nil {
		t.Fatal(err)
	}
	const general = "ongoing: Ongoing WMS does not answer (HTTP status 503)"
	if rows := one.Rows("edge"); len(rows) != 1 || rows[0].Reason != general || len(rows[0].Processes) != 2 {
		t.Errorf("of one customer, at different calls: %+v", rows)
	}
}

// A customer whose settings were wrong from the beginning has never run.
func TestCustomerThatNeverRanIsBlockedSinceSyncctlWroteItsSettings(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, noon)
	wrong := map[string]any{"customerId": "acme", "ongoing": "wrong"}
	w.put(w.db.Settings, wrong)
	since := func() string {
		t.Helper()
		s, err := w.Status(t.Context(), "acme", 0)
		if err != nil {
			t.Fatal(err)
		}
		blocked := troubles(s, "")
		if len(blocked) != 1 || blocked[0].What != "blocked" {
			t.Fatalf("got %+v", s.Troubles)
		}
		return report.HowLong(s.At, blocked[0].Since)
	}
	if got := since(); got != "not known" {
		t.Errorf("somebody else wrote the settings: %s", got)
	}
	item, err := w.Stack.SettingsOf(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	note := func(age time.Duration, fingerprint string) {
		t.Helper()
		err := w.Stack.Note(t.Context(), "acme", cloud.Action{
			At: noon.Add(-age), By: "kari", What: "settings", Settings: fingerprint,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	note(30*time.Hour, "of other settings")
	if got := since(); got != "not known" {
		t.Errorf("somebody has changed them since: %s", got)
	}
	note(20*time.Hour, cloud.Fingerprint(item))
	note(time.Hour, "") // an action that changes no settings
	if got := since(); got != "20 h" {
		t.Errorf("syncctl wrote them: %s", got)
	}
}

func TestNounsAndVerbsFollowTheirNumber(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, noon)
	w.live("acme", 7, 5*time.Minute, naming.Stock)
	w.put(w.db.State, map[string]any{
		"customerId": "acme", "record": "cursor#stock", "since": noon.Format(stateTime),
		"verifiedAt": noon.Add(-time.Hour).Format(stateTime),
	})
	w.put(w.db.State, map[string]any{
		"customerId": "acme", "record": "failure#stock#7", "process": "stock", "key": "7", "class": "held",
		"message": "x", "firstAt": noon.Add(-12 * time.Minute).Format(stateTime),
	})
	s, err := w.Status(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Verified(), "1 of 1 process has compared everything in the last 24 hours"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	want := "no: not carried over: 1 record of 1 customer, the oldest for 12 min"
	if got := s.Answer(report.Records); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A stock brake holds hundreds of articles for one reason; a list of them would hide everything else.
func TestRecordsWithOneReasonAreOneRow(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, noon)
	w.live("acme", 1, time.Minute, naming.SalesOrders)
	const braked = "90 of 90 compared articles that have stock would be set to zero; article A %[1]s would be " +
		"set from %[1]s to 0 and stays as it is until its quantity recovers; if it is sold out, run the function " +
		"with product %[1]s as a key"
	for i := range 4 {
		key := fmt.Sprint(7001 + i)
		w.held("acme", key, time.Duration(1+i)*time.Hour, fmt.Sprintf(braked, key))
	}
	w.held("acme", "8001", 5*time.Hour, "number \"X\" is used by products 8001 and 8002")
	w.held("acme", "8002", 5*time.Hour, "number \"X\" is used by products 8001 and 8002")
	w.held("acme", "9001", 6*time.Hour, "product 9001 has no number (No); give it one")
	s, err := w.Status(t.Context(), "acme", 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range s.Rows("acme") {
		got = append(got, fmt.Sprintf("%s|%d|%s", r.HowLong(s.At), r.Count, r.Reason))
	}
	want := []string{
		"60 min – 4 h|4|7001, 7002, 7003 and 1 more: 90 of 90 compared articles that have stock would be set to " +
			"zero; its article would be set to zero and stays as it is until its quantity recovers; if it is sold " +
			"out: syncctl resync acme stock --keys <id>",
		`5 h|2|8001, 8002: number "X" is used by products 8001 and 8002`,
		"6 h|1|9001: product 9001 has no number (No); give it one",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A reason ends with the command that helps, as it has to be typed.
func TestReasonsHaveTheCommandThatHelps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ reason, want string }{
		{
			"office24: GetIdentity: office24.clientId is 5, but the login leads to client 700016",
			"; to correct it: syncctl customers set acme office24.clientId=700016, or, if the login is wrong: " +
				"syncctl customers secret acme",
		},
		{
			"office24: Login: office24.identityId must name an identity that the user can use",
			"; to correct it: syncctl customers set acme office24.identityId=<a GUID such as " +
				"7e1f0d00-1111-4222-8333-0000000000bb>, or, for the default identity: " +
				"syncctl customers unset acme office24.identityId",
		},
		{
			`office24: Login: correct office24.password in the secret "p/acme"`,
			"; to correct it: syncctl customers secret acme",
		},
		{"ongoing: Ongoing WMS does not answer", ""},
	} {
		if got := report.WithRemedy("acme", c.reason); got != c.reason+c.want {
			t.Errorf("got %s", got)
		}
	}
	const bound = `customer "<customer>" is bound to goods owner <number> at https://a/ since <time>, but the ` +
		`settings lead to goods owner <number> at https://b/` +
		`; or, to move the customer, delete its record "binding" in the state table`
	want := "to go back: syncctl customers set <customer> ongoing.baseUrl=https://a/ ongoing.goodsOwnerId=<number>; "
	if got := report.WithRemedy("<customer>", bound); !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
}
