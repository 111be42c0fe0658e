package runner

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
)

// logRow logs a row. Customers who are off or not due have no line of their own, unless there is a reason: logOthers
// counts them. The line of a run in which nothing happened is short.
func (r *Runner[T]) logRow(runID string, row Row) {
	if isIdle(row) {
		if row.Outcome == OK || row.Reason != "" {
			r.Log.Info("customer", "process", r.Process, "runId", runID, "customer", row.CustomerID,
				"outcome", row.Outcome, "reason", row.Reason)
		}
		return
	}
	level := slog.LevelInfo
	if row.Outcome == Failed || row.Outcome == Blocked {
		level = slog.LevelWarn
	}
	log := r.Log
	if since := row.news.since; !since.IsZero() {
		log = log.With("since", since.UTC().Format(time.RFC3339))
	}
	if row.Stuck > 0 {
		log = log.With("stuck", row.Stuck)
	}
	log.Log(context.Background(), level, "customer",
		"process", r.Process, "runId", runID, "customer", row.CustomerID,
		"outcome", row.Outcome, "reason", row.Reason, "read", row.Read, "planned", row.Planned, "written", row.Written,
		"unchanged", row.Unchanged, "skipped", row.Skipped, "held", row.Held, "failed", row.Failed,
		"cutShort", row.cutShort, "dryRun", row.DryRun, "notes", row.Notes, "notesOmitted", row.NotesOmitted)
}

// isIdle reports whether nothing was done for a customer and nothing is wrong.
func isIdle(row Row) bool {
	counts := row.Read + row.Planned + row.Unchanged + row.Skipped + len(row.Notes)
	return row.Outcome == Off || row.Outcome == NotDue || row.Outcome == OK && counts == 0
}

// logOthers logs how many customers were not worked on.
func (r *Runner[T]) logOthers(runID string, rows []Row) {
	counts := map[Outcome]int{}
	for _, row := range rows {
		counts[row.Outcome]++
	}
	if counts[NotDue]+counts[Off] > 0 {
		r.Log.Info("customers not worked on", "process", r.Process, "runId", runID,
			"notdue", counts[NotDue], "off", counts[Off])
	}
}

// fewestInOutage is how many customers fail in an outage at least. The alarm of an outage suppresses those of single
// customers: one or two that fail, when nobody else of a rarely used process is due, must not switch it on.
const fewestInOutage = 3

// emitMetrics emits the metrics of the invocation. What is about all customers it leaves out if the event names
// customers: whether there is an outage, and the age of the oldest sync, also if the marks could not be read.
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
		row.addNews(v)
		if row.cutShort {
			v[naming.MetricRunsCutShort] = 1
		}
	}
	failed := v[naming.MetricCustomersFailed]
	if e.Customers == nil && failed >= fewestInOutage && failed > v[naming.MetricCustomersSynced] {
		v[naming.MetricOutages] = 1
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
