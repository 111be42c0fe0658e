package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/shared/fault"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A booking is what has to be done about one shipped order, worked out from both sides and the link.
type booking struct {
	// setStatus: the order is still to be brought to its target status.
	setStatus bool
	// rest is how the rows are split, nil where nothing is missing or no rest orders are wanted.
	rest []state.RestLine
	// reports are the lines of which less is reported than picked, with what is picked.
	reports []report
	// waybills are those that the invoice text does not have yet.
	waybills []string
	// short says in words what was not delivered.
	short []string
}

type report struct {
	line   ongoing.LineID
	picked number.Decimal
}

// done tells that nothing is left to do.
func (b booking) done() bool {
	return !b.setStatus && b.rest == nil && len(b.reports) == 0 && len(b.waybills) == 0
}

// assess works out the booking. An error holds the order or says that it moved.
func assess(live ongoing.Order, o office24.Order, link state.OrderLink, s settings.Customer) (booking, error) {
	b := booking{reports: toReport(live.Lines)}
	rows := deliveries(live.Lines)
	atTarget, shipped := o.Status == s.Shipments.Status, !link.ShippedAt.IsZero()
	switch {
	case o.Status.Invoices():
		return b, nil // final in 24SevenOffice: nothing but the report is left
	case !atTarget && !mayLeave(o.Status, s):
		return b, fault.New(fault.Held, "", "order %d was moved to status %s by hand and is not set to %s; set it to %s, or to one of the pulled statuses",
			o.ID, o.Status.Name(), s.Shipments.Status.Name(), s.Shipments.Status.Name())
	case !atTarget && shipped:
		return b, fault.New(fault.Held, "", "order %d was %s and was moved to status %s by hand; what was picked since is not booked",
			o.ID, s.Shipments.Status.Name(), o.Status.Name())
	case !atTarget && nothingPicked(rows):
		return b, fault.New(fault.Held, "", "order %d is finished in Ongoing (status %d) but nothing of it was picked; nothing is booked",
			o.ID, live.Info.Status.Number)
	}
	b.setStatus = !atTarget
	split, short := divide(o.Rows, rows, link.RestOrder)
	b.short = short
	// An order that a person has set to the target is not split: what they meant to deliver is theirs to know.
	if s.Shipments.RestOrders && (b.setStatus || link.RestOrder != nil) && len(split) > 0 && (len(short) > 0 || link.RestOrder != nil) {
		if link.RestOrder == nil || link.RestOrder.OrderID == 0 || !cut(o.Rows, split) || !slices.Equal(link.RestOrder.Lines, split) {
			b.rest = split
		}
	}
	if s.Shipments.TrackingInInvoiceText {
		b.waybills = newWaybills(live, o.InvoiceText, link.Waybills)
	}
	return b, nil
}

// mayLeave tells whether an order in this status may be set to the target: it is where our own processes put it.
func mayLeave(status office24.OrderStatus, s settings.Customer) bool {
	return slices.Contains(s.SalesOrders.Statuses, status) || status == s.SalesOrders.ImportedStatus && status != ""
}

// toReport lists the lines, parts of kits included, of which less is reported than picked.
func toReport(lines []ongoing.Line) []report {
	var out []report
	for _, l := range lines {
		if l.Picked != nil && l.Picked.Cmp(value(l.Reported)) > 0 {
			out = append(out, report{l.ID, *l.Picked})
		}
		out = append(out, toReport(l.SubLines)...)
	}
	return out
}

// deliveries is what was picked of each row that the warehouse was to pick.
func deliveries(lines []ongoing.Line) map[office24.RowID]number.Decimal {
	out := map[office24.RowID]number.Decimal{}
	for _, l := range lines {
		row, err := strconv.Atoi(cmp.Or(l.ExternalID, l.RowNumber))
		if err != nil || l.ShouldBePicked != nil && !*l.ShouldBePicked {
			continue
		}
		id := office24.RowID(row)
		out[id] = out[id].Add(picked(l))
	}
	return out
}

// picked is what was picked of a line. A kit may be picked as its parts: then as many kits were delivered as the
// scarcest part allows.
func picked(l ongoing.Line) number.Decimal {
	if own := value(l.Picked); own.Sign() > 0 || len(l.SubLines) == 0 {
		return own
	}
	kits, found := number.Decimal{}, false
	for _, part := range l.SubLines {
		perKit := value(part.Ordered)
		if perKit.Sign() <= 0 || value(l.Ordered).Sign() <= 0 {
			continue
		}
		if n := picked(part).Mul(*l.Ordered).DivFloor(perKit); !found || n.Cmp(kits) < 0 {
			kits, found = n, true
		}
	}
	return kits
}

func nothingPicked(rows map[office24.RowID]number.Decimal) bool {
	for _, n := range rows {
		if n.Sign() > 0 {
			return false
		}
	}
	return true
}

// divide splits the rows that were to be picked into what was delivered and what remains. Once an order was split, its
// rows no longer tell what was ordered, and the earlier split does.
func divide(rows []office24.Row, delivered map[office24.RowID]number.Decimal, earlier *state.RestOrder) (split []state.RestLine, short []string) {
	ordered := map[office24.RowID]number.Decimal{}
	for _, r := range rows {
		if r.Quantity != nil {
			ordered[r.ID] = *r.Quantity
		} else if r.QuantityOrdered != nil {
			ordered[r.ID] = *r.QuantityOrdered
		}
	}
	if earlier != nil {
		for _, l := range earlier.Lines {
			ordered[office24.RowID(l.RowID)] = decimal(l.Delivered).Add(decimal(l.Remaining))
		}
	}
	for _, id := range sortedKeys(delivered) {
		want, known := ordered[id]
		if !known || want.Sign() <= 0 {
			continue
		}
		got := delivered[id]
		remaining := want.Sub(got)
		if remaining.Sign() <= 0 {
			got, remaining = want, number.Decimal{} // picked more than ordered: the order is delivered, and no more
		} else {
			short = append(short, fmt.Sprintf("row %d: %s of %s", id, got, want))
		}
		split = append(split, state.RestLine{RowID: int(id), Delivered: got.String(), Remaining: remaining.String()})
	}
	return split, short
}

// cut tells whether the rows of the order are cut to the split.
func cut(rows []office24.Row, split []state.RestLine) bool {
	for _, l := range split {
		i := slices.IndexFunc(rows, func(r office24.Row) bool { return int(r.ID) == l.RowID })
		if i < 0 && decimal(l.Delivered).Sign() > 0 {
			return false
		}
		if i >= 0 && !value(rows[i].Quantity).Equal(decimal(l.Delivered)) {
			return false
		}
	}
	return true
}

// newWaybills lists the waybills of the parcels that went out and of the order, without returns, that the text does not
// have yet.
func newWaybills(o ongoing.Order, text string, written []string) []string {
	var all []string
	for _, p := range slices.Concat(o.Parcels, o.NonTransporterParcel) {
		if !p.IsReturn {
			all = append(all, p.Tracking.Waybill)
		}
	}
	for _, t := range o.Tracking {
		all = append(all, t.Waybill)
	}
	if slices.IndexFunc(all, func(w string) bool { return strings.TrimSpace(w) != "" }) < 0 {
		all = append(all, o.Info.WayBill)
	}
	var out []string
	for _, w := range all {
		w = strings.TrimSpace(w)
		if w != "" && !slices.Contains(out, w) && !slices.Contains(written, w) && !strings.Contains(text, w) {
			out = append(out, w)
		}
	}
	return out
}

// fields explains a booking.
func (b booking) fields(o office24.Order, s settings.Customer) []plan.Field {
	var out []plan.Field
	if b.setStatus {
		out = append(out, plan.Field{Field: "OrderStatus", Old: o.Status.Name(), New: s.Shipments.Status.Name()})
	}
	for _, l := range b.rest {
		out = append(out, plan.Field{Field: fmt.Sprintf("InvoiceRows[%d].Quantity", l.RowID),
			Old: decimal(l.Delivered).Add(decimal(l.Remaining)).String(), New: l.Delivered})
		if decimal(l.Remaining).Sign() > 0 {
			out = append(out, plan.Field{Field: fmt.Sprintf("restOrder.InvoiceRows[%d].Quantity", l.RowID), New: l.Remaining})
		}
	}
	if len(b.waybills) > 0 {
		out = append(out, plan.Field{Field: "InvoiceText", New: strings.Join(b.waybills, ", ")})
	}
	for _, r := range b.reports {
		out = append(out, plan.Field{Field: fmt.Sprintf("orderLines[%d].reportedNumberOfItems", r.line), New: r.picked.String()})
	}
	return out
}

func value(d *number.Decimal) number.Decimal {
	if d == nil {
		return number.Decimal{}
	}
	return *d
}

// decimal reads a quantity out of a link. We wrote it, so it is one.
func decimal(s string) number.Decimal {
	d, err := number.Parse(s)
	if err != nil {
		panic("shipments: a link holds a quantity that is none")
	}
	return d
}

func sortedKeys(m map[office24.RowID]number.Decimal) []office24.RowID {
	keys := make([]office24.RowID, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
