// Package runner is the only loop of the integration. All five processes are run by it, so that everything dangerous
// stands once: who is due, leases, the time budget, dry runs, brakes, retries, failures and cursors. A process reads
// and decides (Plan) and carries out one change (Apply); it cannot forget the rest.
//
// One invocation, for each customer of its share of the settings table:
//
//	due?      the mark of the last start, one batch read for all customers; oldest start first, else in random order
//	lease     one run of a process and customer at a time; it outlives the function's deadline
//	failures  the records that failed before and whose pause is over go first
//	plan      both systems are read, nothing is written; a dry run ends here
//	brake     a policy looks at the plan as a whole and may hold all of it
//	apply     one change after the other, as long as there is time and the table still says that the lease is ours
//	settle    each record is written, as it should be, none of our business, or kept as a failure record
//	cursor    moves to the moment before the plan was made, and only if every record is settled
//	record    the run record, one log line, metrics; the lease is given back
//
// What a crash leaves behind: the lease, which runs out; the cursor where it was; changes that were carried out,
// which the next plan finds carried out, because every Apply can be repeated.
//
// A customer's trouble ends that customer's run and nobody else's; a record's trouble becomes a failure record. The
// invocation as a whole fails only where the event makes no sense or the settings table cannot be read.
package runner
