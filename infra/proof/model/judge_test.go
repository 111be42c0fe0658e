package model

import (
	"slices"
	"strings"

	"ongoing24so/shared/runner"
)

// judge judges a run by itself.
func (w *world) judge(r *run) {
	off := w.set.off[r.process]
	quiet := r.dry || r.set.preview || off
	w.must(!quiet || r.vendorWrites == 0, "%s wrote %d times: dry run %v, preview %v, off %v", r.process, r.vendorWrites, r.dry, r.set.preview, off)
	w.must(r.err == nil || r.killed || r.trouble.fault != nil, "%s: the invocation failed: %v", r.process, r.err)
	if r.row == nil || !r.trouble.clean() {
		return
	}
	calm := []runner.Outcome{runner.OK, runner.Partial, runner.Busy, runner.NotDue, runner.Off}
	w.must(slices.Contains(calm, r.row.Outcome) || strings.Contains(r.row.Reason, "Too many consecutive"), "%s: %s", r.process, r.outcome())
	for _, line := range r.lines {
		w.must(!strings.Contains(line, `"panic"`), "%s panicked: %s", r.process, line)
	}
}
