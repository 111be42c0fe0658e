// Package process writes Ongoing's stock quantities to 24SevenOffice if the two differ.
//
// Ongoing WMS is the warehouse's system: it has articles and counts them. 24SevenOffice is the ERP: it has products and
// sells them. It shows its own stock quantity of each product, which this process keeps equal to the warehouse's:
//
//	24SevenOffice                                  Ongoing
//	Product.Stock (SetStockQuantity)               inventoryInfo.numberOfItems, corrected as derived below,
//	                                               or sellableNumberOfItems, not below 0
//	Product.Id                                     productCode, else the article's link; the number has to agree
//
// # The quantity
//
// What is on the shelf is the truth. But each system takes the goods of an order out of its stock only once, at a
// moment of its own: Ongoing when they are picked, 24SevenOffice when the order becomes Sent or is invoiced (inferred
// from the vendor's help). Between the two moments, the quantities have to differ, or the second system takes out what
// is gone already. So, for each article:
//
//	on the shelf (numberOfItems)
//	+ picked, and 24SevenOffice will take it out
//	- taken out in 24SevenOffice, and the warehouse will still pick it
//
// 24SevenOffice will take out what is picked for an order of ours until shipments has booked and reported it. These are
// the orders of which less is reported than picked. What follows from that:
//
//   - The order is Sent or invoiced: its goods are taken out already, so nothing is added.
//   - It is withdrawn (Inactive, an offer or a draft) or deleted: nothing will take its goods out, and they are gone.
//     Nothing is added. If 24SevenOffice finds no order of ours at all, which can come from an outage, they count as
//     deleted at the second look.
//   - It was returned (800) in Ongoing, or has a status above those of shipments.reportAt, such as 1000 (cancelled): it
//     will not be booked, and its goods are on the shelf again, or will be. Nothing is added. Neither are returned
//     items of an order that is still to be booked.
//   - It was not sent by us: it never becomes Sent in 24SevenOffice, and nothing is added. Ongoing's own sum
//     (pickedToBeReportedNumberOfItems) includes those orders, from all the years in which nobody reported, and the
//     parts of kits, and is used only as a limit.
//   - shipments is off: nothing is ever reported, and nothing is added.
//
// The warehouse will still pick what is ordered and not picked of an order that it has not shipped, whose status is
// below those of shipments.reportAt. A person can set it to Sent or invoice it before; then 24SevenOffice has taken out
// goods that are still on the shelf. When it is shipped or cancelled, nothing more is picked, and what is left is for
// sale.
//
// If shipments.status is not Sent, it takes nothing out of 24SevenOffice's stock (assumed: the vendor's help says so of
// no other status). Orders that shipments has booked then wait for their invoice, which takes out their rows'
// quantities. These are added until then.
//
// A back order in Ongoing belongs to the order that it was made for: it is added or subtracted as the status of that
// order says, and takes over what that order has not picked; one that was shipped before that order, of the articles
// that it was shipped with. If a rest order has what is missing, 24SevenOffice has not taken it out, and a back order
// that the warehouse makes for the same is not subtracted.
//
// A kit has no stock in Ongoing. 24SevenOffice takes out the kit and not its parts, so picks of parts and kits that
// will be picked change nothing: the figure of a part is what is on the shelf.
//
// The sellable quantity falls as soon as an order exists, and neither a pick nor Sent changes it. It is written as it
// is. When an order becomes Sent, 24SevenOffice takes its goods out once more, until the next run.
//
// Goods that were received or returned are added to 24SevenOffice by this process alone and count at once.
//
// Nothing in Ongoing changes when people change an order in 24SevenOffice. If the figure follows from such a change
// alone, it is written by the next run that compares the article: each run reads back by an overlap and shipping an
// order changes its articles, and in any case a full sweep does.
//
// # What it costs
//
// The orders to report are listed only if one of the articles has unreported picks, the orders that are not shipped
// only if an article is on order and a difference remains, or in a full sweep. A quantity that equals what is on the
// shelf plus what is picked is therefore left as it is until the next full sweep, even if 24SevenOffice is ahead: the
// warehouse has made a back order of an order that is Sent, or a person has counted goods in that 24SevenOffice has
// taken out before.
//
// What was listed serves the articles of a minute. It is listed again for an article that was read after it, if that
// is on order or has unreported picks, and its figure differs.
//
// If other systems on the same goods owner leave many orders unreported, those of ours are kept in the record picks,
// and only what was picked since is listed; see picks.go. A back order that does not name our order costs a call for
// the order that it was made for; see originals.go.
//
// # Decimal places
//
// How many decimal places 24SevenOffice keeps of a quantity is not documented. After a fraction is written, it is read
// back, and if it differs, the link keeps both: the two count as equal, so that it is not written again.
//
// # Whose an article is
//
// Link, code and number have to agree with the article that was read; see the package articles for the rule. Else the
// article is left alone and named in the notes; it is for the process articles to hold the product. If the article of a
// link is gone from Ongoing, or its system id is another product's article now, the link is forgotten, and the process
// articles writes the article again. A full sweep notices that, and a run that looks for the product.
//
// # One run
//
// Ongoing lists the articles whose stock changed, for at most 24 hours back. A full sweep compares all articles; it
// runs every fullSweepHours, or when the cursor is older than that limit. 24SevenOffice's stock is read in batches, and
// only differences are written. A full sweep reads all links in one query; other runs read those of the articles, which
// an index finds if an article has no product code of ours.
//
// Some articles have no stock to compare and are skipped: non-stock articles, kits, inactive articles, and articles
// whose product is not stock controlled. An article without a product is counted and named in the run record. A missing
// quantity is not zero, and a product without an article keeps its stock. An answer with none of the products asked for
// can come from an outage: if one of them was there before, it is believed only if a list of all products has others
// and none of these, or if two runs find no product at all.
//
// A run that would set too large a share of the products with stock to zero writes nothing, and its products are held;
// see brake.go. A plan comes in parts of a limited number of writes, and a run makes them while there is time and
// 24SevenOffice has calls left in its hourly quota. A sweep that does not fit into one run stores its place in the
// cursor and resumes there. If an article that it has passed changes, the first run after the sweep compares it,
// because that run reads the changes since the sweep began.
//
// Each write is an absolute quantity and can be repeated. A crash between two writes leaves nothing to clean up.
package process
