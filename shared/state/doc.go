// Package state keeps what the integration knows between two runs, in one DynamoDB table: cursors, leases, links,
// failure records, run records and the session. The functions write it, people read it.
//
// One item a record, under the customer's id (partition key) and the record's name (sort key):
//
//	cursor#<process>              since, fullSweepAt, place, scope
//	lease#<process>               holder, until; startedAt, firstStartedAt, succeededAt, notBefore, unfinished
//	article#<productId>           the article of a product, and what was last written to it
//	order#<orderId>               the Ongoing order of an order, and how far it got
//	supplier#<companyId>          what was last written of a supplier, and through which article
//	failure#<process>#<key>       a record that was refused, and when it is tried again
//	run#<process>#<startedAt>     what a run did; DynamoDB removes it after 30 days (expiresAt)
//	session                       the 24SevenOffice session in use
//
// Times are RFC 3339 in UTC with milliseconds, always of the same width, so that their order as text is their order
// in time and conditions can compare them. What is empty or zero is left out.
//
// # Who may write
//
// A lease gives one run at a time the right to write for a customer and process. Leases run out by the clock, and a
// holder that was frozen can wake up after that with writes still in hand. So every later write is conditional on what
// its writer has read: links and failures carry a version, a cursor is compared with the one it moves on from, a lease
// with its holder. The late write then fails with ErrChanged or ErrLost and changes nothing. Run records and the session
// need no such care: the first are named by their run, and a session that is out of date costs one login.
//
// A write whose answer got lost is repeated by the SDK and then meets its own effect. A failed condition is therefore
// held against what is stored: where that is exactly what should have been written, the write counts as done.
//
// All reads are consistent ones, because writes are decided by them.
package state
