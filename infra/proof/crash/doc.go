// Package crash is the proof that a function may die at any moment: at each of its writes to 24SevenOffice, to Ongoing WMS
// and to DynamoDB its real binary is killed (SIGKILL), before the write takes effect and right behind it. Then time passes
// until its lease has run out, and it is run again until it finds nothing to do.
//
// What counts is the end: both systems and the state must be what they are after a run that was never disturbed. Nothing
// is lost or there twice, and no failure, cursor or lease is left that would not be there otherwise.
//
// Besides, two deaths in a row are tried, and deaths in the middle of a day on which all five processes have work. Of
// these the test takes a sample; with -every (make crashes) it takes many more of the first and all of the second.
package crash
