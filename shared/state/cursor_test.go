package state_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

func TestMoveCursor(t *testing.T) {
	t.Parallel()
	hour := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	tests := []struct {
		name, why              string
		stored, from, to, want state.Cursor
		err                    error
	}{
		{"first", "there is none yet", state.Cursor{}, state.Cursor{}, state.Cursor{Since: hour(1)}, state.Cursor{Since: hour(1)}, nil},
		{"on", "it stands where it was read", state.Cursor{Since: hour(1)}, state.Cursor{Since: hour(1)},
			state.Cursor{Since: hour(2)}, state.Cursor{Since: hour(2)}, nil},
		{"late", "a run that was frozen meets the next one's cursor", state.Cursor{Since: hour(3)}, state.Cursor{Since: hour(1)},
			state.Cursor{Since: hour(2)}, state.Cursor{Since: hour(3)}, state.ErrChanged},
		{"late first", "it read no cursor at all", state.Cursor{Since: hour(3)}, state.Cursor{},
			state.Cursor{Since: hour(2)}, state.Cursor{Since: hour(3)}, state.ErrChanged},
		{"gone", "a person removed it, to have everything read again", state.Cursor{}, state.Cursor{Since: hour(1)},
			state.Cursor{Since: hour(2)}, state.Cursor{}, state.ErrChanged},
		{"back", "what is settled stays settled, whatever a clock says", state.Cursor{Since: hour(2)}, state.Cursor{Since: hour(2)},
			state.Cursor{Since: hour(1), Place: "7301"}, state.Cursor{Since: hour(2), Place: "7301"}, nil},
		{"forgotten", "no moment at all is earlier than any", state.Cursor{Since: hour(2)}, state.Cursor{Since: hour(2)},
			state.Cursor{FullSweepAt: hour(2)}, state.Cursor{Since: hour(2), FullSweepAt: hour(2)}, nil},
		{"sweep begins", "moments stay, a place appears", state.Cursor{Since: hour(1), FullSweepAt: hour(0)}, state.Cursor{Since: hour(1), FullSweepAt: hour(0)},
			state.Cursor{Since: hour(1), FullSweepAt: hour(0), Place: "a"}, state.Cursor{Since: hour(1), FullSweepAt: hour(0), Place: "a"}, nil},
		{"sweep moved", "the same moments, but another place", state.Cursor{Since: hour(1), Place: "b"}, state.Cursor{Since: hour(1), Place: "a"},
			state.Cursor{Since: hour(1), Place: "c"}, state.Cursor{Since: hour(1), Place: "b"}, state.ErrChanged},
		{"sweep ends", "the place goes", state.Cursor{Since: hour(1), Place: "b"}, state.Cursor{Since: hour(1), Place: "b"},
			state.Cursor{Since: hour(2), FullSweepAt: hour(2)}, state.Cursor{Since: hour(2), FullSweepAt: hour(2)}, nil},
		{"scope", "under other settings nothing is settled", state.Cursor{Since: hour(2), Scope: "a"}, state.Cursor{Since: hour(2), Scope: "a"},
			state.Cursor{Scope: "b", Place: "7301"}, state.Cursor{Scope: "b", Place: "7301"}, nil},
		{"late scope", "the settings were changed while it was frozen", state.Cursor{Since: hour(2), Scope: "b"}, state.Cursor{Since: hour(2)},
			state.Cursor{Since: hour(3)}, state.Cursor{Since: hour(2), Scope: "b"}, state.ErrChanged},
		{"zone", "a moment is the same in any zone", state.Cursor{Since: hour(1)},
			state.Cursor{Since: hour(1).In(time.FixedZone("CET", 3600))}, state.Cursor{Since: hour(2).In(time.FixedZone("CET", 3600))},
			state.Cursor{Since: hour(2)}, nil},
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
					t.Errorf("%s (-want +got):\n%s", test.why, diff)
				}
			})
		}
	})
}

// TestCursorIdle: an idle tick costs no write.
func TestCursorIdle(t *testing.T) {
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

// TestCursorStored: people read it.
func TestCursorStored(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		oslo := time.FixedZone("CET", 3600)
		must(t, w.acme.MoveCursor(t.Context(), naming.Stock, state.Cursor{},
			state.Cursor{Since: time.Date(2026, 11, 2, 13, 30, 0, 999_999, oslo), Place: "7301"}))
		want := map[string]any{"customerId": "acme", "record": "cursor#stock", "since": "2026-11-02T12:30:00.000Z", "place": "7301"}
		if diff := cmp.Diff(want, w.stored(t, "cursor#stock")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
