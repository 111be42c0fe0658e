package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/shared/digest"
	"ongoing24so/shared/english"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A Status says whether both systems are in step, and whether everything runs.
type Status struct {
	Stack string    `json:"stack"`
	At    time.Time `json:"at"`
	// InStep reports that both systems agree as of the last success, and Healthy that everything runs.
	InStep    bool             `json:"inStep"`
	Healthy   bool             `json:"healthy"`
	Customers []CustomerStatus `json:"customers"`
	Troubles  []Trouble        `json:"troubles"` // newest first
	Alarms    []cloud.Alarm    `json:"alarms"`
	// NoAlarms says why the alarms could not be read.
	NoAlarms string `json:"noAlarms,omitempty"`
}

// A Trouble is something that a person should look at.
type Trouble struct {
	// Since is when it began, as far as that is known. Latest is when the newest of several records began.
	Since    time.Time      `json:"since,omitzero"`
	Latest   time.Time      `json:"latest,omitzero"`
	Customer string         `json:"customerId"`
	Process  naming.Process `json:"process,omitempty"`
	// What is blocked, unreadable, failed, late, not run, not paused, pause over, stuck, or the class of failures, such
	// as held.
	What   string `json:"what"`
	Reason string `json:"reason"`
	// Count is how many records it is about.
	Count int `json:"count,omitempty"`
	// Worth is what stuck orders are worth with VAT, by currency, as far as that is known.
	Worth digest.Worth `json:"worth,omitempty"`
	// Kind is the question that it answers with no.
	Kind TroubleKind `json:"kind"`

	// general is the reason without what is only this customer's: keys, counts, the names in commands. It is empty if
	// the reason has nothing of that.
	general string
}

// newestFirst compares by what began last of each.
func newestFirst(a, b Trouble) int {
	return cmp.Or(b.Latest, b.Since).Compare(cmp.Or(a.Latest, a.Since))
}

// A TroubleKind is one of two questions.
type TroubleKind string

// Stuck is the What of orders that are in the warehouse for too long.
const Stuck = "stuck"

// The kinds of trouble.
const (
	Records TroubleKind = "inStep"  // some records are not in step
	Runs    TroubleKind = "healthy" // something does not run
)

// A CustomerStatus is the state of one customer.
type CustomerStatus struct {
	ID        string          `json:"customerId"`
	Name      string          `json:"name"`
	State     string          `json:"state"`
	InStep    bool            `json:"inStep"`
	Healthy   bool            `json:"healthy"`
	Processes []ProcessStatus `json:"processes"`
	// Stuck is how many orders are in the warehouse for too long.
	Stuck int `json:"stuck"`
	// Usage is what was used of 24SevenOffice in this month; only in detail.
	Usage *state.MonthUsage `json:"office24Usage,omitempty"`
	// Pauses are those whose end is not over.
	Pauses []string `json:"pauses,omitempty"`

	troubles []Trouble
	notRun   []naming.Process
}

// A ProcessStatus is the state of one process of a customer.
type ProcessStatus struct {
	Process naming.Process `json:"process"`
	// State is on, off, paused, blocked or running.
	State string `json:"state"`
	// SucceededAt is the last success; RanAt and Outcome are those of the last run, as far as they were read.
	SucceededAt time.Time `json:"succeededAt,omitzero"`
	RanAt       time.Time `json:"ranAt,omitzero"`
	Outcome     string    `json:"outcome,omitempty"`
	// VerifiedAt is when the process last compared everything, as it does once a day.
	VerifiedAt time.Time `json:"verifiedAt,omitzero"`
	Failed     int       `json:"failed"`
	Held       int       `json:"held"`
}

// OldestSuccess is the oldest last success of the processes that are on.
func (c CustomerStatus) OldestSuccess() (oldest time.Time) {
	for _, p := range c.Processes {
		on := p.State == "on" || p.State == "running"
		if on && !p.SucceededAt.IsZero() && (oldest.IsZero() || p.SucceededAt.Before(oldest)) {
			oldest = p.SucceededAt
		}
	}
	return oldest
}

// Failures counts the records that are refused, and those that are held.
func (c CustomerStatus) Failures() (failed, held int) {
	for _, p := range c.Processes {
		failed, held = failed+p.Failed, held+p.Held
	}
	return failed, held
}

func (c *CustomerStatus) add(t Trouble) {
	t.Customer = c.ID
	c.troubles = append(c.troubles, t)
	c.InStep = c.InStep && t.Kind != Records
	c.Healthy = c.Healthy && t.Kind != Runs
}

// Status reports on one customer in detail, or on all of them if customer is "". Orders in the warehouse that are older
// than stuckAfter are stuck; 0 is what each customer's settings say.
func (r Reader) Status(ctx context.Context, customer string, stuckAfter time.Duration) (Status, error) {
	s := Status{Stack: r.Stack.Name, At: r.Stack.Now(), InStep: true, Healthy: true, Troubles: []Trouble{}}
	ids, err := r.ids(ctx, customer)
	if err != nil {
		return s, err
	}
	s.Customers, err = together(ctx, ids, func(ctx context.Context, id string) (CustomerStatus, error) {
		c, err := r.customerStatus(ctx, id, s.At, stuckAfter, customer != "")
		if errors.Is(err, state.ErrUnreadable) { // it is this customer's trouble, as in the daily mail
			c.add(Trouble{What: "unreadable", Kind: Runs, Reason: err.Error()})
			err = nil
		}
		return c, err
	})
	if err != nil {
		return s, err
	}
	for i := range s.Customers {
		c := &s.Customers[i]
		s.Troubles = append(s.Troubles, c.troubles...)
		s.InStep, s.Healthy = s.InStep && c.InStep, s.Healthy && c.Healthy
	}
	slices.SortStableFunc(s.Troubles, newestFirst)
	if s.Alarms, err = r.Stack.Alarms(ctx); err != nil {
		s.Alarms, s.NoAlarms = []cloud.Alarm{}, err.Error()
	}
	return s, nil
}

// Quiet reports that there is nothing to look at.
func (s Status) Quiet() bool { return len(s.Troubles)+len(s.Alarms) == 0 }

// Answer says yes, or no with how many customers have trouble of a kind, and the oldest. What has not run yet says
// nothing about records.
func (s Status) Answer(kind TroubleKind) string {
	customers, oldest, records, worth, any := map[string]bool{}, time.Time{}, 0, digest.Worth{}, false
	for _, t := range s.Troubles {
		if t.Kind != kind {
			continue
		}
		any, customers[t.Customer] = true, true
		records += t.Count
		worth = worth.Plus(t.Worth)
		if !t.Since.IsZero() && (oldest.IsZero() || t.Since.Before(oldest)) {
			oldest = t.Since
		}
	}
	if !any && kind == Records {
		return s.agreement()
	}
	if !any {
		return "yes"
	}
	said := "no: trouble of " + Count(len(customers), "customer")
	if kind == Records {
		said = "no: not carried over: " + Count(records, "record") + " of " + Count(len(customers), "customer")
	}
	if len(worth) > 0 {
		said += ", stuck orders" + worth.Text()
	}
	if !oldest.IsZero() {
		said += ", the oldest for " + Age(s.At, oldest)
	}
	return said
}

// agreement says how much is known if no record is known not to be in step.
func (s Status) agreement() string {
	never, stopped := 0, 0 // no run has succeeded yet, or nothing runs any more
	for _, c := range s.Customers {
		ran := slices.ContainsFunc(c.Processes, func(p ProcessStatus) bool { return !p.SucceededAt.IsZero() })
		switch {
		case c.Healthy || !c.OldestSuccess().IsZero():
		case ran:
			stopped++
		default:
			never++
		}
	}
	var why []string
	if never > 0 {
		why = append(why, "no run of "+Count(never, "customer")+" has succeeded yet")
	}
	if stopped > 0 {
		why = append(why, "nothing runs for "+Count(stopped, "customer"))
	}
	switch {
	case why == nil:
		return "yes"
	case never == len(s.Customers):
		return "not known: no run has succeeded yet"
	case stopped == len(s.Customers):
		return "not known: nothing runs; the reason is below"
	default:
		return "yes, as far as is known: " + strings.Join(why, "; ")
	}
}

// customerStatus reads the state of a customer. In detail, it also reads last runs that have succeeded.
func (r Reader) customerStatus(
	ctx context.Context, id string, at time.Time, stuckAfter time.Duration, inDetail bool,
) (CustomerStatus, error) {
	c := CustomerStatus{ID: id, InStep: true, Healthy: true, Processes: []ProcessStatus{}}
	item, err := r.Stack.SettingsOf(ctx, id)
	if err != nil {
		return c, err
	}
	pauses, err := r.Stack.Pauses(ctx, id)
	if err != nil {
		return c, err
	}
	marks, err := r.Stack.Marks(ctx, id)
	if err != nil {
		return c, err
	}
	failures, err := r.Stack.Failures(ctx, id)
	if err != nil {
		return c, err
	}
	if inDetail {
		used, err := r.Stack.Usage(ctx, id, at, marks)
		if err != nil {
			return c, err
		}
		c.Usage = &used
	}
	row := DescribeCustomer(r.Stack, item, pauses)
	c.Name, c.State = row.Name, row.State
	customer, blocked := r.Stack.Decode(item)
	loaded := settings.Loaded{ID: id, Customer: customer, Err: blocked}
	c.addPauses(loaded, pauses, at)
	failures = slices.DeleteFunc(failures, func(f cloud.Failure) bool {
		return f.Dismissed() || !digest.Concerns(loaded, f.Process)
	})
	c.addFailures(failures)
	if blocked != nil {
		since, err := r.blockedSince(ctx, id, item, marks)
		if err != nil {
			return c, err
		}
		problems := r.Stack.Problems(item)
		c.add(Trouble{
			Since: since, What: "blocked", Kind: Runs,
			Reason:  blocked.Error() + "; to correct it: " + Correction(id, problems),
			general: blocked.Error() + "; to correct it: " + Correction(anyCustomer, problems),
		})
	}
	for _, entry := range naming.Entries() {
		p := ProcessStatus{Process: entry.Process, State: processState(customer, blocked, pauses, entry.Process)}
		for _, f := range failures {
			switch {
			case f.Process != entry.Process:
			case f.Held():
				p.Held++
			default:
				p.Failed++
			}
		}
		m := marks[entry.Process]
		p.SucceededAt, p.RanAt = m.SucceededAt, m.StartedAt
		if p.State == "on" {
			if err := r.addRuns(ctx, &c, customer, &p, m, at, inDetail); err != nil {
				return c, err
			}
			cursor, err := r.Stack.Cursor(ctx, id, entry.Process)
			if err != nil {
				return c, err
			}
			p.VerifiedAt = cursor.VerifiedAt
		}
		c.Processes = append(c.Processes, p)
	}
	if len(c.notRun) > 0 {
		reason := ProcessText(c.notRun) + ": not run yet; to see what they will do: syncctl preview "
		c.add(Trouble{What: "not run", Kind: Runs, Reason: reason + id, general: reason + anyCustomer})
	}
	if blocked == nil && customer.ProcessEnabled(naming.Shipments) {
		return c, r.findStuck(ctx, &c, customer, stuckAfter, inDetail)
	}
	return c, nil
}

// Verified says how many of the processes that run have compared everything in the last day. A customer's first
// comparison is on its second day at the latest.
func (s Status) Verified() string {
	verified, all := 0, 0
	for _, c := range s.Customers {
		for _, p := range c.Processes {
			if p.State != "on" && p.State != "running" {
				continue
			}
			if all++; s.At.Sub(p.VerifiedAt) <= 24*time.Hour {
				verified++
			}
		}
	}
	return fmt.Sprintf("%d of %s %s compared everything in the last 24 hours",
		verified, Count(all, "process"), english.Choose(verified, "has", "have"))
}

// blockedSince returns since when the settings block a customer: since the last start of a process or, if none has ever
// started, since syncctl wrote the settings as they are. It is zero if somebody else did, which nobody has recorded.
func (r Reader) blockedSince(
	ctx context.Context, id string, item document.Item, marks map[naming.Process]cloud.Mark,
) (time.Time, error) {
	if last := lastStart(marks); !last.IsZero() {
		return last, nil
	}
	actions, err := r.Stack.Actions(ctx, id, mostActions)
	i := slices.IndexFunc(actions, func(a cloud.Action) bool { return a.Settings != "" }) // the newest
	if err != nil || i < 0 || actions[i].Settings != cloud.Fingerprint(item) {
		return time.Time{}, err
	}
	return actions[i].At, nil
}

// lastStart returns when a process of a customer ran last.
func lastStart(marks map[naming.Process]cloud.Mark) time.Time {
	all := map[naming.Process]state.Mark{}
	for process, m := range marks {
		all[process] = m.Mark
	}
	return digest.LastStart(all)
}

func processState(
	customer settings.Customer, blocked error, pauses map[string]cloud.Pause, process naming.Process,
) string {
	_, paused := pauses[string(process)]
	_, allPaused := pauses["customer"]
	switch {
	case blocked != nil:
		return "blocked"
	case customer.ProcessEnabled(process):
		return "on"
	case paused, allPaused && withSwitchOn(customer).ProcessEnabled(process):
		return "paused"
	default:
		return "off"
	}
}

// withSwitchOn returns the customer with the master switch on.
func withSwitchOn(c settings.Customer) settings.Customer {
	c.Enabled = true
	return c
}

// addPauses adds the pauses; those that are over, and those that are not carried out, are trouble.
func (c *CustomerStatus) addPauses(l settings.Loaded, pauses map[string]cloud.Pause, at time.Time) {
	for _, what := range slices.Sorted(maps.Keys(pauses)) {
		p := pauses[what]
		stored := state.CustomerPause{Process: p.Process, Reason: p.Reason, At: p.At, Until: p.Until}
		t, wrong := digest.OfPause(stored, l, at)
		switch {
		case !wrong:
			c.Pauses = append(c.Pauses, PauseText(at, p))
		case t.Kind == digest.NotPaused:
			reason := PauseText(at, p) + "; but it is switched on in the settings: syncctl customers resume "
			c.add(Trouble{
				Since: t.Since, Process: p.Process, What: "not paused", Kind: Runs,
				Reason: reason + c.ID, general: reason + anyCustomer,
			})
		default:
			reason := PauseText(at, p) + ": syncctl customers resume "
			c.add(Trouble{
				Since: t.Since, Process: p.Process, What: "pause over", Kind: Runs,
				Reason: reason + c.ID, general: reason + anyCustomer,
			})
		}
	}
}

// addFailures adds a trouble for each process, class and reason, which can be about many records: what the messages of
// several differ in is only the record.
func (c *CustomerStatus) addFailures(failures []cloud.Failure) {
	type group struct {
		process        naming.Process
		class, general string
	}
	of := map[group][]cloud.Failure{}
	var order []group
	for _, f := range failures { // newest first
		g := group{f.Process, f.Class, digest.GeneralRecord(c.ID, f.Key, f.Message)}
		same := func(o group) bool { // two products with one number name both
			return o.process == g.process && o.class == g.class && of[o][0].Message == f.Message
		}
		if i := slices.IndexFunc(order, same); i >= 0 {
			g = order[i]
		} else if of[g] == nil {
			order = append(order, g)
		}
		of[g] = append(of[g], f)
	}
	for _, g := range order {
		var keys []string
		newest, oldest := of[g][0], of[g][len(of[g])-1]
		reason, general := newest.Message, newest.Message
		for _, f := range of[g] {
			keys, general = append(keys, f.Key), digest.GeneralRecord(c.ID, f.Key, general)
			if f.Message != newest.Message {
				reason = g.general
			}
		}
		c.add(Trouble{
			Since: oldest.FirstAt, Latest: newest.FirstAt, Process: g.process, What: g.class, Count: len(keys),
			Kind: Records, Reason: ShortList(keys, 3) + ": " + WithRemedy(c.ID, reason),
			general: WithRemedy(anyCustomer, general),
		})
	}
}

// addRuns fills in how the process ran, and adds a trouble if there is one.
func (r Reader) addRuns(
	ctx context.Context, c *CustomerStatus, customer settings.Customer, p *ProcessStatus, m cloud.Mark, at time.Time,
	inDetail bool,
) error {
	if m.Running(at) {
		p.State = "running"
	}
	if digest.Fine(m.Mark, customer.Interval, at) && !inDetail {
		return nil
	}
	runs, err := r.Stack.Runs(ctx, c.ID, p.Process, 1)
	if err != nil {
		return err
	}
	var last state.LastRun
	if len(runs) > 0 {
		last = state.LastRun{StartedAt: runs[0].StartedAt, Outcome: string(runs[0].Outcome), Reason: runs[0].Reason}
		p.Outcome = last.Outcome
		if last.StartedAt.After(p.RanAt) { // a quiet run leaves no record, and one by hand no mark
			p.RanAt = last.StartedAt
		}
		if m.FirstStartedAt.IsZero() && m.StartedAt.IsZero() { // it was only run by hand
			if m.FirstStartedAt, err = r.Stack.FirstRunAt(ctx, c.ID, p.Process); err != nil {
				return err
			}
		}
	}
	t, wrong := digest.OfRuns(m.Mark, last, customer.Interval, at)
	if !wrong {
		return nil
	}
	if t.Kind == digest.NotRun {
		c.notRun = append(c.notRun, p.Process)
		return nil
	}
	what := map[digest.Kind]string{
		digest.Blocked: "blocked", digest.Failing: "failed", digest.Stopped: "late",
	}[t.Kind]
	since := ""
	if inDetail {
		if since, err = r.changedSince(ctx, c.ID, at, p.RanAt); err != nil {
			return err
		}
	}
	c.add(Trouble{
		Since: t.Since, Process: p.Process, What: what, Kind: Runs, Reason: WithRemedy(c.ID, t.Reason) + since,
		general: WithRemedy(anyCustomer, digest.General(c.ID, t.Reason)),
	})
	return nil
}

// changedSince says that somebody has changed with syncctl what can be the reason of a run's trouble, since it ran; ""
// if nobody has. Until the next run, a reason is that of the last one.
func (r Reader) changedSince(ctx context.Context, id string, at, ran time.Time) (string, error) {
	changed := map[string]string{
		"settings": "the settings were changed", "secret": "the secret was replaced", "move": "the customer was moved",
	}
	actions, err := r.Stack.Actions(ctx, id, mostActions)
	i := slices.IndexFunc(actions, func(a cloud.Action) bool { return changed[a.What] != "" }) // the newest
	if err != nil || i < 0 || !actions[i].At.After(ran) {
		return "", err
	}
	return fmt.Sprintf(sinceThatRun+"%s ago, %s: syncctl check %s says whether that helps",
		Age(at, actions[i].At), changed[actions[i].What], id), nil
}

// mostStuck is how many stuck orders of a customer are listed one by one.
const mostStuck = 20

// findStuck adds the orders that are in the warehouse longer than an age, or if that is 0, than the settings allow. The
// age counts from the delivery date if that is later. In detail, each is a trouble of its own.
func (r Reader) findStuck(
	ctx context.Context, c *CustomerStatus, customer settings.Customer, after time.Duration, inDetail bool,
) error {
	after = cmp.Or(after, customer.Shipments.StuckAfter)
	at := r.Stack.Now()
	open, err := r.Stack.OpenOrders(ctx, c.ID, at.Add(-after))
	if err != nil {
		return err
	}
	var stuck []state.OrderLink
	since := map[int]time.Time{}
	for _, l := range open {
		if began, waits := l.StuckSince(after, customer.Location); waits && !began.After(at) {
			stuck, since[l.OrderID] = append(stuck, l), began
		}
	}
	slices.SortStableFunc(stuck, func(a, b state.OrderLink) int {
		return since[a.OrderID].Compare(since[b.OrderID])
	})
	c.Stuck = len(stuck)
	if inDetail {
		for _, l := range stuck[:min(len(stuck), mostStuck)] {
			c.add(Trouble{
				Since: since[l.OrderID], Process: naming.Shipments, What: Stuck, Count: 1, Kind: Records,
				Worth: digest.WorthOf(l),
				Reason: fmt.Sprintf("order %d (%s in Ongoing) was sent %s ago and is not shipped%s: "+
					"syncctl explain %s order %d",
					l.OrderID, l.OrderNumber, Age(at, l.ImportedAt), digest.WorthOf(l).Text(), c.ID, l.OrderID),
			})
		}
		stuck = stuck[min(len(stuck), mostStuck):]
	}
	if len(stuck) == 0 {
		return nil
	}
	c.add(Trouble{
		Since: since[stuck[0].OrderID], Latest: since[stuck[len(stuck)-1].OrderID],
		Process: naming.Shipments, What: Stuck, Count: len(stuck), Kind: Records,
		Worth: digest.WorthOf(stuck...),
		Reason: fmt.Sprintf("%s not shipped%s; the oldest is %d: syncctl overview %s",
			Count(len(stuck), "order"), digest.WorthOf(stuck...).Text(), stuck[0].OrderID, c.ID),
		general: "not shipped: syncctl overview " + anyCustomer,
	})
	return nil
}

// Remedies are the commands that end a customer's trouble of runs, in one piece: a table folds them.
func (s Status) Remedies(shown string) (all []string) {
	if shown == "" {
		return nil
	}
	for _, t := range s.Troubles {
		i := strings.Index(t.Reason, "syncctl customers ")
		if t.Kind != Runs || i < 0 {
			continue
		}
		remedy, _, _ := strings.Cut(t.Reason[i:], sinceThatRun)
		if !slices.Contains(all, remedy) {
			all = append(all, remedy)
		}
	}
	return all
}

// sinceThatRun begins what was corrected since the run whose reason is shown.
const sinceThatRun = "; but since that run, "

// Closer is the commands that look closer at the newest trouble; "" if there is none. It never names the command that
// prints it: shown is the customer whose status it is, "" if it is that of all.
func (s Status) Closer(shown string) string {
	if len(s.Troubles) == 0 {
		return ""
	}
	if shown == "" {
		return "syncctl status " + s.Rows("")[0].Customers[0] // of the first row that is shown
	}
	var commands []string
	if slices.ContainsFunc(s.Troubles, func(t Trouble) bool { return t.Kind == Records && t.What != Stuck }) {
		commands = append(commands, "syncctl failures list "+shown, "syncctl explain "+shown+" order <number>")
	}
	if slices.ContainsFunc(s.Troubles, func(t Trouble) bool { return t.What == Stuck }) {
		commands = append(commands, "syncctl overview "+shown)
	}
	if slices.ContainsFunc(s.Troubles, func(t Trouble) bool { return t.Kind == Runs }) {
		commands = append(commands, "syncctl customers show "+shown, "syncctl history "+shown)
	}
	return strings.Join(slices.Compact(commands), ", ")
}
