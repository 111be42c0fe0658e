package process

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/shared/errclass"
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
	// split is how the rows are divided between the order and its rest order; nil leaves them alone.
	split []state.RestLine
	// waybills are to be added to the invoice text; mentioned are those that stand there and are only to be remembered.
	waybills, mentioned []string
	// reports are the lines of which less is reported than picked.
	reports []report
	// notes say in words what a person may want to know: what was not delivered, and the like.
	notes []string
}

type report struct {
	line   ongoing.LineID
	picked number.Decimal
}

// done tells that nothing is left to do.
func (b booking) done() bool {
	return !b.setStatus && b.split == nil && len(b.reports) == 0 && len(b.waybills) == 0
}

// assess works out the booking. An error holds the order. One that was booked and is gone from 24SevenOffice since is a
// zero o, and is only reported.
func assess(live ongoing.Order, o office24.Order, link state.OrderLink, s settings.Customer) (booking, error) {
	b := booking{reports: toReport(live.Lines)}
	b.addWaybills(live, o, link, s)
	if booked(b.reports, link) {
		return b, nil // whatever became of the order since: what is booked is only reported
	}
	rows := deliveries(live.Lines)
	lines, differences := divide(o.Rows, rows, link.RestOrder)
	target := s.Shipments.Status
	switch {
	case o.Status.Invoices():
		// Final in 24SevenOffice: nothing but the report is left.
		if link.RestOrder != nil {
			b.note("order %d was invoiced before all that was picked of it was booked; correct it and its rest order %d by hand",
				o.ID, link.RestOrder.OrderID)
		}
	case o.Status == target:
		// An order that a person has set to the target is not split: what they meant to deliver is theirs to know.
		if link.RestOrder != nil {
			b.split = lines
		}
	case !mayLeave(o.Status, link, s):
		return b, errclass.New(errclass.Held, "", "order %d was moved to status %s by hand and is not set to %s; set it to %s, or to one of the pulled statuses",
			o.ID, o.Status.Name(), target.Name(), target.Name())
	case !link.ShippedAt.IsZero():
		return b, errclass.New(errclass.Held, "", "order %d was %s and was moved to status %s by hand; what was picked since is not booked",
			o.ID, target.Name(), o.Status.Name())
	case nothingPicked(live.Lines, rows):
		return b, errclass.New(errclass.Held, "", "order %d is finished in Ongoing (status %d) but nothing of it was picked; nothing is booked",
			o.ID, live.Info.Status.Number)
	default:
		b.setStatus = true
		if link.RestOrder != nil || s.Shipments.RestOrders && short(lines) {
			b.split = lines
		}
	}
	if len(differences) > 0 && !b.done() {
		b.note("order %d was not delivered as ordered: %s", o.ID, strings.Join(differences, ", "))
	}
	return b, nil
}

func (b *booking) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

// mayLeave tells whether an order in this status may be set to the target: it is where our own processes put it, also
// under settings that have changed since.
func mayLeave(status office24.OrderStatus, link state.OrderLink, s settings.Customer) bool {
	return slices.Contains(s.SalesOrders.Statuses, status) || status != "" && (status == s.SalesOrders.ImportedStatus || status.Name() == link.Status)
}

// booked tells whether an order was booked, with all that is to be reported now.
func booked(reports []report, link state.OrderLink) bool {
	return !link.ShippedAt.IsZero() && !slices.ContainsFunc(reports, func(r report) bool {
		return link.Booked[strconv.Itoa(int(r.line))] != r.picked.String()
	})
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

// fields explains a booking.
func (b booking) fields(o office24.Order, s settings.Customer) []plan.Field {
	var out []plan.Field
	if b.setStatus {
		out = append(out, plan.Field{Field: "OrderStatus", Old: o.Status.Name(), New: s.Shipments.Status.Name()})
	}
	for _, l := range b.split {
		if old := quantityOf(o.Rows, l.RowID); old != l.Delivered {
			out = append(out, plan.Field{Field: fmt.Sprintf("InvoiceRows[%d].Quantity", l.RowID), Old: old, New: l.Delivered})
		}
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

func quantityOf(rows []office24.Row, id int) string {
	if i := rowOf(rows, id); i >= 0 {
		return value(rows[i].Quantity).String()
	}
	return ""
}

func rowOf(rows []office24.Row, id int) int {
	return slices.IndexFunc(rows, func(r office24.Row) bool { return int(r.ID) == id })
}

func value(d *number.Decimal) number.Decimal {
	if d == nil {
		return number.Decimal{}
	}
	return *d
}
