package model

import (
	"context"
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

	calls, writes int // that came by so far, of all three services
	vendorWrites  int // calls that write, attempted at either vendor
	killed        bool
	touched       []office24.OrderID // by people, while it ran
	row           *runner.Row
	result        runner.Result
	err           error
	lines         []string
}

// invoke runs a function. A run that lies within another one's call is quiet: nothing happens to it.
func (w *world) invoke(process naming.Process, event map[string]any, t trouble) *run {
	outer := w.run
	r := &run{process: process, set: w.set.clone(), dry: event["dryRun"] == true, trouble: t}
	w.run = r
	if outer == nil {
		w.dynamo(nil)
		if t.fault != nil {
			t.fault(w)
		}
	}
	w.running.Store(true)
	w.mu.Unlock()
	answer, err := w.functions[process].Invoke(context.Background(), event, time.Minute)
	w.mu.Lock()
	w.run = outer
	w.running.Store(outer != nil)
	if outer == nil {
		w.bed.Office24.ClearFaults()
		w.bed.Ongoing.ClearFaults()
		w.bed.DynamoDB.ClearFaults()
	}
	r.lines, r.err = answer.Lines, err
	if err == nil {
		if err := json.Unmarshal(answer.Payload, &r.result); err != nil {
			r.err = err
		}
		for _, row := range r.result.Customers {
			r.row = &row
		}
	}
	w.judge(r)
	word, _, _ := strings.Cut(r.outcome(), ":")
	word, _, _ = strings.Cut(word, ",")
	counted.add("run: " + string(process) + " " + word)
	return r
}

// before is called by a service when a call of a run has arrived.
func (w *world) before(system, what string, writes bool) {
	if !w.running.Load() {
		return
	}
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
	if r.trouble.meanwhile != nil && r.calls == r.trouble.actAt && system != "Ongoing" {
		act := r.trouble.meanwhile
		r.trouble.meanwhile = nil
		w.say("meanwhile, before %s", what)
		act()
	}
}

// after is called when a call has taken effect, before it is answered.
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
	w.observe(api)
	if record, put := strings.CutPrefix(what, "PutItem "); put {
		w.noted(record)
	}
	if r.killed {
		return
	}
	if r.writes++; r.writes == r.trouble.killAt {
		r.killed = true
		w.say("killed behind %s", what)
		w.functions[r.process].Kill()
	}
}

// outcome is a word for the trace.
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
