package process

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

// Before an order is sent for the first time, Ongoing has to be asked whether it has the order already, under a number
// that we do not know. It searches for one goodsOwnerOrderId at a time. For many new orders it takes fewer calls to
// list the orders that were made in Ongoing since they were listed last, whoever made them. The cursor keeps how far
// that is.
//
// An order is assumed to get its goodsOwnerOrderId when it is made. One that gets it later, by hand, is found only if
// the order has a failure record, or as a linked order.

// A names knows which orders of 24SevenOffice that were not sent the orders in Ongoing name.
type names struct {
	// upTo: all orders in Ongoing up to this id were listed.
	upTo ongoing.OrderID
	// named are the orders of 24SevenOffice that one of them names by its goodsOwnerOrderId, and that have no link.
	named []office24.OrderID
	// complete: there were no further orders.
	complete bool
}

const (
	listedPage = 100
	// maxNamed is how many named orders the cursor keeps. If other systems of the goods owner use numbers like our
	// order ids for more orders than that, each new order is searched for.
	maxNamed = 50
)

// newNames returns what the cursor says.
func newNames(place string) names {
	var n names
	for i, field := range strings.Fields(place) {
		id, _ := strconv.Atoi(field)
		if i == 0 {
			n.upTo = ongoing.OrderID(id)
		} else {
			n.named = append(n.named, office24.OrderID(id))
		}
	}
	return n
}

// place returns what the cursor keeps: the last id, and the named orders.
func (n *names) place() string {
	if n.upTo == 0 {
		return ""
	}
	fields := []string{strconv.Itoa(int(n.upTo))}
	for _, id := range n.named {
		fields = append(fields, strconv.Itoa(int(id)))
	}
	return strings.Join(fields, " ")
}

// lacks reports whether no order in Ongoing names a candidate, so that it does not have to be searched for. An order
// that may have been sent is always searched for: the warehouse can have given it another number since.
func (n *names) lacks(c candidate) bool {
	return n.complete && c.firstTime && !slices.Contains(n.named, c.id)
}

// read lists the orders that follow the last one, with fewer calls than it takes to search for so many candidates. If
// there are more, the next run goes on. It ends at one of which it cannot be read which order it names; until that is
// corrected in Ongoing, each new order is searched for.
func (n *names) read(ctx context.Context, p *process, candidates int) error {
	n.complete = false
	left := max(1, candidates/4) * listedPage
	var page []ongoing.Order
	query := ongoing.OrderQuery{From: n.upTo + 1, PageSize: listedPage}
	for o, err := range p.Ongoing.Orders(ctx, query) {
		if o.IdentityUnreadable() && o.Info.GoodsOwnerOrderID == "" {
			_, err = n.note(ctx, p.State, page)
			return err
		} else if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return err
		}
		if page = append(page, o); len(page) < listedPage {
			continue
		}
		if room, err := n.note(ctx, p.State, page); err != nil || !room {
			return err
		}
		page = page[:0]
		if left -= listedPage; left <= 0 {
			return nil
		}
	}
	room, err := n.note(ctx, p.State, page)
	n.complete = err == nil && room
	return err
}

// note notes what listed orders name. It reports false if that is too much.
func (n *names) note(ctx context.Context, s *state.Partition, listed []ongoing.Order) (room bool, err error) {
	var ids []int
	for _, o := range listed {
		if id, err := strconv.Atoi(strings.TrimSpace(o.Info.GoodsOwnerOrderID)); err == nil && id > 0 {
			ids = append(ids, id)
		}
	}
	links, err := s.Orders(ctx, ids)
	if err != nil {
		return false, err
	}
	named := slices.Clone(n.named)
	for _, id := range ids {
		if id := office24.OrderID(id); links[int(id)].OrderNumber == "" && !slices.Contains(named, id) {
			named = append(named, id)
		}
	}
	if len(named) > maxNamed {
		return false, nil
	}
	n.named = named
	for _, o := range listed {
		n.upTo = max(n.upTo, o.Info.ID)
	}
	return true, nil
}

// forget takes orders from the named ones that have been sent or taken over since.
func (n *names) forget(ctx context.Context, s *state.Partition) error {
	ids := make([]int, len(n.named))
	for i, id := range n.named {
		ids[i] = int(id)
	}
	links, err := s.Orders(ctx, ids)
	n.named = slices.DeleteFunc(n.named, func(id office24.OrderID) bool { return links[int(id)].OrderNumber != "" })
	return err
}

// readNames lists the orders in Ongoing if several candidates would have to be searched for.
func (s *steps) readNames(ctx context.Context, candidates []candidate, existing map[string][]ongoing.Order) error {
	unknown := 0
	for _, c := range candidates {
		if c.firstTime && len(existing[c.mapped.Body.OrderNumber]) == 0 {
			unknown++
		}
	}
	if unknown < 2 {
		return nil
	}
	if err := s.names.forget(ctx, s.State); err != nil {
		return err
	}
	return s.names.read(ctx, s.process, unknown)
}

// sweep is what the cursor keeps.
func (p *process) sweep(request runner.PlanRequest) string {
	if place := p.names.place(); place != "" {
		return place
	}
	return request.Cursor.Place
}
