// Package model tests the whole integration against a small model of what must hold, whatever people, the warehouse,
// the clocks and dying runs do.
//
// A story is about one customer. Its steps are drawn at random: people work in 24SevenOffice (people_test.go) and in
// Ongoing (staff_test.go), other systems and back orders, returns and late cancellations get in the way
// (others_test.go), an operator changes settings (settings_test.go) and moves the customer to another company or goods
// owner (places_test.go), time passes, up to three days at once, the vendors' clocks go wrong, and the functions run:
// by the schedule or by hand, dry or in full, since a moment or for one record. People act during some runs. Functions
// follow the model's clock (function_test.go), so that three days take no time. They run in the test's process; a run
// that is to be killed runs in a separate one.
//
// During the story every single write of ours is compared with what was there before (ledger_test.go). We write nothing
// but what the settings ask for, no order twice to Ongoing, no second rest order, no invoice, and nothing in preview or
// in a dry run. Then runs without trouble follow, and the end is checked (end_test.go): each order, product, shipment,
// stock quantity and supplier is as it should be, or a failure record says why not; the runs have nothing left to
// write; and a full run, which ignores the cursor, finds nothing that the others have missed.
//
// The test tells the same stories each time; -soak (make soak) looks for new ones. A story that fails is shortened for
// half a minute; -rapid.shrinktime=10m gives it longer.
package model
