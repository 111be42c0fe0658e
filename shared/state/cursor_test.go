package state_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

func TestMoveCursorOnlyFromTheCursorThatWasRead(t *testing.T) {
	t.Parallel()
	hour := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	cet := func(n int) time.Time { return hour(n).In(time.FixedZone("CET", 3600)) }
	tests := []struct {
		name                   string
		stored, from, to, want state.Cursor
		err                    error
	}{
		{
			name: "no cursor is stored yet",
			to:   state.Cursor{Since: hour(1)},
			want: state.Cursor{Since: hour(1)},
		},
		{
			name:   "the stored cursor is the one that was read",
			stored: state.Cursor{Since: hour(1)},
			from:   state.Cursor{Since: hour(1)},
			to:     state.Cursor{Since: hour(2)},
			want:   state.Cursor{Since: hour(2)},
		},
		{
			name:   "the next run moved it while this run was frozen",
			stored: state.Cursor{Since: hour(3)},
			from:   state.Cursor{Since: hour(1)},
			to:     state.Cursor{Since: hour(2)},
			want:   state.Cursor{Since: hour(3)},
			err:    state.ErrChanged,
		},
		{
			name:   "the next run created it while this run was frozen",
			stored: state.Cursor{Since: hour(3)},
			to:     state.Cursor{Since: hour(2)},
			want:   state.Cursor{Since: hour(3)},
			err:    state.ErrChanged,
		},
		{
			name: "a person deleted it so that everything is read again",
			from: state.Cursor{Since: hour(1)},
			to:   state.Cursor{Since: hour(2)},
			err:  state.ErrChanged,
		},
		{
			name:   "since does not go back, whatever a clock says",
			stored: state.Cursor{Since: hour(2)},
			from:   state.Cursor{Since: hour(2)},
			to:     state.Cursor{Since: hour(1), Place: "7301"},
			want:   state.Cursor{Since: hour(2), Place: "7301"},
		},
		{
			name:   "since does not become zero",
			stored: state.Cursor{Since: hour(2)},
			from:   state.Cursor{Since: hour(2)},
			to:     state.Cursor{FullSweepAt: hour(2)},
			want:   state.Cursor{Since: hour(2), FullSweepAt: hour(2)},
		},
		{
			name:   "a sweep begins: the times stay, the place is new",
			stored: state.Cursor{Since: hour(1), FullSweepAt: hour(0)},
			from:   state.Cursor{Since: hour(1), FullSweepAt: hour(0)},
			to:     state.Cursor{Since: hour(1), FullSweepAt: hour(0), Place: "a"},
			want:   state.Cursor{Since: hour(1), FullSweepAt: hour(0), Place: "a"},
		},
		{
			name:   "another run moved the sweep: the times are the same, the place is not",
			stored: state.Cursor{Since: hour(1), Place: "b"},
			from:   state.Cursor{Since: hour(1), Place: "a"},
			to:     state.Cursor{Since: hour(1), Place: "c"},
			want:   state.Cursor{Since: hour(1), Place: "b"},
			err:    state.ErrChanged,
		},
		{
			name:   "a sweep ends: the place is deleted",
			stored: state.Cursor{Since: hour(1), Place: "b"},
			from:   state.Cursor{Since: hour(1), Place: "b"},
			to:     state.Cursor{Since: hour(2), FullSweepAt: hour(2)},
			want:   state.Cursor{Since: hour(2), FullSweepAt: hour(2)},
		},
		{
			name:   "since can go back in another scope, in which nothing is settled",
			stored: state.Cursor{Since: hour(2), Scope: "a"},
			from:   state.Cursor{Since: hour(2), Scope: "a"},
			to:     state.Cursor{Scope: "b", Place: "7301"},
			want:   state.Cursor{Scope: "b", Place: "7301"},
		},
		{
			name:   "the scope changed while this run was frozen",
			stored: state.Cursor{Since: hour(2), Scope: "b"},
			from:   state.Cursor{Since: hour(2)},
			to:     state.Cursor{Since: hour(3)},
			want:   state.Cursor{Since: hour(2), Scope: "b"},
			err:    state.ErrChanged,
		},
		{
			name:   "the same time in another zone is the same cursor",
			stored: state.Cursor{Since: hour(1)},
			from:   state.Cursor{Since: cet(1)},
			to:     state.Cursor{Since: cet(2)},
			want:   state.Cursor{Since: hour(2)},
		},
	}
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, db)
				must(t, w.acme.MoveCursor(t.Context(), naming.Stock, state.Cursor{}, test.stored))
				err := w.acme.MoveCursor(t.Context(), naming.Stock, test.from, test.to)
				if test.err != nil {
					wantConflict(t, err, test.err)
				} else {
					must(t, err)
				}
				got, err := w.acme.Cursor(t.Context(), naming.Stock)
				must(t, err)
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	})
}

func TestUnchangedCursorIsNotWritten(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	here := state.Cursor{Since: noon}
	must(t, w.acme.MoveCursor(t.Context(), naming.Stock, state.Cursor{}, here))
	before := len(db.Server.Writes())
	must(t, w.acme.MoveCursor(t.Context(), naming.Stock, here, here))
	must(t, w.acme.MoveCursor(t.Context(), naming.Stock, here, state.Cursor{Since: noon.Add(-time.Hour)}))
	if after := len(db.Server.Writes()); after != before {
		t.Errorf("%d writes", after-before)
	}
}

func TestStoredCursorIsReadable(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		oslo := time.FixedZone("CET", 3600)
		must(t, w.acme.MoveCursor(t.Context(), naming.Stock, state.Cursor{},
			state.Cursor{Since: time.Date(2026, 11, 2, 13, 30, 0, 999_999, oslo), Place: "7301"}))
		want := map[string]any{
			"customerId": "acme", "record": "cursor#stock", "since": "2026-11-02T12:30:00.000Z", "place": "7301",
		}
		if diff := cmp.Diff(want, w.stored(t, "cursor#stock")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
