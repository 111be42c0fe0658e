package digest_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/digest"
	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A world is a stack with the real function of shipments, which sends the daily mail.
type world struct {
	*testenv.Env
	t        *testing.T
	function *testenv.Function
	store    *state.Store
	// now is the time of the function, to a few seconds.
	now time.Time
}

// build builds the function once for all tests.
var build = sync.OnceValues(func() (folder string, err error) {
	if folder, err = os.MkdirTemp("", "digest"); err == nil {
		err = testenv.Build(context.Background(), folder, naming.DigestProcess)
	}
	return folder, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if folder, err := build(); err == nil {
		_ = os.RemoveAll(folder) // the system's folder for temporary files is emptied anyway
	}
	os.Exit(code)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	folder, err := build()
	if err != nil {
		t.Fatal(err)
	}
	env, err := testenv.Start(testenv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Close(); err != nil {
			t.Error(err)
		}
	})
	function, err := env.Function(folder, naming.DigestProcess)
	if err != nil {
		t.Fatal(err)
	}
	client := dynamodb.NewFromConfig(env.AWS())
	return &world{
		Env: env, t: t, function: function, now: time.Now().UTC(),
		store: state.New(client, dynamodbtest.StateTable, time.Now),
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) put(table string, item map[string]any) {
	w.t.Helper()
	attributes, err := attributevalue.MarshalMap(item)
	w.must(err)
	_, err = dynamodb.NewFromConfig(w.AWS()).PutItem(w.t.Context(), &dynamodb.PutItemInput{
		TableName: &table, Item: attributes,
	})
	w.must(err)
}

// customer adds a customer whose processes have all just succeeded, except those named.
func (w *world) customer(n int, id, name string, except ...naming.Process) {
	w.t.Helper()
	w.put(dynamodbtest.SettingsTable, map[string]any{
		"customerId": id, "name": name,
		"ongoing": map[string]any{"baseUrl": w.Ongoing.URL + "/lager/api/v1/", "goodsOwnerId": n},
	})
	w.put(dynamodbtest.StateTable, map[string]any{
		"customerId": id, "record": "binding", "office24ClientId": 5, "goodsOwnerId": n,
		"ongoingBaseUrl": w.Ongoing.URL + "/lager/api/v1/",
	})
	for _, entry := range naming.Entries() {
		succeeded := w.now
		for _, process := range except {
			if process == entry.Process {
				succeeded = w.now.Add(-30 * time.Hour)
				w.ran(id, process, w.now, "failed", "24SevenOffice: GetProducts: status 503")
			}
		}
		w.put(dynamodbtest.StateTable, map[string]any{
			"customerId": id, "record": "lease#" + string(entry.Process),
			"startedAt": w.now.Format(stateTime), "succeededAt": succeeded.Format(stateTime),
		})
	}
}

// stateTime is how the state table writes times.
const stateTime = "2006-01-02T15:04:05.000Z"

// ran adds a run record.
func (w *world) ran(customer string, p naming.Process, at time.Time, outcome, reason string) {
	w.t.Helper()
	w.put(dynamodbtest.StateTable, map[string]any{
		"customerId": customer, "record": "run#" + string(p) + "#" + at.Format(stateTime),
		"startedAt": at.Format(stateTime), "outcome": outcome, "reason": reason,
	})
}

// failure adds a failure record of an age.
func (w *world) failure(
	customer string, p naming.Process, key string, age time.Duration, c errclass.Class, message string,
) {
	w.t.Helper()
	f := state.Failure{Process: p, Key: key}.WithAttempt(w.now.Add(-age), c, message, "")
	w.must(w.store.Partition(customer).PutFailure(w.t.Context(), &f))
}

// send invokes the function and returns the text that it answers.
func (w *world) send(event map[string]any) string {
	w.t.Helper()
	result, lines, err := w.function.Run(w.t.Context(), event)
	if err != nil {
		w.t.Fatalf("%v\n%s", err, strings.Join(lines, "\n"))
	}
	return result.Digest
}

func TestMailIsSentIfSomebodyHasTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tomorrow := map[string]any{"digest": true}
	if text := w.send(tomorrow); text != "" || len(w.SNS.Messages()) != 0 {
		t.Fatalf("without customers: %q, %v", text, w.SNS.Messages())
	}
	w.customer(1, "acme", "Fjellsport AS")
	w.customer(2, "bolt", "bolt")
	w.customer(3, "cask", "Cask", naming.Stock)
	w.customer(4, "dent", "Dent")
	w.put(dynamodbtest.SettingsTable, map[string]any{
		"customerId": "edge", "salesOrders": map[string]any{"x": 1},
		"ongoing": map[string]any{"baseUrl": w.Ongoing.URL + "/lager/api/v1/", "goodsOwnerId": 5},
	})
	w.put(dynamodbtest.SettingsTable, map[string]any{
		"customerId": "flat", "enabled": false,
		"ongoing": map[string]any{"baseUrl": w.Ongoing.URL + "/lager/api/v1/", "goodsOwnerId": 6},
	})
	w.failure("acme", naming.SalesOrders, "40556", 30*time.Hour, errclass.Held, "delivery method 9 is not listed")
	w.failure("acme", naming.SalesOrders, "40557", 3*time.Hour, errclass.Held, "delivery method 9 is not listed")
	w.failure("acme", naming.Articles, "7106", 9*24*time.Hour, errclass.Rejected, "product 7106 has no number")
	w.failure("bolt", naming.Stock, "7", 5*24*time.Hour, errclass.Rejected, "no such product")
	dismissed := state.Failure{Process: naming.Stock, Key: "8", DismissedAt: w.now, FirstAt: w.now}
	w.must(w.store.Partition("dent").PutFailure(t.Context(), &dismissed))
	w.failure("flat", naming.Stock, "9", time.Hour, errclass.Rejected, "switched off")
	p := w.store.Partition("bolt")
	_, err := p.Health(t.Context())
	w.must(err)
	order := state.OrderLink{
		OrderID: 41, OrderNumber: "B-41", OngoingID: 900, ImportedAt: w.now.Add(-100 * time.Hour),
		Total: "1496.25", Currency: "NOK",
	}
	w.must(p.PutOrder(t.Context(), &order))
	w.put(dynamodbtest.StateTable, func() map[string]any { // as an older version has stored it: without its time
		binding, _ := p.Binding()
		return map[string]any{"customerId": "bolt", "record": "open#" + binding.String() + "#41", "orderId": 41}
	}())

	text := w.send(tomorrow)
	messages := w.SNS.Messages()
	if len(messages) != 1 || messages[0].Text != text ||
		messages[0].Subject != "24SevenOffice and Ongoing: 4 of 5 customers have trouble, 1 of them since yesterday" {
		t.Fatalf("sent %+v\n%s", messages, text)
	}
	for _, want := range []string{
		"4 of 5 customers have trouble; of 1 something is new since yesterday.\n" +
			"      1 customer blocked\n" +
			"      1 customer whose last run failed, the oldest of cask for 30 hours\n" +
			"      2 records failed, the oldest of acme for 9 days\n" +
			"      2 records waiting for a person, the oldest of acme for 30 hours\n" +
			"      1 order stuck in the warehouse, worth 1496.25 NOK with VAT, the oldest of bolt for 28 hours\n",
		"\nNew since yesterday\n\n  acme (Fjellsport AS)\n" +
			"    articles: 1 record failed, for 9 days; 7106: product 7106 has no number\n" +
			"    salesorders: 2 records waiting for a person, for 30 hours at most; 40556: delivery method 9 is not " +
			"listed\n",
		"\nOlder\n\n  edge\n    blocked: settings: salesOrders.x is unknown",
		"\n\n  cask (Cask)\n    stock: the last run failed, for 30 hours: 24SevenOffice: GetProducts: status 503\n\n" +
			"  bolt\n    stock: 1 record failed, for 5 days; 7: no such product\n" +
			"    shipments: 1 order stuck in the warehouse, worth 1496.25 NOK with VAT, for 28 hours; B-41\n",
		"syncctl failures dismiss",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the mail lacks %q", want)
		}
	}
	for _, unwanted := range []string{"dent", "flat"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("the mail has %q", unwanted)
		}
	}
	if t.Failed() {
		t.Log(text)
	}

	if got := w.send(map[string]any{"digest": true, "dryRun": true}); got != text || len(w.SNS.Messages()) != 1 {
		t.Errorf("a dry run sends %d mails and answers %q", len(w.SNS.Messages()), got)
	}
	w.SNS.Fail(true)
	_, _, err = w.function.Run(t.Context(), tomorrow)
	if err == nil || !strings.Contains(err.Error(), "the daily mail was not sent") {
		t.Errorf("a mail that was not sent: %v", err)
	}
}

// What a newer version or a person has written into one customer's state does not keep the mail about the others.
func TestMailNamesCustomersWhoseStateCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.customer(1, "acme", "Fjellsport AS")
	w.customer(2, "bolt", "bolt")
	w.customer(3, "cask", "Cask")
	w.put(dynamodbtest.StateTable, map[string]any{
		"customerId": "acme", "record": "failure#stock#7", "process": "stock", "key": "7", "attempts": "many",
	})
	w.put(dynamodbtest.StateTable, map[string]any{"customerId": "bolt", "record": "lease#stock", "format": 99})
	w.failure("cask", naming.Stock, "8", time.Hour, errclass.Rejected, "no such product")
	text := w.send(map[string]any{"digest": true})
	for _, want := range []string{
		"3 of 3 customers have trouble", "\n      2 customers whose state cannot be read\n",
		"\n  acme (Fjellsport AS)\n    its state cannot be read: state: read failure#stock#7: the stored record " +
			"cannot be understood\n",
		"\n  bolt\n    its state cannot be read: state: read lease#stock: a newer version of this program has written ",
		"stock: 1 record failed, for 60 minutes; 8: no such product\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
}

// A silent API gives no answer about one customer's failures.
type silent struct {
	state.API
	customer string
}

func (s silent) Query(
	ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options),
) (*dynamodb.QueryOutput, error) {
	if in.ExpressionAttributeValues[":customer"].(*types.AttributeValueMemberS).Value == s.customer {
		return nil, context.DeadlineExceeded
	}
	return s.API.Query(ctx, in, o...)
}

func TestMailThatMissesACustomerIsNotSent(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	for _, id := range []string{"acme", "bolt"} {
		_, err := db.Client.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: &db.Settings, Item: map[string]types.AttributeValue{"customerId": dynamoattr.Text(id)},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	store := state.New(silent{db.Client, "bolt"}, db.State, time.Now)
	reader := settings.NewReader(db.Client, db.Settings, allowedhosts.List{})
	_, err := digest.Collect(t.Context(), reader, store, time.Now())
	const want = `customer "bolt": state: Query failure#`
	if !errclass.Is(err, errclass.Transient) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

func TestMailAboutAFleetCanBeReadAndSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 500 {
		id := fmt.Sprintf("merchant-%03d", i)
		w.customer(i+1, id, strings.Repeat("Å", 100), naming.Stock, naming.Articles)
		for n := range 1 + i%3 {
			for _, p := range []naming.Process{naming.SalesOrders, naming.Shipments} {
				age := time.Duration(1+i) * time.Hour
				w.failure(id, p, fmt.Sprint(4000+n), age, errclass.Rejected, strings.Repeat("ugyldig ", 100))
			}
		}
	}
	text := w.send(map[string]any{"digest": true})
	messages := w.SNS.Messages()
	if len(messages) != 1 || len(text) > digest.MaxText/8 {
		t.Fatalf("%d mails, %d bytes", len(messages), len(text))
	}
	if lines := strings.Count(text, "\n"); lines > 150 {
		t.Errorf("nobody reads %d lines", lines)
	}
	for _, want := range []string{
		"500 of 500 customers have trouble; of 23 something is new since yesterday.",
		"and 13 more customers: syncctl status", "and 467 more customers: syncctl status",
		"  500 customers whose last run failed", "  1998 records failed",
		"    articles, stock: the last run failed, for",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
}

// What a person has to do about a pause is in the mail: its end is not automatic.
func TestMailNamesPausesThatAreOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.customer(1, "acme", "Fjellsport AS")
	w.customer(2, "bolt", "bolt")
	w.customer(3, "cask", "Cask")
	w.customer(4, "dent", "Dent")
	off := map[string]any{"enabled": false}
	for n, id := range []string{"acme", "bolt", "cask"} { // cask is switched on all the same
		item := map[string]any{
			"customerId": id,
			"ongoing":    map[string]any{"baseUrl": w.Ongoing.URL + "/lager/api/v1/", "goodsOwnerId": n + 1},
		}
		switch id {
		case "acme":
			item["enabled"] = false
		case "bolt":
			item["stock"], item["shipments"] = off, off
		}
		w.put(dynamodbtest.SettingsTable, item)
	}
	w.pause("acme", "", 2*time.Hour, "inventory")
	w.pause("bolt", naming.Stock, 50*time.Hour, "stock-taking")
	w.pause("bolt", naming.Shipments, -time.Hour, "not over yet")
	w.pause("cask", naming.Stock, -time.Hour, "half written")
	w.failure("bolt", naming.Stock, "7", time.Hour, errclass.Rejected, "of what is paused")
	text := w.send(map[string]any{"digest": true})
	for _, want := range []string{
		"3 of 4 customers have trouble; of 1 something is new since yesterday.\n" +
			"      1 pause of what is switched on all the same, the oldest of cask for 3 days\n" +
			"      2 pauses that are over and that nobody has ended, the oldest of bolt for 2 days\n",
		"\n  acme\n    pause over, but not ended, for 2 hours: inventory; to end it: syncctl customers resume acme\n",
		"\n  bolt\n    stock: pause over, but not ended, for 2 days: stock-taking; to end it: " +
			"syncctl customers resume bolt\n",
		"\n  cask\n    stock: paused, but switched on, for 3 days: half written; to end it: " +
			"syncctl customers resume cask\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the mail lacks %q", want)
		}
	}
	if strings.Contains(text, "not over yet") || strings.Contains(text, "of what is paused") {
		t.Error("the mail has what is paused")
	}
	if t.Failed() {
		t.Log(text)
	}
}

// pause adds a pause that has been over for a time.
func (w *world) pause(customer string, p naming.Process, over time.Duration, reason string) {
	w.t.Helper()
	what := string(p)
	if p == "" {
		what = "customer"
	}
	w.put(dynamodbtest.StateTable, map[string]any{
		"customerId": customer, "record": "pause#" + what, "process": string(p), "reason": reason,
		"at": w.now.Add(-3 * 24 * time.Hour), "until": w.now.Add(-over),
	})
}

// A customer that has just been added, or for whom the schedule does not run, is in the mail.
func TestMailNamesCustomersWhoHaveNotRunYet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(dynamodbtest.SettingsTable, map[string]any{
		"customerId": "acme", "ongoing": map[string]any{"baseUrl": w.Ongoing.URL + "/lager/api/v1/", "goodsOwnerId": 1},
	})
	text := w.send(map[string]any{"digest": true})
	if !strings.HasPrefix(text, "1 of 1 customer has trouble; ") ||
		!strings.Contains(text, "\nNew since yesterday\n\n  acme\n    not run yet: the next tick runs it\n") {
		t.Errorf("got %s", text)
	}
}

func TestDigestOfNobodyIsNoMail(t *testing.T) {
	t.Parallel()
	if subject, text := (digest.Digest{Customers: 500, At: time.Now()}).Mail(); subject+text != "" {
		t.Errorf("got %q, %q", subject, text)
	}
}

// An outage is named once, however many customers it stops; what is one customer's stays with it.
func TestMailNamesTroubleOfSeveralCustomersOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	failing := func(p naming.Process, age time.Duration, reason string) digest.Trouble {
		at := now.Add(-age)
		return digest.Trouble{Process: p, Kind: digest.Failing, Since: at, Latest: at, Reason: reason}
	}
	const outage = "ongoing: GET /articles: Ongoing WMS does not answer (HTTP status 503)"
	d := digest.Digest{At: now, Customers: 400}
	for _, id := range []string{"dave", "erin"} { // worse, but not of as many
		d.Troubled = append(d.Troubled, digest.Customer{ID: id, Troubles: []digest.Trouble{{
			Kind: digest.Blocked, Since: now, Latest: now, Reason: "settings: name is empty",
		}}})
	}
	for i := range 300 {
		age := time.Duration(60+i) * time.Minute
		d.Troubled = append(d.Troubled, digest.Customer{ID: fmt.Sprintf("merchant-%03d", i), Troubles: []digest.Trouble{
			failing(naming.Articles, age, outage),
			failing(naming.Stock, age, strings.Replace(outage, "/articles", "/inventory", 1)),
		}})
	}
	for i, id := range []string{"acme", "bolt"} { // the secret is each customer's own
		reason := `office24: Login: 24SevenOffice refuses the login (HTTP status 401); correct office24.password in ` +
			`the secret "ongoing24so/` + id + `"`
		d.Troubled = append(d.Troubled, digest.Customer{ID: id, Troubles: []digest.Trouble{
			failing(naming.Stock, time.Duration(1+i)*time.Minute, reason),
			{
				Process: naming.Stock, Kind: digest.Failed, Since: now, Latest: now, Count: 1, Key: "7",
				Reason: "no number",
			},
		}})
	}
	d.Troubled = append(d.Troubled, digest.Customer{ID: "cato", Troubles: []digest.Trouble{
		// in one process only, and at another call
		failing(naming.Stock, 90*time.Second, "ongoing: GET /orders: Ongoing WMS does not answer (HTTP status 503)"),
	}})
	_, text := d.Mail()
	want := `
New since yesterday

  cato, merchant-000, merchant-001 and 298 more
    articles, stock: the last run failed, for 5 hours at most: ongoing: Ongoing WMS does not answer (HTTP status 503)

  dave, erin
    blocked, for 0 minutes at most: settings: name is empty

  acme, bolt
    stock: the last run failed, for 2 minutes at most: office24: 24SevenOffice refuses the login ` +
		`(HTTP status 401); correct office24.password in the secret "ongoing24so/<customer>"

  acme
    stock: 1 record failed, for 0 minutes; 7: no number

  bolt
    stock: 1 record failed, for 0 minutes; 7: no number

Look closer:`
	if !strings.Contains(text, want) {
		t.Errorf("got %s\nwant %s", text, want)
	}
}

// A warehouse that changes a password or its address stops all its customers for one reason.
func TestGeneralReasonNamesNoCustomer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ reason, want string }{
		{
			`ongoing: GET /articles: Ongoing WMS refuses the login (HTTP status 401): ongoing.password in the secret ` +
				`"ongoing24so/acme" must be that of an API user of goods owner 76 (ongoing.goodsOwnerId)`,
			`ongoing: Ongoing WMS refuses the login (HTTP status 401): ongoing.password in the secret ` +
				`"ongoing24so/<customer>" must be that of an API user of goods owner <number> (ongoing.goodsOwnerId)`,
		},
		{
			`customer "acme" is bound to goods owner 76 at https://a.example/api/v1/ since 2026-11-29, but the ` +
				`settings lead to goods owner 76 at https://b.example/api/v1/`,
			`customer "<customer>" is bound to goods owner <number> at https://a.example/api/v1/ since <time>, ` +
				`but the settings lead to goods owner <number> at https://b.example/api/v1/`,
		},
		{
			`office24: GetProducts: 24SevenOffice asks us to wait until 2026-11-29T10:00:00Z`,
			`office24: 24SevenOffice asks us to wait until <time>`,
		},
		{`settings: name is "acme corp"`, `settings: name is "acme corp"`},
	} {
		if got := digest.General("acme", c.reason); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestGeneralReasonOfARecordNamesNoRecord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, reason, want string }{
		{"7106", "product 7106 has no number (No); give it one", "product <id> has no number (No); give it one"},
		{
			"7101", "5 of 5 compared articles that have stock would be set to zero; article TELT 2 would be set from " +
				"8 to -1 and stays as it is; if it is sold out, run the function with product 7101 as a key",
			"5 of 5 compared articles that have stock would be set to zero; its article would be set to zero and " +
				"stays as it is; if it is sold out, run the function with product <id> as a key",
		},
		{"5", "row 15: quantity 1.5 of FS-5 is 5", "row 15: quantity 1.5 of FS-<id> is <id>"},
	} {
		if got := digest.GeneralRecord("acme", c.key, c.reason); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// A run that fails an hour after the mail is new in the next one, though its last success is a day ago.
func TestTroubleIsNewFromTheRunThatDidNotSucceed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 5, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		outcome   string
		succeeded time.Duration // ago
		latest    time.Duration // ago
	}{
		{"failed", 24*time.Hour + 10*time.Minute, 24*time.Hour - 5*time.Minute},
		{"blocked", 24*time.Hour + 20*time.Minute, 24*time.Hour + 5*time.Minute},
		{"failed", 10 * time.Minute, 0},
		{"", 24*time.Hour + 30*time.Minute, 24*time.Hour - 15*time.Minute}, // it is late after three intervals
	} {
		began := now.Add(-c.succeeded)
		m := state.Mark{SucceededAt: began, StartedAt: began.Add(time.Second)}
		got, wrong := digest.OfRuns(m, state.LastRun{Outcome: c.outcome}, 15*time.Minute, now)
		if !wrong || !got.Since.Equal(began) || !got.Latest.Equal(now.Add(-c.latest)) {
			t.Errorf("%q, success %v ago: %v, since %v, latest %v",
				c.outcome, c.succeeded, wrong, got.Since, got.Latest)
		}
	}
}

func TestMoneyHasTwoDecimalsOrNone(t *testing.T) {
	t.Parallel()
	w := digest.WorthOf(
		state.OrderLink{Total: "1490.25", Currency: "NOK"}, state.OrderLink{Total: "6.25", Currency: "NOK"},
		state.OrderLink{Total: "80", Currency: "EUR"}, state.OrderLink{Total: "0.75", Currency: "SEK"},
	)
	if got := w.String(); got != "80 EUR, 1496.50 NOK, 0.75 SEK" {
		t.Errorf("got %s", got)
	}
}
