// Package state stores what the integration remembers between two invocations, in one DynamoDB table: cursors, leases,
// links, failure records, run records and 24SevenOffice sessions. The functions write it; people read it.
//
// A run in this package is a customer run: one process for one customer in one invocation.
//
// # Key schema
//
// Each record is one item. Its partition key is the customer's id, its sort key the record's name:
//
//	cursor#<process>              since, fullSweepAt, place, scope
//	lease#<process>               holder, until; startedAt, firstStartedAt, succeededAt, notBefore, unfinished
//	article#<productId>           the article of a product, and what was last written to it
//	order#<orderId>               the Ongoing order of an order, and how far it has got
//	supplier#<companyId>          what was last written of a supplier, and through which article
//	failure#<process>#<key>       a record that was refused or is held, and when it is tried again
//	run#<process>#<startedAt>     what a run did; DynamoDB deletes it after 30 days (expiresAt)
//	session                       the 24SevenOffice session in use
//
// Times are RFC 3339 in UTC with milliseconds. They all have the same width, so they sort as text in the order of time,
// and condition expressions can compare them. Empty and zero values are not stored.
//
// # Who may write
//
// A lease gives one run the right to write for a customer and process. It expires by the clock, so a holder that was
// frozen can wake up after its lease has expired and still have writes to make. Every write after Acquire is therefore
// conditional on what the writer has read: links and failures carry a version, a cursor is compared with the one the
// run started from, a lease with its holder and end. A late write fails with ErrChanged or ErrLost and changes nothing.
//
// Run records and sessions are written without a condition. A run record has the run's start in its name, and an
// outdated session costs one more login.
//
// If the answer to a write is lost, the SDK repeats the write, which then fails its own condition. After a failed
// condition the package therefore reads the stored record: if it equals what was to be written, the write succeeded.
//
// All reads are strongly consistent, because writes depend on them.
package state
