package process

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
)

// The brake holds a plan that would set too many products from above zero to zero, because an outage of the warehouse's
// system looks like that: more than brakePercent of the compared products that have stock in 24SevenOffice, and at
// least brakeMinimum of them.
//
// What it holds is kept as failure records, by which later runs recognise it. The products that would become empty stay
// held, in every run and whatever its size, until their figures recover or a person names them. The other records of
// the plan are held with them and compared again by the next run. While a run still finds too many products that would
// become empty, held before or not, it writes nothing; those that are new by then are held like the others of the plan.
//
// A plan comes in parts, and what a part has written cannot be held any more. So a part is held if it would set too
// many products to zero by itself, as if it were all there is, or together with the parts before it: many parts that
// stay below brakeMinimum are not let through one by one, and a full part is not because it follows many others. After
// a part that is held, the run ends.

// Fingerprints of held records. They are not those of a content, so that a record is written at once when it is not
// held any more.
const (
	heldAsEmpty = "brake: empty"
	heldWith    = "brake: with others"
)

// A tally counts the comparisons of products that have stock in 24SevenOffice: all of them, those that would become
// empty, and those of them that the brake did not hold before.
type tally struct{ inStock, empty, fresh int }

func (t tally) plus(o tally) tally {
	return tally{t.inStock + o.inStock, t.empty + o.empty, t.fresh + o.fresh}
}

func (t tally) String() string {
	return fmt.Sprintf("%d of %d compared articles that have stock would be set to zero", t.empty, t.inStock)
}

// readHeld reads which products the brake held in earlier runs, if there is anything to write or to settle. Those that
// were not compared yet are compared now. It does so once in a run.
func (pl *planner) readHeld(ctx context.Context, requested []string) error {
	if pl.held != nil || len(pl.differing) == 0 && len(requested) == 0 || pl.Settings.Stock.BrakePercent >= 100 {
		return nil
	}
	failures, err := pl.State.Failures(ctx, naming.Stock)
	if err != nil {
		return err
	}
	pl.held = map[string]bool{}
	var missing []string
	for _, f := range failures {
		if f.Foreign || f.Class != errclass.Held || f.Fingerprint != heldAsEmpty {
			continue
		}
		pl.held[f.Key] = true
		if !pl.settled[f.Key] && !pl.before[f.Key] && !slices.Contains(requested, f.Key) {
			missing = append(missing, f.Key)
		}
	}
	return pl.compareKeys(ctx, missing)
}

// decide plans the writes and says which of them are held.
func (pl *planner) decide() {
	var empty []comparison // what would become empty
	for _, c := range pl.differing {
		if c.empties() {
			empty = append(empty, c)
			pl.part.empty++
			if !pl.held[key(c.product)] {
				pl.part.fresh++
			}
		}
	}
	braking, tripped, judged := pl.judge()
	if braking {
		pl.plan.Notes = append(pl.plan.Notes, fmt.Sprintf(
			"%s, so nothing is written: %s", judged, listFirst(names(empty))))
	}
	var free []comparison
	for _, c := range pl.differing {
		switch {
		case c.empties() && (pl.held[key(c.product)] || tripped):
			pl.hold(c, heldAsEmpty, errclass.New(errclass.Held, "",
				"%s; article %s would be set from %s to %s and stays as it is until its quantity recovers; "+
					"if it is sold out, run the function with product %d as a key",
				judged, c.article.Number, c.stock, c.quantity, c.product))
		case braking:
			pl.hold(c, heldWith, errclass.New(errclass.Held, "",
				"%s, so nothing is written; article %s is compared again in the next run",
				judged, c.article.Number))
		default:
			free = append(free, c)
		}
	}
	pl.write(free)
	pl.addNext(braking)
}

// judge reports whether this part would set too many products to zero, alone or with those before it (braking), and
// whether it would without those that are held already (tripped). It returns what it has judged by.
func (pl *planner) judge() (braking, tripped bool, by tally) {
	by = pl.part
	if pl.held == nil {
		return false, false, by
	}
	for _, t := range []tally{pl.part, pl.earlier.plus(pl.part)} {
		if pl.tooMany(t.empty, t.inStock) && !braking {
			braking, by = true, t
		}
		tripped = tripped || pl.tooMany(t.fresh, t.inStock-(t.empty-t.fresh))
	}
	return braking, tripped, by
}

// write plans writes as far as this part has room for them; the others are left to the next part. What a person named
// or what failed before has room in any case.
func (pl *planner) write(compared []comparison) {
	writes := 0
	pl.rest = nil
	for _, c := range compared {
		if c.swept && writes == pl.maxWrites {
			pl.rest = append(pl.rest, c)
			delete(pl.settled, key(c.product))
			continue
		}
		if c.swept {
			writes++
		}
		pl.plan.Changes = append(pl.plan.Changes, changeOf(c))
	}
}

// hold adds a change that brake holds.
func (pl *planner) hold(c comparison, fingerprint string, reason error) {
	change := changeOf(c)
	change.Payload.hold = &plan.Refusal{Key: change.Key, Fingerprint: fingerprint, Err: reason}
	pl.plan.Changes = append(pl.plan.Changes, change)
}

// brake is the policy of the process: it returns the changes that decide has held.
func brake(_ settings.Customer, p plan.Plan[comparison], _ func(string) bool) (held []plan.Refusal) {
	for _, c := range p.Changes {
		if c.Payload.hold != nil {
			held = append(held, *c.Payload.hold)
		}
	}
	return held
}

// tooMany reports whether so many of so many products are too many to become empty.
func (pl *planner) tooMany(n, of int) bool {
	return n > 0 && n >= pl.Settings.Stock.BrakeMinimum && n*100 > of*pl.Settings.Stock.BrakePercent
}

func changeOf(c comparison) plan.Change[comparison] {
	old := ""
	if c.stock != nil {
		old = c.stock.String()
	}
	return plan.Change[comparison]{
		Key: key(c.product), Action: plan.Update, Payload: c,
		Fields:      []plan.Field{{Field: "Stock", Old: old, New: c.quantity.String()}},
		Fingerprint: plan.Fingerprint(c.quantity),
	}
}

// names returns the articles and products of comparisons, for people.
func names(compared []comparison) []string {
	var all []string
	for _, c := range compared {
		all = append(all, fmt.Sprintf("%s (product %d)", c.article.Number, c.product))
	}
	slices.Sort(all)
	return all
}

// listFirst lists the first few names.
func listFirst(names []string) string {
	const shown = 20
	if len(names) > shown {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
	}
	return strings.Join(names, ", ")
}
