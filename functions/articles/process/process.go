package process

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/state"
)

var defaultLimits = planner.Limits{Kept: 250, Planned: 250, BatchSize: 250}

type process struct {
	lambdahost.Dependencies
	register *articles.Register
	limits   planner.Limits
}

func newProcess(d lambdahost.Dependencies, limits planner.Limits) *process {
	register := &articles.Register{Settings: d.Settings, Office24: d.Office24, Ongoing: d.Ongoing, State: d.State}
	return &process{Dependencies: d, register: register, limits: limits}
}

// Plan reads the changed products and decides what has to be written.
func (p *process) Plan(ctx context.Context, request runner.PlanRequest) (plan.Plan[articles.Write], error) {
	limits := p.limits
	limits.Whys = request.Keys != nil
	planning := planner.New(&steps{
		process: p, request: request, barCodes: map[string]office24.ProductID{},
		numbers: articles.Numbers{Complete: readsAll(request)},
	}, limits)
	found := 0
	err := planning.Read(ctx, p.products(ctx, request, &found))
	if err == nil {
		err = planning.Complete(ctx)
	}
	planning.Plan.FoundNone = found == 0 && request.Keys == nil
	planning.AddLookedAt(request.Keys, request.Retry, request.Settles(), "product %s does not exist in 24SevenOffice")
	return planning.Plan, err
}

// Apply writes one article and its link.
func (p *process) Apply(ctx context.Context, c plan.Change[articles.Write]) error {
	return p.register.Apply(ctx, c.Payload)
}

// BatchSize is how many changes ApplyBatch takes.
func (p *process) BatchSize() int { return articles.BatchSize }

// ApplyBatch writes articles and their links.
func (p *process) ApplyBatch(
	ctx context.Context, changes []plan.Change[articles.Write], settle func(i int, err error) bool,
) {
	writes := make([]*articles.Write, len(changes))
	for i := range changes {
		writes[i] = &changes[i].Payload
	}
	p.register.ApplyBatch(ctx, writes, settle)
}

// products yields the products that the run has to look at, and counts those found by the time of their change.
func (p *process) products(
	ctx context.Context, request runner.PlanRequest, found *int,
) iter.Seq2[office24.Product, error] {
	byID := func(ids []office24.ProductID) iter.Seq2[office24.Product, error] {
		return p.search(ctx, office24.ProductSearch{IDs: ids})
	}
	changed := p.search(ctx, office24.ProductSearch{ChangedAfter: office24.ChangedAfter(request.Since)})
	return planner.Requested(request.Keys, request.Retry, byID, changed, found)
}

// readsAll reports whether a run reads all products.
func readsAll(request runner.PlanRequest) bool { return request.Keys == nil && request.Since.IsZero() }

func (p *process) search(ctx context.Context, s office24.ProductSearch) iter.Seq2[office24.Product, error] {
	return p.Office24.Products(ctx, s, articles.Properties(p.Settings)...)
}

// steps are the planner's steps for one plan.
type steps struct {
	*process
	request runner.PlanRequest
	numbers articles.Numbers
	// links are all links; nil until they are read.
	links map[int]state.ArticleLink
	// barCodes has the first product with each text in EAN1.
	barCodes map[string]office24.ProductID
}

func (s *steps) ID(p office24.Product) office24.ProductID { return p.ID }

func (s *steps) Changed(p office24.Product) time.Time { return p.DateChanged }

// InScope filters by category. It remembers the numbers of all products in scope, so that one that is used twice is
// found before any of them is written.
func (s *steps) InScope(p office24.Product) (bool, plan.Why) {
	if !articles.InScope(p, s.Settings) {
		return false, plan.Why{
			Reason:  fmt.Sprintf("its category %d is not one of those listed", p.CategoryID),
			Setting: "articles.categoryIds",
		}
	}
	s.numbers.Add(p)
	if _, taken := s.barCodes[p.EAN1]; !taken && p.EAN1 != "" {
		s.barCodes[p.EAN1] = p.ID
	}
	return true, plan.Why{}
}

// Links looks links up. A run that reads all products reads all links at once, which costs much less than each.
func (s *steps) Links(ctx context.Context, ids []int) (map[int]state.ArticleLink, error) {
	if !readsAll(s.request) {
		return s.State.Articles(ctx, ids)
	}
	if s.links == nil {
		all, err := s.State.AllArticles(ctx)
		if err != nil {
			return nil, err
		}
		s.links = all
	}
	return s.links, nil
}

func (s *steps) Decide(p office24.Product, link state.ArticleLink) decision {
	return decide(p, link, s.Settings, s.request.Compare(articles.Key(p.ID)))
}

func (s *steps) Reread(ctx context.Context, ids []office24.ProductID) iter.Seq2[office24.Product, error] {
	return s.search(ctx, office24.ProductSearch{IDs: ids})
}

// Complete compares the candidates with the articles in Ongoing. Those whose number another product has are refused,
// unless it is that of their own article; if they have expired and have no article under another number, they are
// skipped.
func (s *steps) Complete(ctx context.Context, candidates []articles.Candidate, to *plan.Plan[articles.Write]) error {
	if err := s.register.ReadNumbers(ctx, &s.numbers, candidates); err != nil {
		return err
	}
	for i := range candidates {
		c := &candidates[i]
		c.AnyNumber = true
		if err := s.numbers.Check(*c); errors.Is(err, articles.ErrNumberGivenUp) {
			c.GivenUp = err
		} else {
			c.Clash = err
		}
	}
	changes, refused, err := s.register.Plan(ctx, candidates)
	for _, c := range changes {
		if c.Payload.Unchanged {
			to.Unchanged++
		} else {
			to.Changes = append(to.Changes, c)
			to.Notes = append(to.Notes, c.Payload.Notes...)
			s.noteBarCode(c.Payload, to)
		}
	}
	for _, r := range refused {
		if errors.Is(r.Err, articles.ErrNumberGivenUp) {
			to.Skipped++
		} else {
			to.Refuse(r.Key, r.Fingerprint, r.Err)
		}
	}
	return err
}

// noteBarCode notes that another product has the same bar code. That is no reason to refuse either: the warehouse may
// work without bar codes.
func (s *steps) noteBarCode(w articles.Write, to *plan.Plan[articles.Write]) {
	if w.Body.BarCodeInfo == nil {
		return
	}
	code, id := w.Body.BarCodeInfo.BarCode, office24.ProductID(w.Link.ProductID)
	if first, taken := s.barCodes[code]; taken && first != id {
		to.Notes = append(to.Notes, fmt.Sprintf("bar code %s is that of products %d and %d", code, first, id))
	}
}
