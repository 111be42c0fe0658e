// Shipments: what was shipped in Ongoing WMS becomes Sent in 24SevenOffice.
//
//	24SevenOffice                                  Ongoing
//	OrderStatus = shipments.status                 orderInfo.orderStatus.number is one of shipments.reportAt
//	a rest order, by shipments.restOrders          orderLines[].pickedNumberOfItems below the row's Quantity
//	InvoiceText, by shipments.tracking             waybills of parcels, of the order, and orderInfo.wayBill
//
// # The ledger
//
// Ongoing keeps for each order line the quantity that was reported back. This process asks for the orders with lines of
// which less is reported than picked, books them in 24SevenOffice, and then reports, line by line, exactly the quantity
// that was booked. Nothing depends on a clock, and what is picked between the reading and the report is found again the
// next time. Ongoing's own "report everything that is picked" is not used: it would report what nobody has booked.
//
// Besides, the orders that reached a status of reportAt since the cursor are read, for those that have nothing to
// report: nothing was picked at all (held: a person has to look), or another system has reported it. With tracking, so
// are those that changed, for parcels that come late. An order is ours by its link (state record order#<orderId>), which
// must name its number and its id in Ongoing; all others are counted and left alone. The cursor keeps the lowest id of
// our orders, so that the years before are not read.
//
// # One order
//
//  1. Both sides are read again. What the link says is booked is only reported, whatever became of the order since. An
//     order at its target status or invoiced is not written either. A status that is neither a pulled one nor the one
//     set on import was set by a person: the order is held.
//  2. With rest orders, if something is missing: the intent is stored, then the rest order is made, found again by its
//     mark if a run died here, then the rows of the original are cut to what was delivered.
//     Where the setting was switched off before the rest order was made, the intent is dropped and no row is cut.
//  3. The status is set, and read back. 4. Waybills are added to the invoice text. 5. The link notes what was booked.
//  6. The lines are reported.
//
// A crash after any of these leaves the order in Ongoing's list of what is to be reported, so it comes back, and each
// step finds what is done already. Quantities are absolute throughout. More picked later: a line that was booked with 8
// and has 10 now is booked with 10, and its rest order becomes smaller by 2, unless that is on its way already: then
// nothing is written, and a person decides.
//
// Without rest orders the rows stay as they are and the run record tells what was not delivered.
package process
