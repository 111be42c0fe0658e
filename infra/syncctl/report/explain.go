package report

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/list"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A Subject is a record that a person asks about.
type Subject struct {
	Customer string
	// Kind is order, product or supplier, and Key its id in 24SevenOffice.
	Kind string
	Key  int
}

// An Explanation says why a record is as it is. It comes from the state table and from a dry run of the functions for
// this record alone.
type Explanation struct {
	Customer string    `json:"customerId"`
	Kind     string    `json:"kind"`
	Key      int       `json:"key"`
	At       time.Time `json:"at"`
	Verdict  string    `json:"verdict"`
	// Good means that nothing is left to do for a person.
	Good  bool   `json:"good"`
	Facts []Fact `json:"facts"`
	// Tree are the lines of the order with its rest order.
	Tree     []string        `json:"tree,omitempty"`
	Failures []cloud.Failure `json:"failures"`
	// Dismissals are what people dismissed of the record, newest first.
	Dismissals []cloud.Action  `json:"dismissals"`
	DryRuns    []Run           `json:"dryRuns"`
	Marks      map[string]Mark `json:"processes"`
	// Next is the command that a person needs next.
	Next string `json:"next"`

	customer settings.Customer
	pauses   map[string]cloud.Pause
}

// A Fact is something that is known of a record, and where.
type Fact struct {
	Where string `json:"where"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A Mark says when a process ran last.
type Mark struct {
	SucceededAt time.Time `json:"succeededAt,omitzero"`
	State       string    `json:"state"`
}

// Explain explains a record of a customer.
func (r Reader) Explain(ctx context.Context, s Subject) (Explanation, error) {
	e := Explanation{
		Customer: s.Customer, Kind: s.Kind, Key: s.Key, At: r.Stack.Now(), Facts: []Fact{}, Failures: []cloud.Failure{},
		Dismissals: []cloud.Action{}, DryRuns: []Run{}, Marks: map[string]Mark{},
	}
	item, err := r.Stack.SettingsOf(ctx, s.Customer)
	if err != nil {
		return e, err
	}
	if item == nil {
		return e, fmt.Errorf("there is no customer %s in stack %s", s.Customer, r.Stack.Name)
	}
	if e.customer, err = r.Stack.Decode(item); err != nil {
		e.Verdict = fmt.Sprintf("%s %d is not looked at: customer %s is blocked: %v", s.Kind, s.Key, s.Customer, err)
		e.Next = fmt.Sprintf("syncctl customers set %s …", s.Customer)
		return e, nil
	}
	return e, r.gather(ctx, s, &e)
}

// gather reads what is known of the record, asks the functions, and decides on the verdict.
func (r Reader) gather(ctx context.Context, c Subject, e *Explanation) error {
	key := strconv.Itoa(c.Key)
	keys := map[naming.Process]string{}
	var judge func() (string, bool)
	switch c.Kind {
	case "order":
		var link state.OrderLink
		if _, err := r.Stack.Link(ctx, c.Customer, "order#"+key, &link); err != nil {
			return err
		}
		keys[naming.SalesOrders] = key
		if link.OngoingID != 0 {
			keys[naming.Shipments] = link.OrderNumber
		}
		e.orderFacts(c.Key, link)
		judge = func() (string, bool) { return e.orderVerdict(c.Key, link) }
	case "product":
		var link state.ArticleLink
		known, err := r.Stack.Link(ctx, c.Customer, "article#"+key, &link)
		if err != nil {
			return err
		}
		keys[naming.Articles] = key
		if known {
			keys[naming.Stock] = key
			e.fact("article in Ongoing", link.ArticleNumber+" (system id "+strconv.Itoa(link.ArticleID)+")")
		}
		judge = func() (string, bool) { return e.simpleVerdict("product "+key, "article "+link.ArticleNumber, known) }
	default:
		var link state.SupplierLink
		known, err := r.Stack.Link(ctx, c.Customer, "supplier#"+key, &link)
		if err != nil {
			return err
		}
		keys[naming.Suppliers] = key
		if link.ArticleProductID != 0 {
			e.fact("written through the article of product", strconv.Itoa(link.ArticleProductID))
		}
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
	e.Next = e.next(c.Customer)
	return nil
}

// next is the command that a person needs next.
func (e *Explanation) next(customer string) string {
	if len(e.Failures) > 0 {
		f := e.Failures[0]
		return fmt.Sprintf("correct that, then: syncctl failures retry %s --process %s --keys %s",
			customer, f.Process, f.Key)
	}
	for _, r := range e.DryRuns {
		switch {
		case r.Outcome == runner.Blocked:
			return fmt.Sprintf("syncctl customers show %s", customer)
		case len(r.Changes) > 0:
			return fmt.Sprintf("wait for the next run, or: syncctl resync %s %s --keys %s",
				customer, r.Process, r.Changes[0].Key)
		}
	}
	if !e.Good {
		return fmt.Sprintf("syncctl customers show %s --all", customer)
	}
	return fmt.Sprintf("syncctl history %s", customer)
}

func (e *Explanation) fact(name, value string) {
	if value != "" {
		e.Facts = append(e.Facts, Fact{Where: "state table", Name: name, Value: value})
	}
}

func (e *Explanation) factAt(name string, at time.Time) {
	if !at.IsZero() {
		e.fact(name, at.Local().Format(time.DateTime)+" ("+Age(e.At, at)+" ago)")
	}
}

// askFunctions reads the failures of the record, and makes a dry run of it in each process that is on.
func (r Reader) askFunctions(ctx context.Context, e *Explanation, keys map[naming.Process]string) error {
	s, customer := r.Stack, e.Customer
	failures, err := s.Failures(ctx, customer)
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
			if f.Process == entry.Process && f.Key == key {
				e.Failures = append(e.Failures, f)
			}
		}
		if !e.customer.ProcessEnabled(entry.Process) {
			e.Marks[string(entry.Process)] = Mark{State: e.whyOff(entry.Process)}
			continue
		}
		e.Marks[string(entry.Process)] = Mark{SucceededAt: marks[entry.Process].SucceededAt, State: "on"}
		event := cloud.Event{Customers: []string{customer}, DryRun: true, Keys: []string{key}}
		runs, err := r.Invoke(ctx, []naming.Process{entry.Process}, event)
		if err != nil {
			return err
		}
		e.DryRuns = append(e.DryRuns, runs...)
	}
	return nil
}

// whyOff says that a process is off, and why if it is paused.
func (e *Explanation) whyOff(process naming.Process) string {
	for _, what := range []string{"customer", string(process)} {
		if p, paused := e.pauses[what]; paused {
			return "off: " + PauseText(p)
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

// trouble returns what the failures and the dry runs say is wrong, "" if nothing is.
func (e *Explanation) trouble(what string) string {
	if len(e.Failures) > 0 {
		f, verb := e.Failures[0], "is refused"
		if f.Held() {
			verb = "is held"
		}
		return fmt.Sprintf("%s %s by %s since %s, after %d attempts: %s",
			what, verb, f.Process, Age(e.At, f.FirstAt), f.Attempts, f.Message)
	}
	for _, r := range e.DryRuns {
		switch {
		case r.Outcome == runner.Blocked || r.Outcome == runner.Failed:
			return fmt.Sprintf("%s cannot be looked at: %s is %s: %s", what, r.Process, r.Outcome, r.Reason)
		case r.Failed+r.Held > 0:
			return fmt.Sprintf("%s would be refused or held by %s: %s", what, r.Process, r.Reason)
		}
	}
	return ""
}

// planned returns what a run would do now, "" if nothing.
func (e *Explanation) planned(process naming.Process) string {
	r, ran := e.dryRun(process)
	if !ran || len(r.Changes) == 0 {
		return ""
	}
	return string(r.Changes[0].Action)
}

// simpleVerdict is that of a product or a supplier.
func (e *Explanation) simpleVerdict(what, where string, known bool) (string, bool) {
	if wrong := e.trouble(what); wrong != "" {
		return wrong, false
	}
	for _, r := range e.DryRuns {
		switch {
		case r.Read == 0 && len(r.Notes) > 0:
			return what + ": " + strings.Join(r.Notes, "; "), false
		case len(r.Changes) > 0:
			return fmt.Sprintf("%s differs; the next run of %s will %s it", what, r.Process, r.Changes[0].Action), true
		case !known && r.Skipped > 0:
			return fmt.Sprintf("%s is out of scope of %s by the settings below", what, r.Process), true
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
	inWarehouse := l.OngoingID != 0
	if wrong := e.trouble(what); wrong != "" {
		return wrong, false
	}
	switch {
	case missing && !inWarehouse:
		return what + " is not in the warehouse: " + strings.Join(r.Notes, "; "), false
	case !l.CancelledAt.IsZero():
		return fmt.Sprintf("%s was cancelled in Ongoing %s ago", what, Age(e.At, l.CancelledAt)), true
	case !l.ShippedAt.IsZero():
		return fmt.Sprintf("%s was shipped and set to %s in 24SevenOffice %s ago",
			what, e.customer.Shipments.Status.Name(), Age(e.At, l.ShippedAt)), true
	case e.planned(naming.Shipments) != "":
		return fmt.Sprintf("%s is shipped in Ongoing; the next run of shipments reports it", what), true
	case inWarehouse && e.planned(naming.SalesOrders) != "":
		return fmt.Sprintf("%s is in Ongoing as %s and differs; the next run of salesorders will %s it",
			what, l.OrderNumber, e.planned(naming.SalesOrders)), true
	case inWarehouse:
		return fmt.Sprintf("%s is in Ongoing as %s since %s, and is not shipped yet",
			what, l.OrderNumber, Age(e.At, l.ImportedAt)), true
	case !ran:
		return what + " is not in the warehouse: salesorders is " + e.whyOff(naming.SalesOrders), false
	case e.planned(naming.SalesOrders) != "":
		if e.customer.Preview {
			return what + " is not in the warehouse: the customer is in preview; live, the next run would send it", true
		}
		return what + " is not in the warehouse yet; the next run of salesorders sends it", true
	default:
		return fmt.Sprintf("%s is not in the warehouse and is not sent: it is out of scope. Its status is not one of "+
			"%s (salesOrders.statuses)%s, or none of its rows is for the warehouse",
			what, e.statuses(), e.startDate()), false
	}
}

func (e *Explanation) statuses() string {
	var names []string
	for _, s := range e.customer.SalesOrders.Statuses {
		names = append(names, s.Name())
	}
	return strings.Join(names, ", ")
}

func (e *Explanation) startDate() string {
	if e.customer.SalesOrders.StartDate == "" {
		return ""
	}
	return ", or its date is before " + e.customer.SalesOrders.StartDate + " (salesOrders.startDate)"
}

// orderFacts lists what the link says, and the order with its rest order as a tree.
func (e *Explanation) orderFacts(id int, l state.OrderLink) {
	if l.OrderNumber != "" {
		e.fact("order number in Ongoing", l.OrderNumber)
	}
	if l.OngoingID != 0 {
		e.fact("system id in Ongoing", strconv.Itoa(l.OngoingID))
	}
	e.fact("status last set in 24SevenOffice", l.Status)
	e.factAt("imported", l.ImportedAt)
	e.factAt("status set", l.StatusSetAt)
	e.factAt("cancelled in Ongoing", l.CancelledAt)
	e.factAt("shipped", l.ShippedAt)
	e.factAt("missing in 24SevenOffice since", l.MissingSince)
	e.fact("waybills", strings.Join(l.Waybills, ", "))
	if l.RestOrder == nil {
		return
	}
	tree := list.NewWriter()
	tree.SetStyle(list.StyleConnectedLight)
	tree.AppendItem(fmt.Sprintf("order %d", id))
	tree.Indent()
	rest := "rest order, about to be made"
	if l.RestOrder.OrderID != 0 {
		rest = fmt.Sprintf("rest order %d", l.RestOrder.OrderID)
	}
	tree.AppendItem(rest)
	tree.Indent()
	for _, line := range l.RestOrder.Lines {
		tree.AppendItem(fmt.Sprintf("row %d (product %d): %s delivered, %s left",
			line.RowID, line.ProductID, line.Delivered, line.Remaining))
	}
	e.Tree = strings.Split(tree.Render(), "\n")
}
