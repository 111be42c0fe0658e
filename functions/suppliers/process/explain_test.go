package process

import (
	"fmt"
	"strings"
	"testing"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

func TestWhyASupplierIsNotSent(t *testing.T) {
	t.Parallel()
	h := harness.New(t, map[string]any{"suppliers": map[string]any{"enabled": true}})
	const supplier, buyer = office24.CompanyID(501), office24.CompanyID(502)
	h.Company.AddCompany(office24.Company{ID: supplier, Name: "Leverandør AS", Type: office24.CompanySupplier})
	h.Company.AddCompany(office24.Company{ID: buyer, Name: "Kunde AS", Type: office24.CompanyBusiness})
	harness.Check(t, h, Function(), "24SevenOffice: read companies", "Ongoing WMS: write articles")
	harness.Run(h, Function(), nil)
	for id, reason := range map[office24.CompanyID]string{
		supplier: "it waits: no product that names it has an article yet",
		buyer:    "it is not a supplier",
	} {
		e := harness.Explain(t, h, Function(), fmt.Sprint(id))
		if e.Verdict != runner.VerdictLeftAlone || !strings.Contains(e.Reason, reason) {
			t.Errorf("company %d: %+v", id, e)
		}
	}
}
