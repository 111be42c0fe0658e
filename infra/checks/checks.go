// Package checks prints the checks of the demo (infra/local) and of the rehearsal (infra/rehearse) and counts them.
package checks

import (
	"fmt"
	"strings"
	"time"
)

// A List counts checks. The zero value is ready to use.
type List struct{ Passed, Failed int }

// Expect checks that two values print alike, and prints the check with the value, unless that is true or empty.
func (l *List) Expect(what string, got, want any) {
	is, should := fmt.Sprint(got), fmt.Sprint(want)
	if is == should {
		l.Passed++
		if is != "" && is != "true" {
			what += ": " + Shorten(is)
		}
		fmt.Println("  ✓", what)
		return
	}
	l.Failed++
	fmt.Printf("  ✗ %s:\n      is        %q\n      should be %q\n", what, is, should)
}

// Finish prints the total and the time since began. It returns an error if a check failed.
func (l *List) Finish(began time.Time) error {
	fmt.Printf("\n%d of %d checks passed, in %v\n", l.Passed, l.Passed+l.Failed, time.Since(began).Round(time.Second))
	if l.Failed > 0 {
		return fmt.Errorf("%d checks failed", l.Failed)
	}
	return nil
}

// Title prints the title of a group of checks.
func Title(text string) { fmt.Printf("\n━━ %s\n", text) }

// Note prints a line that is not a check.
func Note(text string) { fmt.Println("  ·", text) }

// Shorten cuts a text to one line of output.
func Shorten(text string) string {
	const limit = 100
	text = strings.ReplaceAll(text, "\n", " ⏎ ")
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}
