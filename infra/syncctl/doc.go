// Command syncctl operates the integration: it adds merchants, changes their settings, says what is wrong and why, and
// starts runs. It contains no sync logic: what runs, runs in the functions, and what is allowed, the functions' own
// packages decide.
//
//	make syncctl && dist/syncctl --help       # or go run ./infra/syncctl, which turns every exit code but 0 into 1
//	dist/syncctl install-completions          # completion of commands, customers, processes and settings
//
// It finds the stack by --stack (ongoing24so) and --region, with the AWS credentials of the environment; with --local
// it works with the stack that make local runs.
//
// # Exit codes and output
//
// A command exits with 0 if there is nothing to look at, with 2 if there is something (trouble, a difference, a wrong
// document), and with 1 after an error. Data goes to standard output and talk to standard error. --json prints
// documents for programs: {"version": 2, "kind": …}; the version changes if a member changes its meaning or is gone.
// NO_COLOR switches colours off. What writes shows first what it will write, and asks; --yes answers. Without a
// terminal and without --yes nothing is written.
//
// Times are in the time zone of the terminal (TZ), with its abbreviation, and a date is its midnight there; JSON has
// UTC. Only overview counts by the customer's days, and says so.
//
// # The first customer
//
//	syncctl customers add acme --base-url https://api.ongoingsystems.se/acme/api/v1/ --goods-owner 77
//
// With --local, the address is that of the simulated warehouse, whose host is the only one allowed: syncctl --local
// customers show fjellsport prints it.
//
// It asks for the credentials, without showing them, or takes them from --secret-file, or takes everything from
// --from acme.yaml:
//
//	customerId: acme
//	ongoing: {baseUrl: https://api.ongoingsystems.se/acme/api/v1/, goodsOwnerId: 77}
//	salesOrders:
//	  startDate: 2026-12-01
//	  deliveryMethods:
//	    4: {code: BRING, name: Bring pakke}
//	secret:
//	  office24: {applicationId: …, username: wms@example.com, password: …}
//	  ongoing: {username: WSIACME, password: …}
//
// A new customer is in preview: every run is a dry run.
//
//	syncctl check acme                        # each right, what settings can name, what Ongoing has already
//	syncctl preview acme                      # what each process would write, field by field, and what follows
//	syncctl customers set acme mode=live      # the next tick does it; syncctl run acme does it now
//	syncctl status acme                       # in step? healthy?
//
// check compares all articles and orders by a dry run: how many will be made, how many that Ongoing has already become
// ours, and which will be held or refused, and why. It exits with 2 only if a right is missing; --rights leaves the
// comparison out.
//
// # Settings
//
//	syncctl settings                          # every setting with its type, default and meaning
//	syncctl settings check acme.yaml          # without AWS, by the functions' own decoder
//	syncctl settings schema > settings.json   # JSON Schema for editors
//	syncctl customers show acme --all
//	syncctl customers set acme stock.quantity=sellable salesOrders.statuses=Confirmed,Rest --reason 'asked by Kari'
//	syncctl customers set acme salesOrders.deliveryMethods.9.code=HENT
//	syncctl customers set acme 'extraFields=[{from: row.Price, to: line.prices.linePrice}]'
//	syncctl customers unset acme salesOrders.startDate
//	syncctl customers secret acme             # replace the credentials
//
// Settings that would block the customer are refused with the reason that the functions would give; if the customer is
// blocked already, a change that leaves fewer mistakes and makes no other is accepted. If somebody else has changed the
// settings since they were read, nothing is written.
//
// # What would happen
//
//	syncctl preview acme salesorders --with salesOrders.statuses=Confirmed,Rest
//	syncctl preview acme --without salesOrders.startDate
//	syncctl preview acme articles --plan acme.json && syncctl apply acme.json
//
// --with makes two dry runs that compare everything, with and without the settings, and prints what enters the scope,
// what leaves it and what would be written otherwise. It exits with 2 if something is different. Each field is shown
// with what it comes from: the table of functions/MAPPING.md, or extraFields.
//
// A plan is carried out as it was shown: the functions refuse a record whose change is another one by now, with that
// reason, and the next run looks at it again. Of each record that was not written, apply says why. It exits with 0 if
// all changes are made, by it or already.
//
// # What is wrong, and why
//
//	syncctl status                            # all customers, the newest trouble first; --watch looks again. What
//	                                          # several have in common is one row; --json has each
//	syncctl status acme                       # each process, and orders that are stuck in the warehouse
//	syncctl overview acme --days 7            # imported, booked and open by day; last runs; first load; calls used
//	syncctl digest                            # the daily mail as it would be now
//	syncctl explain acme order 40557          # the verdict first, then both systems, and the next command
//	syncctl explain acme order FS-40557       # by the number in Ongoing WMS
//	syncctl explain acme product KNIV         # by the product's number
//	syncctl failures list acme --class held
//	syncctl failures retry acme --keys 40556
//	syncctl failures dismiss acme --keys 7106 --reason 'will never be sold'
//	syncctl history acme                      # runs of 30 days, and what people did with syncctl
//	syncctl verify acme --repair              # compare all records; write what differs and is unexplained
//
// In step means that no record waits or is refused; healthy, that every process that is on has run and has succeeded
// within three intervals, its last run neither failed nor was blocked, and no pause is over. What is on its way for
// longer than shipments.stuckAfterHours is stuck, since that time; it is shown with what the orders are worth, if
// 24SevenOffice says it. What several processes of a customer have in common, such as a wrong password, is one line.
// So are the records of a process that are held or refused for the same reason, such as those of a stock brake.
// What is switched off or paused waits for nobody. Package digest decides all this, so that the daily mail counts the
// same customers. Until the next run, a reason is that of the last one; status of a customer says what was corrected
// since then.
//
// A record is named by its id in 24SevenOffice, or by what people have in hand: a product number, or an order's number
// in Ongoing WMS, also after --keys. It is looked for in the links, and then by the functions. Digits are an id, unless
// only an article has them as its number.
//
// A run begins at a tick of its process, in each quarter of an hour; explain and failures name the tick of the next
// attempt.
//
// explain asks the functions how this one record is in both systems, and which rule and setting decide. A dismissed
// record is not written; it is tried again if it changes, or if a person names it.
//
// verify makes two dry runs of each process: one compares everything, one is what the next run does. A difference is
// explained if it is in flight (the next run writes it), held, failed or dismissed; any other is unexplained: neither
// vendor has announced a change. --repair writes these as they were shown.
//
// history says of each event how it is known. Runs are recorded by the functions, actions by syncctl. That settings
// were changed without syncctl is noticed, if they are not those that it has written last; who did it is in CloudTrail.
//
// # Run again
//
//	syncctl run acme salesorders
//	syncctl resync acme stock --full          # compare everything
//	syncctl resync acme salesorders --since 3d
//	syncctl resync acme shipments --keys 40551,40552
//
// Each shows first what it would write; what is corrected does not count as failed or held in it. With --since and
// --keys the cursor stays where it is.
//
// # Pause, move, remove
//
//	syncctl customers pause acme stock --until 3d --reason 'stock-taking'
//	syncctl customers resume acme             # also what is paused of single processes
//	syncctl customers resume acme stock       # or --ended: the pauses of all customers whose end is over
//	syncctl customers move acme --goods-owner 78 --preview --reason 'new warehouse'
//	syncctl customers remove acme --reason 'contract ended'
//
// A pause switches the customer or the process off in its settings, and keeps why, by whom and until when. The end is
// not automatic: status reports a pause that is over until somebody resumes it. Stock is paused together with
// shipments, because its figures depend on it, and is not resumed before it. Move changes the settings and deletes the
// record binding; the next live run binds the customer again and reads everything once. With --preview nothing is
// written in the new place until check and preview have shown what will be, and somebody sets mode=live. Remove deletes
// the settings and the binding, and marks the secret for deletion in 30 days; the links stay, unless --with-state
// deletes them too.
//
// # Rights
//
// syncctl needs: on the settings table GetItem, Scan, PutItem and DeleteItem; on the state table GetItem, BatchGetItem,
// Query, PutItem, UpdateItem and DeleteItem; on the secrets under the prefix GetSecretValue, DescribeSecret,
// CreateSecret, PutSecretValue, RestoreSecret and DeleteSecret; InvokeFunction and GetFunctionConfiguration of Lambda;
// cloudwatch:DescribeAlarms. To look only, the reading ones and InvokeFunction suffice; whoever may invoke a function
// may also start live runs.
//
// # Records that only syncctl writes
//
// They are in the state table under the customer's id. The functions read only the pauses, for the daily mail:
//
//	action#<time>#<random>   what a person did: at, by, what, reason, detail, process and keys, changes of settings
//	                         and the fingerprint of what they became; expires after two years
//	pause#customer           reason, by, at, until, and the settings to restore
//	pause#<process>          the same of one process; with, if it was paused together with another one
//
// # Where things are
//
// Each command has a file: add, set, pause, move, customers, settings, check, preview (with apply), status, overview,
// digest, explain, failures, verify, runs, history, version. They parse, ask and print; app.go is the terminal.
// The package report gathers what they print, as plain values; cloud is all access to AWS, and document reads, prints
// and compares settings.
package main
