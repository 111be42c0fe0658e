package english_test

import (
	"testing"

	"ongoing24so/shared/english"
)

func TestNounAndVerbFollowTheNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0 processes have", 1: "1 process has", 2: "2 processes have"} {
		if got := english.Count(n, "process") + " " + english.Choose(n, "has", "have"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := english.Count(3, "more change"); got != "3 more changes" {
		t.Errorf("got %q", got)
	}
}
