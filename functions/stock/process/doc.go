// Stock: Ongoing's stock quantities are written to 24SevenOffice where the two differ.
//
//	24SevenOffice                                  Ongoing
//	Product.Stock (SetStockQuantity)               inventoryInfo.numberOfItems, or sellableNumberOfItems not below zero,
//	                                               plus what is picked of our orders that are not Sent yet
//	Product.Id                                     productCode, else the article's link
//
// # The figure
//
// An order takes its goods out of 24SevenOffice's stock when it becomes Sent there. In Ongoing they are gone as soon as
// they are picked. Between the two, the quantity that 24SevenOffice should hold is what is in the warehouse plus what
// was picked for orders that are not Sent yet: written without them, the goods would be counted out twice, once by us
// and once by Sent. The process shipments reports what is picked after it has made the order Sent; so these are the
// quantities that are picked and not reported, of our orders that 24SevenOffice has not taken out by other ways (a
// person has set it to Sent, or invoiced it).
//
// Ongoing keeps such a sum for each article, reported.pickedToBeReportedNumberOfItems. It cannot be used as it is: picks
// of orders that are not ours are in it, for all the years in which nobody reported, and those are never Sent in
// 24SevenOffice; picks of a kit's parts are in it, while 24SevenOffice takes out the kit. So the orders are read, from our
// first one on. Where the process shipments is switched off nothing is ever reported, and nothing is added.
//
// Goods that were received or returned are added to 24SevenOffice by this process alone and count at once.
//
// An order that becomes Sent changes nothing in Ongoing's stock. Where 24SevenOffice then takes out another quantity
// than was picked, or none, the two differ until the article is compared again: in the next run, because each goes back
// by an overlap and shipping an order moves its articles, and by the next full sweep in any case.
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
// than so many writes, and none when the calls run low that 24SevenOffice allows in an hour; a sweep that does not fit
// keeps its place. What changes meanwhile to articles that it has passed is read by the next run, which goes back to
// the moment the sweep began.
//
// Every write is absolute and can be repeated. A crash between two writes leaves nothing to clean up.
package process
