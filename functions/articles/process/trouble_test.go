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

// TestRefusedByOngoing: a bad product among good ones stops none of them. It is tried again after growing pauses, at
// once when it changes, and is forgotten when it went through.
func TestRefusedByOngoing(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	for _, no := range []string{"P-1", "BAD", "P-2"} {
		product(h, no)
	}
	h.Ongoing.Fault(ongoingtest.Fault{Op: "PUT /articles", Key: "BAD", Times: -1, Kind: ongoingtest.Status, Status: 400, Body: `{"message":"bad <br/> article"}`})
	want(t, h, harness.Run(h, Function(), nil), runner.Partial, 2, 0, 1)
	wantFailure(t, h, 7002, "rejected", "bad article")

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
		harness.Run(h, Function(), nil)
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
	want(t, h, harness.Run(h, Function(), nil), runner.Partial, 0, whatever, 1)
	if tries() != before+1 {
		t.Error("a product that changed was not tried at once")
	}
	h.Ongoing.ClearFaults()
	h.Company.EditProduct(7002, func(p *office24.Product) { p.Name = "good" })
	want(t, h, harness.Run(h, Function(), nil), runner.OK, 1, whatever, 0)
	if failure(h, 7002) != nil {
		t.Errorf("failure %v", failure(h, 7002))
	}
}

// TestUnreadableProduct: an answer in which one product cannot be understood is good for all the others, in the first
// reading and in the portions that are read again.
func TestUnreadableProduct(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]planner.Limits{
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
				if answers++; answers == 1 && l.Kept < 9 {
					return answer // understood at first
				}
				return strings.Replace(answer, "<Weight>5.0000</Weight>", "<Weight>heavy</Weight>", 1)
			})
			want(t, h, harness.Run(h, function(l), nil), runner.Partial, 8, 0, 1)
			wantFailure(t, h, 7005, "rejected", "product 7005 cannot be understood: Weight is no decimal number")
		})
	}
}

// TestFailureOfADeletedProduct: what is gone needs no failure record.
func TestFailureOfADeletedProduct(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	id := product(h, "")
	want(t, h, harness.Run(h, Function(), nil), runner.Partial, 0, 0, 1)
	h.Company.RemoveProduct(id)
	later(h)
	want(t, h, harness.Run(h, Function(), nil), runner.Partial, 0, 0, 1) // an answer without anything proves nothing
	product(h, "P-2")
	want(t, h, harness.Run(h, Function(), nil), runner.OK, 1, 0, 0)
	if failure(h, id) != nil {
		t.Errorf("failure %v", failure(h, id))
	}
}

// TestCutShort: a run whose time is over leaves the cursor where it is, and the next one does the rest.
func TestCutShort(t *testing.T) {
	t.Parallel()
	var h *harness.Harness
	written := 0
	h = harness.NewWith(t, testenv.Options{Ongoing: ongoingtest.Options{After: func(ongoingtest.Entry) {
		if written++; written == 3 {
			h.Clock.Forward(20 * time.Minute) // longer than an invocation may take
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
		t.Errorf("the cursor passed products that had no turn: %v", c)
	}
	res, err = harness.Invoke(t.Context(), h, Function(), map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	want(t, h, res.Customers[0], runner.OK, 7, 3, 0)
	if len(numbers(h)) != 10 || h.Record("cursor#articles") == nil {
		t.Errorf("articles %v, cursor %v", numbers(h), h.Record("cursor#articles"))
	}
}

// TestCrash: killed behind any write and run again, the end is the same as without: no article too many, no link too
// few, and nothing left to do.
func TestCrash(t *testing.T) {
	t.Parallel()
	seed := func(h *harness.Harness) {
		h.Stocked("GAMMEL", "5")
		renumber(h, 7001, "NY")
		product(h, "P-1")
		product(h, "P-2")
	}
	calm := harness.New(t, nil)
	seed(calm)
	harness.Run(calm, Function(), nil)
	for n, crashed := 1, true; crashed; n++ {
		h := harness.New(t, nil)
		seed(h)
		crashed = harness.Crash(h, Function(), nil, n)
		harness.Run(h, Function(), nil)
		if diff := cmp.Diff(standing(calm), standing(h)); diff != "" {
			t.Errorf("crash behind write %d: -calm +crashed\n%s", n, diff)
		}
		for id := office24.ProductID(7001); id <= 7003; id++ {
			want, got := link(calm, id), link(h, id)
			if want["articleNumber"] != got["articleNumber"] || want["fingerprint"] != got["fingerprint"] {
				t.Errorf("crash behind write %d: link %v; want %v", n, got, want)
			}
		}
		_, _, writes := h.VendorCalls()
		row := harness.Run(h, Function(), nil)
		if _, _, after := h.VendorCalls(); row.Outcome != runner.OK || after != writes {
			t.Errorf("crash behind write %d: something was left to do: %+v", n, row)
		}
	}
}

// TestQuarantine: where 24SevenOffice asks for a pause, the run ends without holding it against any product.
func TestQuarantine(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product(h, "P-1")
	h.Office24.Fault(office24test.Fault{Op: "GetProducts", Times: -1, Kind: office24test.Quarantine})
	row := harness.Run(h, Function(), nil)
	if row.Outcome != runner.Failed || row.Failed != 0 || h.Record("cursor#articles") != nil {
		t.Errorf("got %+v", row)
	}
	h.Office24.ClearFaults()
	later(h)
	want(t, h, harness.Run(h, Function(), nil), runner.OK, 1, 0, 0)
}

// TestEmptyAnswer: that nothing comes back retires nothing.
func TestEmptyAnswer(t *testing.T) {
	t.Parallel()
	h := harness.New(t, nil)
	product(h, "P-1")
	want(t, h, harness.Run(h, Function(), nil), runner.OK, 1, 0, 0)
	h.Company.RemoveProduct(7001)
	unnoticedArticles := standing(h)
	want(t, h, harness.Run(h, Function(), map[string]any{"full": true}), runner.OK, 0, 0, 0)
	if !slices.Equal(standing(h), unnoticedArticles) || link(h, 7001) == nil {
		t.Errorf("articles %v, link %v", standing(h), link(h, 7001))
	}
}
