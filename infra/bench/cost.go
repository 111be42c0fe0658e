package main

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"ongoing24so/infra/prices"
	"ongoing24so/shared/naming"
)

const (
	ticksPerMonth = ticksPerDay * daysPerMonth
	// runRetention is how many days run records are kept. Links of orders are kept for ever; the bill is that of a busy
	// merchant after a year.
	runRetention, daysPerYear = 30, 365
	// logRetention is how many months logs are kept, logCompression how much of them CloudWatch stores.
	logRetention, logCompression = 3, 0.15
	goldenTemplate               = "infra/stack/testdata/template.golden.json"
)

// A line is one item of the bill of a month. An item with a fixed price does not depend on the number of merchants.
type line struct {
	item       string
	fixed      bool
	idle, busy float64
}

// bill returns the bill of a month for this many merchants with the four processes that are on by default, all of them
// idle or all of them busy, in US dollars. The fifth function is invoked, too.
func (m measured) bill(merchants float64) []line {
	n := merchants
	var tick, invocations rate
	busySeconds, seconds := 0.0, 0.0
	atOnce := math.Min(n, float64(naming.DefaultConcurrency))
	for _, p := range processes() {
		invocations = invocations.plus(m.Invocation[p])
		seconds += m.ColdStart
		if p == naming.Suppliers {
			continue
		}
		tick = tick.plus(m.Idle[p])
		seconds += m.Ratio * n / atOnce * m.Idle[p].calls() * vendorLatency.Seconds()
	}
	busySeconds = m.Ratio * n / atOnce * m.Busy.calls() * daysPerMonth * vendorLatency.Seconds()
	idle := tick.times(n * float64(ticksPerMonth)).plus(invocations.times(float64(ticksPerMonth)))
	more := m.Busy.times(n * daysPerMonth)
	busy := idle.plus(more)
	functions := float64(len(processes()))
	started := functions * float64(ticksPerMonth)
	gb := float64(memoryMiB) / 1024
	stored := m.StateBytes * n / 1e9
	busyStored := stored + n*(m.BusyRunBytes*runRetention+m.BusyLinkBytes*daysPerYear)/1e9
	alarms, composites, dashboards := watched()
	loggedGB := prices.LogGB.USD + prices.LogStoredGB.USD*logRetention*logCompression
	both := func(v float64) (float64, float64) { return v, v }
	lines := []line{
		{item: "CloudWatch metrics", fixed: true,
			idle: prices.MetricMonth.USD * neverZero, busy: prices.MetricMonth.USD * neverZeroBusy},
		{item: "CloudWatch alarms and composite alarms", fixed: true},
		{item: "CloudWatch dashboard", fixed: true},
		{item: "X-Ray", fixed: true},
		{item: "EventBridge, Lambda requests, KMS", fixed: true},
		{item: "Lambda duration", idle: seconds * float64(ticksPerMonth) * gb * prices.LambdaGBSecond.USD,
			busy: (seconds*float64(ticksPerMonth) + busySeconds) * gb * prices.LambdaGBSecond.USD},
		{item: "DynamoDB reads", idle: idle.ReadUnits * prices.ReadUnit.USD,
			busy: busy.ReadUnits * prices.ReadUnit.USD},
		{item: "DynamoDB writes", idle: idle.WriteUnits * prices.WriteUnit.USD,
			busy: busy.WriteUnits * prices.WriteUnit.USD},
		{item: "DynamoDB storage and recovery", idle: stored * (prices.TableGB.USD + prices.RecoveryGB.USD),
			busy: busyStored * (prices.TableGB.USD + prices.RecoveryGB.USD)},
		{item: "Secrets Manager calls", idle: idle.Secrets * prices.SecretCall.USD,
			busy: busy.Secrets * prices.SecretCall.USD},
		{item: "logs", idle: idle.LogBytes / 1e9 * loggedGB, busy: busy.LogBytes / 1e9 * loggedGB},
		{item: "data sent to the vendors", idle: idle.SentBytes / 1e9 * prices.TransferGB.USD,
			busy: busy.SentBytes / 1e9 * prices.TransferGB.USD},
	}
	lines[1].idle, lines[1].busy = both(alarms*prices.AlarmMonth.USD + composites*prices.CompositeMonth.USD)
	lines[2].idle, lines[2].busy = both(dashboards * prices.DashboardMonth.USD)
	lines[3].idle, lines[3].busy = both(started * prices.TraceRecorded.USD)
	// DynamoDB asks KMS for the key of a table at most once in five minutes and role: about once a tick and table.
	lines[4].idle, lines[4].busy = both(
		started * (prices.EventDelivered.USD + prices.LambdaRequest.USD + 2*prices.KeyRequest.USD))
	return lines
}

// The metrics that are not zero in a fleet: RunsCompleted of five processes, CustomersSynced and VendorCalls of four;
// if it is busy, also RecordsRead and RecordsWritten, and the latency of the two processes of orders. Trouble adds
// others for the hours in which it lasts.
const (
	neverZero     = 5 + 2*4
	neverZeroBusy = 5 + 4*4 + 2
)

// What each account has of CloudWatch without a charge, every month. The dashboard has fewer than the fifty metrics up
// to which one is free.
const freeMetrics, freeAlarms, freeDashboards = 10, 10, 3

// allowance is what CloudWatch does not charge for, in US dollars, if nothing else in the account uses it.
func allowance() float64 {
	alarms, _, dashboards := watched()
	return freeMetrics*prices.MetricMonth.USD + min(freeAlarms, alarms)*prices.AlarmMonth.USD +
		min(freeDashboards, dashboards)*prices.DashboardMonth.USD
}

// watched counts the alarms, each of one metric, the composite alarms, and the dashboards of the stack.
func watched() (alarms, composites, dashboards float64) {
	template, err := os.ReadFile(goldenTemplate)
	if err != nil {
		return 0, 0, 0
	}
	count := func(kind string) float64 { return float64(strings.Count(string(template), `"Type": "`+kind+`"`)) }
	return count("AWS::CloudWatch::Alarm"), count("AWS::CloudWatch::CompositeAlarm"),
		count("AWS::CloudWatch::Dashboard")
}

func totals(lines []line, only func(line) bool) (idle, busy float64) {
	for _, l := range lines {
		if only == nil || only(l) {
			idle += l.idle
			busy += l.busy
		}
	}
	return idle, busy
}

// costPage is the page of what a month costs.
func costPage(r record) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# What it costs

Computed by %[1]sgo run ./infra/bench --pages%[1]s from the figures measured on %[2]s (FIGURES.md, groups idle,
busy, fleet and start) at list prices in US dollars, without the free tier. A month has 30 days of 96 ticks. The four
processes that are on by default are on. Idle: nothing changes. Busy: every merchant has 200 orders of three lines and
20 changed products a day, and has had them for a year. Functions stay warm between ticks. The price of a merchant's
secret, %.2[3]f USD a month, comes on top.

| merchants | idle, a merchant | aim | ratio | busy, a merchant | aim | ratio | idle, in all | busy, in all |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
`, "`", r.Date, prices.SecretMonth.USD)
	sizes := []float64{10, 1_000, 10_000}
	aims := map[float64][2]float64{1_000: {0.10, 0.10}, 10_000: {0.05, 0.08}}
	for _, n := range sizes {
		idle, busy := totals(r.Inputs.bill(n), nil)
		aim := func(i int, value float64) string {
			if aims[n][i] == 0 {
				return " | "
			}
			return fmt.Sprintf("%.2f | %.2f", aims[n][i], value/n/aims[n][i])
		}
		fmt.Fprintf(&b, "| %s | %.4f | %s | %.4f | %s | %.2f | %.2f |\n",
			thousands(int64(n)), idle/n, aim(0, idle), busy/n, aim(1, busy), idle, busy)
	}
	isFixed := func(l line) bool { return l.fixed }
	mixed := func(n float64) float64 { // a merchant's cost if one in twenty is busy
		idle, busy := totals(r.Inputs.bill(n), func(l line) bool { return !l.fixed })
		_, fixed := totals(r.Inputs.bill(n), isFixed)
		return (fixed + 0.95*idle + 0.05*busy) / n
	}
	fmt.Fprintf(&b, `
If one merchant in twenty is busy, as in the group fleet, each costs %.4f at %s merchants and %.4f at %s.
`,
		mixed(10_000), thousands(10_000), mixed(1_000), thousands(1_000))
	fixedIdle, fixedBusy := totals(r.Inputs.bill(10), isFixed)
	fmt.Fprintf(&b, `
Without any merchant's work the stack costs %.2f USD a month; aim: 10.00. A busy fleet keeps ten more metrics above
zero: %.2f. Of this, CloudWatch does not charge for %d metrics, %d alarms and %d dashboards of up to fifty metrics in
each account: if nothing else uses them, %.2f and %.2f are left. Each metric that trouble adds is %.2f more, for the
hours in which it lasts.
`, fixedIdle, fixedBusy, freeMetrics, freeAlarms, freeDashboards, fixedIdle-allowance(), fixedBusy-allowance(),
		prices.MetricMonth.USD)
	b.WriteString("\n## Item by item\n\nUS dollars a merchant and month.\n\n| item |")
	for _, n := range sizes {
		fmt.Fprintf(&b, " %[1]s idle | %[1]s busy |", thousands(int64(n)))
	}
	b.WriteString("\n| --- |" + strings.Repeat(" ---: |", 2*len(sizes)) + "\n")
	for i, l := range r.Inputs.bill(1) {
		fmt.Fprintf(&b, "| %s |", l.item)
		for _, n := range sizes {
			item := r.Inputs.bill(n)[i]
			fmt.Fprintf(&b, " %.4f | %.4f |", item.idle/n, item.busy/n)
		}
		b.WriteString("\n")
	}
	secrets := 4 * float64(ticksPerMonth) * prices.SecretCall.USD
	fmt.Fprintf(&b, `
## What could make it more

| if | then, a merchant and month |
| --- | ---: |
| Secrets Manager charges each secret of a batch as a call of its own | %.4f more |
| every process runs all of its time: the most that Lambda's duration can cost | %.2f in all, for each segment |
| a busy merchant's links of orders are those of five years | %.4f more |
| a merchant has 20,000 articles, which articles and stock compare once a day more | %.4f more |
| a table uses its limit of units (context value tableUnits, 4,000) without a pause | %.0f in all |

## Prices

As of %s. Nobody has compared them with a bill.

| what | US dollars | source |
| --- | ---: | --- |
`, max(0, secrets-idleSecrets(r.Inputs)),
		5*float64(ticksPerMonth)*maxDuration.Seconds()*float64(memoryMiB)/1024*prices.LambdaGBSecond.USD,
		4*daysPerYear*r.Inputs.BusyLinkBytes/1e9*(prices.TableGB.USD+prices.RecoveryGB.USD),
		2*daysPerMonth*r.Inputs.Sweep.ReadUnits*prices.ReadUnit.USD,
		4000*(prices.ReadUnit.USD+prices.WriteUnit.USD)*daysPerMonth*24*3600, prices.AsOf)
	for _, p := range prices.All() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p.Name, strconv.FormatFloat(p.USD, 'f', -1, 64), p.Source)
	}
	return b.String()
}

// idleSecrets is what the secrets of an idle merchant cost as measured.
func idleSecrets(m measured) float64 {
	calls := 0.0
	for _, p := range processes() {
		if p != naming.Suppliers {
			calls += m.Idle[p].Secrets
		}
	}
	return calls * float64(ticksPerMonth) * prices.SecretCall.USD
}
