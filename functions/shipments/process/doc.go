// Package process books in 24SevenOffice what was shipped in Ongoing WMS.
//
// 24SevenOffice is the ERP: salespeople enter orders there and it invoices them. Ongoing WMS is the warehouse's system:
// it has the same orders, picks their goods and ships them. This process carries each shipment back to the ERP:
//
//	24SevenOffice                                  Ongoing
//	OrderStatus becomes shipments.status           orderInfo.orderStatus.number is one of shipments.reportAt
//	a rest order, if shipments.restOrders is on    orderLines[].pickedNumberOfItems is below the row's Quantity
//	InvoiceText, if shipments.tracking is on       waybills of the parcels and the order, and orderInfo.wayBill
//
// A rest order is a second order for what could not be delivered: 24SevenOffice has the status Rest for it. A waybill
// is a carrier's number for a consignment, by which the customer tracks it.
//
// # Why nothing is booked twice
//
// Ongoing stores for each order line how much was picked and how much of that was reported back to the ERP. This
// process books what less is reported of than picked, and then reports for each line exactly the quantity that it
// booked. Ongoing can report only one line in a call, or all that is picked of an order in that moment. The latter is
// used for an order of several lines of which nothing is left to pick, which is then read back: what was picked in that
// very moment is taken back. If the run dies before that, the next one sees that more is picked than the link says was
// booked, and books it.
//
// A run reads the orders that reached a status of reportAt or went past it since the cursor, and those of which
// something was picked since. So orders of other systems, which nobody ever reports, are looked at once. If the cursor
// is lost or older than Ongoing is searched back, the run reads all orders with lines to report instead, from our first
// one on. Records that failed before are looked at in every run. Once a day, the open orders are read by their numbers,
// whatever their times say. If tracking is on, the orders that changed since the cursor are read, too, because parcels
// can be added late; after a pause of two days, beyond which Ongoing does not say what changed, all orders that were
// shipped within thirty days.
//
// Some shipped orders have nothing to report: nothing was picked at all (the order is held), or another system reported
// it.
//
// Which order in Ongoing belongs to which one here, the package orders says: an order is ours by what is read from it,
// under whatever number. All others are counted and left alone. The cursor stores the lowest id of our orders, so that
// older orders of the goods owner are not read, and those of which a back order was shipped before they were.
//
// # Back orders
//
// A warehouse can deliver what is missing of an order by another order, a back order. It belongs to the order that it
// was made for, and the two are one bundle: what either delivered counts for the rows of the order, and both are
// reported. The bundle is booked, and the order becomes Sent, when the first of them is shipped; what the others
// deliver is booked when it comes. No rest order is made while a back order is on its way. The link stores that one is
// due; when the back orders are shipped or cancelled, it is made for what none of them delivered. An order that is
// invoiced by then gets none, and is held if something is missing.
//
// Back orders are looked for only if something is missing and a rest order would be made, and if one of them is read.
// An idle run does not ask for them.
//
// # Every row, and every order
//
// Each row of goods is accounted for. One without a line in Ongoing was added too late, or staff removed its line: it
// is delivered 0. If the article of a line is not that of the row's product any more, the order is held, because the
// customer would be invoiced for something else than was delivered.
//
// An order that leaves the way to reportAt before it was booked is held: it was returned, was cancelled after something
// was picked, is past reportAt, or is in a status of the warehouse's own before it. The failure record stays until the
// order is Inactive, Sent, invoiced or deleted in 24SevenOffice, is on its way again in Ongoing, or a person dismisses
// the record. A search by time finds such an order at once; the daily look at the open orders finds it anyway. An order
// that was cancelled before anything was picked is left to the process salesorders, and one that was returned after it
// was booked to people.
//
// # How one order is booked
//
//  1. Both systems are read again. What the link says was booked is only reported, whatever happened to the order
//     since. An order that is invoiced or has its target status is also only reported. If its status is neither a
//     pulled one nor the one set on import, a person set it, and the order is held.
//  2. With rest orders on, if something is missing: the link stores the intent to make a rest order. Unless a back
//     order is on its way, the rest order is made, or found by the mark in its title if an earlier run made it. The
//     rows of the original are reduced to what was delivered. If the setting was turned off before the rest order was
//     made, the intent is dropped and the rows stay. If people edited the rows before it was made, they count as they
//     are now; if they raised or added a row after it was made, the order is held.
//  3. The status is set, and read back to see that it was stored.
//  4. Waybills are added to the invoice text.
//  5. The link stores what was booked.
//  6. The lines are reported to Ongoing.
//  7. The order leaves the index of open orders.
//
// Fifty orders are booked together: each step is made for all of them before the next one, and 24SevenOffice is read,
// saved and read back in one call each. It can save a batch in part: an order that was not saved fails alone. Orders
// with rest orders or back orders are booked one by one, after the others.
//
// After a crash between any of these steps Ongoing still has lines to report, so the next run reads the order again,
// and each step skips what is done. All quantities are absolute. If more is picked later, say a line was booked with 8
// and now has 10, it is booked with 10 and the rest order is reduced by 2. If the rest order has left the status Rest
// by then, or people have added to it, nothing is written and the order is held.
//
// Without rest orders the rows stay as they are, and the run record says what was not delivered.
package process
