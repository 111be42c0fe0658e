// Command bench measures what the functions use and how long they take, and prints each figure beside the vendor's or
// AWS's limit, or what arithmetic allows, with the ratio of the two.
//
//	go run ./infra/bench                      # all groups; also: make bench
//	go run ./infra/bench --only idle,fleet    # some of them
//	go run ./infra/bench --write              # and write the pages; also: make figures
//	go run ./infra/bench --pages              # only compute the pages from the figures in the file
//	go run ./infra/bench --profile folder     # profiles of the hottest paths
//
// The groups idle, busy, large and history count: they run the functions in this program against a clock that they
// move, so that a day takes seconds. The groups firstload, fleet, memory and start take time and memory: they run the
// real binaries under Lambda's Runtime API, against simulators that answer each call after a fixed latency. The group
// decode runs the benchmarks of the vendors' clients.
//
// figures.json has what was measured last. FIGURES.md shows it; COST.md and SCALE.md, the bill of a month and the model
// of a larger fleet, are computed from it. Measure on a machine that does nothing else: the simulators share it.
package main
