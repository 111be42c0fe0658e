package process

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// A product that was edited is tried at once. The other products are not affected.
func TestRefusedProductIsTriedAgainAfterGrowingPauses(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	for _, no := range []string{"P-1", "BAD", "P-2"} {
		product(h, no)
	}
	h.Ongoing.Fault(ongoingtest.Fault{
		Op: "PUT /articles", Key: "BAD", Times: -1, Kind: ongoingtest.Status, Status: 400,
		Body: `{"message":"bad <br/> article"}`,
	})
	expect(t, h, run(h), want{outcome: runner.Partial, written: 2, failed: 1})
	expectFailure(t, h, 7002, "rejected", "bad article")

	tries := func() (n int) {
		for _, c := range h.Ongoing.Journal() {
			if c.Key == "BAD" {
				n++
			}
		}
		return n
	}
	var pauses []time.Duration
	for tried, last := tries(), h.Clock.Now(); len(pauses) < 4; {
		h.Clock.Forward(5 * time.Minute)
		run(h)
		if n := tries(); n != tried {
			pauses, tried, last = append(pauses, h.Clock.Now().Sub(last)), n, h.Clock.Now()
		}
	}
	if !slices.IsSorted(pauses) || pauses[0] < 15*time.Minute || pauses[3] < 4*pauses[0] {
		t.Errorf("tried again after %v", pauses)
	}
	if f := failure(h, 7002); f["attempts"] != float64(5) {
		t.Errorf("failure %v", f)
	}

	before := tries()
	h.Company.EditProduct(7002, func(p *office24.Product) { p.Name = "better, perhaps" })
	expect(t, h, run(h), want{outcome: runner.Partial, unchanged: anyNumber, failed: 1})
	if tries() != before+1 {
		t.Error("a product that changed was not tried at once")
	}
	h.Ongoing.ClearFaults()
	h.Company.EditProduct(7002, func(p *office24.Product) { p.Name = "good" })
	expect(t, h, run(h), want{written: 1, unchanged: anyNumber})
	if failure(h, 7002) != nil {
		t.Errorf("failure %v", failure(h, 7002))
	}
}

func TestUnreadableProductDoesNotAffectTheOthers(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]planner.Limits{
		"in the stream": {Kept: 100, Planned: 100, BatchSize: 100},
		"in a batch":    {Kept: 2, Planned: 100, BatchSize: 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			for i := range 9 {
				h.Company.AddProduct(office24.Product{No: fmt.Sprint("P-", i), Weight: harness.Dec(fmt.Sprint(i + 1))})
			}
			answers := 0
			h.Intercept(func(_ *http.Request, answer string) string {
				if !strings.Contains(answer, "GetProductsResult") {
					return answer
				}
				if answers++; answers == 1 && limits.Kept < 9 {
					return answer // the first answer is readable
				}
				return strings.Replace(answer, "<Weight>5.0000</Weight>", "<Weight>heavy</Weight>", 1)
			})
			expect(t, h, harness.Run(h, function(limits), nil), want{outcome: runner.Partial, written: 8, failed: 1})
			expectFailure(t, h, 7005, "rejected", "product 7005 cannot be read: Weight is not a decimal number")
		})
	}
}

func TestDeletedProductLosesItsFailureRecord(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	id := product(h, "")
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	h.Company.RemoveProduct(id)
	later(h)
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1}) // an empty answer does not prove that it is gone
	product(h, "P-2")
	expect(t, h, run(h), want{written: 1})
	if failure(h, id) != nil {
		t.Errorf("failure %v", failure(h, id))
	}
}

func TestRunOutOfTimeKeepsTheCursor(t *testing.T) {
	t.Parallel()
	var h *harness.Harness
	written := 0
	h = harness.NewWith(t, testenv.Options{Ongoing: ongoingtest.Options{After: func(ongoingtest.Entry) {
		if written++; written == 3 {
			h.Clock.Forward(13*time.Minute + 45*time.Second) // the time for work is over
		}
	}}}, nil)
	for i := range 10 {
		product(h, fmt.Sprint("P-", i))
	}
	res, err := harness.Invoke(t.Context(), h, Function(), map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	row := res.Customers[0]
	if row.Written != 3 || row.Planned != 10 || row.Failed != 0 || row.Outcome != runner.Partial || !res.CutShort {
		t.Errorf("got %+v", res)
	}
	if c := h.Record("cursor#articles"); c != nil {
		t.Errorf("the cursor passed products that were not applied: %v", c)
	}
	res, err = harness.Invoke(t.Context(), h, Function(), map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, h, res.Customers[0], want{written: 7, unchanged: 3})
	if len(numbers(h)) != 10 || h.Record("cursor#articles") == nil {
		t.Errorf("articles %v, cursor %v", numbers(h), h.Record("cursor#articles"))
	}
}

func TestRunAfterACrashEndsLikeAnUndisturbedOne(t *testing.T) {
	t.Parallel()
	seed := func(h *harness.Harness) {
		h.AddStockedProduct("GAMMEL", "5")
		renumber(h, 7001, "NY")
		product(h, "P-1")
		product(h, "P-2")
	}
	undisturbed := harness.New(t, nil)
	seed(undisturbed)
	harness.Run(undisturbed, Function(), nil)
	for n, crashed := 1, true; crashed; n++ {
		h := harness.New(t, nil)
		seed(h)
		crashed = harness.Crash(h, Function(), nil, n)
		run(h)
		if diff := cmp.Diff(articlesOf(undisturbed), articlesOf(h)); diff != "" {
			t.Errorf("crash after write %d: -undisturbed +crashed\n%s", n, diff)
		}
		for id := office24.ProductID(7001); id <= 7003; id++ {
			want, got := link(undisturbed, id), link(h, id)
			if want["articleNumber"] != got["articleNumber"] || want["fingerprint"] != got["fingerprint"] {
				t.Errorf("crash after write %d: link %v; want %v", n, got, want)
			}
		}
		_, _, writes := h.VendorCalls()
		row := run(h)
		if _, _, after := h.VendorCalls(); row.Outcome != runner.OK || after != writes {
			t.Errorf("crash after write %d: the next run still wrote: %+v", n, row)
		}
	}
}

func TestPauseThatTheERPAsksForFailsNoProduct(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product(h, "P-1")
	h.Office24.Fault(office24test.Fault{Op: "GetProducts", Times: -1, Kind: office24test.Quarantine})
	row := run(h)
	if row.Outcome != runner.Failed || row.Failed != 0 || h.Record("cursor#articles") != nil {
		t.Errorf("got %+v", row)
	}
	h.Office24.ClearFaults()
	later(h)
	expect(t, h, run(h), want{written: 1})
}

func TestEmptyAnswerRemovesNothing(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product(h, "P-1")
	expect(t, h, run(h), want{written: 1})
	h.Company.RemoveProduct(7001)
	before := articlesOf(h)
	expect(t, h, runFull(h), want{})
	if !slices.Equal(articlesOf(h), before) || link(h, 7001) == nil {
		t.Errorf("articles %v, link %v", articlesOf(h), link(h, 7001))
	}
}

// What failed before is read by its key. It says nothing about the answer to the read of everything.
func TestEmptyAnswerLosesNoProductAlthoughOneIsTriedAgain(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product(h, "P-1")
	product(h, "")
	expect(t, h, run(h), want{outcome: runner.Partial, written: 1, failed: 1})
	added := product(h, "P-3")
	later(h)
	h.Delete("cursor#articles")
	h.Intercept(emptyAnswer(2))
	expect(t, h, run(h), want{outcome: runner.Partial, failed: 1})
	if since := h.Record("cursor#articles")["since"]; since != nil {
		t.Errorf("the cursor moved to %v", since)
	}
	later(h)
	run(h)
	if link(h, added) == nil {
		t.Errorf("product %d was never read\n%s", added, h.Output)
	}
}
