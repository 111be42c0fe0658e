// Salesorders: confirmed orders of 24SevenOffice become orders in Ongoing WMS.
//
//	Ongoing                                        24SevenOffice
//	orderNumber                                    salesOrders.orderNumberPrefix + InvoiceOrder.OrderId
//	goodsOwnerOrderId                              OrderId
//	deliveryDate                                   DeliveryDate, else DateOrdered, else the day of the import
//	referenceNumber                                ReferenceNumber
//	salesCode                                      YourReference
//	orderRemark                                    InvoiceTitle (and the text rows, by salesOrders.textRows)
//	wayOfDelivery.code, .name                      DeliveryMethod.Id, .Description, or salesOrders.deliveryMethods
//	advanced.wayOfDeliveryString                   DeliveryMethod.Description
//	transporter                                    salesOrders.deliveryMethods
//	consignee.customerNumber                       CustomerId
//	consignee.name                                 CustomerDeliveryName, else CustomerName
//	consignee.address1-3, postCode, city           Addresses.Delivery (else Visit, Post, Invoice): Street, PostalCode, PostalArea
//	consignee.countryCode                          Country, else defaultCountry
//	consignee.countryStateCode                     State, where it is a code of two or three letters
//	consignee.organisationNumber                   CustomerOrgNo
//	smsNotification, telephoneNotification         CustomerDeliveryPhone, not switched on
//	orderLines (rows of type Normal with a product):
//	  rowNumber, externalId                        RowId
//	  articleNumber                                the number of the product's article
//	  numberOfItems                                Quantity, else QuantityOrdered
//	  comment                                      Name where it differs from the product's
//	  shouldBePicked                               false for products without stock control
//
// One run asks for the orders in the pulled statuses that changed since the cursor (one call) and drops those that are
// as they were last sent. For the others it reads the products of their rows and, for products that have no article
// yet, prepares the article. Then, order by order: the order is read again in 24SevenOffice and in Ongoing, because
// people work in both; the missing articles are written; a link with the order's number is stored, if it has none; the
// order is written in full; the link is completed; the status on import is set.
//
// What a crash leaves behind: after an article, an article more; after the first link, a link to an order that was not
// sent, which does no harm; after the order, an order that the next run finds by its number, or, when it was withdrawn
// or shipped meanwhile, by that first link; after the link, an order in its old status, which the next run sets, because
// the link does not say that it was done.
//
// An order is sent as long as Ongoing lets it be changed. After that a change in 24SevenOffice becomes a failure record
// that says so; the warehouse has to be told by a person. An order that a person cancelled in Ongoing is not revived.
//
// A full run compares every order with what stands in Ongoing and sends again what differs there, unless the warehouse
// has started on it. So does every run with an order that failed before.
//
// Orders that have left the pulled statuses, or are gone, are not in the answer that a run reads. With
// salesOrders.cancelWithdrawn all orders that are still open are therefore asked for by id (one call more). An order is
// only taken to be gone if others were found in the same answer.
package process
