package main

import (
	"context"
	"maps"
	"slices"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/fault"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
)

// complete turns the orders to be sent into changes: with the numbers of their articles, the articles that are missing,
// and the differences to what stands in Ongoing.
func (s *survey) complete(ctx context.Context) error {
	if len(s.send) == 0 {
		return nil
	}
	products, err := s.products(ctx)
	if err != nil {
		return err
	}
	standing, err := s.standing(ctx)
	if err != nil {
		return err
	}
	for _, st := range s.send {
		change, err := products.change(st, standing)
		switch {
		case err != nil:
			s.plan.Refuse(key(st.order), st.draft.fingerprint(), err)
		case len(change.Body.body.OrderLines) == 0:
			s.plan.Skipped++ // nothing in it is for a warehouse
		default:
			s.plan.Changes = append(s.plan.Changes, change)
		}
	}
	return nil
}

// standing reads the orders that stand in Ongoing already under the numbers to be sent: from an earlier import, or from
// a run that died before it could write down that it had sent them.
func (s *survey) standing(ctx context.Context) (map[string]ongoing.Order, error) {
	numbers := make([]string, len(s.send))
	for i, st := range s.send {
		numbers[i] = st.draft.Body.OrderNumber
	}
	found := map[string]ongoing.Order{}
	for o, err := range s.Ongoing.Orders(ctx, ongoing.OrderQuery{Numbers: numbers}) {
		if err != nil {
			return nil, err
		}
		found[o.Info.Number] = o
	}
	return found, nil
}

// resolved is what the orders have to know of their products.
type resolved struct {
	*survey
	lines   map[office24.ProductID]lineProduct
	writes  map[office24.ProductID]articles.Write
	refused map[office24.ProductID]error
}

// products reads the products of all orders to be sent, one call, and prepares the articles of those that have none.
func (s *survey) products(ctx context.Context) (*resolved, error) {
	ids := map[office24.ProductID]bool{}
	for _, st := range s.send {
		for _, id := range st.draft.Products {
			ids[id] = true
		}
	}
	r := &resolved{survey: s, lines: map[office24.ProductID]lineProduct{}, writes: map[office24.ProductID]articles.Write{},
		refused: map[office24.ProductID]error{}}
	links, err := s.State.Articles(ctx, asInts(ids))
	if err != nil {
		return nil, err
	}
	var missing []articles.Candidate
	search := office24.ProductSearch{IDs: slices.AppendSeq([]office24.ProductID{}, maps.Keys(ids))}
	for p, err := range s.Office24.Products(ctx, search, articles.Properties(s.Settings)...) {
		switch {
		case fault.Is(err, fault.Rejected) && p.ID != 0:
			r.refused[p.ID] = err
			continue
		case err != nil:
			return nil, err
		}
		line := lineProduct{ArticleNumber: links[int(p.ID)].ArticleNumber, Name: p.Name,
			NonStock: p.StockControlled != nil && !*p.StockControlled}
		if line.ArticleNumber == "" && !(line.NonStock && s.Settings.SalesOrders.SkipNonStockRows) {
			c, _, err := s.register.Consider(p, links[int(p.ID)])
			if err != nil {
				r.refused[p.ID] = err
				continue
			}
			line.ArticleNumber = c.Body.ArticleNumber
			missing = append(missing, c)
		}
		r.lines[p.ID] = line
	}
	return r, r.prepare(ctx, missing)
}

// prepare plans the articles that are missing.
func (r *resolved) prepare(ctx context.Context, missing []articles.Candidate) error {
	changes, refused, err := r.register.Plan(ctx, missing)
	if err != nil {
		return err
	}
	for _, c := range changes {
		r.writes[office24.ProductID(c.Body.Link.ProductID)] = c.Body
	}
	for _, f := range refused {
		for _, c := range missing {
			if articles.Key(c.Product.ID) == f.Key {
				r.refused[c.Product.ID] = f.Err
			}
		}
	}
	return nil
}

// change completes one order.
func (r *resolved) change(st step, standing map[string]ongoing.Order) (plan.Change[step], error) {
	for _, id := range st.draft.Products {
		if err := r.refused[id]; err != nil {
			return plan.Change[step]{}, fault.New(fault.Of(err), "", "its article cannot be made: %s", err.Error())
		}
		if w, ok := r.writes[id]; ok && !slices.ContainsFunc(st.articles, func(a articles.Write) bool { return a.Link.ProductID == int(id) }) {
			st.articles = append(st.articles, w)
		}
	}
	live, stands := standing[st.draft.Body.OrderNumber]
	if stands && st.link.OngoingID == 0 && st.draft.NoDate {
		st.draft.Body.DeliveryDate = live.Info.DeliveryDate.Date(r.Settings.Location) // sent by a run that died: the same date again
	}
	var err error
	if st.body, err = st.draft.body(r.lines, r.Settings); err != nil {
		return plan.Change[step]{}, err
	}
	c := plan.Change[step]{Key: key(st.order), Action: plan.Create, Fingerprint: st.draft.fingerprint()}
	if !stands {
		c.Fields = plan.Diff(nil, st.body, shown)
		c.Body = st
		return c, nil
	}
	if err := r.mayBecome(live, &st); err != nil {
		return c, err
	}
	c.Action = plan.Update
	part, whole := legible(st.body)
	c.Fields = plan.Diff(written(live, r.Settings.Location), part, shown)
	if same := len(c.Fields) == 0 && whole; same || !live.Changeable() {
		st.noted, c.Fields = true, nil
		c.Quiet = !r.statusMissing(st.link)
	}
	c.Body = st
	return c, nil
}

// mayBecome refuses to turn an order that stands in Ongoing into ours where it is somebody else's, was cancelled, or is
// ours and already being worked on. One that we did not know of and that is being worked on becomes known to us as it
// is.
func (r *resolved) mayBecome(live ongoing.Order, st *step) error {
	switch owner := live.Info.GoodsOwnerOrderID; {
	case owner != "" && owner != st.draft.Body.GoodsOwnerOrderID:
		return fault.New(fault.Rejected, "", "order number %s belongs to another order in Ongoing (goodsOwnerOrderId %s); set salesOrders.orderNumberPrefix",
			live.Info.Number, owner)
	case live.Info.Status.Number == ongoing.StatusCancelled:
		return cancelledThere(st.order)
	case !live.Changeable() && st.link.OngoingID != 0:
		return startedThere(st.order)
	}
	st.link.OngoingID = int(live.Info.ID)
	return nil
}

func cancelledThere(id office24.OrderID) error {
	return fault.New(fault.Held, "", "order %d was cancelled in Ongoing by hand and is not sent again", id)
}

func startedThere(id office24.OrderID) error {
	return fault.New(fault.Final, "", "the warehouse has started on order %d: the change is not sent; tell the warehouse, or undo it in 24SevenOffice", id)
}

func asInts(ids map[office24.ProductID]bool) []int {
	out := make([]int, 0, len(ids))
	for id := range ids {
		out = append(out, int(id))
	}
	return out
}
