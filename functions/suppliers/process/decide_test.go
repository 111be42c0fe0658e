package process

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	s := settings.Customer{DefaultCountry: "NO"}
	supplier := office24.Company{ID: 5012, Name: "Leverandør AS", Type: office24.CompanySupplier}
	customer, nameless := supplier, supplier
	customer.Type, nameless.Name = office24.CompanyBusiness, " "
	carriers := []office24.ProductID{7001}
	written := decide(supplier, state.SupplierLink{}, carriers, s, false).Change.Payload.link
	written.ArticleProductID = 7001
	waiting := written
	waiting.Waiting = true

	type want struct {
		verdict  planner.Verdict
		action   plan.Action
		linkOnly bool
		class    errclass.Class
	}
	for name, test := range map[string]struct {
		company  office24.Company
		link     state.SupplierLink
		carriers []office24.ProductID
		again    bool
		want     want
	}{
		"a new supplier with an article is created": {
			company: supplier, carriers: carriers, want: want{verdict: planner.Changed, action: plan.Create},
		},
		"a company is a supplier if a product names it": {
			company: customer, carriers: carriers, want: want{verdict: planner.Changed, action: plan.Create},
		},
		"any other company is out of scope": {company: customer, want: want{verdict: planner.Skipped}},
		"a new supplier without an article is stored as waiting": {
			company: supplier, want: want{verdict: planner.Changed, action: plan.Create, linkOnly: true},
		},
		"a supplier that waits is skipped": {
			company: supplier, link: waiting, want: want{verdict: planner.Skipped},
		},
		"a supplier that waited is sent when it gets an article": {
			company: supplier, link: waiting, carriers: carriers, want: want{
				verdict: planner.Changed, action: plan.Update,
			},
		},
		"a supplier as it was written is unchanged": {
			company: supplier, link: written, carriers: carriers, want: want{verdict: planner.Unchanged},
		},
		"a supplier as it was written is written again on request": {
			company: supplier, link: written, carriers: carriers, again: true,
			want: want{verdict: planner.Changed, action: plan.Update},
		},
		"but not without an article": {
			company: supplier, link: written, again: true, want: want{verdict: planner.Unchanged},
		},
		"a supplier without a name is refused": {
			company: nameless, carriers: carriers, want: want{verdict: planner.Refused, class: errclass.Rejected},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := decide(test.company, test.link, test.carriers, s, test.again)
			got := want{
				verdict: d.Verdict, action: d.Change.Action, linkOnly: d.Change.LinkOnly, class: errclass.Of(d.Err),
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("%v: -want +got\n%s", d.Err, diff)
			}
		})
	}
}
