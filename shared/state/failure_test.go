package state_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

func TestPause(t *testing.T) {
	t.Parallel()
	const m, h = time.Minute, time.Hour
	tests := []struct {
		class errclass.Class
		why   string
		want  []time.Duration // after the first attempt, the second and so on
	}{
		{errclass.Rejected, "a person corrects it, today or next week", []time.Duration{15 * m, 30 * m, h, 2 * h, 4 * h, 8 * h, 16 * h, 24 * h, 24 * h}},
		{errclass.Final, "the same again is of no use", []time.Duration{24 * h, 24 * h}},
		{errclass.Held, "somebody may have moved", []time.Duration{15 * m, 30 * m, h, h}},
		{errclass.Conflict, "it only has to be read again", []time.Duration{0, 0, 0, 0, 0, 0}},
		{errclass.Transient, "outages are short, but some are not", []time.Duration{0, 0, 0, 0, 15 * m, 30 * m, h, h}},
		{errclass.Defect, "as an outage", []time.Duration{0, 0, 0, 0, 15 * m, 30 * m, h, h}},
		{errclass.Settings, "unusual for a record: as rejected", []time.Duration{15 * m, 30 * m, h, 2 * h}},
	}
	for _, test := range tests {
		for i, want := range test.want {
			if got := state.Pause(test.class, i+1); got != want {
				t.Errorf("%s, attempt %d: %v, want %v (%s)", test.class, i+1, got, want, test.why)
			}
		}
	}
	if got := state.Pause(errclass.Rejected, 1_000_000); got != 24*h {
		t.Errorf("after a million attempts %v", got)
	}
}

func TestAgain(t *testing.T) {
	t.Parallel()
	key := state.Failure{Process: naming.Articles, Key: "7301", Version: 3}
	failed := func(attempts int, fingerprint string, first, last, next time.Time) state.Failure {
		f := key
		f.Class, f.Message, f.Fingerprint, f.Attempts = errclass.Rejected, "no number", fingerprint, attempts
		f.FirstAt, f.LastAt, f.NextAt = first, last, next
		return f
	}
	later := noon.Add(time.Hour)
	tests := []struct {
		why          string
		before, want state.Failure
	}{
		{"the first attempt", key, failed(1, "f", later, later, later.Add(15*time.Minute))},
		{"the same record rests longer", failed(3, "f", noon, noon, noon.Add(time.Hour)), failed(4, "f", noon, later, later.Add(2*time.Hour))},
		{"a changed record starts over", failed(3, "old", noon, noon, noon.Add(time.Hour)), failed(1, "f", later, later, later.Add(15*time.Minute))},
	}
	for _, test := range tests {
		got := test.before.WithAttempt(later, errclass.Rejected, "no number", "f")
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
	}
}

// TestFailures: a process sees its own, whole, and people can read them.
func TestFailures(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		first := state.Failure{Process: naming.SalesOrders, Key: "40557"}.WithAttempt(noon, errclass.Held, "method 4 is not listed", "f1")
		second := state.Failure{Process: naming.SalesOrders, Key: "9"}.WithAttempt(noon, errclass.Rejected, "no article number", "")
		foreign := state.Failure{Process: naming.Articles, Key: "40557"}.WithAttempt(noon, errclass.Rejected, "no number", "")
		for _, f := range []*state.Failure{&first, &second, &foreign} {
			must(t, w.acme.PutFailure(t.Context(), f))
		}
		must(t, w.store.Partition("acme-2").PutFailure(t.Context(), &state.Failure{Process: naming.SalesOrders, Key: "1"}))
		got, err := w.acme.Failures(t.Context(), naming.SalesOrders)
		must(t, err)
		if diff := cmp.Diff([]state.Failure{first, second}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		want := map[string]any{
			"customerId": "acme", "record": "failure#salesorders#40557", "process": "salesorders", "key": "40557", "class": "held",
			"message": "method 4 is not listed", "fingerprint": "f1", "attempts": 1.0, "firstAt": "2026-11-02T12:00:00.000Z",
			"lastAt": "2026-11-02T12:00:00.000Z", "nextAt": "2026-11-02T12:15:00.000Z", "version": float64(first.Version),
		}
		if diff := cmp.Diff(want, w.stored(t, "failure#salesorders#40557")); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
		must(t, w.acme.DeleteFailure(t.Context(), first))
		got, err = w.acme.Failures(t.Context(), naming.SalesOrders)
		must(t, err)
		if diff := cmp.Diff([]state.Failure{second}, got); diff != "" {
			t.Errorf("one went through (-want +got):\n%s", diff)
		}
	})
}
