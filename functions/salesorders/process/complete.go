package process

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// complete turns the orders to be sent into changes: those that were held, and then, portion by portion, those that
// have to be read again.
func (s *survey) complete(ctx context.Context) error {
	for {
		if err := s.completeHeld(ctx); err != nil {
			return err
		}
		if len(s.waiting) == 0 {
			return nil
		}
		if len(s.plan.Changes) >= s.limits.planned {
			s.plan.Partial = true
			return nil
		}
		n := min(s.limits.portion, len(s.waiting))
		for o, err := range s.Office24.Orders(ctx, office24.OrderSearch{IDs: s.waiting[:n]}) {
			switch {
			case err == nil:
				s.buffer = append(s.buffer, o)
			case errclass.Is(err, errclass.Rejected) && o.ID != 0:
				s.plan.Refuse(key(o.ID), "", err)
			default:
				return err
			}
		}
		if err := s.decideAll(ctx); err != nil {
			return err
		}
		s.waiting = s.waiting[n:]
	}
}

// completeHeld finds the numbers of the orders' articles, the articles that are missing, and the differences to what
// stands in Ongoing.
func (s *survey) completeHeld(ctx context.Context) error {
	if len(s.held) == 0 {
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
	for _, st := range s.held {
		change, err := s.change(ctx, st, products, standing)
		switch {
		case err != nil && !refused(err):
			return err
		case err != nil:
			s.plan.Refuse(key(st.order), st.draft.fingerprint(), err)
		case change.Action != "":
			s.plan.Changes = append(s.plan.Changes, change)
		case st.asSent:
			s.plan.Unchanged++
		default:
			s.plan.Skipped++ // nothing in it is for a warehouse
		}
	}
	s.held = s.held[:0]
	return nil
}

// refused tells an error about one order from one that ends the run.
func refused(err error) bool {
	return slices.Contains([]errclass.Class{errclass.Rejected, errclass.Final, errclass.Held, errclass.Conflict}, errclass.Of(err))
}

// standing reads the orders that stand in Ongoing already under the numbers to be sent: from an earlier import, or from
// a run that died before it could write down that it had sent them.
func (s *survey) standing(ctx context.Context) (map[string]ongoing.Order, error) {
	numbers := make([]string, len(s.held))
	for i, st := range s.held {
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

// products reads the products of all orders to be sent, one call, and prepares the articles of those that have none.
func (s *survey) products(ctx context.Context) (map[office24.ProductID]*lineProduct, error) {
	picked := map[office24.ProductID]bool{} // whether there is a line of it that is more than a rebate
	for _, st := range s.held {
		for i, id := range st.draft.Products {
			picked[id] = picked[id] || st.draft.Body.OrderLines[i].NumberOfItems.Sign() > 0
		}
	}
	ids := slices.AppendSeq([]office24.ProductID{}, maps.Keys(picked)) // not nil, which would mean all products
	links, err := s.State.Articles(ctx, asInts(ids))
	if err != nil {
		return nil, err
	}
	products := map[office24.ProductID]*lineProduct{}
	var numbers articles.Numbers
	var missing []articles.Candidate
	for p, err := range s.Office24.Products(ctx, office24.ProductSearch{IDs: ids}, articles.Properties(s.Settings)...) {
		if err != nil && !(errclass.Is(err, errclass.Rejected) && p.ID != 0) {
			return nil, err
		}
		numbers.Note(p)
		line := &lineProduct{ArticleNumber: links[int(p.ID)].ArticleNumber, Name: p.Name,
			NonStock: p.StockControlled != nil && !*p.StockControlled, Err: err}
		products[p.ID] = line
		if err != nil || line.ArticleNumber != "" || line.NonStock && (s.Settings.SalesOrders.SkipNonStockRows || !picked[p.ID]) {
			continue
		}
		c, _, err := s.register.Consider(p, links[int(p.ID)])
		if line.Err = err; err == nil {
			missing = append(missing, c)
		}
	}
	missing = slices.DeleteFunc(missing, func(c articles.Candidate) bool {
		err := numbers.Check(c.Body.ArticleNumber)
		products[c.Product.ID].Err = err
		return err != nil
	})
	return products, s.prepare(ctx, missing, products)
}

// prepare plans the articles that are missing.
func (s *survey) prepare(ctx context.Context, missing []articles.Candidate, products map[office24.ProductID]*lineProduct) error {
	changes, refused, err := s.register.Plan(ctx, missing)
	if err != nil {
		return err
	}
	for _, c := range changes {
		line := products[office24.ProductID(c.Payload.Link.ProductID)]
		line.ArticleNumber, line.Missing = c.Payload.Body.ArticleNumber, &c.Payload
	}
	for _, r := range refused {
		id, err := strconv.Atoi(r.Key)
		if err != nil {
			return errclass.New(errclass.Defect, "", "%q is no product's key", r.Key)
		}
		products[office24.ProductID(id)].Err = r.Err
	}
	return nil
}

// change completes one order. A change without action: there is nothing to do.
func (s *survey) change(ctx context.Context, st step, products map[office24.ProductID]*lineProduct, standing map[string]ongoing.Order) (plan.Change[step], error) {
	c := plan.Change[step]{Key: key(st.order)}
	live, stands := standing[st.draft.Body.OrderNumber]
	if stands && st.link.OngoingID == 0 && st.draft.NoDate {
		st.draft.Body.DeliveryDate = live.Info.DeliveryDate.Date(s.Settings.Location) // sent by a run that died: the same date again
	}
	c.Fingerprint = st.draft.fingerprint()
	if stands && st.asSent && !live.Changeable() {
		return c, nil // what the warehouse makes of it now is the warehouse's
	}
	var err error
	if st.body, st.articles, err = st.draft.body(products, s.Settings); err != nil {
		return c, err
	}
	switch {
	case len(st.body.OrderLines) == 0 && st.link.OngoingID == 0:
		return c, nil
	case len(st.body.OrderLines) == 0:
		return c, errclass.New(errclass.Rejected, "", "order %d has no row left that can be sent; cancel it in Ongoing if it is not wanted any more", st.order)
	case !stands && !st.pulled:
		return c, nil
	case !stands:
		c.Action, c.Fields, c.Payload = plan.Create, plan.Diff(ongoing.OrderBody{}, st.body, shown), st
		return c, s.vanished(ctx, st.link)
	}
	if err := mayBecome(live, &st); err != nil {
		return c, err
	}
	part, whole := legible(st.body)
	fields := plan.Diff(written(live, s.Settings.Location), part, shown)
	same := len(fields) == 0 && (whole || st.asSent)
	switch {
	case same && st.asSent:
		return c, nil
	case same || !live.Changeable():
		st.noted, st.late, fields = true, len(fields) > 0, nil
		c.LinkOnly = !s.statusMissing(st.link)
	case len(fields) == 0: // what differs is none of what can be read
		fields = plan.Diff(written(live, s.Settings.Location), st.body, shown)
	}
	c.Action, c.Fields, c.Payload = plan.Update, fields, st
	return c, nil
}

// vanished refuses to send an order for a second time that was sent before and does not stand under its number any
// more: if it was only given another number in Ongoing, it would be delivered twice.
func (s *survey) vanished(ctx context.Context, link state.OrderLink) error {
	if link.OngoingID == 0 {
		return nil
	}
	switch o, err := s.Ongoing.Order(ctx, ongoing.OrderID(link.OngoingID)); {
	case errors.Is(err, ongoing.ErrNotFound):
		return nil
	case err != nil:
		return err
	default:
		return errclass.New(errclass.Rejected, "", "order %d has the number %q in Ongoing now instead of %s; change it back there", link.OrderID, o.Info.Number, link.OrderNumber)
	}
}

// mayBecome refuses to turn an order that stands in Ongoing into ours where it is somebody else's, was cancelled, or is
// ours and already being worked on. One that we did not know of and that is being worked on becomes known to us as it
// is; whether it should be another one is told after that.
func mayBecome(live ongoing.Order, st *step) error {
	known := st.link.OngoingID == int(live.Info.ID)
	switch {
	case !known && !sentByUs(live, st.draft.Body):
		return errclass.New(errclass.Rejected, "", "order number %s belongs to another order in Ongoing (system id %d); set salesOrders.orderNumberPrefix",
			live.Info.Number, live.Info.ID)
	case live.Info.Status.Number == ongoing.StatusCancelled:
		return cancelledThere(st.order)
	case !live.Changeable() && known:
		return startedThere(st.order)
	}
	st.link.OngoingID = int(live.Info.ID)
	return nil
}

// sentByUs tells an order that a run which died has sent from one that only has the same number: by 24SevenOffice's order
// id, or, where Ongoing does not give that back, by a row id of 24SevenOffice among its rows.
func sentByUs(live ongoing.Order, b ongoing.OrderBody) bool {
	if live.Info.GoodsOwnerOrderID != "" {
		return live.Info.GoodsOwnerOrderID == b.GoodsOwnerOrderID
	}
	return slices.ContainsFunc(live.Lines, func(l ongoing.Line) bool {
		return slices.ContainsFunc(b.OrderLines, func(sent ongoing.OrderLine) bool {
			return l.ExternalID == sent.ExternalID || l.RowNumber == sent.RowNumber
		})
	})
}

func cancelledThere(id office24.OrderID) error {
	return errclass.New(errclass.Held, "", "order %d was cancelled in Ongoing by hand and is not sent again", id)
}

func startedThere(id office24.OrderID) error {
	return errclass.New(errclass.Final, "", "the warehouse has started on order %d: the change is not sent; tell the warehouse, or undo it in 24SevenOffice", id)
}

func asInts(ids []office24.ProductID) []int {
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = int(id)
	}
	return out
}
