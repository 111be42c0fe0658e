// Package planner makes a plan from a stream of records, in bounded memory. It is the part that the processes have in
// common when they bring the changed records of one system to another:
//
//	read      named, retried and changed records arrive as one stream; each counts once, and one that cannot be read
//	          is refused
//	link      what we remember of the records is looked up, 100 at a time
//	decide    the process decides about each record from the record and its link alone, without a call
//	complete  records that may have to be written are kept until the stream ends; then the process reads what it needs
//	          of the other system for all of them at once
//
// A first run can bring tens of thousands of records, and an invocation runs many customers at once. So the plan has
// parts: beyond Limits.Kept only the ids of records are kept, and are read again in batches. One that is not in the
// answer is gone if others are; an answer with none of them fails the plan. Once a part has Limits.Planned changes, its
// Next plans the following one when those are made.
//
// The package knows no vendor and no store: the process passes them in as Steps.
package planner

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
)

// Limits bound the memory of a plan.
type Limits struct {
	// Kept is how many records are kept in memory to be completed together.
	Kept int
	// Planned is the number of changes at which a part of a plan ends.
	Planned int
	// BatchSize is how many records are read again at a time.
	BatchSize int
	// Whys keeps the reasons for what is skipped, for records that a person named: those are few.
	Whys bool
}

// Steps are what a process contributes to its plan. R is a record, L its link, C what is kept of a record that has to
// be completed, and T the payload of a change. No step writes anything.
type Steps[ID ~int, R, L, C, T any] interface {
	// ID returns the record's id. Its decimal form is the record's key in the plan.
	ID(R) ID
	// Changed returns when the record was changed; zero if that is not known.
	Changed(R) time.Time
	// InScope reports whether the process is concerned with a record at all, and if not, why. It is called once for
	// each record of the stream, and not for those read again.
	InScope(R) (bool, plan.Why)
	// Links returns the links of those of the records that have one.
	Links(ctx context.Context, ids []int) (map[int]L, error)
	// Decide decides about one record. The link is zero if there is none.
	Decide(R, L) Decision[C, T]
	// Complete reads the other system and adds a change, a refusal or a count to the plan for each candidate.
	Complete(ctx context.Context, candidates []C, to *plan.Plan[T]) error
	// Reread yields the records with these ids.
	Reread(ctx context.Context, ids []ID) iter.Seq2[R, error]
}

// A Verdict says what becomes of a record.
type Verdict string

// The verdicts.
const (
	Unchanged Verdict = "unchanged"
	Skipped   Verdict = "skipped" // out of scope
	Refused   Verdict = "refused" // for the reason Err
	Changed   Verdict = "changed" // by Change, without a look at the other system
	Kept      Verdict = "kept"    // as Candidate, to be completed
)

// A Decision is a verdict and what belongs to it.
type Decision[C, T any] struct {
	Verdict   Verdict
	Change    plan.Change[T]
	Candidate C
	// Fingerprint is that of a refused record.
	Fingerprint string
	Err         error
	// Why says why a record is skipped.
	Why plan.Why
}

// AddTo adds a decision about the record with a key to a plan. Only a Planner can keep a candidate.
func (d Decision[C, T]) AddTo(to *plan.Plan[T], key string) {
	switch d.Verdict {
	case Unchanged:
		to.Unchanged++
	case Skipped:
		to.Skipped++
	case Refused:
		to.Refuse(key, d.Fingerprint, d.Err)
	case Changed:
		to.Changes = append(to.Changes, d.Change)
	default:
		panic(fmt.Sprintf("planner: verdict %q of record %s", d.Verdict, key)) // a mistake in the process
	}
}

// linkBatch is how many links are looked up at once, DynamoDB's limit for BatchGetItem.
const linkBatch = 100

// A Planner makes one plan: Read, then Complete, then AddLookedAt.
type Planner[ID ~int, R, L, C, T any] struct {
	// Plan is what has been planned so far of the present part.
	Plan   plan.Plan[T]
	steps  Steps[ID, R, L, C, T]
	limits Limits
	seen   map[ID]bool
	// unlinked are the records whose links are looked up next.
	unlinked []R
	kept     []C
	// deferred are the records that exceeded Limits.Kept.
	deferred []ID
	// keys, retry and paused are the requested records that wait for a later part; missing is the note about one that
	// does not exist.
	keys, retry, paused []string
	missing             string
}

// New returns a planner with an empty plan.
func New[ID ~int, R, L, C, T any](steps Steps[ID, R, L, C, T], limits Limits) *Planner[ID, R, L, C, T] {
	return &Planner[ID, R, L, C, T]{steps: steps, limits: limits, seen: map[ID]bool{}}
}

// Seen reports whether Read has met a record, readable or not.
func (p *Planner[ID, R, L, C, T]) Seen(id ID) bool { return p.seen[id] }

// SeenNone reports whether Read has met no record.
func (p *Planner[ID, R, L, C, T]) SeenNone() bool { return len(p.seen) == 0 }

// Read decides about each record of the stream.
func (p *Planner[ID, R, L, C, T]) Read(ctx context.Context, records iter.Seq2[R, error]) error {
	for record, err := range Once(records, p.steps.ID, p.steps.Changed, p.seen, &p.Plan) {
		if err != nil {
			return err
		}
		if ok, why := p.steps.InScope(record); !ok {
			p.Plan.Skipped++
			p.keepWhy(p.steps.ID(record), why)
			continue
		}
		if p.unlinked = append(p.unlinked, record); len(p.unlinked) == linkBatch {
			if err := p.decide(ctx); err != nil {
				return err
			}
		}
	}
	return p.decide(ctx)
}

// Complete completes the candidates in memory, then batch by batch those that were deferred, until the part is full.
func (p *Planner[ID, R, L, C, T]) Complete(ctx context.Context) error {
	for {
		if len(p.kept) > 0 {
			if err := p.steps.Complete(ctx, p.kept, &p.Plan); err != nil {
				return err
			}
			p.kept = nil
		}
		if len(p.deferred) == 0 {
			return nil
		}
		if len(p.Plan.Changes) >= p.limits.Planned {
			p.Plan.Partial, p.Plan.Next = true, p.next
			return nil
		}
		n := min(p.limits.BatchSize, len(p.deferred))
		if err := p.reread(ctx, p.deferred[:n]); err != nil {
			return err
		}
		p.deferred = p.deferred[n:]
	}
}

// next plans the part after the present one.
func (p *Planner[ID, R, L, C, T]) next(ctx context.Context) (plan.Plan[T], error) {
	p.Plan = plan.Plan[T]{Sweep: p.Plan.Sweep}
	err := p.Complete(ctx)
	p.AddLookedAt(p.keys, p.retry, p.paused, p.missing)
	return p.Plan, err
}

// AddLookedAt adds the requested records that the part has decided about, or that are gone, to its LookedAt. Those that
// wait for a later part are not among them. So are those of paused, which nobody has requested, that were read: see
// runner.PlanRequest.Settles. missing is the note about a record that does not exist; see plan.Plan.
func (p *Planner[ID, R, L, C, T]) AddLookedAt(keys, retry, paused []string, missing string) {
	waiting := map[string]bool{}
	for _, id := range p.deferred {
		waiting[key(id)] = true
	}
	split := func(keys []string) (decided, later []string) {
		if keys == nil {
			return nil, nil // unlike no keys
		}
		decided, later = []string{}, []string{}
		for _, k := range keys {
			if waiting[k] {
				later = append(later, k)
			} else {
				decided = append(decided, k)
			}
		}
		return decided, later
	}
	keys, laterKeys := split(keys)
	retry, laterRetry := split(retry)
	paused, laterPaused := split(paused)
	p.keys, p.retry, p.paused, p.missing = laterKeys, laterRetry, laterPaused, missing
	seen := Among(p.seen)
	p.Plan.AddLookedAt(keys, retry, seen, !p.SeenNone(), missing)
	for _, k := range paused {
		if seen(k) {
			p.Plan.LookedAt = append(p.Plan.LookedAt, k)
		}
	}
}

// Among returns a function that reports whether a key is that of a record that was seen.
func Among[ID ~int](seen map[ID]bool) func(key string) bool {
	return func(key string) bool {
		ids := IDs[ID]([]string{key})
		return len(ids) == 1 && seen[ids[0]]
	}
}

// reread reads deferred records again and decides about each. If the answer has none of them, it can come from an
// outage, and is not used. Should all of them be gone indeed, the next plan does not read them in the first place.
func (p *Planner[ID, R, L, C, T]) reread(ctx context.Context, ids []ID) error {
	found := false
	for record, err := range p.steps.Reread(ctx, ids) {
		id := p.steps.ID(record)
		found = found || slices.Contains(ids, id)
		switch {
		case err == nil:
			p.unlinked = append(p.unlinked, record)
		case id != 0 && isOfRecord(err):
			p.Plan.Refuse(key(id), "", err)
		default:
			return err
		}
	}
	if !found {
		return errclass.New(errclass.Transient, "",
			"none of the records that were read before was there when they were read again; the answer is not used")
	}
	return p.decide(ctx)
}

// decide looks up the links of the records that were read and decides about each record.
func (p *Planner[ID, R, L, C, T]) decide(ctx context.Context) error {
	if len(p.unlinked) == 0 {
		return nil
	}
	ids := make([]int, len(p.unlinked))
	for i, record := range p.unlinked {
		ids[i] = int(p.steps.ID(record))
	}
	links, err := p.steps.Links(ctx, ids)
	if err != nil {
		return err
	}
	for i, record := range p.unlinked {
		p.add(ID(ids[i]), p.steps.Decide(record, links[ids[i]]))
	}
	p.unlinked = p.unlinked[:0]
	return nil
}

func (p *Planner[ID, R, L, C, T]) add(id ID, d Decision[C, T]) {
	p.keepWhy(id, d.Why)
	switch {
	case d.Verdict != Kept:
		d.AddTo(&p.Plan, key(id))
	case len(p.kept) < p.limits.Kept:
		p.kept = append(p.kept, d.Candidate)
	default:
		p.deferred = append(p.deferred, id)
	}
}

func (p *Planner[ID, R, L, C, T]) keepWhy(id ID, why plan.Why) {
	if p.limits.Whys && why.Reason != "" {
		why.Key = key(id)
		p.Plan.Whys = append(p.Plan.Whys, why)
	}
}

func key[ID ~int](id ID) string { return strconv.Itoa(int(id)) }
