package process

import (
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/runner"
)

func TestUnreadableSupplierDoesNotAffectTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for id, name := range map[office24.CompanyID]string{5001: "E\x03AS", 5002: "Demo AS", 5003: "Uleselig AS"} {
		w.Company.AddCompany(office24.Company{ID: id, Name: name, Type: office24.CompanySupplier})
		w.product(name, id)
	}
	w.Company.Damage("Company", 5003, "DateChanged", "i går")
	row := w.run(nil)
	if row.Outcome != runner.Partial || row.Written != 2 || row.Failed != 1 {
		t.Errorf("got %+v", row)
	}
	if f := w.Record("failure#suppliers#5003"); f == nil {
		t.Error("no failure record")
	}
	if s := w.GoodsOwner.Suppliers()["5001"]; s.Name != "EAS" {
		t.Errorf("supplier %+v", s)
	}
}

func TestSupplierWithoutAReadableIDStopsNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for id, name := range map[office24.CompanyID]string{5001: "En AS", 5002: "To AS"} {
		w.Company.AddCompany(office24.Company{ID: id, Name: name, Type: office24.CompanySupplier})
		w.product(name, id)
	}
	w.Company.Damage("Company", 5001, "Id", "abc")
	if row := w.run(nil); row.Outcome != runner.Partial || row.Written != 1 || row.Failed == 0 {
		t.Errorf("got %+v", row)
	}
	if keys := w.ChangedKeys(naming.Suppliers); len(keys) != 1 {
		t.Errorf("failure records %v", keys)
	}
	w.Company.Damage("Company", 5001, "Id", "")
	w.Clock.Forward(time.Hour)
	w.run(nil)
	if keys := w.ChangedKeys(naming.Suppliers); len(keys) != 0 {
		t.Errorf("failure records %v", keys)
	}
	if s := w.GoodsOwner.Suppliers()["5001"]; s.Name != "En AS" {
		t.Errorf("supplier %+v", s)
	}
}
