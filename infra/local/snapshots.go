package main

import (
	"github.com/jedib0t/go-pretty/v6/table"

	"ongoing24so/infra/checks"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// A snapshot is the state of some records of a customer in both systems, one line of text each.
type snapshot struct {
	customer string
	records  []record
}

type record struct{ system, name, text string }

// snapshots returns a snapshot of each customer.
func (d *demo) snapshots() []snapshot {
	f, n, b, t := d.fjellsport, d.nordsjo, d.blabaer, d.torv
	return []snapshot{
		{f.ID, append(
			office24Records(f, []office24.ProductID{tent, cooker, redJacket}, shippedInFull, shippedShort, editedLater),
			ongoingRecords(f.GoodsOwner, "FS-40551", "FS-40552", "FS-40560")...)},
		{n.ID, append(
			office24Records(n, []office24.ProductID{cod, shrimp}, fishOrder),
			ongoingRecords(n.GoodsOwner, "41001")...)},
		{b.ID, append(
			office24Records(b, []office24.ProductID{jam}, jamOrder),
			ongoingRecords(b.GoodsOwner, "42001")...)},
		{t.ID, append(
			office24Records(t, []office24.ProductID{peat}),
			ongoingRecords(t.GoodsOwner)...)},
	}
}

func office24Records(c customer, products []office24.ProductID, orders ...office24.OrderID) []record {
	const system = "24SevenOffice"
	var records []record
	for _, id := range products {
		p, _ := c.Company.Product(id)
		records = append(records, record{system, "product " + idText(id), p.No + ", stock " + c.stock(id)})
	}
	for _, id := range orders {
		records = append(records, record{system, "order " + idText(id), c.orderStatus(id) + ": " + c.orderRows(id)})
	}
	return records
}

// ongoingRecords describes all articles and the named orders.
func ongoingRecords(g *ongoingtest.GoodsOwner, orders ...string) []record {
	const system = "Ongoing"
	var records []record
	for _, a := range g.Articles() {
		records = append(records,
			record{system, "article of " + field(a.Body, "productCode"), a.Number + ", stock " + a.Stock.String()})
	}
	for _, number := range orders {
		records = append(records, record{system, "order " + number, orderText(g, number)})
	}
	return records
}

// printSnapshots prints two snapshots of each customer side by side.
func printSnapshots(before, after []snapshot) {
	checks.Title("Before and after")
	for i, now := range after {
		was := map[string]string{}
		for _, r := range before[i].records {
			was[r.system+r.name] = r.text
		}
		t := newTable()
		t.AppendHeader(table.Row{now.customer, "", "before", "after"})
		for _, r := range now.records {
			old, found := was[r.system+r.name]
			if !found {
				old = missing
			}
			t.AppendRow(table.Row{r.system, r.name, old, r.text})
		}
		t.Render()
	}
}
