package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/naming"
)

// A bottleneck is something that has a limit, and what one customer uses of it.
type bottleneck struct {
	name, limitText  string
	limit, aCustomer float64
	source           string
	moves            string
}

// spread is the time in seconds until the next process ticks.
const spread = 180

// bottlenecks lists what can break, for customers that are idle, at the defaults of the stack.
func bottlenecks(m measured) []bottleneck {
	var office, secrets, seconds float64
	for _, p := range processes() {
		if p == naming.Suppliers {
			continue
		}
		r := m.Idle[p]
		office += r.Office24
		secrets = max(secrets, r.Secrets)
		seconds = max(seconds, r.calls()*vendorLatency.Seconds()*m.Ratio/float64(naming.DefaultConcurrency))
	}
	perSegment := (maxDuration - 2*time.Minute).Seconds() // from there on the alarm duration is on
	return []bottleneck{
		{
			name: "24SevenOffice's quota, if it counts by IP address", limitText: "7,200 calls an hour",
			limit: hourlyQuota, aCustomer: office * float64(ticksPerHour),
			source: "the vendor's FAQ; that it counts by IP is a guess",
			moves: "ask its API support for more (it raises the limit for an IP address); longer intervalMinutes; " +
				"without a VPC Lambda calls from many addresses, which the vendor may or may not count as one",
		},
		{
			name: "time of one invocation", limitText: "12 of 14 minutes", limit: perSegment, aCustomer: seconds,
			source: "the stack's timeout",
			moves: "context values segments (up to 50), and customerConcurrency (up to 256) with memoryMiB, which " +
				"gives more processor",
		},
		{
			name: "time of 50 segments, 128 customers at once", limitText: "12 of 14 minutes", limit: perSegment,
			aCustomer: seconds * float64(naming.DefaultConcurrency) / 128 / 50 * max(1, limitedRatio(m)),
			source:    "the stack's timeout",
			moves: "memoryMiB, which gives more processor; then a queue of customers (SQS) instead of the parallel " +
				"scan, or a stack for each part of the customers in an account or region of its own",
		},
		{
			name: "memory of one invocation", limitText: "512 MiB", limit: memoryMiB - m.BaseMiB,
			aCustomer: (m.FleetMiB - m.BaseMiB) / float64(m.FleetCustomers),
			source:    "context value memoryMiB", moves: "segments, or memoryMiB (up to 10,240)",
		},
		{
			name: "read units of a table in a second, a tick in three minutes", limitText: "4,000", limit: 4000,
			aCustomer: tickUnits(m, func(r rate) float64 { return r.ReadUnits }) / spread,
			source:    "context value tableUnits, a bound on cost", moves: "tableUnits, up to 40,000",
		},
		{
			name: "secrets in a region", limitText: "500,000", limit: 500_000, aCustomer: 1,
			source: "Secrets Manager quotas", moves: "a further region or account",
		},
		{
			name: "read units of a table in a second, a tick in three minutes", limitText: "40,000",
			limit: 40_000, aCustomer: tickUnits(m, func(r rate) float64 { return r.ReadUnits }) / spread,
			source: "DynamoDB quotas, on-demand throughput of a table",
			moves:  "a higher quota on request; the processes tick three minutes apart",
		},
		{
			name: "write units of a table in a second, a tick in three minutes", limitText: "40,000",
			limit: 40_000, aCustomer: tickUnits(m, func(r rate) float64 { return r.WriteUnits }) / spread,
			source: "DynamoDB quotas, on-demand throughput of a table", moves: "a higher quota on request",
		},
		{
			name: "reads of secrets in a second", limitText: "10,000", limit: 10_000, aCustomer: secrets / spread,
			source: "Secrets Manager quotas, GetSecretValue",
			moves:  "a higher quota on request, or secrets that are kept between ticks",
		},
		{
			name: "concurrent executions", limitText: "1,000", limit: 1000,
			aCustomer: seconds / perSegment * 5, source: "Lambda quotas, an account and region",
			moves: "a higher quota on request; new accounts begin with less",
		},
		{
			name: "rules of EventBridge, five segments each", limitText: "300", limit: 300,
			aCustomer: seconds / perSegment / 5 * 5, source: "EventBridge quotas, rules of an event bus",
			moves: "EventBridge Scheduler (a million schedules), one schedule a segment",
		},
	}
}

// tickUnits is what one customer uses in the tick of the process that uses most.
func tickUnits(m measured, of func(rate) float64) (most float64) {
	for _, r := range m.Idle {
		most = max(most, of(r))
	}
	return most
}

// limitedRatio is how much longer than its bound a tick takes at 128 at once with the processor of the stack.
func limitedRatio(m measured) float64 {
	for _, t := range m.FleetSeconds {
		if t.Concurrency == 128 && t.Limited {
			return t.Seconds / predicted(m, t)
		}
	}
	return 1
}

// predicted is how long a tick of the measured fleet takes by the model: its calls, at once, by the segments.
func predicted(m measured, t fleetTimes) float64 {
	return float64(m.FleetCustomers) * m.FleetCalls * vendorLatency.Seconds() / float64(t.Concurrency*t.Segments)
}

// scalePage is the page of what happens with more customers.
func scalePage(r record) string {
	m := r.Inputs
	var b strings.Builder
	fmt.Fprintf(&b, `# Up to a million customers

A model on paper, computed by %[1]sgo run ./infra/bench --pages%[1]s from the figures measured on %[2]s. Idle customers,
four processes, every quarter of an hour, %[3]v a call. What breaks first comes first.

| what | limit | idle customers | what moves it | the limit is from |
| --- | ---: | ---: | --- | --- |
`, "`", r.Date, vendorLatency)
	list := bottlenecks(m)
	slices.SortStableFunc(list, func(a, b bottleneck) int {
		return int(math.Copysign(1, a.limit/a.aCustomer-b.limit/b.aCustomer))
	})
	for _, l := range list {
		if customers := l.limit / l.aCustomer; l.aCustomer > 0 && !math.IsInf(customers, 0) {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n",
				l.name, l.limitText, thousands(int64(customers)), l.moves, l.source)
		}
	}
	fmt.Fprintf(&b, `
## What each size needs

| customers | calls to 24SevenOffice an hour | of its quota | segments at 32 at once | segments at 128 | `+
		`write units a second | USD a month, idle |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: |
`)
	office, seconds := 0.0, 0.0
	for _, p := range processes() {
		if p != naming.Suppliers {
			office += m.Idle[p].Office24 * float64(ticksPerHour)
			seconds = max(seconds, m.Idle[p].calls()*vendorLatency.Seconds())
		}
	}
	for _, n := range []float64{100, 900, 10_000, 100_000, 1_000_000} {
		at := func(concurrency, ratio float64) string {
			most := (maxDuration - 2*time.Minute).Seconds()
			return thousands(int64(math.Ceil(n * seconds * ratio / concurrency / most)))
		}
		idle, _ := totals(m.bill(n), nil)
		fmt.Fprintf(&b, "| %s | %s | %.1f | %s | %s | %s | %s |\n", thousands(int64(n)), thousands(int64(n*office)),
			n*office/hourlyQuota, at(32, m.Ratio), at(128, max(1, limitedRatio(m))),
			thousands(int64(n*tickUnits(m, func(r rate) float64 { return r.WriteUnits })/180)), thousands(int64(idle)))
	}
	fmt.Fprintf(&b, `
Write units a second are those of one process whose tick is spread over the three minutes until the next process begins.

## Checked against the measurements

| %s customers, articles | model, s | measured, s | ratio |
| --- | ---: | ---: | ---: |
`, thousands(int64(m.FleetCustomers)))
	for _, t := range m.FleetSeconds {
		what := fmt.Sprintf("%d segments, %d at once", t.Segments, t.Concurrency)
		if t.Limited {
			what += ", with the processor of 512 MiB"
		}
		fmt.Fprintf(&b, "| %s | %.1f | %.1f | %.2f |\n", what, predicted(m, t), t.Seconds, t.Seconds/predicted(m, t))
	}
	b.WriteString("\nThe processes, the simulators and the tables share this machine: with many segments it is the " +
		"machine that is measured.\n")
	return b.String()
}
