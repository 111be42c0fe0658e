package main

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/fault"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

type process struct {
	lambdahost.Customer
	register *articles.Register
}

func newProcess(c lambdahost.Customer) *process {
	return &process{c, &articles.Register{Settings: c.Settings, Office24: c.Office24, Ongoing: c.Ongoing, State: c.State}}
}

// A step is what is to be done about one order. The change's action says which: create and update send the order,
// status only sets the status on import, cancel cancels.
type step struct {
	order office24.OrderID
	link  state.OrderLink
	draft draft
	// articles are those that have to stand in Ongoing before the order does.
	articles []articles.Write
	body     ongoing.OrderBody
	// noted: the order stands in Ongoing as it should, or can no longer be changed; only the link has to be written.
	noted bool
	// missing, found: the order was not found in 24SevenOffice, or is there again, which is only noted.
	missing, found bool
}

// Plan reads the orders and decides about each; then it completes those that are to be sent.
func (p *process) Plan(ctx context.Context, ask runner.Ask) (plan.Plan[step], error) {
	s := &survey{process: p, today: p.Now().In(p.Settings.Location).Format(time.DateOnly), seen: map[office24.OrderID]bool{}}
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
func (p *process) orders(ctx context.Context, ask runner.Ask) iter.Seq2[office24.Order, error] {
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
	today string
	plan  plan.Plan[step]
	seen  map[office24.OrderID]bool
	send  []step
}

const (
	// buffered is how many orders have their links looked up at once.
	buffered = 100
	// maxSend is how many orders a plan holds; the others follow in the next run, which is due at once.
	maxSend = 1_000
)

// read takes the orders as they come and decides about them, a hundred at a time.
func (s *survey) read(ctx context.Context, orders iter.Seq2[office24.Order, error]) error {
	var buffer []office24.Order
	for o, err := range orders {
		switch {
		case s.seen[o.ID]:
			continue
		case fault.Is(err, fault.Rejected) && o.ID != 0:
			s.plan.Read++
			s.plan.Refuse(key(o.ID), "", err)
			continue
		case err != nil:
			return err
		}
		s.seen[o.ID] = true
		s.plan.Read++
		if buffer = append(buffer, o); len(buffer) < buffered {
			continue
		}
		if err := s.decideAll(ctx, buffer); err != nil {
			return err
		}
		buffer = buffer[:0]
		if len(s.send) >= maxSend {
			s.plan.Partial = true
			return nil
		}
	}
	return s.decideAll(ctx, buffer)
}

func (s *survey) decideAll(ctx context.Context, orders []office24.Order) error {
	ids := make([]int, len(orders))
	for i, o := range orders {
		ids[i] = int(o.ID)
	}
	links, err := s.State.Orders(ctx, ids)
	if err != nil {
		return err
	}
	for _, o := range orders {
		s.decide(o, links[int(o.ID)])
	}
	return nil
}

// decide says what has to be done about one order.
func (s *survey) decide(o office24.Order, link state.OrderLink) {
	imported, set := !link.ImportedAt.IsZero(), s.Settings.SalesOrders
	pulled := slices.Contains(set.Statuses, o.Status)
	switch {
	case !link.ShippedAt.IsZero():
		s.plan.Skipped++ // what happens to a shipped order is no business of the warehouse
	case imported && !pulled && set.CancelWithdrawn && settings.Withdrawn(o.Status) && link.CancelledAt.IsZero():
		s.cancel(o.ID, link)
	case !pulled && !(imported && o.Status == set.ImportedStatus):
		s.plan.Skipped++
	case !imported && set.StartDate != "" && o.DateOrdered.IsZero():
		s.plan.Refuse(key(o.ID), plan.Fingerprint(o), fault.New(fault.Held, "",
			"order %d has no order date, so that salesOrders.startDate cannot be applied; give it one", o.ID))
	case !imported && set.StartDate != "" && o.DateOrdered.In(s.Settings.Location).Format(time.DateOnly) < set.StartDate:
		s.plan.Skipped++
	default:
		s.draft(o, link, pulled)
	}
}

// draft maps an order that is ours to send and compares it with what was sent last.
func (s *survey) draft(o office24.Order, link state.OrderLink, pulled bool) {
	d, err := mapOrder(o, link, s.Settings, s.today)
	if err != nil {
		s.plan.Refuse(key(o.ID), plan.Fingerprint(o), err)
		return
	}
	link.OrderID = int(o.ID)
	st := step{order: o.ID, link: link, draft: d}
	switch {
	case !link.CancelledAt.IsZero():
		s.plan.Refuse(key(o.ID), d.fingerprint(), fault.New(fault.Held, "",
			"order %d was cancelled in Ongoing and is not revived; copy it to a new order if it is to be sent after all", o.ID))
	case d.fingerprint() != link.Fingerprint:
		s.send = append(s.send, st)
	case pulled && s.statusMissing(link):
		s.plan.Changes = append(s.plan.Changes, plan.Change[step]{Key: key(o.ID), Action: plan.Status, Body: st,
			Fields: []plan.Field{{Field: "OrderStatus", Old: o.Status.Name(), New: s.Settings.SalesOrders.ImportedStatus.Name()}},
			// of its own kind, so that a status that was refused does not stand in the way of the order
			Fingerprint: d.fingerprint() + "+status"})
	default:
		s.plan.Unchanged++
	}
}

// statusMissing tells whether the status on import still has to be set. Set once, it is never set again: what people do
// with the order afterwards is theirs.
func (s *survey) statusMissing(link state.OrderLink) bool {
	return s.Settings.SalesOrders.ImportedStatus != "" && link.StatusSetAt.IsZero()
}

func key(id office24.OrderID) string { return strconv.Itoa(int(id)) }
