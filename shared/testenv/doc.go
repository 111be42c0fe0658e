// Package testenv runs the whole stack on one machine: DynamoDB with both tables, Secrets Manager, 24SevenOffice and
// Ongoing WMS as servers on loopback ports, and the functions' real binaries under Lambda's Runtime API. Everything is
// in memory and gone after Close.
//
// The local stack (infra/local) is built of it. Tests use it to run a function from end to end, either in the test's
// own process (Env.Getenv and Env.AWS) or as a process that can be killed (Build and Env.Function).
//
// What each package offers:
//
//   - testenv: Env, the running servers; Env.AddMerchant, a customer with its company in 24SevenOffice, goods owner in
//     Ongoing, settings and secret; Env.State, what the functions remember; recordings of every call to a vendor.
//   - harness: functions in the test's own process with one merchant and a clock that the test moves; a crash after
//     any chosen write; a proxy that rewrites the vendors' answers.
//   - dynamodbtest: the embedded DynamoDB, with faults, a journal of the writes and a count of units, or dynalite.
//   - secretstore: Secrets Manager with the calls that the functions and syncctl make; snstest: SNS with Publish.
//   - lambdaruntime: a Lambda sandbox for one bootstrap binary, and Lambda's Invoke API.
//   - readmetest: the comparison of documents with the code that their tables describe.
//
// The simulators of the vendors are shared/office24/office24test and shared/ongoing/ongoingtest.
package testenv
