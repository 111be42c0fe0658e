package checks_test

import (
	"strings"
	"testing"
	"time"

	"ongoing24so/infra/checks"
)

func TestExpectCountsChecksAndFinishReportsFailures(t *testing.T) {
	t.Parallel()
	var list checks.List
	list.Expect("equal", []int{1}, []int{1})
	list.Expect("true", true, true)
	if err := list.Finish(time.Now()); err != nil {
		t.Errorf("all checks passed, got %v", err)
	}
	list.Expect("different", "a", "b")
	if want := (checks.List{Passed: 2, Failed: 1}); list != want {
		t.Errorf("got %+v, want %+v", list, want)
	}
	if err := list.Finish(time.Now()); err == nil || err.Error() != "1 check failed" {
		t.Errorf("got %v, want 1 failed check", err)
	}
}

func TestChecksAreKeptInsteadOfPrinted(t *testing.T) {
	t.Parallel()
	var kept []checks.Check
	list := checks.List{Into: &kept}
	list.Expect("equal", 1, 1)
	list.Expect("different", "a", "b")
	if len(kept) != 2 || !kept[0].OK || kept[1].OK || kept[1].Should != "b" {
		t.Errorf("kept %+v", kept)
	}
}

func TestShortenKeepsOneLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"short":                  "short",
		"two\nlines":             "two ⏎ lines",
		strings.Repeat("å", 101): strings.Repeat("å", 100) + "…",
	} {
		if got := checks.Shorten(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
