package runner

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
)

func (r *Runner[T]) logRow(runID string, row Row) {
	level := slog.LevelInfo
	if row.Outcome == Failed || row.Outcome == Blocked {
		level = slog.LevelWarn
	}
	r.Log.Log(context.Background(), level, "customer",
		"process", r.Process, "runId", runID, "customer", row.CustomerID,
		"outcome", row.Outcome, "reason", row.Reason, "read", row.Read, "planned", row.Planned, "written", row.Written,
		"unchanged", row.Unchanged, "skipped", row.Skipped, "held", row.Held, "failed", row.Failed,
		"cutShort", row.cutShort, "dryRun", row.DryRun, "notes", row.Notes, "notesOmitted", row.NotesOmitted)
}

// emitMetrics emits the metrics of the invocation. It leaves out the age of the oldest sync, which is about all
// customers, if the event names customers or the marks could not be read.
func (r *Runner[T]) emitMetrics(e Event, rows []Row, marks map[string]state.Mark) {
	v := map[string]float64{naming.MetricRunsCompleted: 1}
	for _, row := range rows {
		switch row.Outcome {
		case OK, Partial:
			v[naming.MetricCustomersSynced]++
		case Failed:
			v[naming.MetricCustomersFailed]++
		case Blocked:
			v[naming.MetricCustomersBlocked]++
		case Busy, NotDue, Off: // not worked on
		}
		v[naming.MetricRecordsRead] += float64(row.Read)
		v[naming.MetricRecordsWritten] += float64(row.Written)
		v[naming.MetricRecordsFailed] += float64(row.Failed)
		v[naming.MetricRecordsHeld] += float64(row.Held)
		if row.cutShort {
			v[naming.MetricRunsCutShort] = 1
		}
	}
	if e.Customers == nil && marks != nil {
		v[naming.MetricOldestSyncAgeSeconds] = r.oldestSyncAge(rows, marks).Seconds()
	}
	r.Meter.Emit(v)
}

// oldestSyncAge is the longest time since the last success of an enabled customer, or since its first start if it never
// succeeded.
func (r *Runner[T]) oldestSyncAge(rows []Row, marks map[string]state.Mark) time.Duration {
	now, age := r.Now(), time.Duration(0)
	for _, row := range rows {
		m := marks[row.CustomerID]
		last := cmp.Or(m.SucceededAt, m.FirstStartedAt)
		if row.Outcome == OK || row.Outcome == Partial || row.Outcome == Off || last.IsZero() {
			continue
		}
		age = max(age, now.Sub(last))
	}
	return age
}
