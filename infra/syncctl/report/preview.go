package report

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/shared/english"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
)

// A Preview is what runs would write.
type Preview struct {
	Customer string    `json:"customerId"`
	At       time.Time `json:"at"`
	// Settings are those that counted instead of the customer's, by path.
	Settings map[string]any `json:"settings,omitempty"`
	Runs     []Run          `json:"runs"`
	// Follows says what other processes do because of these runs, which no dry run can show before they are made.
	Follows []string `json:"follows,omitempty"`
	// Effects say what the other settings do, a process each. Without other settings there are none.
	Effects []Effect `json:"effects,omitempty"`
}

// An Effect is what other settings do to what a process would write: the difference of two dry runs, both of which
// compare everything unless some records are named.
type Effect struct {
	Process naming.Process `json:"process"`
	// Enters are changes that are made only under the other settings, Leaves those that are made only under the present
	// ones, and Differs those that are other ones, as they would be.
	Enters  []runner.Change `json:"enters"`
	Leaves  []runner.Change `json:"leaves"`
	Differs []runner.Change `json:"differs"`
	// Stops are records that are held or rejected only under the other settings, and Frees those that are so only under
	// the present ones.
	Stops []runner.Problem `json:"stops"`
	Frees []runner.Problem `json:"frees"`
	// Before and After have the counts and reasons, and no changes.
	Before Run `json:"before"`
	After  Run `json:"after"`
}

// Same reports that the other settings do nothing that can be seen.
func (e Effect) Same() bool {
	counts := func(r Run) [4]int { return [4]int{r.Read, r.Planned, r.Unchanged, r.Skipped} }
	return len(e.Enters)+len(e.Leaves)+len(e.Differs)+len(e.Stops)+len(e.Frees) == 0 &&
		counts(e.Before) == counts(e.After) && e.Before.Outcome == e.After.Outcome && e.Looked()
}

// Looked reports whether both dry runs have compared records. If not, nothing is known of what the settings do.
func (e Effect) Looked() bool { return e.Before.Looked() && e.After.Looked() }

// Preview makes dry runs of processes as an event says. With other settings, it makes two of each and compares them.
func (r Reader) Preview(ctx context.Context, processes []naming.Process, event cloud.Event) (Preview, error) {
	p := Preview{Customer: event.Customers[0], At: r.Stack.Now(), Settings: event.Settings}
	event.DryRun = true
	if event.Settings == nil {
		var err error
		p.Runs, err = r.Invoke(ctx, processes, event)
		return p, err
	}
	event.Full = len(event.Keys) == 0 && event.Since == ""
	present := event
	present.Settings = nil
	for _, process := range processes {
		before, err := r.Invoke(ctx, []naming.Process{process}, present)
		if err != nil {
			return p, err
		}
		after, err := r.Invoke(ctx, []naming.Process{process}, event)
		if err != nil {
			return p, err
		}
		if len(before) != 1 || len(after) != 1 {
			return p, fmt.Errorf("function of %s: its answer has no row of customer %s", process, p.Customer)
		}
		p.Runs = append(p.Runs, after[0])
		p.Effects = append(p.Effects, effect(before[0], after[0]))
	}
	return p, nil
}

// NeedsLook reports whether a person should look at the preview: it shows a change, or with other settings a
// difference.
func (p Preview) NeedsLook() bool {
	if len(p.Effects) > 0 {
		return slices.ContainsFunc(p.Effects, func(e Effect) bool { return !e.Same() })
	}
	return slices.ContainsFunc(p.Runs, Run.NeedsLook)
}

// Follows says what other processes do because of what these dry runs would create. No dry run of theirs can show it
// before.
func Follows(c settings.Customer, runs []Run) []string {
	creates := func(process naming.Process) bool {
		i := slices.IndexFunc(runs, func(r Run) bool { return r.Process == process })
		return i >= 0 && (runs[i].ChangesOmitted > 0 ||
			slices.ContainsFunc(runs[i].Changes, func(c runner.Change) bool { return c.Action == plan.Create }))
	}
	const figure = "the figure of %s in 24SevenOffice to what Ongoing has, which is 0 until goods are counted or " +
		"received there"
	var all []string
	stock := c.ProcessEnabled(naming.Stock)
	if creates(naming.SalesOrders) {
		said := "if an order needs an article that is missing, salesorders creates the article first"
		if stock {
			said += "; stock then sets " + fmt.Sprintf(figure, "that article")
		}
		all = append(all, said)
	}
	if stock && takesOver(runs) {
		all = append(all, "articles takes over articles that Ongoing has already; stock then sets "+
			fmt.Sprintf(figure, "each of them"))
	}
	if creates(naming.Articles) && stock {
		all = append(all, "in its next comparison of everything, "+
			fmt.Sprintf("%d h after the last at most, stock sets ", int(c.Stock.FullSweep.Hours()))+
			fmt.Sprintf(figure, "each new article"))
	}
	if creates(naming.Articles) && c.ProcessEnabled(naming.Suppliers) {
		all = append(all, "in its next run, suppliers writes the supplier of each new article")
	}
	return all
}

// takesOver reports whether an article that is there already gets the code of its product, by which stock knows it.
func takesOver(runs []Run) bool {
	return slices.ContainsFunc(runs, func(r Run) bool {
		return r.Process == naming.Articles && slices.ContainsFunc(r.Changes, func(c runner.Change) bool {
			return c.Action == plan.Update && slices.ContainsFunc(c.Fields, func(f plan.Field) bool {
				return f.Field == "productCode" && f.Old == ""
			})
		})
	})
}

func effect(before, after Run) Effect {
	e := Effect{
		Process: after.Process, Before: before, After: after,
		Enters: []runner.Change{}, Leaves: []runner.Change{}, Differs: []runner.Change{},
		Stops: onlyIn(after, before), Frees: onlyIn(before, after),
	}
	was := map[string]runner.Change{}
	for _, c := range before.Changes {
		was[c.Key] = c
	}
	for _, c := range after.Changes {
		old, planned := was[c.Key]
		switch {
		case !planned:
			e.Enters = append(e.Enters, c)
		case old.Fingerprint != c.Fingerprint:
			e.Differs = append(e.Differs, c)
		}
		delete(was, c.Key)
	}
	for _, key := range slices.Sorted(maps.Keys(was)) {
		e.Leaves = append(e.Leaves, was[key])
	}
	e.Before.Changes, e.After.Changes, e.Before.Problems, e.After.Problems = nil, nil, nil, nil
	return e
}

// onlyIn returns the problems of a run that another one does not have. A record that failed before and would be written
// is not one: its failure record is still there.
func onlyIn(r, other Run) []runner.Problem {
	has := func(r Run, key string) bool {
		return slices.ContainsFunc(r.Problems, func(p runner.Problem) bool { return p.Key == key }) &&
			!slices.ContainsFunc(r.Changes, func(c runner.Change) bool { return c.Key == key })
	}
	only := []runner.Problem{}
	for _, p := range r.Problems {
		if has(r, p.Key) && !has(other, p.Key) {
			only = append(only, p)
		}
	}
	return only
}

// A Plan is a preview that can be carried out: exactly these changes, and no other.
type Plan struct {
	Stack    string    `json:"stack"`
	Customer string    `json:"customerId"`
	At       time.Time `json:"at"`
	// Settings are those that the changes need and that the customer did not have.
	Settings  map[string]any `json:"settings,omitempty"`
	Processes []PlannedRun   `json:"processes"`
}

// A PlannedRun is what a process does.
type PlannedRun struct {
	Process naming.Process `json:"process"`
	// Full means that the records are compared with what is in the other system.
	Full    bool            `json:"full,omitempty"`
	Changes []runner.Change `json:"changes"`
}

// Event returns the event that makes the changes.
func (p PlannedRun) Event(customer string) cloud.Event {
	e := cloud.Event{Customers: []string{customer}, Full: p.Full, Plan: map[string]string{}}
	for _, c := range p.Changes {
		e.Plan[c.Key] = c.Fingerprint
	}
	return e
}

// Plan returns the plan of a preview, which was made for an event. It returns an error if the functions could not show
// all changes.
func (r Reader) Plan(p Preview, event cloud.Event) (Plan, error) {
	plan := Plan{Stack: r.Stack.Name, Customer: p.Customer, At: p.At, Settings: p.Settings, Processes: []PlannedRun{}}
	full := event.Full || p.Settings != nil && len(event.Keys) == 0 && event.Since == ""
	for _, run := range p.Runs {
		if run.ChangesOmitted > 0 {
			return plan, fmt.Errorf("%s would make %s, %d of which %s not fit into an answer; plan fewer with "+
				"--keys or --since", run.Process, Count(run.Planned, "change"), run.ChangesOmitted,
				english.Choose(run.ChangesOmitted, "does", "do"))
		}
		if len(run.Changes) > 0 {
			plan.Processes = append(plan.Processes, PlannedRun{run.Process, full, run.Changes})
		}
	}
	return plan, nil
}

// Count is the number of changes.
func (p Plan) Count() (n int) {
	for _, run := range p.Processes {
		n += len(run.Changes)
	}
	return n
}
