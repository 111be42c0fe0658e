// Package process sends the confirmed orders of 24SevenOffice, the ERP, to Ongoing WMS, the warehouse's system.
//
//	Ongoing                                        24SevenOffice
//	orderNumber                                    salesOrders.orderNumberPrefix + InvoiceOrder.OrderId
//	goodsOwnerOrderId                              OrderId
//	deliveryDate                                   DeliveryDate, else DateOrdered, else the day of the import; a date
//	                                               before 1990 counts as none
//	referenceNumber                                ReferenceNumber
//	salesCode                                      YourReference
//	orderRemark                                    InvoiceTitle (and the text rows, by salesOrders.textRows)
//	wayOfDelivery.code, .name                      DeliveryMethod.Id, .Description, or salesOrders.deliveryMethods
//	advanced.wayOfDeliveryString                   DeliveryMethod.Description
//	transporter                                    salesOrders.deliveryMethods
//	consignee.customerNumber                       CustomerId
//	consignee.name                                 CustomerDeliveryName, else the Name of Addresses.Delivery,
//	                                               else CustomerName
//	consignee.address1-3, postCode, city           Street, PostalCode and PostalArea of Addresses.Delivery,
//	                                               else of Visit, Post or Invoice
//	consignee.countryCode                          Country (a code or a name) of that address, else of
//	                                               Addresses.Delivery, else defaultCountry
//	consignee.countryStateCode                     State, if it is a code of two or three letters
//	consignee.organisationNumber                   CustomerOrgNo
//	smsNotification, telephoneNotification         CustomerDeliveryPhone, not switched on
//	orderLines (rows of type Normal with a product or a product's number):
//	  rowNumber, externalId                        RowId
//	  articleNumber                                the number of the product's article
//	  numberOfItems                                Quantity, else QuantityOrdered
//	  comment                                      Name, if it differs from the product's
//	  shouldBePicked                               false for products without stock control
//
// A run is in these files:
//
//	process.go    reads the orders in the pulled statuses that changed since the cursor, in one call
//	decide.go     decides about each order: as it was sent, out of scope, refused, withdrawn, or to be sent
//	withdrawn.go  looks for withdrawn orders and cancels them, with salesOrders.cancelWithdrawn
//	cancelled.go  looks for orders that the warehouse has cancelled, in one call
//	complete.go   compares the orders to be sent with those in Ongoing, which find.go finds; products.go plans missing
//	              articles
//	names.go      lists Ongoing's orders, so that not each new order has to be searched for
//	restorder.go  holds a rest order while a back order of its original delivers the same
//	apply.go      makes the changes, up to fifty together, and sets the statuses on import
//	send.go       sends the orders of a batch
//	explain.go    checks rights, and says how an order is in both systems
//	mapping.go    maps an order; compare.go reads one of Ongoing back into the same form
//
// Before a batch is sent, its orders are read again in 24SevenOffice and in Ongoing, because people work in both. Then
// the missing articles are written; links are stored with the orders' numbers, for those that have none; each order is
// written in full, and its link is completed while the next one is written; and the statuses on import are set, in one
// call. 24SevenOffice can save a batch in part: each order is read back, and one that was not saved fails alone.
//
// What a crash leaves behind:
//
//   - after an article: an article more
//   - after the first links: links to orders that were not sent, which do no harm
//   - after an order: an order that the next run finds by its number or, if it was withdrawn or shipped in the
//     meantime, by the first link
//   - after a completed link: an order in its old status, which the next run sets, because the link does not say that
//     it was done
//
// Long texts flow into free lines of the address; what is cut is noted in the run's record.
//
// An order in Ongoing is written or cancelled only if it says itself that it is ours (orders.Whose). One that is ours
// under another number is taken over instead of made twice: before a new order is sent, Ongoing is searched by
// goodsOwnerOrderId or, for many new ones, listed (names.go). Its lines stay as they are if they are those of our rows.
//
// An order is sent as long as Ongoing allows changes to it. A later change in 24SevenOffice becomes a failure record,
// and a person has to tell the warehouse. An order that a person cancelled in Ongoing is not sent again: it is held
// until it is withdrawn or delivered in 24SevenOffice, or back on its way in Ongoing. If something of it was picked,
// the process shipments holds it. A shipped order that is set back to a pulled status is held too.
//
// If Ongoing refuses an order and articles of it are gone there, our links to them are doubted: the next run writes the
// articles again and sends the order.
//
// A full run compares every order with the one in Ongoing and sends it again if it differs, unless the warehouse has
// started on it. Every run does the same with the orders that failed before, and the daily comparison with all others;
// but an order that would be sent otherwise only because of new settings, or a new version, stays as it was sent until
// somebody edits it.
//
// An order that has left the pulled statuses, or is gone, is not in the answer that a run reads. With
// salesOrders.cancelWithdrawn, the run therefore asks for all open orders by id, in one more call. An order counts as
// gone only if others are found in the same answer. The open orders are in an index of the state table, which an order
// leaves when it is cancelled, booked by the process shipments, or seen invoiced or delivered without it. Without that
// setting, people withdraw an order in both systems; it leaves the index when it is found cancelled in Ongoing. If the
// process shipments is off as well, the daily comparison asks for the open orders and closes those that were delivered.
//
// An order that people have changed since it was last sent, and that is as it was sent, is compared with the one in
// Ongoing: they may have set back what they had settled. If it has left the way to being shipped there, shipments is
// told to look at it.
package process
