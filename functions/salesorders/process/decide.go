package process

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A candidate is an order that may have to be sent.
type candidate struct {
	id     office24.OrderID
	link   state.OrderLink
	mapped mappedOrder
	// rows are the order's rows. They prove that an order in Ongoing without goodsOwnerOrderId is ours.
	rows []office24.Row
	// asSent: the order is as it was last sent; it is only compared with the order in Ongoing.
	asSent bool
	// status is the order's status. Pulled: it is a pulled one, and the order can be sent for the first time.
	status office24.OrderStatus
	pulled bool
	// firstTime: it was never sent, and nothing says that it may have been.
	firstTime bool
	// restOf is the order whose rest order this is, 0 if there is no such order.
	restOf office24.OrderID
	// total and currency are what the order is worth, for people who are told that it is stuck.
	total, currency string
	// changedAt is when the order was last changed in 24SevenOffice.
	changedAt time.Time
	// onlyWatched: nothing is sent of the order, because of its status, or because nobody has edited it since it was
	// sent under other settings. Only its state in Ongoing matters.
	onlyWatched bool
	// withdrawn is the name of the status in which the order was withdrawn, "" if it was not.
	withdrawn string
}

// A payload is what a change carries. The change's action says what is done: create and update send the order, status
// only sets the status on import, cancel cancels the order in Ongoing.
type payload struct {
	candidate
	// articles have to be written before the order.
	articles []articles.Write
	// completeBody is the mapped order with its articles, as it is sent; products are those of its lines.
	completeBody ongoing.OrderBody
	products     []office24.ProductID
	// searched: no order in Ongoing has this order's id as goodsOwnerOrderId.
	searched bool
	// linkOnly: the order is not sent, because it is in Ongoing as it should be or can no longer be changed there.
	linkOnly bool
	// takenOver: it is in Ongoing under another number, and stays there as it is.
	takenOver bool
	// tooLate: it differs, and can no longer be changed.
	tooLate bool
	// bookkeeping changes store something about an order and write nothing to a vendor.
	bookkeeping bookkeeping
	// tellShipments: shipments has to look at the order, which no search by time of its own finds.
	tellShipments bool
}

// A bookkeeping says what a change stores about an order that writes nothing to a vendor.
type bookkeeping string

const (
	closes bookkeeping = "closes" // it was delivered or invoiced in 24SevenOffice without a booking of ours
	opens  bookkeeping = "opens"  // it was closed so, and is in a pulled status again
	tells  bookkeeping = "tells"  // shipments has to look at it
	ends   bookkeeping = "ends"   // it was withdrawn in 24SevenOffice, and somebody has cancelled it in Ongoing
)

type decision = planner.Decision[candidate, payload]

// decide decides about one order without a call. Now is when the plan began; its day is the delivery date of an order
// that has no date. Compare says that the order is compared with the one in Ongoing even if it is as it was last sent,
// and daily that this is only because all are, once a day.
func decide(
	o office24.Order, link state.OrderLink, s settings.Customer, now time.Time, compare, daily bool,
) decision {
	imported, sends := !link.ImportedAt.IsZero(), shouldSend(o.Status, link, s)
	startDate := s.SalesOrders.StartDate
	switch {
	case !link.ShippedAt.IsZero() && sends && !link.ShippedAt.After(now):
		return refuse(plan.Fingerprint("shipped", o), errclass.New(errclass.Held, "",
			"order %d was shipped and is set back to %s, but it is not sent again; "+
				"copy it to a new order with what is still to be delivered, and set this one to %s",
			o.ID, o.Status.Name(), s.Shipments.Status.Name()))
	case !link.ShippedAt.IsZero() || link.RestOrder != nil:
		// The warehouse is done with a shipped order. The process shipments cuts its rows to what was delivered,
		// perhaps in a run that died before it stored ShippedAt, perhaps right now.
		return skip("the warehouse has shipped it; what was delivered is booked by the process shipments", "")
	case !sends && s.SalesOrders.CancelWithdrawn && settings.Withdrawn(o.Status) && isOpen(link):
		return decision{Verdict: planner.Changed, Change: cancellation(o.ID, link, o.DateChanged)}
	case !sends && settings.Withdrawn(o.Status) && isOpen(link):
		if compare && link.OngoingID != 0 {
			c := watched(o, link)
			c.withdrawn = o.Status.Name()
			return decision{Verdict: planner.Kept, Candidate: c}
		}
		why := stillThere(o.Status.Name())
		return skip(why.Reason, why.Setting)
	case !sends && compare && isOpen(link) && !isSettled(o.Status, s):
		return decision{Verdict: planner.Kept, Candidate: watched(o, link)}
	case !sends:
		return skip(fmt.Sprintf("its status is %s, and only orders in status %s are sent",
			o.Status.Name(), statusNames(s.SalesOrders.Statuses)), "salesOrders.statuses")
	case !imported && startDate != "" && !isDate(o.DateOrdered):
		return refuse(plan.Fingerprint(o), errclass.New(errclass.Held, "",
			"order %d has no order date to compare with salesOrders.startDate; enter one", o.ID))
	case !imported && startDate != "" && dayOf(o.DateOrdered, s.Location) < startDate:
		return skip(fmt.Sprintf("its order date %s is before %s", dayOf(o.DateOrdered, s.Location), startDate),
			"salesOrders.startDate")
	default:
		return decideToSend(o, link, s, now.In(s.Location).Format(time.DateOnly), compare, daily)
	}
}

// watched is an order of which nothing is sent, to be looked at in Ongoing.
func watched(o office24.Order, link state.OrderLink) candidate {
	return candidate{
		id: o.ID, link: link, rows: o.Rows, onlyWatched: true,
		mapped: mappedOrder{Body: ongoing.OrderBody{OrderNumber: link.OrderNumber}},
	}
}

// stillThere is why an order that was withdrawn in a status is left alone.
func stillThere(status string) plan.Why {
	return plan.Why{
		Reason: fmt.Sprintf("it was withdrawn (%s) in 24SevenOffice, and the warehouse still has it; cancel it there",
			status),
		Setting: "salesOrders.cancelWithdrawn",
	}
}

// decideToSend maps an order and compares it with what was sent last. The daily comparison does not send what differs
// only because the settings or this program have changed: orders stay as they were sent until somebody edits them.
func decideToSend(
	o office24.Order, link state.OrderLink, s settings.Customer, today string, compare, daily bool,
) decision {
	mapped, err := mapOrder(o, link, s, today)
	stays := daily && link.Fingerprint != "" && link.CancelledAt.IsZero() && !isTouched(o, link)
	switch {
	case err != nil && stays:
		mapped = watched(o, link).mapped
	case err != nil:
		return refuse(plan.Fingerprint(o), err)
	}
	fingerprint := mapped.fingerprint()
	link.OrderID = int(o.ID)
	c := candidate{
		id: o.ID, link: link, mapped: mapped, rows: o.Rows, asSent: fingerprint == link.Fingerprint,
		status: o.Status, pulled: isPulled(o.Status, s), restOf: originalOf(o, link), changedAt: o.DateChanged,
		firstTime: link.OrderNumber == "" && link.OngoingID == 0,
	}
	c.onlyWatched = stays && !c.asSent
	c.asSent = c.asSent || c.onlyWatched
	if o.OrderTotalIncVat != nil {
		c.total = o.OrderTotalIncVat.String()
	}
	if o.Currency != nil {
		c.currency = o.Currency.Symbol
	}
	switch {
	case !link.CancelledAt.IsZero():
		return refuse(fingerprint, errclass.New(errclass.Held, "",
			"order %d was cancelled in Ongoing and is not sent again; copy it to a new order to send it", o.ID))
	case c.asSent && !link.DeliveredAt.IsZero():
		return decision{Verdict: planner.Changed, Change: bookkeepingChange(c, opens)}
	case c.asSent && !compare && needsStatus(link, s):
		return decision{Verdict: planner.Changed, Change: statusChange(c, s)}
	case c.asSent && !compare && !isTouched(o, link):
		return decision{Verdict: planner.Unchanged}
	case len(mapped.Body.OrderLines) == 0 && c.firstTime:
		return skip("none of its rows is for the warehouse", "salesOrders.nonStockRows")
	default:
		return decision{Verdict: planner.Kept, Candidate: c}
	}
}

func refuse(fingerprint string, err error) decision {
	return decision{Verdict: planner.Refused, Fingerprint: fingerprint, Err: err}
}

// skip leaves an order alone because of a rule, which may follow a setting.
func skip(reason, setting string) decision {
	return decision{Verdict: planner.Skipped, Why: plan.Why{Reason: reason, Setting: setting}}
}

func statusNames(statuses []office24.OrderStatus) string {
	names := make([]string, len(statuses))
	for i, s := range statuses {
		names[i] = s.Name()
	}
	return strings.Join(names, " or ")
}

// isSettled reports whether nobody expects goods of an order any more: it is withdrawn, or delivered.
func isSettled(status office24.OrderStatus, s settings.Customer) bool {
	return settings.Withdrawn(status) || status.Invoices() || status == office24.StatusSent ||
		status == s.Shipments.Status
}

// isTouched reports whether people have changed an order since it was last sent. If nothing that is sent differs, they
// may have set back what they had settled. 24SevenOffice rounds the time of a change to the minute.
func isTouched(o office24.Order, link state.OrderLink) bool {
	last := slices.MaxFunc([]time.Time{link.ImportedAt, link.SentAt, link.StatusSetAt}, time.Time.Compare)
	return !link.ImportedAt.IsZero() && o.DateChanged.After(last.Add(2*time.Minute))
}

// isPulled reports whether orders of a status are imported.
func isPulled(status office24.OrderStatus, s settings.Customer) bool {
	return slices.Contains(s.SalesOrders.Statuses, status)
}

// shouldSend reports whether an order is in a pulled status, or was imported and put into the status on import: its
// later changes are still sent.
func shouldSend(status office24.OrderStatus, link state.OrderLink, s settings.Customer) bool {
	return isPulled(status, s) || link.OrderNumber != "" && status == s.SalesOrders.ImportedStatus
}

// needsStatus reports whether the status on import still has to be set. It is set only once: people may move the
// order on.
func needsStatus(link state.OrderLink, s settings.Customer) bool {
	return s.SalesOrders.ImportedStatus != "" && link.StatusSetAt.IsZero()
}

// statusChange plans to set the status on import. Its fingerprint is not the order's, so that a refused status does not
// delay the order.
func statusChange(c candidate, s settings.Customer) plan.Change[payload] {
	to := s.SalesOrders.ImportedStatus
	return plan.Change[payload]{
		Key:         key(c.id),
		Action:      plan.Status,
		Fields:      []plan.Field{{Field: "OrderStatus", Old: c.status.Name(), New: to.Name()}},
		Fingerprint: c.mapped.fingerprint() + "+status",
		LinkOnly:    !c.pulled, // a run that died has set it and did not store that
		Payload:     payload{candidate: c},
	}
}

// bookkeepingChange plans to close or open an order in our own records.
func bookkeepingChange(c candidate, b bookkeeping) plan.Change[payload] {
	return plan.Change[payload]{
		Key: key(c.id), Action: plan.Update, Fingerprint: c.mapped.fingerprint(), LinkOnly: true,
		Payload: payload{candidate: c, bookkeeping: b},
	}
}

func key(id office24.OrderID) string { return strconv.Itoa(int(id)) }
