package model

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/runner"
)

// A run is one invocation of a function, seen from outside.
type run struct {
	process naming.Process
	set     preferences
	dry     bool
	trouble trouble

	calls, writes int // so far, of all three services
	vendorWrites  int // calls that write, attempted at either vendor
	killed        bool
	kill          func() // ends the process that the run is in
	// touched and touchedProducts were changed or removed by people during the run.
	touched         []office24.OrderID
	touchedProducts []office24.ProductID
	row             *runner.Row
	err             error
	lines           []string
}

// invoke runs a function and judges the run.
func (w *world) invoke(process naming.Process, event map[string]any, t trouble) *run {
	r := &run{process: process, set: w.set.clone(), dry: event["dryRun"] == true, trouble: t}
	payload, err := json.Marshal(event)
	if err != nil {
		panic(err) // the model's own event
	}
	w.run = r
	w.hookDynamoDB(nil)
	if t.fault != nil {
		t.fault(w)
	}
	invoke := w.invokeHere
	if t.killAt > 0 {
		invoke = w.invokeApart
	}
	elsewhere := w.elsewhere()
	w.running.Store(true)
	w.mu.Unlock()
	result, lines, err := invoke(process, payload)
	if t.killAt > 0 {
		w.waitForLateCalls()
	}
	w.mu.Lock()
	w.run = nil
	w.running.Store(false)
	w.env.Office24.ClearFaults()
	w.env.Ongoing.ClearFaults()
	w.env.DynamoDB.ClearFaults()
	r.lines, r.err = lines, err
	for _, row := range result.Customers {
		r.row = &row
	}
	w.judge(r)
	w.judgeElsewhere(elsewhere)
	word, _, _ := strings.Cut(r.outcome(), ":")
	word, _, _ = strings.Cut(word, ",")
	counted.add("run: " + string(process) + " " + word)
	return r
}

// waitForLateCalls waits for the calls that a process had sent when it was killed: they belong to its run.
func (w *world) waitForLateCalls() {
	const quiet = 30 * time.Millisecond
	for {
		wait := quiet - time.Since(time.Unix(0, w.lastCall.Load()))
		if wait <= 0 {
			return
		}
		time.Sleep(wait)
	}
}

// before is called by a service when a call of a run arrives.
func (w *world) before(system, what string, writes bool) {
	if !w.running.Load() {
		return
	}
	w.lastCall.Store(time.Now().UnixNano())
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.run
	if r == nil || r.killed {
		return
	}
	r.calls++
	if writes && system != "DynamoDB" {
		r.vendorWrites++
	}
	if r.trouble.intervene != nil && r.calls == r.trouble.interveneAt && system != "Ongoing" {
		intervene := r.trouble.intervene
		r.trouble.intervene = nil
		w.tracef("during the run, before %s", what)
		intervene()
	}
}

// after is called by a service when a call has taken effect, before it is answered.
func (w *world) after(what string, writes bool) {
	if !w.running.Load() || !writes {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.run
	if r == nil {
		return
	}
	w.observe(byUs)
	if record, put := strings.CutPrefix(what, "PutItem "); put {
		w.recordStored(record)
	}
	if r.killed {
		return
	}
	if r.writes++; r.writes == r.trouble.killAt {
		r.killed = true
		w.tracef("killed after %s", what)
		r.kill()
	}
}

// outcome describes the end of the run for the trace.
func (r *run) outcome() string {
	switch {
	case r.killed:
		return "killed"
	case r.err != nil:
		return r.err.Error()
	case r.row == nil:
		return "no row"
	}
	text := string(r.row.Outcome)
	if r.row.Written > 0 {
		text += fmt.Sprintf(", %d written", r.row.Written)
	}
	if r.row.Reason != "" {
		text += ": " + r.row.Reason
	}
	return text
}
