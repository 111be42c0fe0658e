package answers_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	articles "ongoing24so/functions/articles/process"
	salesorders "ongoing24so/functions/salesorders/process"
	shipments "ongoing24so/functions/shipments/process"
	stock "ongoing24so/functions/stock/process"
	suppliers "ongoing24so/functions/suppliers/process"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func demand(t *testing.T, row runner.Row, want runner.Outcome, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(row.Reason, part) {
			t.Errorf("the reason does not name %q: %s", part, row.Reason)
		}
	}
	if row.Outcome != want {
		t.Errorf("got %s, want %s: %s", row.Outcome, want, row.Reason)
	}
}

// Both credentials are wrong, and the goods owner too. A person who corrects them one by one gets one reason less each
// time, and is never told ok before all are right.
func TestCredentialsOfBothVendorsAreProvedAtOnce(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	run := func() runner.Row {
		h.Clock.Forward(time.Hour)
		result, err := harness.Invoke(t.Context(), h, articles.Function(), map[string]any{}) // a tick
		must(t, err)
		return result.Customers[0]
	}
	right := h.Secret
	own := h.Settings["ongoing"].(map[string]any)["goodsOwnerId"]
	setOwner := func(id any) {
		h.Settings["ongoing"].(map[string]any)["goodsOwnerId"] = id
		must(t, h.PutSettings(t.Context(), h.Settings))
	}
	const secret = `secret "ongoing24so/acme"`
	const login = "office24.applicationId, office24.username or office24.password"
	warehouse := []string{"ongoing.username", "ongoing.baseUrl", "ongoing.goodsOwnerId", secret}

	wrong := right
	wrong.Office24.Password, wrong.Ongoing.Password = "old", "old"
	setOwner(4711)
	must(t, h.PutSecret(h.ID, wrong))
	demand(t, run(), runner.Blocked, append(warehouse, login, "office24: Login", "HTTP status 401")...)

	wrong.Ongoing.Password = right.Ongoing.Password
	must(t, h.PutSecret(h.ID, wrong))
	demand(t, run(), runner.Blocked, append(warehouse, login, "HTTP status 403", "goods owner 4711")...)

	must(t, h.PutSecret(h.ID, right))
	demand(t, run(), runner.Blocked, append(warehouse, "HTTP status 403", "goods owner 4711")...)
	if h.Record("binding") != nil {
		t.Error("the customer is bound to a goods owner that it cannot reach")
	}

	setOwner(own)
	demand(t, run(), runner.OK)
	before := len(h.Ongoing.Journal())
	demand(t, run(), runner.OK)
	if calls := len(h.Ongoing.Journal()) - before; calls != 0 {
		t.Errorf("%d calls to Ongoing in a tick without a change", calls)
	}

	wrong = right
	wrong.Ongoing.Password = "old"
	must(t, h.PutSecret(h.ID, wrong))
	demand(t, run(), runner.Blocked, "ongoing.password", secret)
	demand(t, run(), runner.Blocked, "ongoing.password", secret) // not proved yet
}

// Access is withdrawn at the vendor, so neither settings nor secret have changed, and nothing is due.
func TestRunByHandProvesTheCredentials(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	demand(t, harness.Run(h, articles.Function(), nil), runner.OK)
	h.Ongoing.Fault(ongoingtest.Fault{Kind: ongoingtest.Status, Status: 403, Times: -1})
	for _, event := range []map[string]any{nil, {"dryRun": true}, {"keys": []string{"1"}}} {
		demand(t, harness.Run(h, articles.Function(), event), runner.Blocked, "ongoing.goodsOwnerId")
	}
}

// A record that does not exist is no failure, but a person who has named it mistyped it.
func TestNamedRecordThatDoesNotExistIsNoted(t *testing.T) {
	t.Parallel()
	for name, function := range map[string]lambdahost.Function{
		"articles": articles.Function(), "salesorders": salesorders.Function(), "shipments": shipments.Function(),
		"stock": stock.Function(), "suppliers": suppliers.Function(),
	} {
		h := harness.New(t, map[string]any{"suppliers": map[string]any{"enabled": true}})
		for _, dryRun := range []bool{true, false} {
			row := harness.Run(h, function, map[string]any{"keys": []string{"4040404"}, "dryRun": dryRun})
			demand(t, row, runner.OK)
			if !slices.ContainsFunc(row.Notes, func(note string) bool { return strings.Contains(note, "4040404") }) {
				t.Errorf("%s: notes %q do not name the key", name, row.Notes)
			}
			if row.DryRun != dryRun {
				t.Errorf("%s: dryRun is %t, want %t", name, row.DryRun, dryRun)
			}
		}
	}
}

func TestMisspeltFieldRunsNothing(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	h.Company.AddProduct(office24.Product{No: "KET-17", Name: "Kjele"})
	for event, names := range map[string]string{
		"dryrun": "dryRun", "dry_run": "dryRun", "DryRun": "dryRun", "customer": "customers",
	} {
		fields := map[string]any{"customers": []string{h.ID}, event: true}
		_, err := harness.Invoke(t.Context(), h, articles.Function(), fields)
		if err == nil || !strings.Contains(err.Error(), event) || !strings.Contains(err.Error(), names) {
			t.Errorf("%s: %v", event, err)
		}
	}
	_, err := harness.Invoke(t.Context(), h, articles.Function(),
		map[string]any{"customers": []string{h.ID}, "keys": []string{"99999999999"}})
	if err == nil || !strings.Contains(err.Error(), `keys: "99999999999"`) {
		t.Errorf("a key that no product can have: %v", err)
	}
	if calls := len(h.Ongoing.Journal()) + len(h.Office24.Journal()); calls != 0 {
		t.Errorf("%d calls", calls)
	}
}

// The warehouse forbids one article. Its failure record says so, the others are written.
func TestForbiddenRecordIsItsOwnTrouble(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	for _, number := range []string{"A", "B", "C"} {
		h.Company.AddProduct(office24.Product{No: number, Name: "Kjele"})
	}
	h.Ongoing.Fault(ongoingtest.Fault{Op: "PUT /articles", Nth: 2, Kind: ongoingtest.Status, Status: 403})
	row := harness.Run(h, articles.Function(), nil)
	demand(t, row, runner.Partial, "access to this record was refused")
	if row.Written != 2 || row.Failed != 1 {
		t.Errorf("got %+v", row)
	}
}
