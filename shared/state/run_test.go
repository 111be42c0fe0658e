package state_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A row has a member of every JSON type.
type row struct {
	CustomerID      string    `json:"customerId"`
	Outcome         string    `json:"outcome"`
	Reason          string    `json:"reason"`
	Written         int       `json:"written"`
	Preview         bool      `json:"preview"`
	FinishedAt      time.Time `json:"finishedAt"`
	Quantity        json.Number
	Problems        []problem `json:"problems"`
	ProblemsOmitted int       `json:"problemsOmitted,omitempty"`
	Notes           []string  `json:"notes"`
}

type problem struct {
	Key     string   `json:"key"`
	Message string   `json:"message"`
	Old     *string  `json:"old"`
	Fields  []string `json:"fields"`
}

func TestStoredRunIsReadableAndHasNoEmptyAttributes(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		must(t, w.acme.PutRun(t.Context(), naming.Stock, noon, row{
			CustomerID: "somebody else", Outcome: "partial", Written: 3, FinishedAt: noon, Quantity: "0.085",
			Problems: []problem{{Key: "7301", Message: "no number", Fields: []string{}}}, Notes: []string{"æøå"},
		}))
		want := map[string]any{
			"customerId": "acme", "record": "run#stock#2026-11-02T12:00:00.000Z", "outcome": "partial", "written": 3.0,
			"preview": false, "finishedAt": "2026-11-02T12:00:00Z", "Quantity": 0.085,
			"problems":  []any{map[string]any{"key": "7301", "message": "no number"}},
			"notes":     []any{"æøå"},
			"expiresAt": float64(time.Date(2026, 12, 2, 12, 0, 0, 0, time.UTC).Unix()),
		}
		if diff := cmp.Diff(want, w.stored(t, "run#stock#2026-11-02T12:00:00.000Z")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestPutRunCutsListsToDynamoDBsLimit needs dynalite, which enforces the limit.
func TestPutRunCutsListsToDynamoDBsLimit(t *testing.T) {
	t.Parallel()
	problems := func(n int, text string) []problem {
		list := make([]problem, n)
		for i := range list {
			list[i] = problem{Key: fmt.Sprint(i), Message: text}
		}
		return list
	}
	tests := []struct {
		name     string
		row      row
		problems int  // kept and omitted
		cut      bool // whether some of them are omitted
		atLeast  int  // how many must be kept, because they fit
		notes    int
	}{
		{
			name:     "a record that fits",
			row:      row{Problems: problems(1000, strings.Repeat("x", 100)), Notes: []string{"a"}},
			problems: 1000, notes: 1,
		},
		{
			name:     "many problems",
			row:      row{Problems: problems(50_000, "the article number is empty"), Notes: []string{"a", "b"}},
			problems: 50_000, cut: true, atLeast: 2000, notes: 2,
		},
		{
			name:     "a little too large",
			row:      row{Problems: problems(3450, strings.Repeat("x", 100))},
			problems: 3450, cut: true,
		},
		{
			name:     "letters of two bytes",
			row:      row{Problems: problems(3000, strings.Repeat("å", 100))},
			problems: 3000, cut: true,
		},
		{
			name:     "the caller has cut the list before",
			row:      row{Problems: problems(5000, strings.Repeat("x", 100)), ProblemsOmitted: 20},
			problems: 5020, cut: true,
		},
		{
			name:     "one problem that is too long",
			row:      row{Problems: problems(1, strings.Repeat("x", 500_000)), Notes: []string{"a"}},
			problems: 1, cut: true, notes: 1,
		},
	}
	db := dynamodbtest.Dynalite(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, db)
			must(t, w.acme.PutRun(t.Context(), naming.Stock, noon, test.row))
			stored := w.stored(t, "run#stock#2026-11-02T12:00:00.000Z")
			kept, _ := stored["problems"].([]any)
			omitted, _ := stored["problemsOmitted"].(float64)
			notes, _ := stored["notes"].([]any)
			if len(kept)+int(omitted) != test.problems || (len(kept) < test.problems) != test.cut {
				t.Errorf("%d problems kept and %v omitted, want %d together", len(kept), omitted, test.problems)
			}
			if len(kept) < test.atLeast {
				t.Errorf("only %d problems are kept, but %d would fit", len(kept), test.atLeast)
			}
			if len(notes) != test.notes {
				t.Errorf("%d notes, want %d", len(notes), test.notes)
			}
		})
	}
	t.Run("a record without a list to cut", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, db)
		err := w.acme.PutRun(t.Context(), naming.Stock, noon, row{Reason: strings.Repeat("x", 500_000)})
		if !errclass.Is(err, errclass.Defect) {
			t.Errorf("a reason of 500 kB: %v", err)
		}
	})
}

func TestPutRunRefusesWhatIsNotAnObject(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	for _, row := range []any{"text", []int{1}, func() {}} {
		if err := w.acme.PutRun(t.Context(), naming.Stock, noon, row); !errclass.Is(err, errclass.Defect) {
			t.Errorf("%T: %v, want a defect", row, err)
		}
	}
}
