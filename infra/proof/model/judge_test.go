package model

import (
	"slices"
	"strings"

	"ongoing24so/shared/runner"
)

// judge checks a run on its own: what it wrote, how it ended and what it logged.
func (w *world) judge(r *run) {
	off := w.set.off[r.process]
	readOnly := r.dry || r.set.preview || off
	w.expect(!readOnly || r.vendorWrites == 0, "%s wrote %d times: dry run %v, preview %v, off %v",
		r.process, r.vendorWrites, r.dry, r.set.preview, off)
	w.expect(r.err == nil || r.killed || r.trouble.fault != nil, "%s: the invocation failed: %v", r.process, r.err)
	if r.row == nil || !r.trouble.none() {
		return
	}
	allowed := []runner.Outcome{runner.OK, runner.Partial, runner.Busy, runner.NotDue, runner.Off}
	if w.undecided {
		allowed = []runner.Outcome{runner.Blocked, runner.Busy, runner.Off}
		w.expect(r.vendorWrites == 0, "%s writes, and nobody has decided to move", r.process)
	}
	lockedOut := strings.Contains(r.row.Reason, "Too many consecutive") // Ongoing's limit on failures in a row
	// An answer without a product that an earlier one had is what an outage looks like: the next run reads it again.
	vanished := len(r.touchedProducts) > 0 && strings.Contains(r.row.Reason, "did not return product")
	w.expect(slices.Contains(allowed, r.row.Outcome) || lockedOut || vanished, "%s: %s", r.process, r.outcome())
	for _, line := range r.lines {
		w.expect(!strings.Contains(line, `"panic"`), "%s panicked: %s", r.process, line)
	}
}
