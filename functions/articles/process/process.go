package process

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
)

// A first run may bring tens of thousands of products. The limits bound how many are held in memory, how many changes a
// plan has at least when it leaves the rest to the next run, and how many products are read again at a time.
type limits struct{ held, planned, portion int }

var defaultLimits = limits{held: 2_000, planned: 5_000, portion: 500}

type process struct {
	lambdahost.Dependencies
	register *articles.Register
	limits   limits
}

func newProcess(c lambdahost.Dependencies, l limits) *process {
	return &process{c, &articles.Register{Settings: c.Settings, Office24: c.Office24, Ongoing: c.Ongoing, State: c.State},
		l}
}

// Plan reads the changed products and decides what has to be written.
func (p *process) Plan(ctx context.Context, ask runner.PlanRequest) (plan.Plan[articles.Write], error) {
	s := &survey{process: p, ask: ask}
	if err := s.read(ctx, p.products(ctx, ask)); err != nil {
		return s.plan, err
	}
	return s.plan, s.decide(ctx)
}

// Apply writes one article and its link.
func (p *process) Apply(ctx context.Context, c plan.Change[articles.Write]) error {
	return p.register.Apply(ctx, c.Payload)
}

// products is what the run looks at: those named, or those that failed before and those that changed.
func (p *process) products(ctx context.Context, ask runner.PlanRequest) iter.Seq2[office24.Product, error] {
	named := ask.Retry
	if ask.Keys != nil {
		named = ask.Keys
	}
	return func(yield func(office24.Product, error) bool) {
		seen := map[office24.ProductID]bool{}
		if len(named) > 0 {
			for product, err := range p.search(ctx, office24.ProductSearch{IDs: productIDs(named)}) {
				seen[product.ID] = true
				if !yield(product, err) {
					return
				}
			}
		}
		if ask.Keys != nil {
			return
		}
		for product, err := range p.search(ctx, office24.ProductSearch{ChangedAfter: since(ask.Since)}) {
			if !seen[product.ID] && !yield(product, err) {
				return
			}
		}
	}
}

// since is the moment to search from: a full read is a search from far back, as the vendor recommends.
func since(t time.Time) time.Time {
	if t.IsZero() {
		return time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

func (p *process) search(ctx context.Context, s office24.ProductSearch) iter.Seq2[office24.Product, error] {
	return p.Office24.Products(ctx, s, articles.Properties(p.Settings)...)
}

func productIDs(keys []string) []office24.ProductID {
	out := make([]office24.ProductID, 0, len(keys))
	for _, k := range keys {
		if n, err := strconv.Atoi(k); err == nil {
			out = append(out, office24.ProductID(n))
		}
	}
	return out
}

// A survey goes through the products once and keeps those whose article may have to be written.
type survey struct {
	*process
	ask     runner.PlanRequest
	plan    plan.Plan[articles.Write]
	numbers articles.Numbers
	held    []articles.Candidate
	// waiting are the candidates that did not fit into held; they are read again.
	waiting []office24.ProductID
	buffer  []office24.Product
}

// buffered is how many products have their links looked up at once, DynamoDB's limit for a batch.
const buffered = 100

// read takes the products as they come, a hundred at a time.
func (s *survey) read(ctx context.Context, products iter.Seq2[office24.Product, error]) error {
	for product, err := range products {
		if err != nil && !s.unreadable(product, err) {
			return err
		}
		s.plan.Read++
		switch {
		case err != nil:
			continue
		case !s.wanted(product):
			s.plan.Skipped++
			continue
		}
		s.numbers.Note(product)
		if s.buffer = append(s.buffer, product); len(s.buffer) == buffered {
			if err := s.consider(ctx); err != nil {
				return err
			}
		}
	}
	return s.consider(ctx)
}

// wanted is the filter by category.
func (s *survey) wanted(p office24.Product) bool {
	only := s.Settings.Articles.CategoryIDs
	return only == nil || slices.Contains(only, p.CategoryID)
}

// unreadable refuses a product of which only it itself cannot be understood; false for any other error.
func (s *survey) unreadable(p office24.Product, err error) bool {
	if !errclass.Is(err, errclass.Rejected) || p.ID == 0 {
		return false
	}
	s.plan.Refuse(articles.Key(p.ID), "", err)
	return true
}

// consider maps the buffered products and keeps those that are not as they were last written.
func (s *survey) consider(ctx context.Context) error {
	ids := make([]int, len(s.buffer))
	for i, p := range s.buffer {
		ids[i] = int(p.ID)
	}
	links, err := s.State.Articles(ctx, ids)
	if err != nil {
		return err
	}
	for _, p := range s.buffer {
		c, changed, err := s.register.Consider(p, links[int(p.ID)])
		switch {
		case err != nil:
			s.plan.Refuse(articles.Key(p.ID), plan.Fingerprint(p), err)
		case !changed && !s.ask.Compare(articles.Key(p.ID)):
			s.plan.Unchanged++
		case len(s.held) < s.limits.held:
			s.held = append(s.held, c)
		default:
			s.waiting = append(s.waiting, p.ID)
		}
	}
	s.buffer = s.buffer[:0]
	return nil
}

// decide plans the candidates that were held, and then, portion by portion, those that have to be read again.
func (s *survey) decide(ctx context.Context) error {
	for {
		if err := s.decideHeld(ctx); err != nil {
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
		if err := s.reread(ctx, s.waiting[:n]); err != nil {
			return err
		}
		s.waiting = s.waiting[n:]
	}
}

func (s *survey) decideHeld(ctx context.Context) error {
	single := s.held[:0]
	for _, c := range s.held {
		if err := s.numbers.Check(c.Body.ArticleNumber); err != nil {
			s.plan.Refuse(articles.Key(c.Product.ID), c.Fingerprint, err)
		} else {
			single = append(single, c)
		}
	}
	changes, refused, err := s.register.Plan(ctx, single)
	for _, c := range changes {
		if c.Payload.Known {
			s.plan.Unchanged++
		} else {
			s.plan.Changes = append(s.plan.Changes, c)
		}
	}
	s.plan.Refused = append(s.plan.Refused, refused...)
	s.held = s.held[:0]
	return err
}

func (s *survey) reread(ctx context.Context, ids []office24.ProductID) error {
	for product, err := range s.search(ctx, office24.ProductSearch{IDs: ids}) {
		switch {
		case err == nil:
			s.buffer = append(s.buffer, product)
		case !s.unreadable(product, err):
			return err
		}
	}
	return s.consider(ctx)
}
