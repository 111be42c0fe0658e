package crash_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCrash kills each process at each of its writes.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			undisturbed, moments := s.undisturbed(t)
			for _, write := range s.writes {
				if !slices.ContainsFunc(moments, func(m string) bool { return strings.HasPrefix(m, "behind "+write) }) {
					t.Errorf("the scenario has no write %s", write)
				}
			}
			cursorIsLast(t, moments)
			for at, moment := range moments {
				t.Run(moment, func(t *testing.T) {
					t.Parallel()
					s.disturbed(t, undisturbed, at+1)
				})
			}
		})
	}
}

// cursorIsLast checks that the cursor moves when all else is written. A run that comes soon after a crash reads again
// what the last one has read, and would not notice; one that comes a day later would.
func cursorIsLast(t *testing.T, moments []string) {
	t.Helper()
	at := slices.IndexFunc(moments, func(m string) bool { return strings.HasPrefix(m, "before PutItem cursor#") })
	for _, m := range moments[at+2:] {
		if !strings.Contains(m, "PutItem run#") && !strings.Contains(m, "PutItem lease#") {
			t.Errorf("%s, after the cursor has moved", m)
		}
	}
}

// TestTwoCrashes kills a process, and its successor as well.
func TestTwoCrashes(t *testing.T) {
	t.Parallel()
	pairs := 8
	if *every {
		pairs = 200
	}
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			undisturbed, moments := s.undisturbed(t)
			random := rand.New(rand.NewPCG(1, 2)) // the same pairs in every test
			for range pairs {
				first, second := 1+random.IntN(len(moments)), 1+random.IntN(len(moments))
				t.Run(fmt.Sprintf("%s, then at %d", moments[first-1], second), func(t *testing.T) {
					t.Parallel()
					s.disturbed(t, undisturbed, first, second)
				})
			}
		})
	}
}

// TestDay kills a process in the middle of a round of all five, behind each write to a vendor.
func TestDay(t *testing.T) {
	t.Parallel()
	s := day()
	undisturbed, moments := s.undisturbed(t)
	for at, moment := range moments {
		if !*every && (strings.HasPrefix(moment, "before ") || strings.Contains(moment, "Item ")) {
			continue
		}
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			s.disturbed(t, undisturbed, at+1)
		})
	}
}

// undisturbed is how the scenario ends if nobody dies, and at which moments somebody could.
func (s scenario) undisturbed(t *testing.T) (end, []string) {
	t.Helper()
	w := s.world(t)
	w.reaper.watch(0, func() {})
	w.run(s.processes...)
	moments, _ := w.reaper.rest()
	w.settle(s.processes...)
	s.check(w)
	return w.end(), moments
}

// disturbed kills at these moments, one in each run, and then holds the end against the one it should have come to.
func (s scenario) disturbed(t *testing.T, undisturbed end, moments ...int) {
	t.Helper()
	w := s.world(t)
	for i, at := range moments {
		w.reaper.watch(at, func() {})
		w.run(s.processes...)
		if _, struck := w.reaper.rest(); !struck && i == 0 {
			t.Fatal("nobody was killed")
		}
	}
	w.settle(s.processes...)
	if diff := cmp.Diff(undisturbed, w.end()); diff != "" {
		t.Errorf("another end than without the crash (-undisturbed +crashed):\n%s", diff)
	}
}
