package process

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// The limits bound how many orders to be sent are held in memory, how many changes a plan has at least when it leaves the
// rest to the next run, and how many orders are read again at a time.
type limits struct{ held, planned, portion int }

var defaultLimits = limits{held: 1_000, planned: 1_000, portion: 200}

type process struct {
	lambdahost.Dependencies
	register *articles.Register
	limits   limits
}

func newProcess(c lambdahost.Dependencies, l limits) *process {
	return &process{c, &articles.Register{Settings: c.Settings, Office24: c.Office24, Ongoing: c.Ongoing, State: c.State},
		l}
}

// A step is what is to be done about one order. The change's action says which: create and update send the order,
// status only sets the status on import, cancel cancels.
type step struct {
	order office24.OrderID
	link  state.OrderLink
	draft draft
	// asSent: the order is as it was last sent, and only compared with what stands in Ongoing.
	asSent bool
	// pulled: it is in a pulled status, and may be sent for the first time.
	pulled bool
	// articles are those that have to stand in Ongoing before the order does.
	articles []articles.Write
	body     ongoing.OrderBody
	// noted: the order stands in Ongoing as it should, or can no longer be changed; only the link has to be written. Late:
	// it can no longer be changed and should be.
	noted, late bool
}

// Plan reads the orders and decides about each; then it completes those that are to be sent.
func (p *process) Plan(ctx context.Context, ask runner.PlanRequest) (plan.Plan[step], error) {
	s := &survey{process: p, ask: ask, today: p.Now().In(p.Settings.Location).Format(time.DateOnly),
		seen: map[office24.OrderID]bool{}}
	if err := s.read(ctx, p.orders(ctx, ask)); err != nil {
		return s.plan, err
	}
	if p.Settings.SalesOrders.CancelWithdrawn && ask.Keys == nil {
		if err := s.pollOpen(ctx); err != nil {
			return s.plan, err
		}
	}
	return s.plan, s.complete(ctx)
}

// orders is what the run looks at: the orders named, or those that failed before and those that changed. Orders in the
// status on import are read as well, because the ones we put there may have been edited since.
func (p *process) orders(ctx context.Context, ask runner.PlanRequest) iter.Seq2[office24.Order, error] {
	named := ask.Retry
	if ask.Keys != nil {
		named = ask.Keys
	}
	statuses := slices.Clone(p.Settings.SalesOrders.Statuses)
	if imported := p.Settings.SalesOrders.ImportedStatus; imported != "" {
		statuses = append(statuses, imported)
	}
	return func(yield func(office24.Order, error) bool) {
		if len(named) > 0 {
			for o, err := range p.Office24.Orders(ctx, office24.OrderSearch{IDs: orderIDs(named)}) {
				if !yield(o, err) {
					return
				}
			}
		}
		if ask.Keys != nil {
			return
		}
		for o, err := range p.Office24.Orders(ctx, office24.OrderSearch{Statuses: statuses, ChangedAfter: ask.Since}) {
			if !yield(o, err) {
				return
			}
		}
	}
}

func orderIDs(keys []string) []office24.OrderID {
	out := make([]office24.OrderID, 0, len(keys))
	for _, k := range keys {
		if n, err := strconv.Atoi(k); err == nil {
			out = append(out, office24.OrderID(n))
		}
	}
	return out
}

// A survey goes through the orders once and keeps those that have to be sent.
type survey struct {
	*process
	ask   runner.PlanRequest
	today string
	plan  plan.Plan[step]
	seen  map[office24.OrderID]bool
	held  []step
	// waiting are the orders that did not fit into held; they are read again.
	waiting []office24.OrderID
	buffer  []office24.Order
}

// buffered is how many orders have their links looked up at once, DynamoDB's limit for a batch.
const buffered = 100

// read takes the orders as they come and decides about them, a hundred at a time.
func (s *survey) read(ctx context.Context, orders iter.Seq2[office24.Order, error]) error {
	for o, err := range orders {
		if err != nil && !s.unreadable(o, err) {
			return err
		}
		if s.seen[o.ID] {
			continue
		}
		s.seen[o.ID] = true
		s.plan.Read++
		if err != nil {
			continue
		}
		if s.buffer = append(s.buffer, o); len(s.buffer) == buffered {
			if err := s.decideAll(ctx); err != nil {
				return err
			}
		}
	}
	return s.decideAll(ctx)
}

// unreadable refuses an order of which only it itself cannot be understood; false for any other error.
func (s *survey) unreadable(o office24.Order, err error) bool {
	if !errclass.Is(err, errclass.Rejected) || o.ID == 0 {
		return false
	}
	if !s.seen[o.ID] {
		s.plan.Refuse(key(o.ID), "", err)
	}
	return true
}

// decideAll decides about the buffered orders.
func (s *survey) decideAll(ctx context.Context) error {
	ids := make([]int, len(s.buffer))
	for i, o := range s.buffer {
		ids[i] = int(o.ID)
	}
	links, err := s.State.Orders(ctx, ids)
	if err != nil {
		return err
	}
	for _, o := range s.buffer {
		s.decide(o, links[int(o.ID)])
	}
	s.buffer = s.buffer[:0]
	return nil
}

// decide says what has to be done about one order.
func (s *survey) decide(o office24.Order, link state.OrderLink) {
	imported, set := !link.ImportedAt.IsZero(), s.Settings.SalesOrders
	switch {
	case !link.ShippedAt.IsZero() || link.RestOrder != nil:
		// What happens to a shipped order is no business of the warehouse. Its rows are cut to what was delivered, perhaps
		// by a run that died before it could say that the order was shipped.
		s.plan.Skipped++
	case link.OrderNumber != "" && set.CancelWithdrawn && !s.sends(o.Status, link) && settings.Withdrawn(o.Status) && link.CancelledAt.IsZero():
		s.cancel(o.ID, link)
	case !s.sends(o.Status, link):
		s.plan.Skipped++
	case !imported && set.StartDate != "" && o.DateOrdered.IsZero():
		s.plan.Refuse(key(o.ID), plan.Fingerprint(o), errclass.New(errclass.Held, "",
			"order %d has no order date, so that salesOrders.startDate cannot be applied; give it one", o.ID))
	case !imported && set.StartDate != "" && o.DateOrdered.In(s.Settings.Location).Format(time.DateOnly) < set.StartDate:
		s.plan.Skipped++
	default:
		s.draft(o, link)
	}
}

// pulls tells whether orders of a status are taken over, sends whether this one is: an order in the status on import
// was taken over before, and its later changes still go out.
func (p *process) pulls(s office24.OrderStatus) bool {
	return slices.Contains(p.Settings.SalesOrders.Statuses, s)
}

func (p *process) sends(s office24.OrderStatus, link state.OrderLink) bool {
	return p.pulls(s) || link.OrderNumber != "" && s == p.Settings.SalesOrders.ImportedStatus
}

// draft maps an order that is ours to send and compares it with what was sent last.
func (s *survey) draft(o office24.Order, link state.OrderLink) {
	d, err := mapOrder(o, link, s.Settings, s.today)
	if err != nil {
		s.plan.Refuse(key(o.ID), plan.Fingerprint(o), err)
		return
	}
	link.OrderID = int(o.ID)
	st := step{order: o.ID, link: link, draft: d, asSent: d.fingerprint() == link.Fingerprint, pulled: s.pulls(o.Status)}
	switch {
	case !link.CancelledAt.IsZero():
		s.plan.Refuse(key(o.ID), d.fingerprint(), errclass.New(errclass.Held, "",
			"order %d was cancelled in Ongoing and is not revived; copy it to a new order if it is to be sent after all", o.ID))
	case st.asSent && s.statusMissing(link):
		s.plan.Changes = append(s.plan.Changes, plan.Change[step]{Key: key(o.ID), Action: plan.Status, Payload: st,
			LinkOnly: !s.pulls(o.Status), // it was set by a run that died before it could note so
			Fields:   []plan.Field{{Field: "OrderStatus", Old: o.Status.Name(), New: s.Settings.SalesOrders.ImportedStatus.Name()}},
			// of its own kind, so that a status that was refused does not stand in the way of the order
			Fingerprint: d.fingerprint() + "+status"})
	case st.asSent && !s.ask.Compare(key(o.ID)):
		s.plan.Unchanged++
	case len(d.Body.OrderLines) == 0 && link.OngoingID == 0:
		s.plan.Skipped++ // nothing in it is for a warehouse
	case len(s.held) < s.limits.held:
		s.held = append(s.held, st)
	default:
		s.waiting = append(s.waiting, o.ID)
	}
}

// statusMissing tells whether the status on import still has to be set. Set once, it is never set again: what people do
// with the order afterwards is theirs.
func (s *survey) statusMissing(link state.OrderLink) bool {
	return s.Settings.SalesOrders.ImportedStatus != "" && link.StatusSetAt.IsZero()
}

func key(id office24.OrderID) string { return strconv.Itoa(int(id)) }
