// Package checks prints the checks of the demo (infra/local) and of the rehearsal (infra/rehearse) and counts them.
package checks

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"ongoing24so/shared/english"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"
)

// A Check is a check that was made.
type Check struct {
	// What was checked, with the value if that says more.
	What string
	// Is and Should are the values of a check that failed.
	Is, Should string
	OK         bool
}

// A List counts checks and prints each. The zero value is ready to use.
type List struct {
	Passed, Failed int
	// Into, if not nil, gets the checks instead of the terminal.
	Into *[]Check
}

// Expect checks that two values print alike, and prints the check with the value, unless that is true or empty.
func (l *List) Expect(what string, got, want any) {
	c := Check{What: what, Is: fmt.Sprint(got), Should: fmt.Sprint(want)}
	if c.OK = c.Is == c.Should; c.OK {
		l.Passed++
		if c.Is != "" && c.Is != "true" {
			c.What += ": " + Shorten(c.Is)
		}
	} else {
		l.Failed++
	}
	switch {
	case l.Into != nil:
		*l.Into = append(*l.Into, c)
	case c.OK:
		fmt.Println(coloured("  ✓", text.FgGreen), c.What)
	default:
		fmt.Printf("%s %s:\n      is        %q\n      should be %q\n",
			coloured("  ✗", text.FgRed), c.What, c.Is, c.Should)
	}
}

// Finish prints the total and the time since began. It returns an error if a check failed.
func (l *List) Finish(began time.Time) error {
	fmt.Printf("\n%d of %d checks passed, in %v\n", l.Passed, l.Passed+l.Failed, time.Since(began).Round(time.Second))
	if l.Failed > 0 {
		return errors.New(english.Count(l.Failed, "check") + " failed")
	}
	return nil
}

// Title prints the title of a group of checks.
func Title(title string) { fmt.Println("\n" + coloured("━━ "+title, text.Bold)) }

// coloured returns a text in a colour if a person reads it, who has not said NO_COLOR.
func coloured(s string, colour text.Color) string {
	if os.Getenv("NO_COLOR") != "" || !term.IsTerminal(int(os.Stdout.Fd())) {
		return s
	}
	return colour.EscapeSeq() + s + text.Reset.EscapeSeq()
}

// Note prints a line that is not a check.
func Note(line string) { fmt.Println("  ·", line) }

// Shorten cuts a text to one line of output.
func Shorten(s string) string {
	const limit = 100
	s = strings.ReplaceAll(s, "\n", " ⏎ ")
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return s
}
