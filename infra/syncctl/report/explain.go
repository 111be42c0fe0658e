package report

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/list"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A Subject is a record that a person asks about.
type Subject struct {
	Customer string
	// Kind is order, product or supplier, and Name its id in 24SevenOffice, or its number; see Keys.
	Kind, Name string
}

// An Explanation says why a record is as it is. It comes from the state table and live from the functions, which look
// at this record alone in both systems.
type Explanation struct {
	Customer string    `json:"customerId"`
	Kind     string    `json:"kind"`
	Key      int       `json:"key"`
	At       time.Time `json:"at"`
	Verdict  string    `json:"verdict"`
	// Good means that nothing is left to do for a person.
	Good bool `json:"good"`
	// Facts say how the record is in 24SevenOffice, in Ongoing WMS and in the state table.
	Facts []runner.Fact `json:"facts"`
	// Tree are the lines of the order with its rest orders and back orders.
	Tree []string `json:"tree,omitempty"`
	// Decisions say what each process does with the record, and which rule and setting decided.
	Decisions []Decision `json:"decisions"`
	Failures  []Failure  `json:"failures"`
	// Dismissals say who dismissed which of the failures, and why.
	Dismissals []cloud.Action  `json:"dismissals"`
	DryRuns    []Run           `json:"dryRuns"`
	Marks      map[string]Mark `json:"processes"`
	// Next is the command that a person needs next.
	Next string `json:"next"`

	// missing means that the record does not exist in 24SevenOffice.
	missing bool
	// deleted is the number in Ongoing of an open order that does not exist in 24SevenOffice any more.
	deleted  string
	customer settings.Customer
	pauses   map[string]cloud.Pause
}

// A Decision is what a process does with a record. Verdict is one of those of package runner.
type Decision struct {
	Process naming.Process `json:"process"`
	Key     string         `json:"key"`
	Verdict string         `json:"verdict"`
	Reason  string         `json:"reason"`
	// Setting is the setting that decided, if one did.
	Setting string `json:"setting,omitempty"`
}

// Text is the reason with the setting.
func (d Decision) Text() string {
	if d.Setting == "" {
		return d.Reason
	}
	return d.Reason + " (" + d.Setting + ")"
}

// A Mark says when a process ran last, and when it runs again.
type Mark struct {
	State       string    `json:"state"`
	SucceededAt time.Time `json:"succeededAt,omitzero"`
	RunAt       time.Time `json:"runAt,omitzero"`
	RunID       string    `json:"runId,omitempty"`
	// NextAt is the tick at which it runs next, if it is on.
	NextAt time.Time `json:"nextAt,omitzero"`
}

// Explain explains a record of a customer.
func (r Reader) Explain(ctx context.Context, s Subject) (Explanation, error) {
	e := Explanation{
		Customer: s.Customer, Kind: s.Kind, At: r.Stack.Now(), Facts: []runner.Fact{},
		Failures: []Failure{}, Dismissals: []cloud.Action{}, DryRuns: []Run{},
		Marks: map[string]Mark{}, Decisions: []Decision{},
	}
	item, err := r.Stack.SettingsOf(ctx, s.Customer)
	if err != nil {
		return e, err
	}
	if item == nil {
		return e, fmt.Errorf("there is no customer %s in stack %s", s.Customer, r.Stack.Name)
	}
	if e.customer, err = r.Stack.Decode(item); err != nil {
		e.Verdict = fmt.Sprintf("%s %s is not looked at: customer %s is blocked: %v", s.Kind, s.Name, s.Customer, err)
		e.Next = Correction(s.Customer, r.Stack.Problems(item))
		return e, nil
	}
	keys, err := r.Keys(ctx, s.Customer, keyedBy[s.Kind], []string{s.Name})
	if err != nil {
		return e, err
	}
	if e.Key, err = strconv.Atoi(keys[0]); err != nil {
		return e, err
	}
	return e, r.gather(ctx, s, &e)
}

// keyedBy is a process for which the key of a kind of record is its id in 24SevenOffice.
var keyedBy = map[string]naming.Process{
	"order": naming.SalesOrders, "product": naming.Articles, "supplier": naming.Suppliers,
}

// gather reads what is known of the record, asks the functions, and decides on the verdict.
func (r Reader) gather(ctx context.Context, c Subject, e *Explanation) error {
	key := strconv.Itoa(e.Key)
	keys := map[naming.Process]string{}
	var judge func() (string, bool)
	switch c.Kind {
	case "order":
		var link state.OrderLink
		var err error
		if _, err = r.Stack.Link(ctx, c.Customer, "order#"+key, &link); err != nil {
			return err
		}
		keys[naming.SalesOrders] = key
		if link.OngoingID != 0 {
			keys[naming.Shipments] = link.OrderNumber
		}
		if e.Tree, err = r.orderTree(ctx, c.Customer, e.Key, link); err != nil {
			return err
		}
		judge = func() (string, bool) { return e.orderVerdict(e.Key, link) }
	case "product":
		var link state.ArticleLink
		known, err := r.Stack.Link(ctx, c.Customer, "article#"+key, &link)
		if err != nil {
			return err
		}
		keys[naming.Articles] = key
		if known {
			keys[naming.Stock] = key
		}
		judge = func() (string, bool) { return e.simpleVerdict("product "+key, "article "+link.ArticleNumber, known) }
	default:
		var link state.SupplierLink
		known, err := r.Stack.Link(ctx, c.Customer, "supplier#"+key, &link)
		if err != nil {
			return err
		}
		keys[naming.Suppliers] = key
		judge = func() (string, bool) {
			if link.Waiting {
				return "supplier " + key + " waits for an article: no product names it yet", true
			}
			return e.simpleVerdict("supplier "+key, "supplier data of its articles", known)
		}
	}
	if err := r.askFunctions(ctx, e, keys); err != nil {
		return err
	}
	e.Verdict, e.Good = judge()
	if len(e.Failures) > 0 && e.Failures[0].Dismissed() {
		e.Good = true // a person has decided
	}
	e.Next = e.next(c.Customer)
	return nil
}

// next is the command that a person needs next.
func (e *Explanation) next(customer string) string {
	if e.deleted != "" {
		return fmt.Sprintf("let the warehouse cancel %s; to have that done for all such orders: "+
			"syncctl customers set %s salesOrders.cancelWithdrawn=true", e.deleted, customer)
	}
	if e.missing {
		return fmt.Sprintf("check the number: %s %d does not exist in 24SevenOffice", e.Kind, e.Key)
	}
	if len(e.Failures) > 0 && e.Failures[0].Dismissed() {
		f := e.Failures[0]
		return fmt.Sprintf("to have it written after all: syncctl failures retry %s --process %s --keys %s",
			customer, f.Process, f.Key)
	}
	if len(e.Failures) > 0 && !e.isOvercome(e.Failures[0]) {
		f := e.Failures[0]
		if f.Process == naming.Stock && f.Held() {
			return fmt.Sprintf("if the quantities are right: syncctl resync %s stock --keys %s", customer, f.Key)
		}
		correct := "correct that"
		if method := unlistedMethod.FindStringSubmatch(f.Message); method != nil {
			correct = fmt.Sprintf("syncctl customers set %s %s", customer,
				Form("salesOrders.deliveryMethods."+method[1]+".code"))
		}
		return fmt.Sprintf("%s, then: syncctl failures retry %s --process %s --keys %s",
			correct, customer, f.Process, f.Key)
	}
	for _, r := range e.DryRuns {
		switch {
		case r.Outcome == runner.Failed:
			return "nothing to do here: the next run goes on when the other system answers"
		case r.Outcome == runner.Blocked:
			full := WithRemedy(customer, r.Reason)
			if i := strings.Index(full, "syncctl customers "); i >= 0 {
				return full[i:]
			}
			return fmt.Sprintf("syncctl customers show %s", customer)
		case len(r.Changes) > 0:
			return fmt.Sprintf("wait for the next run, or: syncctl resync %s %s --keys %s",
				customer, r.Process, r.Changes[0].Key)
		}
	}
	for _, d := range e.Decisions {
		if d.Verdict == runner.VerdictHeld || d.Verdict == runner.VerdictFailed {
			return "correct that; the next run that reads it writes it"
		}
	}
	for _, d := range e.Decisions {
		if d.Verdict == runner.VerdictLeftAlone && d.Setting != "" && !e.Good {
			return fmt.Sprintf("if the setting is wrong: syncctl preview %s %s --with '%s'",
				customer, d.Process, Form(d.Setting))
		}
	}
	switch {
	case !e.Good && len(e.pauses) > 0:
		return fmt.Sprintf("syncctl customers resume %s", customer)
	case !e.Good:
		return fmt.Sprintf("syncctl customers show %s --all", customer)
	default:
		return fmt.Sprintf("syncctl history %s", customer)
	}
}

// unlistedMethod finds the delivery method that the settings do not list.
var unlistedMethod = regexp.MustCompile(`^delivery method (\d+) is not listed`)

// addFacts adds facts, each once: two processes can say the same.
func (e *Explanation) addFacts(facts []runner.Fact) {
	for _, f := range facts {
		if !slices.Contains(e.Facts, f) {
			e.Facts = append(e.Facts, f)
		}
	}
}

// askFunctions reads the failures of the record, and asks each process that is on how it is.
func (r Reader) askFunctions(ctx context.Context, e *Explanation, keys map[naming.Process]string) error {
	s, customer := r.Stack, e.Customer
	failures, err := s.Failures(ctx, customer)
	if err != nil {
		return err
	}
	dismissals, err := r.dismissals(ctx, customer)
	if err != nil {
		return err
	}
	marks, err := s.Marks(ctx, customer)
	if err != nil {
		return err
	}
	if e.pauses, err = s.Pauses(ctx, customer); err != nil {
		return err
	}
	for _, entry := range naming.Entries() {
		key, concerned := keys[entry.Process]
		if !concerned {
			continue
		}
		for _, f := range failures {
			if f.Process != entry.Process || f.Key != key {
				continue
			}
			withTick, err := r.withTicks(ctx, customer, []cloud.Failure{f})
			if err != nil {
				return err
			}
			e.Failures = append(e.Failures, withTick...)
			if did, known := newestDismissal(dismissals, f); known && f.Dismissed() {
				e.Dismissals = append(e.Dismissals, did)
			}
		}
		if !e.customer.ProcessEnabled(entry.Process) {
			off := e.mark(entry.Process, marks[entry.Process])
			off.State, off.NextAt = e.whyOff(entry.Process), time.Time{}
			e.Marks[string(entry.Process)] = off
			continue
		}
		e.Marks[string(entry.Process)] = e.mark(entry.Process, marks[entry.Process])
		event := cloud.Event{Customers: []string{customer}, Explain: true, Keys: []string{key}}
		runs, err := r.Invoke(ctx, []naming.Process{entry.Process}, event)
		if err != nil {
			return err
		}
		for _, run := range runs {
			for _, x := range run.Explanations {
				e.addFacts(x.Facts)
				e.Decisions = append(e.Decisions, Decision{entry.Process, x.Key, x.Verdict, x.Reason, x.Setting})
			}
			run.Explanations = nil
			e.DryRuns = append(e.DryRuns, run)
		}
	}
	return nil
}

// mark says when a process ran, and when it runs again.
func (e *Explanation) mark(process naming.Process, m cloud.Mark) Mark {
	return Mark{
		State: "on", SucceededAt: m.SucceededAt, RunAt: m.StartedAt, RunID: m.RunID,
		NextAt: nextRun(process, m, e.customer.Interval, e.At),
	}
}

// decision returns what a process does with the record; the zero Decision if it was not asked.
func (e *Explanation) decision(process naming.Process) Decision {
	i := slices.IndexFunc(e.Decisions, func(d Decision) bool { return d.Process == process })
	if i < 0 {
		return Decision{}
	}
	return e.Decisions[i]
}

// whyOff says that a process is off, and why if it is paused.
func (e *Explanation) whyOff(process naming.Process) string {
	for _, what := range []string{"customer", string(process)} {
		if p, paused := e.pauses[what]; paused {
			return "off: " + PauseText(e.At, p)
		}
	}
	return "off"
}

func (e *Explanation) dryRun(process naming.Process) (Run, bool) {
	i := slices.IndexFunc(e.DryRuns, func(r Run) bool { return r.Process == process })
	if i < 0 {
		return Run{}, false
	}
	return e.DryRuns[i], true
}

// isOvercome reports whether the reason of a failure is gone: a run would not refuse the record any more.
func (e *Explanation) isOvercome(f Failure) bool {
	r, asked := e.dryRun(f.Process)
	return asked && r.Outcome == runner.OK && !f.Dismissed()
}

// trouble returns what the failures and the dry runs say is wrong, "" if nothing is.
func (e *Explanation) trouble(what string) string {
	if len(e.Failures) > 0 && !e.isOvercome(e.Failures[0]) {
		f, verb := e.Failures[0], "is rejected"
		switch {
		case f.Dismissed():
			did, known := newestDismissal(e.Dismissals, f.Failure)
			return fmt.Sprintf("%s is not written by %s: it was dismissed %s. It is tried again if it changes; before "+
				"that it was: %s", what, f.Process, DismissalText(e.At, f.Failure, did, known), f.Message)
		case f.Held():
			verb = "is held"
		}
		return fmt.Sprintf("%s %s by %s for %s, after %s: %s",
			what, verb, f.Process, Age(e.At, f.FirstAt), Count(f.Attempts, "attempt"),
			WithRemedy(e.Customer, f.Message))
	}
	for _, r := range e.DryRuns {
		if r.Outcome == runner.Blocked || r.Outcome == runner.Failed {
			is := "is blocked"
			if r.Outcome == runner.Failed {
				is = "fails"
			}
			return fmt.Sprintf("%s cannot be looked at: %s %s: %s", what, r.Process, is,
				WithRemedy(e.Customer, r.Reason))
		}
	}
	for _, d := range e.Decisions {
		switch d.Verdict {
		case runner.VerdictHeld:
			return fmt.Sprintf("%s would be held by %s: %s", what, d.Process, d.Text())
		case runner.VerdictFailed:
			return fmt.Sprintf("%s would be rejected by %s: %s", what, d.Process, d.Text())
		}
	}
	return ""
}

// planned returns what a run would do now, "" if nothing.
func (e *Explanation) planned(process naming.Process) plan.Action {
	r, ran := e.dryRun(process)
	if !ran || len(r.Changes) == 0 {
		return ""
	}
	return r.Changes[0].Action
}

// due says when a process makes a change. What is linked may have changed where no vendor announces it: then only a run
// that compares everything finds it.
func due(process naming.Process, action plan.Action, linked bool) string {
	if linked {
		return fmt.Sprintf("%s will %s it in its next run if the change was announced, "+
			"else in its next comparison of everything", process, action)
	}
	return fmt.Sprintf("the next run of %s will %s it", process, action)
}

// simpleVerdict is that of a product or a supplier.
func (e *Explanation) simpleVerdict(what, where string, known bool) (string, bool) {
	if wrong := e.trouble(what); wrong != "" {
		return wrong, false
	}
	for _, r := range e.DryRuns {
		switch {
		case r.Read == 0 && len(r.Notes) > 0:
			e.missing = r.Process != naming.Stock
			return what + ": " + strings.Join(r.Notes, "; "), false
		case len(r.Changes) > 0:
			return fmt.Sprintf("%s differs; %s", what, due(r.Process, r.Changes[0].Action, known)), true
		}
	}
	for _, d := range e.Decisions {
		if d.Verdict == runner.VerdictLeftAlone {
			return fmt.Sprintf("%s is left alone by %s: %s", what, d.Process, d.Text()), true
		}
	}
	switch {
	case len(e.DryRuns) == 0:
		return what + " is not looked at: every process that it concerns is off", false
	case known:
		return what + " is in step: " + where, true
	default:
		return what + " needs nothing", true
	}
}

// orderVerdict is that of an order.
func (e *Explanation) orderVerdict(id int, l state.OrderLink) (string, bool) {
	what := fmt.Sprintf("order %d", id)
	r, ran := e.dryRun(naming.SalesOrders)
	missing := ran && r.Read == 0 && len(r.Notes) > 0
	inWarehouse, number := l.OngoingID != 0, e.orderNumber(l)
	if wrong := e.trouble(what); wrong != "" {
		return wrong, false
	}
	switch {
	case missing && !inWarehouse:
		e.missing = true
		return what + " is not in the warehouse: " + strings.Join(r.Notes, "; "), false
	case !l.CancelledAt.IsZero():
		return fmt.Sprintf("%s was cancelled in Ongoing %s ago", what, Age(e.At, l.CancelledAt)), true
	case !l.ShippedAt.IsZero():
		return fmt.Sprintf("%s was shipped and set to %s in 24SevenOffice %s ago",
			what, e.customer.Shipments.Status.Name(), Age(e.At, l.ShippedAt)), true
	case e.planned(naming.Shipments) != "":
		return fmt.Sprintf("%s is shipped in Ongoing; the next run of shipments reports it", what), true
	case inWarehouse && e.planned(naming.SalesOrders) != "":
		return fmt.Sprintf("%s is in Ongoing as %s and differs; %s", what, number,
			due(naming.SalesOrders, e.planned(naming.SalesOrders), true)), true
	case inWarehouse && missing:
		e.deleted = number
		return fmt.Sprintf("%s is in Ongoing as %s, but it was deleted in 24SevenOffice, and the warehouse "+
			"still has it", what, number), false
	case inWarehouse:
		if d := e.decision(naming.SalesOrders); d.Setting == "salesOrders.cancelWithdrawn" {
			return fmt.Sprintf("%s is in Ongoing as %s, but %s", what, number, d.Reason), false
		} else if d.Verdict == runner.VerdictLeftAlone && d.Setting == "" && l.RestOrder == nil {
			return fmt.Sprintf("%s was sent to Ongoing as %s; %s", what, number, d.Reason), true
		}
		said := fmt.Sprintf("%s is in Ongoing as %s for %s, and is not shipped yet",
			what, number, Age(e.At, l.ImportedAt))
		if d := e.decision(naming.Shipments); d.Verdict == runner.VerdictLeftAlone {
			said += ": " + d.Text()
		}
		return said, true
	case !ran:
		return what + " is not in the warehouse: salesorders is " + e.whyOff(naming.SalesOrders), false
	case e.planned(naming.SalesOrders) != "":
		if e.customer.Preview {
			return what + " is not in the warehouse: the customer is in preview; live, the next run would send it", true
		}
		return what + " is not in the warehouse yet; the next run of salesorders sends it", true
	default:
		return what + " is not in the warehouse and is not sent: " + e.decision(naming.SalesOrders).Text(), false
	}
}

// orderNumber returns an order's number in Ongoing; somebody can have given it another one than it was sent with.
func (e *Explanation) orderNumber(l state.OrderLink) string {
	for _, f := range e.Facts {
		now, _, its := strings.Cut(f.Value, fmt.Sprintf(" (id %d)", l.OngoingID))
		if f.Where == runner.InOngoing && its && now != l.OrderNumber {
			return fmt.Sprintf("%s (sent as %s)", now, l.OrderNumber)
		}
	}
	return l.OrderNumber
}

// mostOrders is how many rest orders of rest orders a tree shows.
const mostOrders = 10

// orderTree shows the order with its rest orders, from the first order of all; nothing if there is only one.
func (r Reader) orderTree(ctx context.Context, customer string, id int, l state.OrderLink) ([]string, error) {
	for range mostOrders {
		if l.RestOf == 0 {
			break
		}
		id = l.RestOf
		l = state.OrderLink{}
		if _, err := r.Stack.Link(ctx, customer, "order#"+strconv.Itoa(id), &l); err != nil {
			return nil, err
		}
	}
	if l.RestOrder == nil {
		return nil, nil
	}
	tree := list.NewWriter()
	tree.SetStyle(list.StyleConnectedLight)
	tree.AppendItem(fmt.Sprintf("order %d%s", id, progressText(r.Stack.Now(), l)))
	for range mostOrders {
		rest := l.RestOrder
		if rest == nil {
			break
		}
		tree.Indent()
		for _, line := range rest.Lines {
			tree.AppendItem(fmt.Sprintf("row %d (product %d): %s delivered, %s left",
				line.RowID, line.ProductID, line.Delivered, line.Remaining))
		}
		if rest.OrderID == 0 {
			tree.AppendItem("rest order, not made yet")
			break
		}
		l = state.OrderLink{}
		if _, err := r.Stack.Link(ctx, customer, "order#"+strconv.Itoa(rest.OrderID), &l); err != nil {
			return nil, err
		}
		tree.AppendItem(fmt.Sprintf("rest order %d%s", rest.OrderID, progressText(r.Stack.Now(), l)))
	}
	return strings.Split(tree.Render(), "\n"), nil
}

// progressText says how far an order has got.
func progressText(now time.Time, l state.OrderLink) string {
	switch {
	case !l.CancelledAt.IsZero():
		return ", cancelled " + Age(now, l.CancelledAt) + " ago"
	case !l.ShippedAt.IsZero():
		return ", booked " + Age(now, l.ShippedAt) + " ago"
	case l.OngoingID != 0:
		return ", in Ongoing as " + l.OrderNumber + " for " + Age(now, l.ImportedAt)
	default:
		return ", not in Ongoing"
	}
}
