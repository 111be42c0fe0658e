package orders

import (
	"slices"
	"strconv"
	"strings"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/state"
)

// A Claim says whose an order in Ongoing is, seen from one order of 24SevenOffice.
type Claim string

// The claims. Only an order with the claim Own, Renumbered or BackOrder may be written, cancelled or booked.
const (
	// NotOurs: it is somebody else's, or nothing in it says that it is ours.
	NotOurs Claim = ""
	// Own: it is the order, under its number.
	Own Claim = "own"
	// Renumbered: it is the order, under another number than ours. The warehouse has renumbered it, it was made before
	// there was a prefix, or another integration made it.
	Renumbered Claim = "renumbered"
	// BackOrder: it delivers what another order in Ongoing, which is the order, did not.
	BackOrder Claim = "back order"
	// Unproven: it has the id and the number that the link names, but nothing in it says that it is ours.
	Unproven Claim = "unproven"
	// OtherCompany: it was made for an order of another company, perhaps one with the same id.
	OtherCompany Claim = "other company"
)

// IsOrder reports whether the order in Ongoing is the order itself, under whatever number.
func (c Claim) IsOrder() bool { return c == Own || c == Renumbered }

// Whose decides whose an order in Ongoing is: what was read from there has to say so itself, whatever the link claims.
// It says so by goodsOwnerOrderId. Only if that is empty, it says so by its rows: we send our row ids as externalId and
// rowNumber. A back order says so by the order that it was made for, too.
//
// The link is that of the order in 24SevenOffice; without a link, its OrderID alone. Rows are the order's rows there,
// nil if they are not known. Prefix is the setting salesOrders.orderNumberPrefix.
//
// An order beside the linked one that has our order id counts as a back order, even if it does not name the order that
// it was made for: whether a warehouse's back orders always do is not documented, and its goods go to our customer.
func Whose(live ongoing.Order, link state.OrderLink, rows []office24.Row, prefix string) Claim {
	id, original := int(live.Info.ID), int(live.Info.Advanced.BackOrder.For)
	owner := strings.TrimSpace(live.Info.GoodsOwnerOrderID)
	linked := link.OngoingID != 0 && link.OngoingID == id
	ours := owner == strconv.Itoa(link.OrderID) || owner == "" && hasRowOf(live.Lines, rows, link.OrderNumber != "")
	sameNumber := live.Info.Number == Number(link, prefix)
	switch {
	case link.Former.Has("", id), link.Former.Has("", original), !linked && link.Former.Has(live.Info.Number, 0):
		return OtherCompany
	case !linked && original != 0 && original == link.OngoingID:
		return BackOrder
	case !linked && ours && link.Former != nil && (link.OrderNumber == "" || !sameNumber):
		return OtherCompany // both companies have an order with this id
	case !linked && ours && (original != 0 || link.OngoingID != 0):
		return BackOrder
	case ours && sameNumber:
		return Own
	case ours:
		return Renumbered
	case linked && sameNumber && owner == "":
		return Unproven
	default:
		return NotOurs
	}
}

// Number returns the number of an order in Ongoing. It stays what it was when the order was sent, even if the prefix
// has changed since.
func Number(link state.OrderLink, prefix string) string {
	if link.OrderNumber != "" {
		return link.OrderNumber
	}
	return prefix + strconv.Itoa(link.OrderID)
}

// hasRowOf reports whether one of the lines was made from one of the rows. A line with another externalId was not,
// whatever its number. A number alone says so only if the order was sent: other systems number their lines from 1 on.
func hasRowOf(lines []ongoing.Line, rows []office24.Row, sent bool) bool {
	return slices.ContainsFunc(lines, func(l ongoing.Line) bool {
		row := l.ExternalID
		if row == "" && sent {
			row = l.RowNumber
		}
		return slices.ContainsFunc(rows, func(r office24.Row) bool {
			return r.ID != 0 && row == strconv.Itoa(int(r.ID))
		})
	})
}
