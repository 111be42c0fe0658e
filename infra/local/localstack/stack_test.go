package localstack_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"

	"ongoing24so/infra/local/localstack"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
)

func TestMain(m *testing.M) {
	localstack.RunFunction()
	os.Exit(m.Run())
}

// start starts a stack with one merchant who has a product.
func start(t *testing.T) (*localstack.Stack, *testenv.Merchant) {
	t.Helper()
	s, err := localstack.Start(t.Context(), localstack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	m, err := s.AddMerchant(t.Context(), "acme", nil)
	if err != nil {
		t.Fatal(err)
	}
	addProduct(m, "BLÅ-1")
	s.History.Note(localstack.Outside)
	return s, m
}

func addProduct(m *testenv.Merchant, no string) office24.ProductID {
	stock := number.MustParse("5")
	return m.Company.AddProduct(office24.Product{
		No: no, Name: "Blåbær & fløte", Stock: &stock, StockControlled: new(true), StatusID: new(1),
	})
}

func tick(t *testing.T, s *localstack.Stack) {
	t.Helper()
	if err := s.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Commands for a deployed stack name its functions and secrets, which have the same names here.
func TestAWSClientsFindTheDeployedNames(t *testing.T) {
	t.Parallel()
	s, m := start(t)
	api := httptest.NewServer(s.InvokeAPI())
	t.Cleanup(api.Close)
	environment := s.Endpoints(api.URL)
	for name, want := range map[string]string{
		naming.EnvSettingsTable: "ongoing24so-settings", naming.EnvStateTable: "ongoing24so-state",
	} {
		if environment[name] != want {
			t.Errorf("%s is %q", name, environment[name])
		}
	}
	local := credentials.NewStaticCredentialsProvider("local", "local", "")
	secrets := secretsmanager.New(secretsmanager.Options{
		Region: "eu-north-1", Credentials: local,
		BaseEndpoint: aws.String(environment["AWS_ENDPOINT_URL_SECRETS_MANAGER"]),
	})
	text, err := json.Marshal(m.Secret)
	if err != nil {
		t.Fatal(err)
	}
	_, err = secrets.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{
		SecretId: aws.String("ongoing24so/acme"), SecretString: aws.String(string(text)),
	})
	if err != nil {
		t.Error(err)
	}
	functions := lambda.New(lambda.Options{Region: "eu-north-1", Credentials: local, BaseEndpoint: &api.URL})
	out, err := functions.Invoke(t.Context(), &lambda.InvokeInput{
		FunctionName: aws.String("ongoing24so-articles"), Payload: []byte(`{"customers": ["acme"], "dryRun": true}`),
	})
	if err != nil || out.FunctionError != nil {
		t.Fatalf("%v, %+v", err, out)
	}
	var result runner.Result
	if err := json.Unmarshal(out.Payload, &result); err != nil || len(result.Customers) != 1 ||
		result.Customers[0].Planned != 1 {
		t.Errorf("got %s, %v", out.Payload, err)
	}
	if n, runs := s.History.Length(), s.RunsOf("acme"); n != 0 || len(runs) != 0 {
		t.Errorf("a dry run is in the history: %d entries, %v", n, runs)
	}
	// What a run that a person starts changes is the process's work, not that of somebody outside.
	_, err = functions.Invoke(t.Context(), &lambda.InvokeInput{
		FunctionName: aws.String("ongoing24so-articles"), Payload: []byte(`{"customers": ["acme"]}`),
	})
	s.History.Note(localstack.Outside)
	entries := s.History.Entries("acme")
	if err != nil || len(entries) != 1 || entries[0].Actor != localstack.Actor(naming.Articles) {
		t.Errorf("history %+v, %v", entries, err)
	}
	if ran := s.RunsOf("acme")[naming.Articles]; ran.Written != 1 || ran.Outcome != runner.OK {
		t.Errorf("the last run is %+v", ran)
	}
}

// With the clock of a tick, a customer is due in each of them, and a refused record is tried again when its pause ends.
func TestTicksMoveTheClockOfAllParts(t *testing.T) {
	t.Parallel()
	s, m := start(t)
	id := addProduct(m, "")
	first := s.NextTick()
	tick(t, s)
	if now := s.Clock.Now(); now.Before(first) || s.NextTick() != first.Add(naming.Period) {
		t.Errorf("after the tick of %v it is %v, and the next one is at %v", first, now, s.NextTick())
	}
	if got := s.RunsOf("acme")[naming.Articles]; got.Failed != 1 || got.Written != 1 {
		t.Fatalf("the first tick: %+v", got)
	}
	if err := s.Forward(24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	m.Company.EditProduct(id, func(p *office24.Product) { p.No = "BRI-1" })
	tick(t, s)
	if got := s.RunsOf("acme")[naming.Articles]; got.Outcome != runner.OK {
		t.Errorf("a day later: %+v", got)
	}
	if day := s.Clock.Now().Sub(first); day < 24*time.Hour {
		t.Errorf("only %v have passed", day)
	}
}

func TestKilledRunIsCompletedByTheNextTick(t *testing.T) {
	t.Parallel()
	s, m := start(t)
	addProduct(m, "BRI-1")
	addProduct(m, "TYT-1")
	s.KillAfterWrite(2)
	tick(t, s)
	if broken, ok := s.LastErrors()[naming.Articles]; !ok || !strings.Contains(broken.Err.Error(), "killed") {
		t.Fatalf("the run was not killed: %+v", broken)
	}
	if n := len(m.GoodsOwner.Articles()); n != 2 {
		t.Errorf("%d articles after the kill; want those that were written", n)
	}
	tick(t, s)
	if broken, ok := s.LastErrors()[naming.Articles]; ok {
		t.Errorf("the next tick: %+v", broken)
	}
	if n := len(m.GoodsOwner.Articles()); n != 3 {
		t.Errorf("%d articles after the next tick; want 3", n)
	}
}

func TestHistorySaysWhoHasChangedWhat(t *testing.T) {
	t.Parallel()
	s, m := start(t)
	tick(t, s)
	m.Company.EditProduct(7001, func(p *office24.Product) { p.No = "BLÅ-2" })
	s.History.Note(localstack.People)
	if err := m.GoodsOwner.SetStock("BLÅ-1", number.MustParse("9")); err != nil {
		t.Fatal(err)
	}
	s.History.Note(localstack.People)
	tick(t, s)
	type line struct {
		Actor localstack.Actor
		Key   string
		Text  string
	}
	var got []line
	for _, e := range s.History.Entries("acme") {
		got = append(got, line{e.Actor, e.Record.Key, e.Text})
	}
	want := []line{
		{"articles", "BLÅ-1", "new: Blåbær & fløte, 0"},
		{"stock", "7001", "Stock 5 → 0"},
		{localstack.Sales, "7001", "Number BLÅ-1 → BLÅ-2"},
		{localstack.Warehouse, "BLÅ-1", "Stock 0 → 9; Sellable 0 → 9"},
		{"articles", "BLÅ-2", "new: Blåbær & fløte, 9"},
		{"articles", "BLÅ-1", "deleted"},
		{"stock", "7001", "Stock 0 → 9"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Looking ahead and drafts change nothing, also if the settings in the draft would.
func TestDryRunsChangeNothing(t *testing.T) {
	t.Parallel()
	s, m := start(t)
	row, err := s.LookAhead(t.Context(), naming.Articles, "acme")
	if err != nil || row.Planned != 1 {
		t.Errorf("looking ahead: %+v, %v", row, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.LookAhead(ctx, naming.Articles, "acme"); err == nil {
		t.Error("a look ahead that was ended has an answer")
	}
	if row, err := s.Draft(t.Context(), naming.Articles, "acme"); err != nil || row.Outcome != runner.Blocked {
		t.Errorf("without a draft: %+v, %v", row, err)
	}
	if len(m.GoodsOwner.Articles()) != 0 || slices.ContainsFunc(s.Ongoing.Journal(), isWrite) {
		t.Error("something was written")
	}
}

func isWrite(e ongoingtest.Entry) bool { return e.Write }
