// Stock: Ongoing's stock quantities are written to 24SevenOffice where the two differ.
//
//	24SevenOffice                                  Ongoing
//	Product.Stock (SetStockQuantity)               inventoryInfo.numberOfItems, or sellableNumberOfItems not below zero,
//	                                               plus what is picked and not yet reported of our orders
//	Product.Id                                     productCode, else the article's link
//
// # The figure
//
// An order takes its goods out of 24SevenOffice's stock when it becomes Sent there. In Ongoing they are gone as soon as
// they are picked. Between the two, the quantity that 24SevenOffice should hold is what is in the warehouse plus what
// was picked for orders that are not Sent yet: written without them, the goods would be counted out twice, once by us
// and once by Sent. Ongoing keeps just that quantity, reported.pickedToBeReportedNumberOfItems, because the process
// shipments reports an order after it has made it Sent.
//
// Two things are in that quantity and must not be added. Picks of orders that are not ours are never Sent in
// 24SevenOffice, and their goods are simply gone. Picks of a kit's parts are taken out of 24SevenOffice's stock of the
// kit, not of the parts. And where the process shipments is switched off nothing is ever reported, and nothing is
// added.
//
// Goods that were received or returned are added to 24SevenOffice by this process alone and count at once.
//
// # One run
//
// Ongoing tells which articles' stock changed, for at most 24 hours back; a full sweep every fullSweepHours, or when
// the cursor is older, catches what that misses. 24SevenOffice's stock is read in batches; only differences are
// written. What has no stock is left out: articles that are not stock articles, kits, inactive ones, products that are
// not stock controlled. An article without a product is counted and named; a figure that is missing is not zero, and a
// product whose article is missing is left as it is.
//
// A run that would empty too large a share of the compared articles writes nothing (see brake). A run plans no more
// than so many writes, because 24SevenOffice counts calls by the hour; a sweep that does not fit keeps its place.
//
// Every write is absolute and can be repeated. A crash between two writes leaves nothing to clean up.
package main
