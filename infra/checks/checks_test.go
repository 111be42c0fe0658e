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
	if list.Passed != 2 || list.Failed != 1 || len(list.All) != 3 || list.All[2].OK {
		t.Errorf("got %+v, want 2 passed and 1 failed", list)
	}
	if err := list.Finish(time.Now()); err == nil || err.Error() != "1 checks failed" {
		t.Errorf("got %v, want 1 failed check", err)
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
