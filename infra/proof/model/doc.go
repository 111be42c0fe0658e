// Package model tests the whole integration against a small model of what must hold, whatever people, the warehouse, the
// clocks and dying runs do.
//
// A story is one customer's. Its steps are drawn at random: people work in 24SevenOffice (people_test.go) and in Ongoing
// (staff_test.go), an operator changes settings (settings_test.go), time passes, up to three days of it, the vendors' clocks
// go wrong, and the functions' real binaries run, by the schedule or by hand, dry or in full, since a moment or for one
// record. Some are killed behind one of their writes, and into some calls of a run people act. The functions' clock is the
// model's (build_test.go), so that three days take no time.
//
// While it goes on, every single write of ours is held against what was there before (ledger_test.go): nothing but what the
// settings ask for, no order twice in Ongoing, no second rest order, no invoice touched, nothing in preview or in a dry run.
// Then everything comes to rest, and the end is looked at (rest_test.go): each order, product, shipment, stock figure and
// supplier is as it should be, or a failure record says why not; the runs have nothing left to write; and a full run, which
// goes by no cursor, finds nothing that the others have passed.
//
// The test tells the same stories each time; -soak (make soak) looks for new ones. A story that fails is made shorter, by
// -rapid.shrinktime=10m for longer than half a minute.
package model
