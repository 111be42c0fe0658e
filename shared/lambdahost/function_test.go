package lambdahost_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"))
}

// A copying process counts the records of both vendors and makes an article of each product.
type copying struct{ lambdahost.Dependencies }

func (p copying) Plan(ctx context.Context, _ runner.PlanRequest) (plan.Plan[string], error) {
	var result plan.Plan[string]
	search := office24.ProductSearch{ChangedAfter: p.Now().AddDate(-1, 0, 0)}
	for product, err := range p.Office24.Products(ctx, search, "Id", "No") {
		if err != nil {
			return result, err
		}
		result.Read++
		change := plan.Change[string]{Key: product.No, Action: plan.Create, Payload: product.No}
		result.Changes = append(result.Changes, change)
	}
	for _, err := range p.Ongoing.Articles(ctx, ongoing.ArticleQuery{}) {
		if err != nil {
			return result, err
		}
		result.Unchanged++
	}
	return result, nil
}

func (p copying) Apply(ctx context.Context, change plan.Change[string]) error {
	body := ongoing.ArticleBody{ArticleNumber: change.Payload, ArticleName: p.Settings.Name}
	_, err := p.Ongoing.PutArticle(ctx, body)
	return err
}

func copyingFunction() lambdahost.Function {
	open := func(d lambdahost.Dependencies) runner.Process[string] { return copying{d} }
	return lambdahost.NewFunction(naming.Articles, open, nil)
}

func TestFunctionReachesWhatSettingsSecretAndEnvironmentName(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"name": "Ås & Sønn"})
	h.Company.AddProduct(office24.Product{No: "BLÅ-1", Name: "Blåbær"})
	row := harness.Run(h, copyingFunction(), nil)
	if row.Outcome != runner.OK || row.Read != 1 || row.Written != 1 || row.Unchanged != 0 {
		t.Fatalf("got %+v\n%s", row, h.Output)
	}
	if article, ok := h.GoodsOwner.Article("BLÅ-1"); !ok || article.Body["articleName"] != "Ås & Sønn" {
		t.Errorf("got %+v", article)
	}
	if h.Record("session") == nil || h.Record("cursor#articles") == nil {
		t.Errorf("state %v", h.Records())
	}
	office24Calls, ongoingCalls, _ := h.VendorCalls()
	calls := fmt.Sprintf(`"VendorCalls":%d,`, office24Calls+ongoingCalls)
	if !h.Logged(calls) {
		t.Errorf("the metrics do not contain %s:\n%s", calls, h.Output)
	}
}

func TestRefusedCredentialsBlockTheCustomer(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil  func(*harness.Harness)
		reason string
	}{
		"24SevenOffice refuses the login": {
			spoil:  func(h *harness.Harness) { h.Secret.Office24.Password = "changed" },
			reason: "login",
		},
		"Ongoing refuses the user": {
			spoil:  func(h *harness.Harness) { h.Secret.Ongoing.Password = "changed" },
			reason: "ongoing: GET /articles",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			test.spoil(h)
			if err := h.PutSecret(h.ID, h.Secret); err != nil {
				t.Fatal(err)
			}
			row := harness.Run(h, copyingFunction(), nil)
			if row.Outcome != runner.Blocked || !strings.Contains(row.Reason, test.reason) {
				t.Errorf("got %+v", row)
			}
		})
	}
}

func TestInvalidEventFailsTheInvocation(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	_, err := harness.Invoke(t.Context(), h, copyingFunction(), map[string]any{"full": true})
	if err == nil || err.Error() != "event: full: needs customers" {
		t.Errorf("got %v", err)
	}
	if h.Output.String() != "" || len(h.Records()) != 0 {
		t.Errorf("it ran nevertheless: %s", h.Output)
	}
}

func TestInvalidEnvironmentIsNamed(t *testing.T) {
	t.Parallel()
	required := map[string]string{naming.EnvSettingsTable: "settings", naming.EnvStateTable: "state"}
	const (
		plainHTTP   = "OFFICE24_URL: plain http is allowed only for a loopback address that is listed"
		hostPattern = "is not a host pattern, allowed: host, host:port, *.domain.tld or *.domain.tld:port"
		concurrency = "CUSTOMER_CONCURRENCY: must be a whole number from 1"
	)
	tests := []struct{ variable, value, want string }{
		{"", "", ""},
		{naming.EnvSettingsTable, "", "SETTINGS_TABLE: must name the table"},
		{naming.EnvStateTable, "", "STATE_TABLE: must name the table"},
		{naming.EnvSecretPrefix, "other/", ""},
		{naming.EnvOffice24URL, "http://api.24sevenoffice.com", plainHTTP},
		{naming.EnvOffice24URL, "api.24sevenoffice.com", "OFFICE24_URL: the scheme must be https"},
		{naming.EnvOffice24URL, "https://user:pass@api.24sevenoffice.com",
			"OFFICE24_URL: user name and password belong in the secret, not in the URL"},
		{naming.EnvOffice24URL, "http://127.0.0.1:8080", plainHTTP},
		{naming.EnvOngoingHosts, "*.no", `ONGOING_HOSTS: "*.no" ` + hostPattern},
		{naming.EnvOngoingHosts, "a.example,,b.example", `ONGOING_HOSTS: "" ` + hostPattern},
		{naming.EnvConcurrency, "1", ""},
		{naming.EnvConcurrency, "0", concurrency},
		{naming.EnvConcurrency, "many", concurrency},
		{naming.EnvLogLevel, "debug", ""},
		{naming.EnvLogLevel, "LOUD", "LOG_LEVEL: must be DEBUG, INFO, WARN or ERROR"},
	}
	for _, test := range tests {
		getenv := func(name string) string {
			if name == test.variable {
				return test.value
			}
			return required[name]
		}
		_, err := copyingFunction().Handler(lambdahost.Host{Getenv: getenv, Output: io.Discard, Now: time.Now})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s=%s (-want +got):\n%s", test.variable, test.value, diff)
		}
	}
}

func TestStartInAnInvalidEnvironmentExitsWithAMessage(t *testing.T) {
	t.Parallel()
	if slices.Contains(os.Args, "start") {
		copyingFunction().Start()
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "start")
	command.Env = []string{"AWS_REGION=eu-north-1", naming.EnvSettingsTable + "=settings"}
	var messages bytes.Buffer
	command.Stderr = &messages
	err := command.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || messages.String() != "STATE_TABLE: must name the table\n" {
		t.Errorf("ended with %v and %q", err, messages.String())
	}
}
