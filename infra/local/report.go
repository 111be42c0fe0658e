package main

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
)

// printRun prints what the last run of a process did, customer by customer, and why records were set aside.
func (d *demo) printRun(p naming.Process) error {
	t := newTable()
	t.AppendHeader(table.Row{p, "outcome", "read", "planned", "written", "unchanged", "skipped", "held", "failed"})
	var remarks []string
	for _, c := range d.customers() {
		row, ran := d.rows[p][c.ID]
		if !ran {
			continue
		}
		t.AppendRow(table.Row{c.ID, row.Outcome, row.Read, row.Planned, row.Written, row.Unchanged, row.Skipped, row.Held, row.Failed})
		more, err := d.remarks(p, row)
		if err != nil {
			return err
		}
		remarks = append(remarks, more...)
	}
	t.Render()
	for _, remark := range remarks {
		if !d.said[remark] {
			fmt.Println("  ·", remark)
		}
		d.said[remark] = true
	}
	return nil
}

// remarks are why a customer is blocked, why records are set aside, and what a preview would have written.
func (d *demo) remarks(p naming.Process, row runner.Row) ([]string, error) {
	reasons, err := d.reasons(p, row.CustomerID)
	if err != nil {
		return nil, err
	}
	var remarks []string
	if row.Reason != "" && len(reasons) == 0 {
		remarks = append(remarks, fmt.Sprintf("%s: %s", row.CustomerID, row.Reason))
	}
	for _, key := range slices.Sorted(maps.Keys(reasons)) {
		remarks = append(remarks, fmt.Sprintf("%s %s: %s", row.CustomerID, key, reasons[key]))
	}
	for _, change := range row.Changes {
		remarks = append(remarks, fmt.Sprintf("%s %s: preview, would %s", row.CustomerID, change.Key, change.Action))
	}
	return remarks, nil
}

// A portrait is a customer's records in the two systems, a line of text each.
type portrait struct {
	customer string
	records  []record
}

type record struct{ system, name, text string }

// portraits shows a few records of each customer.
func (d *demo) portraits() []portrait {
	erp := func(c customer, products []office24.ProductID, orders ...office24.OrderID) (records []record) {
		for _, id := range products {
			p, _ := c.Company.Product(id)
			records = append(records, record{"24SevenOffice", "product " + idText(id), p.No + ", stock " + c.stock(id)})
		}
		for _, id := range orders {
			records = append(records, record{"24SevenOffice", "order " + idText(id), c.orderStatus(id) + ": " + c.orderRows(id)})
		}
		return records
	}
	wms := func(g *ongoingtest.GoodsOwner, orders ...string) (records []record) {
		for _, a := range g.Articles() {
			records = append(records, record{"Ongoing", "article of " + field(a.Body, "productCode"), a.Number + ", stock " + a.Stock.String()})
		}
		for _, number := range orders {
			records = append(records, record{"Ongoing", "order " + number, orderText(g, number)})
		}
		return records
	}
	f, n, b, t := d.fjellsport, d.nordsjo, d.blabaer, d.torv
	return []portrait{
		{f.ID, append(erp(f, []office24.ProductID{tent, cooker, redJacket}, shippedInFull, shippedShort, editedLater),
			wms(f.GoodsOwner, "FS-40551", "FS-40552", "FS-40560")...)},
		{n.ID, append(erp(n, []office24.ProductID{cod, shrimp}, ofFish), wms(n.GoodsOwner, "41001")...)},
		{b.ID, append(erp(b, []office24.ProductID{7301}, 42001), wms(b.GoodsOwner, "42001")...)},
		{t.ID, append(erp(t, []office24.ProductID{7401}), wms(t.GoodsOwner)...)},
	}
}

// printPortraits puts before and after side by side.
func printPortraits(before, after []portrait) {
	fmt.Println("\n━━ Before and after")
	for i, now := range after {
		was := map[string]string{}
		for _, r := range before[i].records {
			was[r.system+r.name] = r.text
		}
		t := newTable()
		t.AppendHeader(table.Row{now.customer, "", "before", "after"})
		for _, r := range now.records {
			old, there := was[r.system+r.name]
			if !there {
				old = missing
			}
			t.AppendRow(table.Row{r.system, r.name, old, r.text})
		}
		t.Render()
	}
}

func newTable() table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(os.Stdout)
	t.SetStyle(table.StyleLight)
	return t
}
