package state

import (
	"context"
	"time"
)

// Picks are the orders of ours in Ongoing WMS that had picks which were not reported, as the process stock has found
// them. It keeps them if there are many unreported orders of other systems, so that it does not have to list those
// again.
type Picks struct {
	// LookedAt is when they were looked for; zero if they are not kept.
	LookedAt time.Time `dynamodbav:"lookedAt,omitempty"`
	// Orders are their ids in Ongoing and their numbers.
	Orders map[string]string `dynamodbav:"orders,omitempty"`
	// Others are ids in Ongoing of orders that are not ours and that back orders were made for.
	Others []int `dynamodbav:"others,omitempty"`
}

// Picks returns the stored picks. Those of another binding count as none.
func (p *Partition) Picks(ctx context.Context) (Picks, error) {
	it, err := p.get(ctx, picksRecord)
	if err != nil || p.isForeign(it) {
		return Picks{}, err
	}
	var picks Picks
	if err := decode(it, &picks); err != nil {
		return Picks{}, err
	}
	p.keepUnknown(picksRecord, it, &picks)
	return picks, nil
}

// PutPicks stores picks. Only a run with the lease of the process stock does so.
func (p *Partition) PutPicks(ctx context.Context, picks Picks) error {
	it, err := encode(p.id, picksRecord, picks)
	if err != nil {
		return err
	}
	return p.putItem(ctx, p.stamped(it), condition{}, nil)
}
