package lambdahost_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"))
}

// A census is a process that counts what stands on both sides and plans a change for each product.
type census struct{ lambdahost.Dependencies }

func (c census) Plan(ctx context.Context, _ runner.PlanRequest) (plan.Plan[string], error) {
	var p plan.Plan[string]
	for product, err := range c.Office24.Products(ctx, office24.ProductSearch{ChangedAfter: c.Now().AddDate(-1, 0, 0)}, "Id", "No") {
		if err != nil {
			return p, err
		}
		p.Read++
		p.Changes = append(p.Changes, plan.Change[string]{Key: product.No, Action: plan.Create, Payload: product.No})
	}
	for _, err := range c.Ongoing.Articles(ctx, ongoing.ArticleQuery{}) {
		if err != nil {
			return p, err
		}
		p.Unchanged++
	}
	return p, nil
}

func (c census) Apply(ctx context.Context, change plan.Change[string]) error {
	_, err := c.Ongoing.PutArticle(ctx, ongoing.ArticleBody{ArticleNumber: change.Payload, ArticleName: c.Settings.Name})
	return err
}

func function() lambdahost.Function {
	open := func(c lambdahost.Dependencies) runner.Process[string] { return census{c} }
	return lambdahost.NewFunction(naming.Articles, open, nil)
}

// TestHandler: an event goes in, and what the settings, the secret and the environment name is reached.
func TestHandler(t *testing.T) {
	t.Parallel()
	b := harness.New(t, map[string]any{"name": "Ås & Sønn"})
	b.Company.AddProduct(office24.Product{No: "BLÅ-1", Name: "Blåbær"})
	row := harness.Run(b, function(), nil)
	if row.Outcome != runner.OK || row.Read != 1 || row.Written != 1 || row.Unchanged != 0 {
		t.Fatalf("got %+v\n%s", row, b.Output)
	}
	if article, ok := b.GoodsOwner.Article("BLÅ-1"); !ok || article.Body["articleName"] != "Ås & Sønn" {
		t.Errorf("got %+v", article)
	}
	if b.Record("session") == nil || b.Record("cursor#articles") == nil {
		t.Errorf("state %v", b.Records())
	}
	erp, wms, _ := b.VendorCalls()
	calls := `"VendorCalls":` + string(rune('0'+erp+wms))
	if !b.Logged(calls) {
		t.Errorf("the metrics do not say %s:\n%s", calls, b.Output)
	}
}

// TestCredentials: whoever is refused is blocked, with a reason that names the system, and nobody else is.
func TestCredentials(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why   string
		wrong func(*harness.Harness)
		says  string
	}{
		{"24SevenOffice refuses the login", func(b *harness.Harness) { b.Secret.Office24.Password = "changed" }, "login"},
		{"Ongoing refuses the user", func(b *harness.Harness) { b.Secret.Ongoing.Password = "changed" }, "ongoing: GET /articles"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			b := harness.New(t, nil)
			test.wrong(b)
			if err := b.PutSecret(b.ID, b.Secret); err != nil {
				t.Fatal(err)
			}
			row := harness.Run(b, function(), nil)
			if row.Outcome != runner.Blocked || !strings.Contains(row.Reason, test.says) {
				t.Errorf("got %+v", row)
			}
		})
	}
}

// TestRefusedEvent: an event that makes no sense is the function's error, and nothing runs.
func TestRefusedEvent(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	if _, err := harness.Invoke(t.Context(), b, function(), map[string]any{"full": true}); err == nil || err.Error() != "event: full: needs customers" {
		t.Errorf("got %v", err)
	}
	if b.Output.String() != "" || len(b.Records()) != 0 {
		t.Errorf("it ran all the same: %s", b.Output)
	}
}

// TestEnvironment: a value that makes no sense is named, with what it may be; what may be left out may be left out.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	required := map[string]string{naming.EnvSettingsTable: "settings", naming.EnvStateTable: "state"}
	tests := []struct{ variable, value, says string }{
		{"", "", ""},
		{naming.EnvSettingsTable, "", "SETTINGS_TABLE: must name the table"},
		{naming.EnvStateTable, "", "STATE_TABLE: must name the table"},
		{naming.EnvSecretPrefix, "other/", ""},
		{naming.EnvOffice24URL, "http://api.24sevenoffice.com", "OFFICE24_URL: plain http is allowed only for a loopback address that is listed"},
		{naming.EnvOffice24URL, "api.24sevenoffice.com", "OFFICE24_URL: the scheme must be https"},
		{naming.EnvOffice24URL, "https://user:pass@api.24sevenoffice.com", "OFFICE24_URL: user name and password belong in the secret, not in the URL"},
		{naming.EnvOffice24URL, "http://127.0.0.1:8080", "OFFICE24_URL: plain http is allowed only for a loopback address that is listed"},
		{naming.EnvOngoingHosts, "*.no", `ONGOING_HOSTS: "*.no" is not a host pattern, allowed: host, host:port, *.domain.tld or *.domain.tld:port`},
		{naming.EnvOngoingHosts, "a.example,,b.example", `ONGOING_HOSTS: "" is not a host pattern, allowed: host, host:port, *.domain.tld or *.domain.tld:port`},
		{naming.EnvConcurrency, "1", ""},
		{naming.EnvConcurrency, "0", "CUSTOMER_CONCURRENCY: must be a whole number from 1"},
		{naming.EnvConcurrency, "many", "CUSTOMER_CONCURRENCY: must be a whole number from 1"},
		{naming.EnvLogLevel, "debug", ""},
		{naming.EnvLogLevel, "LOUD", "LOG_LEVEL: must be DEBUG, INFO, WARN or ERROR"},
	}
	for _, test := range tests {
		_, err := function().Handler(lambdahost.Host{Output: io.Discard, Now: time.Now, Getenv: func(name string) string {
			if name == test.variable {
				return test.value
			}
			return required[name]
		}})
		said := ""
		if err != nil {
			said = err.Error()
		}
		if diff := cmp.Diff(test.says, said); diff != "" {
			t.Errorf("%s=%s (-want +got):\n%s", test.variable, test.value, diff)
		}
	}
}

// TestStart: started in a wrong environment, the function ends with a message.
func TestStart(t *testing.T) {
	t.Parallel()
	if slices.Contains(os.Args, "start") {
		function().Start()
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestStart$", "start")
	command.Env = []string{"AWS_REGION=eu-north-1", naming.EnvSettingsTable + "=settings"}
	var messages bytes.Buffer
	command.Stderr = &messages
	err := command.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || messages.String() != "STATE_TABLE: must name the table\n" {
		t.Errorf("ended with %v and %q", err, messages.String())
	}
}
