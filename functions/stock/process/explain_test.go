package process

import (
	"testing"

	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

func TestExplanationShowsBothQuantities(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.addUnlinked("KJE-17", "3")
	w.setERPStock(id, "5")
	harness.Check(t, w.Harness, Function(), "24SevenOffice: set stock quantities", "Ongoing WMS: read orders")
	e := harness.Explain(t, w.Harness, Function(), key(id))
	if e.Verdict != runner.VerdictDue || harness.Fact(e, runner.InOffice24, "in stock") != "5" {
		t.Errorf("got %+v", e)
	}
}
