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

// A decision says what has to be done about one shipped order.
type decision struct {
	// setStatus: the order does not have its target status yet.
	setStatus bool
	// split divides the rows between the order and its rest order; nil leaves them as they are. If it waits, back
	// orders can still deliver what is missing: the split is stored, and made when they are done.
	split []state.RestLine
	waits bool
	// dropsIntent: no rest order is due any more, because back orders have delivered all.
	dropsIntent bool
	// newWaybills are to be added to the invoice text. textWaybills are in it but not in the link, which is to store
	// them.
	newWaybills, textWaybills []string
	// reports are the lines of which less is reported than picked.
	reports []report
	// notes are for the run record: what was not delivered, for example.
	notes []string
}

// A report is the quantity of a line that is to be reported to Ongoing.
type report struct {
	order  ongoing.OrderID
	line   ongoing.LineID
	picked number.Decimal
}

// isEmpty reports whether nothing is left to do.
func (d decision) isEmpty() bool {
	return !d.setStatus && d.split == nil && !d.dropsIntent && len(d.reports) == 0 && len(d.newWaybills) == 0
}

// decide works out what to do from both sides of an order and its link. It has no side effects. An error means that
// the order is held. If the order was booked and is gone from 24SevenOffice since, o is the zero Order, and the order
// is only reported.
func decide(b *bundle, o office24.Order, k knowledge, s settings.Customer) (decision, error) {
	link, live := b.link, b.delivered(s)
	d := decision{reports: b.reports(s)}
	d.addWaybills(live, o, link, s)
	pending := b.onTheWay(s)
	if fullyBooked(d.reports, link) && (!isWaiting(o, link) || len(pending) > 0) {
		return d, nil
	}
	delivered := deliver(live.Lines, o, link, k)
	lines, differences := splitRows(o.Rows, delivered, splitBefore(link))
	target := s.Shipments.Status
	var split []state.RestLine
	if link.RestOrder != nil || s.Shipments.RestOrders && anyRemaining(lines) {
		split = lines
	}
	switch {
	case o.Status.Invoices() && link.AwaitsRestOrder():
		// 24SevenOffice does not allow an invoiced order to be changed, nor a rest order to be split off from it.
		d.dropsIntent = !anyRemaining(lines)
		if fullyBooked(d.reports, link) && !d.dropsIntent {
			return d, errclass.New(errclass.Held, "",
				"order %d was invoiced before its rest order was made, but was not delivered as invoiced: %s; "+
					"make a new order for what is missing or credit it, and dismiss this record",
				o.ID, strings.Join(differences, ", "))
		}
	case o.Status.Invoices():
		if link.RestOrder != nil {
			d.note("order %d was invoiced before all that was picked was booked; "+
				"correct it and its rest order, if it has one (%d), by hand", o.ID, link.RestOrder.OrderID)
		}
	case o.Status == target:
		// If a person set the target status, they meant the rows as they are: no rest order is made.
		if link.RestOrder != nil {
			if err := k.checkSplitRows(live.Lines, o, link); err != nil {
				return d, err
			}
			d.split = split
		}
	case !canSetStatus(o.Status, link, s):
		return d, errclass.New(errclass.Held, "",
			"order %d was moved to status %s by hand, so it is not set to %s; "+
				"set it to %s or to one of the pulled statuses", o.ID, o.Status.Name(), target.Name(), target.Name())
	case !link.ShippedAt.IsZero():
		return d, errclass.New(errclass.Held, "",
			"order %d was %s and was moved to status %s by hand, so what was picked since is not booked; set it to %s",
			o.ID, target.Name(), o.Status.Name(), target.Name())
	case nothingPicked(live.Lines, delivered.byRow):
		return d, errclass.New(errclass.Held, "",
			"order %d has status %d in Ongoing but nothing of it was picked, so nothing is booked; "+
				"pick it there, or set it to %s by hand", o.ID, live.Info.Status.Number, target.Name())
	default:
		if err := k.checkProducts(live.Lines, o, target); err != nil {
			return d, err
		}
		if err := k.checkSplitRows(live.Lines, o, link); err != nil {
			return d, err
		}
		d.setStatus, d.split = true, split
	}
	d.waits = len(pending) > 0 && anyRemaining(d.split) && (link.RestOrder == nil || link.RestOrder.OrderID == 0)
	if d.waits {
		d.note("order %d gets no rest order yet, because back order %s in Ongoing is on the way",
			o.ID, pending[0].Info.Number)
	}
	if len(differences) > 0 && !d.isEmpty() {
		d.note("order %d was not delivered as ordered: %s", o.ID, strings.Join(differences, ", "))
	}
	return d, nil
}

func (d *decision) note(format string, args ...any) {
	d.notes = append(d.notes, fmt.Sprintf(format, args...))
}

// canSetStatus reports whether an order in this status can be set to the target status: it is a pulled status, or one
// that the process salesorders set, under the present settings or earlier ones.
func canSetStatus(status office24.OrderStatus, link state.OrderLink, s settings.Customer) bool {
	return slices.Contains(s.SalesOrders.Statuses, status) ||
		status != "" && (status == s.SalesOrders.ImportedStatus || status.Name() == link.Status)
}

// fullyBooked reports whether an order was booked with all that is to be reported now.
func fullyBooked(reports []report, link state.OrderLink) bool {
	return !link.ShippedAt.IsZero() && !slices.ContainsFunc(reports, func(r report) bool {
		return link.Booked[strconv.Itoa(int(r.line))] != r.picked.String()
	})
}

// unreported lists the lines of an order, parts of kits included, of which less is reported than picked, or less is
// booked: what was reported with ReportPicked can be more than what was booked, if the warehouse picked in that moment.
func unreported(order ongoing.OrderID, lines []ongoing.Line, link state.OrderLink) []report {
	var out []report
	for _, l := range lines {
		settled := valueOrZero(l.Reported)
		if booked, any := link.Booked[strconv.Itoa(int(l.ID))]; any && storedDecimal(booked).Cmp(settled) < 0 {
			settled = storedDecimal(booked)
		}
		if l.Picked != nil && l.Picked.Cmp(settled) > 0 {
			out = append(out, report{order, l.ID, *l.Picked})
		}
		out = append(out, unreported(order, l.SubLines, link)...)
	}
	return out
}

// fields lists the decision's writes for people.
func (d decision) fields(o office24.Order, s settings.Customer) []plan.Field {
	var out []plan.Field
	add := func(name, before, after string) {
		out = append(out, plan.Field{Field: name, Old: before, New: after})
	}
	if d.setStatus {
		add("OrderStatus", o.Status.Name(), s.Shipments.Status.Name())
	}
	split := d.split
	if d.waits {
		split = nil
	}
	for _, l := range split {
		if before := rowQuantity(o.Rows, l.RowID); before != l.Delivered {
			add(fmt.Sprintf("InvoiceRows[%d].Quantity", l.RowID), before, l.Delivered)
		}
		if storedDecimal(l.Remaining).Sign() > 0 {
			add(fmt.Sprintf("restOrder.InvoiceRows[%d].Quantity", l.RowID), "", l.Remaining)
		}
	}
	if len(d.newWaybills) > 0 {
		add("InvoiceText", "", strings.Join(d.newWaybills, ", "))
	}
	for _, r := range d.reports {
		add(fmt.Sprintf("orderLines[%d].reportedNumberOfItems", r.line), "", r.picked.String())
	}
	return out
}

func rowQuantity(rows []office24.Row, id int) string {
	if i := rowIndex(rows, id); i >= 0 {
		return valueOrZero(rows[i].Quantity).String()
	}
	return ""
}

func rowIndex(rows []office24.Row, id int) int {
	return slices.IndexFunc(rows, func(r office24.Row) bool { return int(r.ID) == id })
}
