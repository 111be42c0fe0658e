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

func TestPauseDependsOnClassAndAttempts(t *testing.T) {
	t.Parallel()
	const m, h = time.Minute, time.Hour
	tests := []struct {
		class errclass.Class
		why   string
		want  []time.Duration // after the first attempt, the second and so on
	}{
		{
			class: errclass.Rejected, why: "a person corrects it, today or next week",
			want: []time.Duration{15 * m, 30 * m, h, 2 * h, 4 * h, 8 * h, 16 * h, 24 * h, 24 * h},
		},
		{
			class: errclass.Final, why: "trying the same again is useless",
			want: []time.Duration{24 * h, 24 * h},
		},
		{
			class: errclass.Held, why: "somebody can have acted",
			want: []time.Duration{15 * m, 30 * m, h, h},
		},
		{
			class: errclass.Conflict, why: "it only has to be read again",
			want: []time.Duration{0, 0, 0, 0, 0, 0},
		},
		{
			class: errclass.Transient, why: "most outages are short, some are not",
			want: []time.Duration{0, 0, 0, 0, 15 * m, 30 * m, h, h},
		},
		{
			class: errclass.Defect, why: "like an outage",
			want: []time.Duration{0, 0, 0, 0, 15 * m, 30 * m, h, h},
		},
		{
			class: errclass.Settings, why: "unusual for a record: like rejected",
			want: []time.Duration{15 * m, 30 * m, h, 2 * h},
		},
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

func TestWithAttemptCountsUntilTheRecordChanges(t *testing.T) {
	t.Parallel()
	untried := state.Failure{Process: naming.Articles, Key: "7301", Version: 3}
	failed := func(attempts int, fingerprint string, first, last, next time.Time) state.Failure {
		f := untried
		f.Class, f.Message, f.Fingerprint, f.Attempts = errclass.Rejected, "no number", fingerprint, attempts
		f.FirstAt, f.LastAt, f.NextAt = first, last, next
		return f
	}
	later := noon.Add(time.Hour)
	tests := []struct {
		name         string
		before, want state.Failure
	}{
		{
			name:   "the first attempt",
			before: untried,
			want:   failed(1, "f", later, later, later.Add(15*time.Minute)),
		},
		{
			name:   "the same record waits longer",
			before: failed(3, "f", noon, noon, noon.Add(time.Hour)),
			want:   failed(4, "f", noon, later, later.Add(2*time.Hour)),
		},
		{
			name:   "a changed record starts over",
			before: failed(3, "old", noon, noon, noon.Add(time.Hour)),
			want:   failed(1, "f", later, later, later.Add(15*time.Minute)),
		},
	}
	for _, test := range tests {
		got := test.before.WithAttempt(later, errclass.Rejected, "no number", "f")
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestFailuresAreReadableAndBelongToOneProcess(t *testing.T) {
	t.Parallel()
	failed := func(p naming.Process, key string, class errclass.Class, message, fingerprint string) state.Failure {
		return state.Failure{Process: p, Key: key}.WithAttempt(noon, class, message, fingerprint)
	}
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		first := failed(naming.SalesOrders, "40557", errclass.Held, "method 4 is not listed", "f1")
		second := failed(naming.SalesOrders, "9", errclass.Rejected, "no article number", "")
		foreign := failed(naming.Articles, "40557", errclass.Rejected, "no number", "")
		for _, f := range []*state.Failure{&first, &second, &foreign} {
			must(t, w.acme.PutFailure(t.Context(), f))
		}
		otherCustomers := state.Failure{Process: naming.SalesOrders, Key: "1"}
		must(t, w.store.Partition("acme-2").PutFailure(t.Context(), &otherCustomers))
		wantFailures := func(want ...state.Failure) {
			t.Helper()
			got, err := w.acme.Failures(t.Context(), naming.SalesOrders)
			must(t, err)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		wantFailures(first, second)
		want := map[string]any{
			"customerId": "acme", "record": "failure#salesorders#40557", "process": "salesorders", "key": "40557",
			"class": "held", "message": "method 4 is not listed", "fingerprint": "f1", "attempts": 1.0,
			"firstAt": "2026-11-02T12:00:00.000Z", "lastAt": "2026-11-02T12:00:00.000Z",
			"nextAt": "2026-11-02T12:15:00.000Z", "version": float64(first.Version),
		}
		if diff := cmp.Diff(want, w.stored(t, "failure#salesorders#40557")); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
		must(t, w.acme.DeleteFailure(t.Context(), first))
		wantFailures(second)
	})
}
