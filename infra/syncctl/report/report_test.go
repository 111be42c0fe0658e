package report_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A world is a stack that has nothing but the tables, with customer acme.
type world struct {
	t  *testing.T
	db *dynamodbtest.DB
	report.Reader
}

func newWorld(t *testing.T) world { return newWorldAt(t, time.Now()) }

// newWorldAt returns a world whose clock goes on from a time.
func newWorldAt(t *testing.T, at time.Time) world {
	t.Helper()
	clock := filepath.Join(t.TempDir(), "clock")
	if err := os.WriteFile(clock, []byte(strconv.FormatInt(int64(time.Until(at)), 10)), 0o600); err != nil {
		t.Fatal(err)
	}
	db := dynamodbtest.Embedded(t)
	text, err := json.Marshal(map[string]string{
		"AWS_REGION": "eu-north-1", "AWS_ENDPOINT_URL_DYNAMODB": db.URL, naming.EnvSettingsTable: db.Settings,
		naming.EnvStateTable: db.State, naming.EnvSecretPrefix: "p/", naming.EnvOngoingHosts: "*.ongoingsystems.se",
		"LOCAL_CLOCK": clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "endpoints.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := cloud.OpenLocal(file)
	if err != nil {
		t.Fatal(err)
	}
	w := world{t, db, report.Reader{Stack: s}}
	ongoing := map[string]any{"baseUrl": "https://api.ongoingsystems.se/acme/api/v1/", "goodsOwnerId": 7}
	w.put(db.Settings, map[string]any{"customerId": "acme", "ongoing": ongoing})
	return w
}

func (w world) put(table string, item map[string]any) {
	w.t.Helper()
	attributes, err := attributevalue.MarshalMap(item)
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = w.db.Client.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &table, Item: attributes})
	if err != nil {
		w.t.Fatal(err)
	}
}

// record puts a record of acme into the state table.
func (w world) record(name string, attributes map[string]any) {
	w.t.Helper()
	item := map[string]any{"customerId": "acme", "record": name}
	maps.Copy(item, attributes)
	for attribute, v := range item {
		if at, ok := v.(time.Time); ok {
			item[attribute] = at.UTC().Format("2006-01-02T15:04:05.000Z")
		}
	}
	w.put(w.db.State, item)
}

func (w world) run(process naming.Process, at time.Time, outcome, reason string) {
	w.t.Helper()
	w.record("run#"+string(process)+"#"+at.UTC().Format("2006-01-02T15:04:05.000Z"), map[string]any{
		"startedAt": at, "outcome": outcome, "reason": reason, "customerId": "acme",
	})
}

// troubles returns those of a process.
func troubles(s report.Status, process naming.Process) (all []report.Trouble) {
	for _, t := range s.Troubles {
		if t.Process == process {
			all = append(all, t)
		}
	}
	return all
}

func TestCustomerIsBlockedSinceItsLastRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	last := time.Now().UTC().Add(-30 * time.Hour).Truncate(time.Millisecond)
	w.record("lease#articles", map[string]any{"startedAt": last, "succeededAt": last})
	w.record("lease#stock", map[string]any{"startedAt": last.Add(-time.Hour)})
	w.put(w.db.Settings, map[string]any{"customerId": "acme", "ongoing": "wrong"})
	w.record("failure#articles#7106", map[string]any{
		"process": "articles", "key": "7106", "class": "rejected", "message": "no number", "firstAt": last,
	})
	s, err := w.Status(t.Context(), "acme", 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := troubles(s, ""); len(got) != 1 || got[0].What != "blocked" || !got[0].Since.Equal(last) {
		t.Errorf("got %+v, want blocked since %v", got, last)
	}
	if got := troubles(s, naming.Articles); len(got) != 1 || got[0].What != "rejected" || s.InStep || s.Healthy {
		t.Errorf("what was not carried over: %+v", got)
	}
}

func TestOneReasonOfSeveralProcessesIsOneRow(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	of := func(customer string, p naming.Process, age time.Duration, reason string) report.Trouble {
		return report.Trouble{
			Since: at.Add(-age), Customer: customer, Process: p, What: "blocked", Reason: reason, Kind: report.Runs,
		}
	}
	rows := report.Together([]report.Trouble{
		of("acme", naming.Stock, time.Minute, "login"), of("other", naming.Stock, 2*time.Minute, "login"),
		of("acme", naming.Shipments, 3*time.Minute, "no right"), of("acme", naming.Articles, time.Hour, "login"),
	})
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprint(r.Customer, r.Processes, " ", at.Sub(r.Since)))
	}
	want := []string{"other[stock] 2m0s", "acme[shipments] 3m0s", "acme[articles stock] 1h0m0s"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The reasons are those of the functions; see their tests for the exact text.
func TestReasonNamesTheCommandThatHelps(t *testing.T) {
	t.Parallel()
	const elsewhere = `customer "acme" is bound to %s since 2026-11-28, but …: correct …; ` +
		`or, to move the customer, delete its record "binding" in the state table`
	for reason, want := range map[string]string{
		`office24: Login: refused; correct office24.password in the secret "s/acme"`: "syncctl customers secret acme",
		fmt.Sprintf(elsewhere, "goods owner 72 at https://x/api/v1/"): "to go back: syncctl customers set acme " +
			"ongoing.baseUrl=https://x/api/v1/ ongoing.goodsOwnerId=72; to move it: syncctl customers move acme",
		fmt.Sprintf(elsewhere, "client 7 of 24SevenOffice"): "to go back: syncctl customers secret acme; to move it: ",
		"ongoing: GET /articles: answered 503":              "answered 503",
	} {
		begins, _, _ := strings.Cut(reason, ": correct")
		got := report.WithRemedy("acme", reason)
		if !strings.HasPrefix(got, begins) || !strings.Contains(got, want) || strings.Contains(got, "delete") {
			t.Errorf("got %q, want it to contain %q", got, want)
		}
	}
}

func TestTroubleOfProcessThatNeverSucceededIsSinceItsFirstStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := time.Now().UTC().Truncate(time.Millisecond)
	first, last := now.Add(-50*time.Hour), now.Add(-10*time.Minute)
	w.record("lease#articles", map[string]any{"firstStartedAt": first, "startedAt": last})
	w.run(naming.Articles, last, "blocked", "login refused")
	// Stock was only run by hand, which leaves no mark.
	w.run(naming.Stock, first, "failed", "no answer")
	w.run(naming.Stock, last, "failed", "no answer")
	// Shipments has succeeded, but its runs leave no records any more: nothing happens, or nothing runs.
	w.record("lease#shipments", map[string]any{"firstStartedAt": first, "startedAt": first, "succeededAt": first})
	s, err := w.Status(t.Context(), "acme", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for process, what := range map[naming.Process]string{
		naming.Articles: "blocked", naming.Stock: "failed", naming.Shipments: "late",
	} {
		got := troubles(s, process)
		if len(got) != 1 || got[0].What != what || !got[0].Since.Equal(first) {
			t.Errorf("%s: got %+v, want %s since %v", process, got, what, first)
		}
	}
}

func TestStatusSaysHowMuchWasComparedInTheLastDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(w.db.Settings, map[string]any{"customerId": "acme", "ongoing": map[string]any{
		"baseUrl": "https://api.ongoingsystems.se/acme/api/v1/", "goodsOwnerId": 7,
	}})
	now := time.Now().UTC()
	for process, age := range map[naming.Process]time.Duration{
		naming.Articles: time.Hour, naming.Stock: 23 * time.Hour, naming.SalesOrders: 25 * time.Hour,
	} {
		w.record("cursor#"+string(process), map[string]any{"since": now, "verifiedAt": now.Add(-age)})
	}
	s, err := w.Status(t.Context(), "acme", 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Verified(), "2 of 4 processes have compared everything in the last 24 hours"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The mail and the status name the same customers.
func TestStatusAndMailCountTheSameCustomers(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, noon)
	ago := func(minutes int) time.Time { return noon.Add(-time.Duration(minutes) * time.Minute) }
	on := map[string]any{"baseUrl": "https://api.ongoingsystems.se/acme/api/v1/", "goodsOwnerId": 7}
	customer := func(id string, settings map[string]any) {
		item := map[string]any{"customerId": id, "ongoing": on}
		maps.Copy(item, settings)
		w.put(w.db.Settings, item)
	}
	record := func(id, name string, attributes map[string]any) {
		item := map[string]any{"customerId": id, "record": name}
		maps.Copy(item, attributes)
		for attribute, v := range item {
			if at, ok := v.(time.Time); ok {
				item[attribute] = at.UTC().Format("2006-01-02T15:04:05.000Z")
			}
		}
		w.put(w.db.State, item)
	}
	marks := func(id string, succeeded time.Time) {
		for _, entry := range naming.Entries() {
			record(id, "lease#"+string(entry.Process), map[string]any{"startedAt": ago(5), "succeededAt": succeeded})
		}
	}
	off := map[string]any{"enabled": false}
	for _, id := range []string{"acme", "fine", "failing", "late", "held", "unreadable"} {
		customer(id, nil)
	}
	customer("blocked", map[string]any{"mode": "dry"})
	customer("off", off)
	customer("paused", off)
	customer("over", off)
	customer("stock-off", map[string]any{"stock": off})
	for _, id := range []string{"fine", "held", "off", "paused", "over", "stock-off"} {
		marks(id, ago(5))
	}
	marks("failing", ago(20))
	record("failing", "run#stock#"+ago(5).Format("2006-01-02T15:04:05.000Z"), map[string]any{
		"startedAt": ago(5), "outcome": "failed", "reason": "status 503",
	})
	marks("late", ago(50))
	for _, id := range []string{"held", "off", "paused", "stock-off"} {
		record(id, "failure#stock#7", map[string]any{
			"process": "stock", "key": "7", "class": "held", "message": "x", "firstAt": ago(60),
		})
	}
	record("unreadable", "lease#stock", map[string]any{"startedAt": "yesterday"})
	for id, until := range map[string]time.Time{"paused": ago(-60), "over": ago(1)} {
		record(id, "pause#customer", map[string]any{"reason": "x", "by": "kari", "at": ago(90), "until": until})
	}
	status, err := w.Status(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	mail, err := w.Digest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	inStatus, inMail := map[string]bool{}, map[string]bool{}
	for _, trouble := range status.Troubles {
		inStatus[trouble.Customer] = true
	}
	for _, c := range mail.Troubled {
		inMail[c.ID] = true
	}
	want := map[string]bool{
		"acme": true, "failing": true, "late": true, "held": true, "blocked": true, "over": true, "unreadable": true,
	}
	if !maps.Equal(inStatus, want) || !maps.Equal(inMail, want) || mail.Customers != 10 {
		t.Errorf("in the status %v\nin the mail of %d %v\nwant %v", inStatus, mail.Customers, inMail, want)
	}
	if !strings.HasPrefix(mail.Text, "7 of 10 customers have trouble") ||
		!strings.Contains(mail.Text, "stock: the last run failed, for 20 minutes: status 503") {
		t.Error(mail.Text)
	}
}
