package crash_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCrashAtAnyWriteEndsLikeUndisturbedRun(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			undisturbed, moments := s.runUndisturbed(t)
			for _, write := range s.writes {
				if !slices.ContainsFunc(moments, func(m string) bool { return strings.HasPrefix(m, "after "+write) }) {
					t.Errorf("the scenario has no write %s", write)
				}
			}
			checkCursorIsLast(t, moments)
			for at, moment := range moments {
				t.Run(moment, func(t *testing.T) {
					t.Parallel()
					s.checkCrashes(t, undisturbed, at+1)
				})
			}
		})
	}
}

// checkCursorIsLast checks that the cursor moves after everything else is written. The runs after a crash would not
// show a cursor that moves too early, because a run soon after the crash reads the same changes again; one a day later
// would not.
func checkCursorIsLast(t *testing.T, moments []string) {
	t.Helper()
	at := slices.IndexFunc(moments, func(m string) bool { return strings.HasPrefix(m, "before PutItem cursor#") })
	for _, m := range moments[at+2:] {
		if !strings.Contains(m, "PutItem run#") && !strings.Contains(m, "PutItem lease#") {
			t.Errorf("%s, after the cursor has moved", m)
		}
	}
}

func TestTwoCrashesInARowEndLikeUndisturbedRun(t *testing.T) {
	t.Parallel()
	pairs := 8
	if *every {
		pairs = 200
	}
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			undisturbed, moments := s.runUndisturbed(t)
			random := rand.New(rand.NewPCG(1, 2)) // the same pairs in every test
			for range pairs {
				first, second := 1+random.IntN(len(moments)), 1+random.IntN(len(moments))
				t.Run(fmt.Sprintf("%s, then at %d", moments[first-1], second), func(t *testing.T) {
					t.Parallel()
					s.checkCrashes(t, undisturbed, first, second)
				})
			}
		})
	}
}

// Without -every, it kills after each write to a vendor only.
func TestCrashInRoundOfAllProcessesEndsLikeUndisturbedRound(t *testing.T) {
	t.Parallel()
	s := allProcesses()
	undisturbed, moments := s.runUndisturbed(t)
	for at, moment := range moments {
		if !*every && (strings.HasPrefix(moment, "before ") || strings.Contains(moment, "Item ")) {
			continue
		}
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			s.checkCrashes(t, undisturbed, at+1)
		})
	}
}

// runUndisturbed returns how the scenario ends if nothing is killed, and the moments at which a function can die.
func (s scenario) runUndisturbed(t *testing.T) (end, []string) {
	t.Helper()
	w := s.world(t)
	w.killer.arm(0, func() {})
	w.run(s.processes...)
	moments, _ := w.killer.disarm()
	w.settle(s.processes...)
	s.check(w)
	return w.end(), moments
}

// checkCrashes kills at these moments, one in each run, and compares the end with that of an undisturbed run.
func (s scenario) checkCrashes(t *testing.T, undisturbed end, moments ...int) {
	t.Helper()
	w := s.world(t)
	for i, at := range moments {
		w.killer.arm(at, func() {})
		w.run(s.processes...)
		if _, killed := w.killer.disarm(); !killed && i == 0 {
			t.Fatal("nothing was killed")
		}
	}
	w.settle(s.processes...)
	if diff := cmp.Diff(undisturbed, w.end()); diff != "" {
		t.Errorf("the end differs from that without the crash (-undisturbed +crashed):\n%s", diff)
	}
}
