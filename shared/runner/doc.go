// Package runner is the main loop of the integration. It runs all five processes, so that everything dangerous is in
// one place: who is due, leases, the time budget, dry runs, brakes, retries, failure records and cursors. A process
// decides what to change (Plan) and makes one change (Apply); it cannot forget the rest.
//
// # Stages
//
// An invocation selects the customers of its share of the settings table that are due: it reads the marks of their last
// starts in one batch, and the customer whose last start is oldest goes first. For each of them it makes a customer
// run:
//
//	lease     only one customer run of a process writes for a customer; the lease outlives the function's deadline. If
//	          nothing happened in the last run, this one only starts to read, and claims the lease before it writes
//	failures  records that failed before and whose pause is over go first
//	plan      the process reads both systems and writes nothing
//	brake     a policy looks at the plan and can stop it; a dry run shows it instead of the next two stages
//	apply     the changes are made one by one, or in batches, while there is time; the lease is checked once a minute
//	settle    each record is written, unchanged, out of scope, or kept as a failure record
//	cursor    moves to the time just before the plan was made, but only if every record is settled; while nothing
//	          happens, once an hour
//	verify    once a day, everything is planned and applied once more as in a full run, and what differs is counted
//	report    the run record is written, the lease is released; the invocation writes a log line and metrics. A run in
//	          which nothing happened writes none of the two records
//
// A long plan comes in parts, so that its memory is bounded: the stages from plan to settle are repeated for each part
// while there is time.
//
// A crash leaves a lease, which expires; the cursor where it was; and changes already made, which the next plan finds
// made, because every Apply can be repeated.
//
// An error of a customer ends that customer's run and no other. An error of a record becomes a failure record. The
// invocation fails only if its event is invalid or the settings table cannot be read.
//
// # Glossary
//
//   - An invocation is one execution of a Lambda function, for all customers that are due or for those its event names.
//   - A customer run is one process for one customer in an invocation.
//   - A change is a planned write of one record.
//   - A record is something with a key in a vendor's system (a product, an order, a supplier) or in the state table.
//   - A record is refused if the vendor, or our mapping, does not accept it.
//   - A record is held if it waits for a person to decide or correct something.
//   - A link is what the state table knows of one record in both systems, such as which order in Ongoing WMS belongs
//     to an order in 24SevenOffice.
//   - A record is settled if it is written, unchanged, out of scope, or kept as a failure record.
//   - A cursor is the time up to which every record is settled; the next plan reads what has changed since.
//   - A run is quiet if nothing happened in it: it has read nothing and has nothing to do or to say.
//   - A lease is the right of one customer run to write for its customer and process until the lease expires.
//   - A binding names the company and the goods owner that a customer's records belong to. What was stored under
//     another binding counts as unknown.
package runner
