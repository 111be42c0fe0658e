package process

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

// A batch ends early where the lease is to be checked, or after refusals. Its rest is written all the same, although
// the numbers of its articles were stored in their links before.
func TestRestOfABatchIsWritten(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name              string
		products, refused int
		pause             time.Duration
	}{
		{"the lease is checked", 60, 0, 3 * time.Second},
		{"two are refused", 12, 2, 10 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t, nil)
			addNumbered(h, test.products)
			for i := range test.refused {
				h.Ongoing.Fault(ongoingtest.Fault{
					Op: "PUT /articles", Key: fmt.Sprint("P-", i), Times: -1, Kind: ongoingtest.Status, Status: 400,
					Body: `{"message":"bad article"}`,
				})
			}
			h.Intercept(func(r *http.Request, answer string) string {
				if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/articles") {
					h.Clock.Forward(test.pause)
				}
				return answer
			})
			expected := want{written: test.products - test.refused, failed: test.refused}
			if test.refused > 0 {
				expected.outcome = runner.Partial
			}
			expect(t, h, run(h), expected)
			if got := len(numbers(h)); got != test.products-test.refused {
				t.Errorf("%d articles", got)
			}
		})
	}
}
