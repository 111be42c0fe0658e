package acts_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"ongoing24so/infra/checks"
	"ongoing24so/infra/local/acts"
	"ongoing24so/infra/local/localstack"
	"ongoing24so/infra/local/workday"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

func TestMain(m *testing.M) {
	localstack.RunFunction()
	os.Exit(m.Run())
}

func start(t *testing.T) *localstack.Stack {
	t.Helper()
	s, err := localstack.Start(context.Background(), localstack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// trouble lists what a customer's runs and failure records say is wrong.
func trouble(t *testing.T, s *localstack.Stack, customer string) string {
	t.Helper()
	var said []string
	for _, entry := range naming.Entries() {
		ran := s.RunsOf(customer)[entry.Process]
		if ran.Outcome == runner.Blocked || ran.Outcome == runner.Failed {
			said = append(said, string(ran.Outcome)+": "+ran.Reason)
		}
		if broken, ok := s.LastErrors()[entry.Process]; ok {
			said = append(said, broken.Err.Error())
		}
	}
	records, err := s.State(t.Context(), customer)
	if err != nil {
		t.Fatal(err)
	}
	for name, record := range records {
		if strings.HasPrefix(name, "failure#") {
			said = append(said, fmt.Sprint(name, " ", record["class"], ": ", record["message"]))
		}
	}
	return strings.Join(said, "\n")
}

// Each incident is played: it happens, the next tick says what is wrong, it is put right, and nothing is wrong any more
// but what was before.
func TestIncidentsCanBePlayed(t *testing.T) {
	t.Parallel()
	// What the runs or the failure records say; empty if nothing is to be wrong.
	says := map[string]string{
		"ongoing-down": "503", "slow": "", "outage-day": "office24", "password": `secret "ongoing24so/fjellsport"`,
		"setting": "stock.fullSweepHours is 36", "method": "delivery method 9",
		"numbers": "also belongs to product 7101",
		"other":   "", "brake": "would be set to zero", "killed": "signal: killed", "moved": "/nord/api/v1/",
		"unreadable": "order 40554 cannot be read",
	}
	for _, i := range acts.Incidents() {
		t.Run(i.Name, func(t *testing.T) {
			t.Parallel()
			want, known := says[i.Name]
			if !known {
				t.Fatal("the test does not say what this incident leads to")
			}
			s := start(t)
			day, err := workday.Begin(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			day.Into = new([]checks.Check)
			for _, step := range workday.Steps() {
				if err := day.Do(t.Context(), step); err != nil {
					t.Fatal(err)
				}
			}
			ticks(t, s, 1)
			before := trouble(t, s, day.Guest())
			target := acts.Target{Stack: s, Merchant: s.Merchant(day.Guest())}
			if err := i.Make(t.Context(), target); err != nil {
				t.Fatal(err)
			}
			ticks(t, s, 1)
			said := trouble(t, s, day.Guest())
			for line := range strings.SplitSeq(before, "\n") {
				said = strings.ReplaceAll(said, line, "")
			}
			if said = strings.TrimSpace(said); want == "" && said != "" || !strings.Contains(said, want) {
				t.Errorf("after the incident: %q; want %q", said, want)
			}
			if err := i.Repair(t.Context(), target); err != nil {
				t.Fatal(err)
			}
			ticks(t, s, 6) // the longest pause of what is held is an hour
			after := trouble(t, s, day.Guest())
			for line := range strings.SplitSeq(after, "\n") {
				if !strings.Contains(before, line) {
					t.Errorf("after it was put right: %s", line)
				}
			}
		})
	}
}

func ticks(t *testing.T, s *localstack.Stack, n int) {
	t.Helper()
	for range n {
		if err := s.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// Of 36 merchants, 12 have trouble, each another one; all others have none.
func TestFleetHasEveryKindOfTrouble(t *testing.T) {
	t.Parallel()
	s := start(t)
	if err := acts.Fleet(t.Context(), s, 36, func(string) {}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"ongoing.username", "the login was refused", "salesOrders.textRows", "", "", `number "A-1" is used`,
		"delivery method 9", "has no number", "identity", "was cancelled in Ongoing", "/nord/api/v1/", "",
	}
	for i := range 36 {
		id := fmt.Sprintf("kunde-%03d", i+1)
		said := trouble(t, s, id)
		switch {
		case i%3 != 0:
			if said != "" {
				t.Errorf("%s has trouble: %s", id, said)
			}
		case want[i/3] == "" && said != "" || !strings.Contains(said, want[i/3]):
			t.Errorf("%s: got %q, want %q", id, said, want[i/3])
		}
	}
	for id, mode := range map[string]string{"kunde-010": "preview", "kunde-013": "off"} {
		ran := s.RunsOf(id)[naming.Articles]
		if is := map[string]bool{"preview": ran.DryRun, "off": ran.Outcome == runner.Off}; !is[mode] {
			t.Errorf("%s is not in state %s: %+v", id, mode, ran)
		}
	}
	if got := len(s.Merchant("kunde-002").GoodsOwner.Articles()); got != 4 {
		t.Errorf("a merchant without trouble has %d articles", got)
	}
}
