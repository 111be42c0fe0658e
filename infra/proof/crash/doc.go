// Package crash proves that a function can die at any moment. At each of its writes to 24SevenOffice, to Ongoing WMS
// and to DynamoDB its real binary is killed (SIGKILL), before the write takes effect and right after it. Then the lease
// expires, and the function runs until it finds nothing to do.
//
// What counts is the end: both systems and the state must be what they are after a run that nobody disturbed. Nothing
// is lost or there twice, and no failure record, cursor or lease is left that an undisturbed run does not leave.
//
// The package also tries two deaths in a row, and deaths in a round of all five processes with work for each. Of these
// the test takes a sample; with -every (make crashes) it takes many more of the first and all of the second.
package crash
