package process

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/state"
)

// A back order does not have to name our order: then it is ours if the order that it was made for, its original, is.
// The original does not have to be in the same list, because it can be shipped or reported already, so it is read from
// Ongoing. Whether that is one of ours is decided as of every other order; no other links are read.
//
// Originals that are not ours stay in Ongoing's lists as long as their back orders are open or unreported. They are
// kept in the record picks and not read again.

const (
	// maxOriginals is how many originals a run reads, each in a call. Back orders whose originals exceed it are not
	// decided, so that the figures of their articles are not known, until later runs have read the rest.
	maxOriginals = 100
	// maxOthers is how many originals that are not ours are kept, those with the highest ids.
	maxOthers = 2000
)

// originals are the orders in Ongoing that back orders were made for, as far as this run knows them.
type originals struct {
	// first is the lowest id of an order of ours.
	first ongoing.OrderID
	// others are those that are not ours, nil until they are loaded; learned means that some are not stored yet.
	others  map[ongoing.OrderID]bool
	learned bool
	// read are those that this run has read.
	read map[ongoing.OrderID]ongoing.Order
}

// linksOf returns the links of those orders that are ours, by Ongoing's id, and for back orders that cannot be decided
// the reason.
func (p *process) linksOf(ctx context.Context, all []ongoing.Order) (
	links map[ongoing.OrderID]state.OrderLink, undecided map[ongoing.OrderID]error, err error,
) {
	prefix := p.Settings.SalesOrders.OrderNumberPrefix
	claims, err := orders.Claims(ctx, p.State, all, prefix)
	if err != nil {
		return nil, nil, err
	}
	var unclaimed []ongoing.Order
	undecided = map[ongoing.OrderID]error{}
	for _, o := range all {
		switch _, claimed := claims[o.Info.ID]; {
		case claimed:
		case o.Info.Advanced.BackOrder.For != 0:
			unclaimed = append(unclaimed, o)
		case o.IdentityUnreadable():
			undecided[o.Info.ID] = o.Unreadable
		}
	}
	if len(unclaimed) > 0 {
		more, reasons, err := p.claimByOriginal(ctx, all, unclaimed)
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(claims, more)
		maps.Copy(undecided, reasons)
	}
	links = map[ongoing.OrderID]state.OrderLink{}
	for id, c := range claims {
		if c.Claim != orders.OtherCompany {
			links[id] = c.Link
		}
	}
	return links, undecided, nil
}

// claimByOriginal decides about back orders by their originals, and about those that are back orders themselves by
// theirs.
func (p *process) claimByOriginal(ctx context.Context, all, unclaimed []ongoing.Order) (
	map[ongoing.OrderID]orders.Claimed, map[ongoing.OrderID]error, error,
) {
	if err := p.loadOthers(ctx); err != nil {
		return nil, nil, err
	}
	listed, inFamily := map[ongoing.OrderID]ongoing.Order{}, map[ongoing.OrderID]bool{}
	for _, o := range all {
		listed[o.Info.ID] = o
	}
	for _, o := range unclaimed {
		inFamily[o.Info.ID] = true
	}
	reasons := map[ongoing.OrderID]error{}
	family := slices.Clone(unclaimed)
	for i := 0; i < len(family); i++ { // it grows: an original can be a back order, too
		id := family[i].Info.Advanced.BackOrder.For
		if id < p.originals.first || inFamily[id] || p.originals.others[id] {
			continue
		}
		inFamily[id] = true
		if o, ok := listed[id]; ok {
			family = append(family, o)
			continue
		}
		original, err := p.original(ctx, id)
		switch {
		case errors.Is(err, ongoing.ErrNotFound):
		case err != nil && !errors.Is(err, ongoing.ErrUnreadable) && !errors.Is(err, errTooManyOriginals):
			return nil, nil, err
		case err != nil:
			reasons[id] = err
		}
		if original.Info.ID == id {
			family = append(family, original)
		}
	}
	slices.SortFunc(family, func(a, b ongoing.Order) int { return cmp.Compare(a.Info.ID, b.Info.ID) })
	claims, err := orders.Claims(ctx, p.State, family, p.Settings.SalesOrders.OrderNumberPrefix)
	if err != nil {
		return nil, nil, err
	}
	for _, o := range family { // by ascending id: an original comes before its back orders
		id, of := o.Info.ID, o.Info.Advanced.BackOrder.For
		if _, claimed := claims[id]; claimed {
			delete(reasons, id)
		} else if reason := reasons[of]; reason != nil && reasons[id] == nil {
			reasons[id] = reason
		}
	}
	for _, o := range unclaimed {
		id, of := o.Info.ID, o.Info.Advanced.BackOrder.For
		_, claimed := claims[id]
		_, wasRead := p.originals.read[of]
		if wasRead && !claimed && reasons[id] == nil {
			p.originals.learned = p.originals.learned || !p.originals.others[of]
			p.originals.others[of] = true
		}
	}
	return claims, reasons, nil
}

var errTooManyOriginals = errclass.New(errclass.Conflict, "",
	"more than %d back orders in Ongoing were made for orders that are not known yet; this run cannot say whether the "+
		"order that this article is in is one of 24SevenOffice; the next run reads more of them", maxOriginals)

// original reads an original from Ongoing, unless this run has read it before.
func (p *process) original(ctx context.Context, id ongoing.OrderID) (ongoing.Order, error) {
	if o, ok := p.originals.read[id]; ok {
		return o, o.Unreadable
	}
	if len(p.originals.read) >= maxOriginals {
		return ongoing.Order{}, errTooManyOriginals
	}
	o, err := p.Ongoing.Order(ctx, id)
	if err == nil || o.Unreadable != nil || errors.Is(err, ongoing.ErrNotFound) {
		if p.originals.read == nil {
			p.originals.read = map[ongoing.OrderID]ongoing.Order{}
		}
		p.originals.read[id] = o
	}
	return o, err
}

// loadOthers loads the originals that are known not to be ours.
func (p *process) loadOthers(ctx context.Context) error {
	if p.originals.others != nil {
		return nil
	}
	kept, err := p.State.Picks(ctx)
	if err != nil {
		return err
	}
	p.originals.others = map[ongoing.OrderID]bool{}
	for _, id := range kept.Others {
		p.originals.others[ongoing.OrderID(id)] = true
	}
	return nil
}

// newestOthers returns the ids to keep.
func (o originals) newestOthers() []int {
	var ids []int
	for _, id := range slices.Sorted(maps.Keys(o.others)) {
		ids = append(ids, int(id))
	}
	return ids[max(0, len(ids)-maxOthers):]
}
