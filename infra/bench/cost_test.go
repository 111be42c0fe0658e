package main

import (
	"math"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/infra/prices"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/testenv"
)

// atRoot makes the test run where the program does.
func atRoot(t *testing.T) {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
}

// The pages are computed from the figures: nobody edits them, and a change of a price or of the model changes them.
func TestPagesAreThoseOfTheFigures(t *testing.T) {
	atRoot(t)
	r, err := readRecord()
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		pageFile: figuresPage(r), costFile: costPage(r), scaleFile: scalePage(r),
	} {
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is not the page of %s; run go run ./infra/bench --pages (-want +got):\n%s",
				file, recordFile, diff)
		}
	}
}

// The bill is checked with figures whose bill is easily computed by hand.
func TestBillAddsUpWhatIsUsed(t *testing.T) {
	atRoot(t)
	m := measured{Idle: map[naming.Process]rate{}, Invocation: map[naming.Process]rate{}, Ratio: 1}
	for _, p := range processes() {
		m.Idle[p] = rate{Office24: 1, ReadUnits: 2, WriteUnits: 1, Secrets: 1, LogBytes: 1000}
	}
	m.Busy = rate{WriteUnits: 100}
	bill := map[string]line{}
	for _, l := range m.bill(1000) {
		bill[l.item] = l
	}
	// Four processes, 2,880 ticks a month, 1,000 merchants.
	const runs = 4 * 2880 * 1000
	for item, want := range map[string]float64{
		"DynamoDB reads":        runs * 2 * prices.ReadUnit.USD,
		"DynamoDB writes":       runs * prices.WriteUnit.USD,
		"Secrets Manager calls": runs * prices.SecretCall.USD,
		// 1,000 calls of 0.2 s, 32 at once, in half a GB.
		"Lambda duration": 4 * 2880 * 1000 * 0.2 / 32 * 0.5 * prices.LambdaGBSecond.USD,
	} {
		if got := bill[item].idle; math.Abs(got-want) > want/1e6 {
			t.Errorf("%s: %v, want %v", item, got, want)
		}
	}
	more := bill["DynamoDB writes"].busy - bill["DynamoDB writes"].idle
	if want := 1000 * 30 * 100 * prices.WriteUnit.USD; math.Abs(more-want) > want/1e6 {
		t.Errorf("busy writes: %v, want %v more", more, want)
	}
	idle, busy := totals(m.bill(10), func(l line) bool { return l.fixed })
	if idle >= 10 || busy-allowance() >= 10 {
		t.Errorf("the stack costs %.2f USD without a merchant, and %.2f in a busy fleet beyond what is free",
			idle, busy-allowance())
	}
}
