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
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// TestRefusedByOngoing: a bad product among good ones stops none of them. It is tried again after growing pauses, at
// once when it changes, and is forgotten when it went through.
func TestRefusedByOngoing(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	for _, no := range []string{"P-1", "BAD", "P-2"} {
		product(b, no)
	}
	b.Ongoing.Fault(ongoingtest.Fault{Op: "PUT /articles", Key: "BAD", Times: -1, Kind: ongoingtest.Status, Status: 400, Body: `{"message":"bad <br/> article"}`})
	want(t, b, harness.Run(b, Function(), nil), runner.Partial, 2, 0, 1)
	wantFailure(t, b, 7002, "rejected", "bad article")

	tries := func() (n int) {
		for _, c := range b.Ongoing.Journal() {
			if c.Key == "BAD" {
				n++
			}
		}
		return n
	}
	var pauses []time.Duration
	for tried, last := tries(), b.Clock.Now(); len(pauses) < 4; {
		b.Clock.Forward(5 * time.Minute)
		harness.Run(b, Function(), nil)
		if n := tries(); n != tried {
			pauses, tried, last = append(pauses, b.Clock.Now().Sub(last)), n, b.Clock.Now()
		}
	}
	if !slices.IsSorted(pauses) || pauses[0] < 15*time.Minute || pauses[3] < 4*pauses[0] {
		t.Errorf("tried again after %v", pauses)
	}
	if f := failure(b, 7002); f["attempts"] != float64(5) {
		t.Errorf("failure %v", f)
	}

	before := tries()
	b.Company.EditProduct(7002, func(p *office24.Product) { p.Name = "better, perhaps" })
	want(t, b, harness.Run(b, Function(), nil), runner.Partial, 0, whatever, 1)
	if tries() != before+1 {
		t.Error("a product that changed was not tried at once")
	}
	b.Ongoing.ClearFaults()
	b.Company.EditProduct(7002, func(p *office24.Product) { p.Name = "good" })
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, whatever, 0)
	if failure(b, 7002) != nil {
		t.Errorf("failure %v", failure(b, 7002))
	}
}

// TestUnreadableProduct: an answer in which one product cannot be understood is good for all the others, in the first
// reading and in the portions that are read again.
func TestUnreadableProduct(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]limits{"in the stream": {100, 100, 100}, "in a portion": {2, 100, 4}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := harness.New(t, nil)
			for i := range 9 {
				b.Company.AddProduct(office24.Product{No: fmt.Sprint("P-", i), Weight: harness.Dec(fmt.Sprint(i + 1))})
			}
			answers := 0
			b.Intercept(func(_ *http.Request, answer string) string {
				if !strings.Contains(answer, "GetProductsResult") {
					return answer
				}
				if answers++; answers == 1 && l.held < 9 {
					return answer // understood at first
				}
				return strings.Replace(answer, "<Weight>5.0000</Weight>", "<Weight>heavy</Weight>", 1)
			})
			want(t, b, harness.Run(b, function(l), nil), runner.Partial, 8, 0, 1)
			wantFailure(t, b, 7005, "rejected", "product 7005 cannot be understood: Weight is no decimal number")
		})
	}
}

// TestFailureOfADeletedProduct: what is gone needs no failure record.
func TestFailureOfADeletedProduct(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	id := product(b, "")
	want(t, b, harness.Run(b, Function(), nil), runner.Partial, 0, 0, 1)
	b.Company.RemoveProduct(id)
	later(b)
	want(t, b, harness.Run(b, Function(), nil), runner.Partial, 0, 0, 1) // an answer without anything proves nothing
	product(b, "P-2")
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
	if failure(b, id) != nil {
		t.Errorf("failure %v", failure(b, id))
	}
}

// TestCutShort: a run whose time is over leaves the cursor where it is, and the next one does the rest.
func TestCutShort(t *testing.T) {
	t.Parallel()
	var b *harness.Harness
	written := 0
	b = harness.NewWith(t, testenv.Options{Ongoing: ongoingtest.Options{After: func(ongoingtest.Entry) {
		if written++; written == 3 {
			b.Clock.Forward(20 * time.Minute) // longer than an invocation may take
		}
	}}}, nil)
	for i := range 10 {
		product(b, fmt.Sprint("P-", i))
	}
	res, err := harness.Invoke(t.Context(), b, Function(), map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	row := res.Customers[0]
	if row.Written != 3 || row.Planned != 10 || row.Failed != 0 || row.Outcome != runner.Partial || !res.CutShort {
		t.Errorf("got %+v", res)
	}
	if c := b.Record("cursor#articles"); c != nil {
		t.Errorf("the cursor passed products that had no turn: %v", c)
	}
	res, err = harness.Invoke(t.Context(), b, Function(), map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	want(t, b, res.Customers[0], runner.OK, 7, 3, 0)
	if len(numbers(b)) != 10 || b.Record("cursor#articles") == nil {
		t.Errorf("articles %v, cursor %v", numbers(b), b.Record("cursor#articles"))
	}
}

// TestCrash: killed behind any write and run again, the end is the same as without: no article too many, no link too
// few, and nothing left to do.
func TestCrash(t *testing.T) {
	t.Parallel()
	seed := func(b *harness.Harness) {
		b.AddStockedProduct("GAMMEL", "5")
		renumber(b, 7001, "NY")
		product(b, "P-1")
		product(b, "P-2")
	}
	calm := harness.New(t, nil)
	seed(calm)
	harness.Run(calm, Function(), nil)
	for n, crashed := 1, true; crashed; n++ {
		b := harness.New(t, nil)
		seed(b)
		crashed = harness.Crash(b, Function(), nil, n)
		harness.Run(b, Function(), nil)
		if diff := cmp.Diff(standing(calm), standing(b)); diff != "" {
			t.Errorf("crash behind write %d: -calm +crashed\n%s", n, diff)
		}
		for id := office24.ProductID(7001); id <= 7003; id++ {
			want, got := link(calm, id), link(b, id)
			if want["articleNumber"] != got["articleNumber"] || want["fingerprint"] != got["fingerprint"] {
				t.Errorf("crash behind write %d: link %v; want %v", n, got, want)
			}
		}
		_, _, writes := b.VendorCalls()
		row := harness.Run(b, Function(), nil)
		if _, _, after := b.VendorCalls(); row.Outcome != runner.OK || after != writes {
			t.Errorf("crash behind write %d: something was left to do: %+v", n, row)
		}
	}
}

// TestQuarantine: where 24SevenOffice asks for a pause, the run ends without holding it against any product.
func TestQuarantine(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	product(b, "P-1")
	b.Office24.Fault(office24test.Fault{Op: "GetProducts", Times: -1, Kind: office24test.Quarantine})
	row := harness.Run(b, Function(), nil)
	if row.Outcome != runner.Failed || row.Failed != 0 || b.Record("cursor#articles") != nil {
		t.Errorf("got %+v", row)
	}
	b.Office24.ClearFaults()
	later(b)
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
}

// TestEmptyAnswer: that nothing comes back retires nothing.
func TestEmptyAnswer(t *testing.T) {
	t.Parallel()
	b := harness.New(t, nil)
	product(b, "P-1")
	want(t, b, harness.Run(b, Function(), nil), runner.OK, 1, 0, 0)
	b.Company.RemoveProduct(7001)
	unnoticedArticles := standing(b)
	want(t, b, harness.Run(b, Function(), map[string]any{"full": true}), runner.OK, 0, 0, 0)
	if !slices.Equal(standing(b), unnoticedArticles) || link(b, 7001) == nil {
		t.Errorf("articles %v, link %v", standing(b), link(b, 7001))
	}
}
