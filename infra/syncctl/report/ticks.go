package report

import (
	"slices"
	"time"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// tickFrom returns the first tick of a process at or after a time. The rules of a deployed stack and the ticks of the
// local one come from package naming, too.
func tickFrom(process naming.Process, from time.Time) time.Time {
	i := slices.IndexFunc(naming.Entries(), func(e naming.Entry) bool { return e.Process == process })
	offset := naming.Entries()[max(i, 0)].Offset
	tick := from.Add(-offset).Truncate(naming.Period).Add(offset)
	if tick.Before(from) {
		tick = tick.Add(naming.Period)
	}
	return tick
}

// nextRun returns the tick at which a process runs next for a customer.
func nextRun(process naming.Process, m cloud.Mark, interval time.Duration, now time.Time) time.Time {
	from := runner.DueFrom(m.Mark, interval)
	if from.Before(now) {
		from = now
	}
	return tickFrom(process, from)
}

// nextAttempt returns the tick at which a record that failed is tried again, unless it changes before: that of the
// first run after its pause.
func nextAttempt(f cloud.Failure, m cloud.Mark, interval time.Duration, now time.Time) time.Time {
	run := nextRun(f.Process, m, interval, now)
	for run.Before(f.NextAt) {
		m.StartedAt = run
		m.Holder, m.Unfinished, m.NotBefore = "", false, time.Time{}
		run = nextRun(f.Process, m, interval, run.Add(time.Second))
	}
	return run
}
