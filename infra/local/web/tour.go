package web

import (
	"context"
	"fmt"
	"net/http"

	"ongoing24so/infra/checks"
	"ongoing24so/infra/local/localstack"
	"ongoing24so/infra/local/workday"
)

// A tour is how far the visitor has got.
type tour struct {
	done [][]checks.Check // of each step
}

// next returns the number of the step that is next, from 1; 0 after the last one.
func (t tour) next() int {
	if len(t.done) == len(workday.Steps()) {
		return 0
	}
	return len(t.done) + 1
}

type tourView struct {
	Steps    []stepView
	Customer string
}

type stepView struct {
	N int
	workday.Step
	Done, Next     bool
	Looks          []lookView
	Checks         []checks.Check
	Passed, Failed int
}

// A lookView is what to look for, and where.
type lookView struct{ Text, URL string }

func (s *Server) showTour(w http.ResponseWriter, r *http.Request) {
	v := tourView{Customer: s.day.Guest()}
	s.mu.Lock()
	t := s.tour
	s.mu.Unlock()
	for i, step := range workday.Steps() {
		x := stepView{N: i + 1, Step: step, Done: i < len(t.done), Next: i == len(t.done)}
		for _, l := range step.Look {
			x.Looks = append(x.Looks, lookView{l.Text, s.lookURL(r.Context(), l)})
		}
		if x.Done {
			x.Checks = t.done[i]
		}
		for _, c := range x.Checks {
			if c.OK {
				x.Passed++
			} else {
				x.Failed++
			}
		}
		v.Steps = append(v.Steps, x)
	}
	p := s.newPage(r, "tour", "A tour in seven steps", s.day.Guest())
	p.Data = v
	s.show(w, r, http.StatusOK, "tour", p)
}

func (s *Server) lookURL(ctx context.Context, l workday.Look) string {
	id := localstack.ID{System: localstack.Office24, Kind: localstack.Order, Key: fmt.Sprint(l.Order)}
	switch {
	case l.Product != 0:
		id.Kind, id.Key = localstack.Product, fmt.Sprint(l.Product)
	case l.Rest:
		rest := s.day.Rest(ctx)
		if rest == 0 {
			return ""
		}
		id.Key = fmt.Sprint(rest)
	case l.Order == 0:
		return ""
	}
	return recordURL(s.day.Guest(), id)
}

// doTour does the next step.
func (s *Server) doTour(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	n := s.tour.next()
	s.mu.Unlock()
	if n == 0 || r.PostFormValue("step") != fmt.Sprint(n) {
		s.back(w, r) // it was done already
		return
	}
	step := workday.Steps()[n-1]
	s.do(w, r, fmt.Sprintf("Step %d", n), func(ctx context.Context) (string, error) {
		var made []checks.Check
		s.day.Into = &made
		if err := s.day.Do(ctx, step); err != nil {
			return "", err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tour.done = append(s.tour.done, made)
		return fmt.Sprintf("Step %d is done: %s.", n, step.Title), nil
	})
}
