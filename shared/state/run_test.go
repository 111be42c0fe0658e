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

// A row as a process would have it, with all that JSON knows.
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

func TestPutRun(t *testing.T) {
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

// TestPutRunLarge: a run record above DynamoDB's limit loses the ends of its lists, and says so. Dynalite keeps the limit.
func TestPutRunLarge(t *testing.T) {
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
		problems int  // how many there were
		cut      bool // whether some of them must have gone
		notes    int
	}{
		{"fits", row{Problems: problems(1000, strings.Repeat("x", 100)), Notes: []string{"a"}}, 1000, false, 1},
		{"many", row{Problems: problems(50_000, "the article number is empty"), Notes: []string{"a", "b"}}, 50_000, true, 2},
		{"a little too large", row{Problems: problems(3450, strings.Repeat("x", 100))}, 3450, true, 0},
		{"letters of two bytes", row{Problems: problems(3000, strings.Repeat("å", 100))}, 3000, true, 0},
		{"cut before", row{Problems: problems(5000, strings.Repeat("x", 100)), ProblemsOmitted: 20}, 5020, true, 0},
		{"one that is too long", row{Problems: problems(1, strings.Repeat("x", 500_000)), Notes: []string{"a"}}, 1, true, 1},
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
			if len(kept)+int(omitted) != test.problems || (len(kept) < test.problems) != test.cut || len(notes) != test.notes {
				t.Errorf("%d problems and %v omitted, of %d; %d notes", len(kept), omitted, test.problems, len(notes))
			}
			if test.name == "many" && len(kept) < 2000 {
				t.Errorf("only %d are left: more would have fitted", len(kept))
			}
		})
	}
	t.Run("nothing to cut", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, db)
		err := w.acme.PutRun(t.Context(), naming.Stock, noon, row{Reason: strings.Repeat("x", 500_000)})
		if !errclass.Is(err, errclass.Defect) {
			t.Errorf("a reason of 500 kB: %v", err)
		}
	})
}

func TestPutRunNoObject(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	for _, row := range []any{"text", []int{1}, func() {}} {
		if err := w.acme.PutRun(t.Context(), naming.Stock, noon, row); !errclass.Is(err, errclass.Defect) {
			t.Errorf("%T is stored: %v", row, err)
		}
	}
}
