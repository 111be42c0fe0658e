// Package state stores what the integration remembers between two invocations, in one DynamoDB table: cursors, leases,
// links, failure records, run records and 24SevenOffice sessions. The functions write it; people read it, and the
// operator's command keeps its own records in it (action#, pause#) and marks failures as dismissed.
//
// A run in this package is a customer run: one process for one customer in one invocation.
//
// # Key schema
//
// Each record is one item. Its partition key is the customer's id, its sort key the record's name:
//
//	cursor#<process>              since, fullSweepAt, emptyAt, place, scope; boundAt, as the binding had it then
//	lease#<process>               the mark: holder, until; startedAt, firstStartedAt, succeededAt, unfinished;
//	                              notBefore, pauseReason; runId, lastOutcome, quiet; inputs, inputsAt;
//	                              pending, month, hour; session, sessionOf
//	article#<productId>           the article of a product, and what was last written to it
//	order#<orderId>               the Ongoing order of an order, and how far it has got
//	supplier#<companyId>          what was last written of a supplier, and through which article
//	open#<binding>#<orderId>      an order that is open: the index of open orders; see OpenOrders
//	open#<binding>#               the index itself; it exists once all open orders are in it
//	article-of#, supplier-carrier#,
//	supplier-todo#                indexes of the links; see index.go
//	picks                         unreported orders of ours, if there are many of other systems; see picks.go
//	failure#<process>#<key>       a record that was refused or is held, and when it is tried again
//	run#<process>#<startedAt>     what a run did; DynamoDB deletes it after 30 days (expiresAt)
//	usage#<yyyy-mm>               calls and bytes of 24SevenOffice that all processes have used in a month
//	session                       the 24SevenOffice session in use
//	binding                       the company and the goods owner that the records belong to, and since when
//	binding#first                 the customer's first binding
//	former#<binding>#<link>       a link of another binding, after one of this binding has taken its name
//
// One record is not a customer's:
//
//	goodsowner#<address>#<id>     claim: the customer that the goods owner is bound to
//
// Times are RFC 3339 in UTC with milliseconds. They all have the same width, so they sort as text in the order of time,
// and condition expressions can compare them. Empty and zero values are not stored.
//
// # Whose records they are
//
// The id of a product or order, and of what it was linked to in Ongoing, means something in one company and one goods
// owner only. So the first live run stores a binding, and each link, cursor and failure is stamped with the binding
// under which it was stored (attribute binding). A Partition that works under a binding takes a record with another
// stamp for unknown: the cursor is zero, the failure is foreign, the link is empty. Records without a stamp, of an
// older version or put there by a person, belong to the customer's first binding.
//
// To move a customer, a person deletes the record binding; the next live run binds the customer again and reads
// everything. The links of the former binding stay. A link that gets the same name first puts the former one aside,
// so that people can read it, and moving back finds it. A cursor does not come back: one that was written before the
// last move counts as none, because the failure records that it relies on may be gone. If the former binding was of
// another company on the same goods owner, the new link names it as Former: what it made exists there and is not ours.
//
// A goods owner has one customer. Its claim and the customer's binding are written in one transaction, and a claim
// counts only while the binding of the customer that it names exists and names the goods owner: deleting the record
// binding is all that a person has to do to release it.
//
// # Open orders
//
// Closed orders are most of what a customer has, so that no run may read all links. The index of open orders has a
// record for each order that was sent and is neither booked nor cancelled. It is written before the link and deleted
// after it. Links of an older version are indexed once, by the first run that needs the index, and again by a full run.
//
// # Who may write
//
// A lease gives one run the right to write for a customer and process. It expires by the clock, so a holder that was
// frozen can wake up after its lease has expired and still have writes to make. Every write after Acquire is therefore
// conditional on what the writer has read: links and failures carry a version, a cursor is compared with the one the
// run started from, a lease with its holder and end. A late write fails with ErrChanged or ErrLost and changes nothing.
//
// A run that is expected to find nothing to do has the right to read only: Start writes the mark once, as such a run
// leaves it. Before anything else is written, Claim makes a lease of it, if no other run has started since.
//
// Run records and sessions are written without a condition. A run record has the run's start in its name, and an
// outdated session costs one more login.
//
// If the answer to a write is lost, the SDK repeats the write, which then fails its own condition. After a failed
// condition the package therefore reads the stored record: if it equals what was to be written, the write succeeded.
//
// All reads are strongly consistent, because writes depend on them.
//
// # Other versions
//
// A record of an older version lacks attributes, which then have their zero values. A record of a newer one can have
// more: they are kept when it is written again, or its format says that this version must leave it alone; see
// unknown.go.
package state
