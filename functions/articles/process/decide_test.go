package process

import (
	"testing"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	p := kettle()
	p.ID = 7001
	fingerprint := decide(p, state.ArticleLink{}, settings.Customer{}, false).Candidate.Fingerprint
	renamed, numberless := p, p
	renamed.Name, numberless.No = "Kanne", ""
	for name, test := range map[string]struct {
		product office24.Product
		link    state.ArticleLink
		compare bool
		verdict planner.Verdict
		class   errclass.Class
	}{
		"a new product": {product: p, verdict: planner.Kept},
		"a product as it was written": {
			product: p, link: state.ArticleLink{Fingerprint: fingerprint}, verdict: planner.Unchanged,
		},
		"the same, if it has to be compared": {
			product: p, link: state.ArticleLink{Fingerprint: fingerprint}, compare: true, verdict: planner.Kept,
		},
		"a changed product": {
			product: renamed, link: state.ArticleLink{Fingerprint: fingerprint}, verdict: planner.Kept,
		},
		"a product that cannot be mapped": {product: numberless, verdict: planner.Refused, class: errclass.Rejected},
	} {
		d := decide(test.product, test.link, settings.Customer{}, test.compare)
		if d.Verdict != test.verdict || errclass.Of(d.Err) != test.class {
			t.Errorf("%s: got %s, %v; want %s, class %q", name, d.Verdict, d.Err, test.verdict, test.class)
		}
	}
}
