package testenv_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/secrets"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
)

func start(t *testing.T, o testenv.Options) *testenv.Env {
	t.Helper()
	env, err := testenv.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Close(); err != nil {
			t.Error(err)
		}
	})
	return env
}

func TestAddMerchantWritesWhatTheFunctionsCanRead(t *testing.T) {
	t.Parallel()
	env := start(t, testenv.Options{})
	m, err := env.AddMerchant(t.Context(), "fjell", map[string]any{
		"name": "Fjell & Fjøs", "intervalMinutes": 5,
		"ongoing": map[string]any{}, "stock": map[string]any{"brakePercent": 40},
		"salesOrders": map[string]any{"statuses": []any{"Confirmed", "Rest"}, "cancelWithdrawn": true},
	})
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := allowedhosts.Parse(env.Getenv(naming.EnvOngoingHosts))
	if err != nil {
		t.Fatal(err)
	}
	reader := settings.NewReader(dynamodb.NewFromConfig(env.AWS()), dynamodbtest.SettingsTable, hosts)
	all, err := reader.All(t.Context(), 0, 1)
	if err != nil || len(all) != 1 || all[0].Err != nil {
		t.Fatalf("got %+v, %v", all, err)
	}
	read := all[0].Customer
	if read.Name != "Fjell & Fjøs" || read.Ongoing.GoodsOwnerID != m.GoodsOwner.ID ||
		!read.SalesOrders.CancelWithdrawn || read.Stock.BrakePercent != 40 {
		t.Errorf("got %+v", read)
	}
	client := secretsmanager.NewFromConfig(env.AWS())
	credentials, err := secrets.NewReader(client, env.Getenv(naming.EnvSecretPrefix)).Read(t.Context(), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got := credentials.Ongoing.Password.Reveal(); got != m.Secret.Ongoing.Password {
		t.Errorf("password %q", got)
	}
}

func TestFunctionRunsFromEndToEndAndIsRecorded(t *testing.T) {
	t.Parallel()
	folder, recording := t.TempDir(), filepath.Join(t.TempDir(), "recording")
	if err := testenv.Build(t.Context(), folder, naming.Articles); err != nil {
		t.Fatal(err)
	}
	env := start(t, testenv.Options{Record: recording})
	m, err := env.AddMerchant(t.Context(), "fjell", nil)
	if err != nil {
		t.Fatal(err)
	}
	weight := number.MustParse("0.085")
	id := m.Company.AddProduct(office24.Product{No: "BLÅ-1", Name: "Blåbær & fløte", Weight: &weight})

	f, err := env.Function(folder, naming.Articles)
	if err != nil {
		t.Fatal(err)
	}
	result, lines, err := f.Run(t.Context(), map[string]any{"customers": []string{"fjell"}})
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(lines, "\n"))
	}
	if len(result.Customers) != 1 || result.Customers[0].Outcome != runner.OK || result.Customers[0].Written != 1 {
		t.Fatalf("got %+v\n%s", result.Customers, strings.Join(lines, "\n"))
	}
	article, ok := m.GoodsOwner.Article("BLÅ-1")
	if !ok || article.Body["articleName"] != "Blåbær & fløte" || article.Body["weight"] != json.Number("0.085") {
		t.Errorf("got %+v", article)
	}
	records, err := env.State(t.Context(), "fjell")
	if err != nil {
		t.Fatal(err)
	}
	if link := records["article#"+strconv.Itoa(int(id))]; link["articleNumber"] != "BLÅ-1" {
		t.Errorf("got %v", records)
	}
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, naming.MetricRunsCompleted) }) {
		t.Errorf("the lines have no metrics:\n%s", strings.Join(lines, "\n"))
	}
	checkRecording(t, recording)
}

func TestMerchantMovesToPlacesWithTheSameIDs(t *testing.T) {
	t.Parallel()
	env := start(t, testenv.Options{})
	m, err := env.AddMerchant(t.Context(), "fjell", nil)
	if err != nil {
		t.Fatal(err)
	}
	company, owner := m.Company, m.GoodsOwner
	again, other := env.AddCompany(m, 4711), env.AddGoodsOwner(m, "nord", owner.ID)
	if err := env.Move(t.Context(), m, again, other); err != nil {
		t.Fatal(err)
	}
	if m.Company != again || m.GoodsOwner != other {
		t.Errorf("the merchant has not moved: %+v", m)
	}
	if a, b := company.AddProduct(office24.Product{}), again.AddProduct(office24.Product{}); a != b {
		t.Errorf("products %d and %d", a, b)
	}
	for _, g := range []*ongoingtest.GoodsOwner{owner, other} {
		if _, err := g.AddArticle(ongoingtest.NewArticle{Number: "A"}); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := owner.Articles()[0].ID, other.Articles()[0].ID; a != b {
		t.Errorf("articles %d and %d", a, b)
	}
	wms := m.Settings["ongoing"].(map[string]any)
	if wms["baseUrl"] != other.Warehouse().BaseURL() || wms["goodsOwnerId"] != other.ID {
		t.Errorf("settings %v", wms)
	}
}

func TestProcessKilledDuringWriteIsCompletedByTheNextRun(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := testenv.Build(t.Context(), folder, naming.Articles); err != nil {
		t.Fatal(err)
	}
	var f *testenv.Function
	var kill sync.Once
	env := start(t, testenv.Options{Ongoing: ongoingtest.Options{After: func(ongoingtest.Entry) { kill.Do(f.Kill) }}})
	m, err := env.AddMerchant(t.Context(), "fjell", nil)
	if err != nil {
		t.Fatal(err)
	}
	m.Company.AddProduct(office24.Product{No: "BLÅ-1", Name: "Blåbær"})
	m.Company.AddProduct(office24.Product{No: "BRI-1", Name: "Bringebær"})
	if f, err = env.Function(folder, naming.Articles); err != nil {
		t.Fatal(err)
	}
	event := map[string]any{"customers": []string{"fjell"}}
	if _, _, err := f.Run(t.Context(), event); err == nil {
		t.Fatal("the process was not killed")
	}
	if n := len(m.GoodsOwner.Articles()); n != 1 {
		t.Fatalf("%d articles after the kill; want only the one that was being written", n)
	}
	if busy, _, err := f.Run(t.Context(), event); err != nil || busy.Customers[0].Outcome != runner.Busy {
		t.Fatalf("before the lease expired: %+v, %v", busy.Customers, err)
	}
	if err := env.EndLeases(t.Context(), "fjell"); err != nil {
		t.Fatal(err)
	}
	if again, _, err := f.Run(t.Context(), event); err != nil || again.Customers[0].Outcome != runner.OK {
		t.Fatalf("after the lease expired: %+v, %v", again.Customers, err)
	}
	if n := len(m.GoodsOwner.Articles()); n != 2 {
		t.Errorf("%d articles after the next run; want 2", n)
	}
}

// checkRecording checks that the files have consecutive numbers, cover both systems and have no credentials.
func checkRecording(t *testing.T, folder string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	systems := map[string]bool{}
	for i, file := range files {
		if want := "00000" + string(rune('1'+i)) + ".json"; i < 9 && file.Name() != want {
			t.Errorf("file %s; want %s", file.Name(), want)
		}
		text, err := os.ReadFile(filepath.Join(folder, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		var exchange struct{ System string }
		if err := json.Unmarshal(text, &exchange); err != nil {
			t.Error(err)
		}
		systems[exchange.System] = true
		if strings.Contains(string(text), "password-fjell") {
			t.Errorf("%s contains a password", file.Name())
		}
	}
	if diff := cmp.Diff(map[string]bool{"office24": true, "ongoing": true}, systems); diff != "" {
		t.Error(diff)
	}
}

func TestRecordingIntoFolderWithOlderRecordingIsRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "000001.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := testenv.Start(testenv.Options{Record: folder}); err == nil {
		t.Error("want an error: the folder already has a recording")
	}
}
