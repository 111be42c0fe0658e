// Package process writes Ongoing's stock quantities to 24SevenOffice if the two differ.
//
// Ongoing WMS is the warehouse's system: it has articles and counts them. 24SevenOffice is the ERP: it has products and
// sells them. It shows its own stock quantity of each product, which this process keeps equal to the warehouse's:
//
//	24SevenOffice                                  Ongoing
//	Product.Stock (SetStockQuantity)               inventoryInfo.numberOfItems, or sellableNumberOfItems not below 0,
//	                                               plus what is picked of our orders that are not Sent yet
//	Product.Id                                     productCode, else the article's link
//
// # The quantity
//
// In Ongoing the goods of an order leave the stock when they are picked. In 24SevenOffice they leave it when the order
// becomes Sent. Between the two, 24SevenOffice must have what is in the warehouse plus what was picked for orders that
// are not Sent yet. Otherwise each picked item would be subtracted twice: by this process, and again when the order
// becomes Sent. The process shipments reports what is picked after it has set the order to Sent. So what is added is
// what is picked and not reported, of our orders that 24SevenOffice has not subtracted for another reason: a person
// set the order to Sent, or invoiced it.
//
// Ongoing has such a sum for each article, reported.pickedToBeReportedNumberOfItems. It cannot be used as it is. It
// includes orders that are not ours, from all the years in which nobody reported, and those never become Sent in
// 24SevenOffice. It also includes picked parts of kits, while 24SevenOffice subtracts the kit. So this process reads
// the orders, starting with our first one. If the process shipments is off, nothing is ever reported, and nothing is
// added.
//
// Goods that were received or returned are added to 24SevenOffice by this process alone and count at once.
//
// An order that becomes Sent changes nothing in Ongoing's stock. If 24SevenOffice then subtracts another quantity than
// was picked, or nothing, the two differ until the article is compared again: in the next run, because each run reads
// back by an overlap and shipping an order changes its articles, and in any case by the next full sweep.
//
// # One run
//
// Ongoing lists the articles whose stock changed, for at most 24 hours back. A full sweep compares all articles; it
// runs every fullSweepHours, or when the cursor is older than that limit. 24SevenOffice's stock is read in batches, and
// only differences are written.
//
// Some articles have no stock to compare and are skipped: non-stock articles, kits, inactive articles, and articles
// whose product is not stock controlled. An article without a product is counted and named in the run record. A missing
// quantity is not zero, and a product without an article keeps its stock.
//
// A run that would set too large a share of the compared articles to zero writes nothing; see brake. A run plans a
// limited number of writes, and none if 24SevenOffice has few calls left in its hourly quota. A sweep that does not fit
// into one run stores its place in the cursor and resumes there. If an article that it has passed changes, the first
// run after the sweep compares it, because that run reads the changes since the sweep began.
//
// Each write is an absolute quantity and can be repeated. A crash between two writes leaves nothing to clean up.
package process
