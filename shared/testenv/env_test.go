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
	bed, err := testenv.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bed.Close(); err != nil {
			t.Error(err)
		}
	})
	return bed
}

// TestCustomer: what AddCustomer writes is what the functions' own readers accept.
func TestCustomer(t *testing.T) {
	t.Parallel()
	bed := start(t, testenv.Options{})
	c, err := bed.AddMerchant(t.Context(), "fjell", map[string]any{
		"name": "Fjell & Fjøs", "intervalMinutes": 5, "ongoing": map[string]any{}, "stock": map[string]any{"brakePercent": 40},
		"salesOrders": map[string]any{"statuses": []any{"Confirmed", "Rest"}, "cancelWithdrawn": true},
	})
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := allowedhosts.Parse(bed.Getenv(naming.EnvOngoingHosts))
	if err != nil {
		t.Fatal(err)
	}
	all, err := settings.NewReader(dynamodb.NewFromConfig(bed.AWS()), dynamodbtest.SettingsTable, hosts).All(t.Context(), 0, 1)
	if err != nil || len(all) != 1 || all[0].Err != nil {
		t.Fatalf("got %+v, %v", all, err)
	}
	read := all[0].Customer
	if read.Name != "Fjell & Fjøs" || read.Ongoing.GoodsOwnerID != c.GoodsOwner.ID || !read.SalesOrders.CancelWithdrawn || read.Stock.BrakePercent != 40 {
		t.Errorf("got %+v", read)
	}
	credentials, err := secrets.NewReader(secretsmanager.NewFromConfig(bed.AWS()), bed.Getenv(naming.EnvSecretPrefix)).Read(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got := credentials.Ongoing.Password.Reveal(); got != c.Secret.Ongoing.Password {
		t.Errorf("password %q", got)
	}
}

// TestFunction runs a real binary from end to end, with a recording.
func TestFunction(t *testing.T) {
	t.Parallel()
	folder, recording := t.TempDir(), filepath.Join(t.TempDir(), "recording")
	if err := testenv.Build(t.Context(), folder, naming.Articles); err != nil {
		t.Fatal(err)
	}
	bed := start(t, testenv.Options{Record: recording})
	c, err := bed.AddMerchant(t.Context(), "fjell", nil)
	if err != nil {
		t.Fatal(err)
	}
	weight := number.MustParse("0.085")
	id := c.Company.AddProduct(office24.Product{No: "BLÅ-1", Name: "Blåbær & fløte", Weight: &weight})

	f, err := bed.Function(folder, naming.Articles)
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
	article, ok := c.GoodsOwner.Article("BLÅ-1")
	if !ok || article.Body["articleName"] != "Blåbær & fløte" || article.Body["weight"] != json.Number("0.085") {
		t.Errorf("got %+v", article)
	}
	records, err := bed.State(t.Context(), "fjell")
	if err != nil {
		t.Fatal(err)
	}
	if link := records["article#"+strconv.Itoa(int(id))]; link["articleNumber"] != "BLÅ-1" {
		t.Errorf("got %v", records)
	}
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, naming.MetricRunsCompleted) }) {
		t.Errorf("no metrics among the lines:\n%s", strings.Join(lines, "\n"))
	}
	checkRecording(t, recording)
}

// TestKilled: a process can be killed in the middle of a write, and the next run finds what it left behind.
func TestKilled(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := testenv.Build(t.Context(), folder, naming.Articles); err != nil {
		t.Fatal(err)
	}
	var f *testenv.Function
	var kill sync.Once
	bed := start(t, testenv.Options{Ongoing: ongoingtest.Options{After: func(ongoingtest.Entry) { kill.Do(f.Kill) }}})
	c, err := bed.AddMerchant(t.Context(), "fjell", nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Company.AddProduct(office24.Product{No: "BLÅ-1", Name: "Blåbær"})
	c.Company.AddProduct(office24.Product{No: "BRI-1", Name: "Bringebær"})
	if f, err = bed.Function(folder, naming.Articles); err != nil {
		t.Fatal(err)
	}
	event := map[string]any{"customers": []string{"fjell"}}
	if _, _, err := f.Run(t.Context(), event); err == nil {
		t.Fatal("the process was not killed")
	}
	if n := len(c.GoodsOwner.Articles()); n != 1 {
		t.Fatalf("%d articles after the kill; want the one that was being written", n)
	}
	if busy, _, err := f.Run(t.Context(), event); err != nil || busy.Customers[0].Outcome != runner.Busy {
		t.Fatalf("while the lease holds: %+v, %v", busy.Customers, err)
	}
	if err := bed.EndLeases(t.Context(), "fjell"); err != nil {
		t.Fatal(err)
	}
	if again, _, err := f.Run(t.Context(), event); err != nil || again.Customers[0].Outcome != runner.OK {
		t.Fatalf("after it ran out: %+v, %v", again.Customers, err)
	}
	if n := len(c.GoodsOwner.Articles()); n != 2 {
		t.Errorf("%d articles in the end; want 2", n)
	}
}

// checkRecording: consecutive numbers, both systems, no credentials.
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
			t.Errorf("%s holds a password", file.Name())
		}
	}
	if diff := cmp.Diff(map[string]bool{"office24": true, "ongoing": true}, systems); diff != "" {
		t.Error(diff)
	}
}

func TestRecordingsDoNotMix(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "000001.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := testenv.Start(testenv.Options{Record: folder}); err == nil {
		t.Error("a recording went into a folder with an older one")
	}
}
