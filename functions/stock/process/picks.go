package process

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

// Other systems on the same goods owner can leave thousands of orders unreported for ever. Ongoing lists them together
// with ours. If there are more of them than manyForeign, stock keeps which unreported orders are ours, and from then on
// lists only those that were picked since: an order becomes unreported by a pick alone. Those that it keeps it reads by
// their numbers.
//
// A full sweep lists all again. An order that was not recognised as ours when it was picked, or whose status goes back
// from returned or cancelled, is found then.

// manyForeign is the number of foreign unreported orders above which those of ours are kept: as many as Ongoing returns
// in one call.
const manyForeign = 100

// picksKept is how old the stored picks may be before they are stored again without having changed.
const picksKept = time.Hour

// unreportedOrders returns our orders that have picks which are not reported.
func (p *process) unreportedOrders(ctx context.Context) ([]ourOrder, error) {
	kept, err := p.State.Picks(ctx)
	if err != nil {
		return nil, err
	}
	at, query := p.Now().UTC(), ongoing.OrderQuery{ToReport: true}
	everything := kept.LookedAt.IsZero() || p.listAll
	if !everything {
		query.PickedFrom = kept.LookedAt.Add(-runner.Overlap)
	}
	all, err := p.list(ctx, query)
	if err != nil {
		return nil, err
	}
	if !everything {
		if all, err = p.addKept(ctx, all, kept); err != nil {
			return nil, err
		}
	}
	ours, err := p.oursAmong(ctx, all)
	if err != nil {
		return nil, err
	}
	picks := state.Picks{Others: kept.Others}
	if !everything || len(all)-len(ours) > manyForeign {
		picks.LookedAt, picks.Orders = at, p.numbersOf(ours)
	}
	if !maps.Equal(picks.Orders, kept.Orders) || picks.LookedAt.Sub(kept.LookedAt) > picksKept ||
		picks.LookedAt.IsZero() != kept.LookedAt.IsZero() {
		p.picks = &picks
	}
	return ours, nil
}

// addKept adds the orders that were kept to those that were listed. One that somebody has renumbered is read by its id.
func (p *process) addKept(ctx context.Context, all []ongoing.Order, kept state.Picks) ([]ongoing.Order, error) {
	missing := maps.Clone(kept.Orders)
	for _, o := range all {
		delete(missing, strconv.Itoa(int(o.Info.ID)))
	}
	numbers := slices.AppendSeq([]string{}, maps.Values(missing)) // not nil, which would mean all
	for o, err := range p.Ongoing.Orders(ctx, ongoing.OrderQuery{Numbers: numbers}) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return nil, err
		}
		if id := strconv.Itoa(int(o.Info.ID)); missing[id] != "" {
			delete(missing, id)
			all = append(all, o)
		}
	}
	for key := range missing {
		id, err := strconv.Atoi(key)
		if err != nil {
			continue // a person has edited it
		}
		switch o, err := p.Ongoing.Order(ctx, ongoing.OrderID(id)); {
		case err == nil, o.Unreadable != nil:
			all = append(all, o)
		case !errors.Is(err, ongoing.ErrNotFound):
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b ongoing.Order) int { return cmp.Compare(a.Info.ID, b.Info.ID) })
	return all, nil
}

// numbersOf returns the ids and numbers of those orders that have unreported picks and can still be booked.
func (p *process) numbersOf(ours []ourOrder) map[string]string {
	var numbers map[string]string
	for _, o := range ours {
		picked := slices.ContainsFunc(o.Lines, func(l ongoing.Line) bool {
			return unreportedOf(l).Sign() > 0
		})
		if picked && !p.hasEnded(o) {
			if numbers == nil { // an empty map is not stored
				numbers = map[string]string{}
			}
			numbers[strconv.Itoa(int(o.Info.ID))] = o.Info.Number
		}
	}
	return numbers
}

// storePicks stores what this run has found out for later ones. A crash before it leaves later runs to find it out
// again.
func (p *process) storePicks(ctx context.Context) error {
	if p.picks == nil && !p.originals.learned {
		return nil
	}
	picks := p.picks
	if picks == nil {
		kept, err := p.State.Picks(ctx)
		if err != nil {
			return err
		}
		picks = &kept
	}
	if p.originals.learned {
		picks.Others = p.originals.newestOthers()
	}
	if err := p.State.PutPicks(ctx, *picks); err != nil {
		return err
	}
	p.picks, p.originals.learned = nil, false
	return nil
}
