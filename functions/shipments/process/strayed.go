package process

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/settings"
)

// The vendor's standard statuses with their names in the manual. A warehouse can rename, renumber and add statuses.
var standardStatuses = map[int]string{
	150: "Error", 200: "Open", 300: "Released", 320: "Allocated", statusPicked: "Picked", 450: "Sent", 500: "Collected",
	ongoing.StatusReturned: "Returned", ongoing.StatusCancelled: "Cancelled",
}

const statusPicked = 400

// isPastReporting reports whether an order in a status does not come to a status of reportAt any more.
func isPastReporting(status int, s settings.Customer) bool {
	return orders.HasEnded(status, s.Shipments.ReportAt)
}

// isUnlisted reports whether a status is one of the warehouse's own, after picking and before the last status of
// reportAt, such as 425 "sent or partly delivered". Nothing says whether such an order moves on or has ended.
func isUnlisted(status int, s settings.Customer) bool {
	_, standard := standardStatuses[status]
	at := s.Shipments.ReportAt
	return !standard && status > statusPicked && status < slices.Max(at) && !slices.Contains(at, status)
}

// hasStrayed reports whether an order has to be looked at although it is not shipped.
func hasStrayed(status int, s settings.Customer) bool {
	return isPastReporting(status, s) || isUnlisted(status, s)
}

// statusName returns a status as people know it: its number and the warehouse's own text.
func statusName(status ongoing.OrderStatus) string {
	return fmt.Sprintf("%d %q", status.Number, cmp.Or(status.Text, standardStatuses[status.Number]))
}

// either lists statuses: 450 or 500.
func either(statuses []int) string {
	var names []string
	for _, s := range statuses {
		names = append(names, strconv.Itoa(s))
	}
	return strings.Join(names, " or ")
}

// strayedError holds an order that left the way to reportAt before it was booked. What is the order in words, todo what
// people have to do in 24SevenOffice if nothing more of it is delivered.
func strayedError(what string, status ongoing.OrderStatus, todo string, s settings.Customer) error {
	hold := func(format string, args ...any) error { return errclass.New(errclass.Held, "", format, args...) }
	name := statusName(status)
	switch {
	case isUnlisted(status.Number, s):
		return hold("%s has status %s in Ongoing, which is not in shipments.reportAt, so it is not booked; "+
			"if orders end there, add %d to shipments.reportAt; if it moves on, this record goes by itself",
			what, name, status.Number)
	case status.Number == ongoing.StatusReturned:
		return hold("%s was returned in Ongoing (status %s) before it was booked, so nothing of it is booked; %s",
			what, name, todo)
	case status.Number == ongoing.StatusCancelled:
		return hold("%s was cancelled in Ongoing (status %s) after goods were picked, so nothing of it is booked; "+
			"make sure that they are back on the shelf, and %s", what, name, todo)
	default:
		return hold("%s has status %s in Ongoing, which is beyond those of shipments.reportAt, so it is not booked; "+
			"add %d to shipments.reportAt if it means shipped, or move it back in Ongoing; otherwise %s",
			what, name, status.Number, todo)
	}
}

// isSettled reports whether people have dealt with an order that cannot be booked.
func isSettled(status office24.OrderStatus, s settings.Customer) bool {
	return status == office24.StatusInactive || status == office24.StatusSent || status == s.Shipments.Status ||
		status.Invoices()
}
