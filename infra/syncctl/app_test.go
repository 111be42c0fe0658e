package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
)

func TestTableFitsTheScreen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		widths []int
		screen int
		want   []int
	}{
		{[]int{7, 50, 90}, 0, []int{7, 50, 90}},   // not a screen
		{[]int{7, 50, 90}, 200, []int{7, 50, 90}}, // wide enough
		{[]int{7, 50, 90}, 120, []int{7, 24, 80}},
		{[]int{7, 50, 90}, 80, []int{7, 16, 48}},
		{[]int{7, 50, 90}, 20, []int{7, 16, 16}}, // as far as it can be read
	} {
		if got := fit(c.widths, c.screen); !slices.Equal(got, c.want) {
			t.Errorf("%v on %d: got %v, want %v", c.widths, c.screen, got, c.want)
		}
	}
	var out bytes.Buffer
	a := &app{out: &out, width: 80}
	long := strings.Repeat("order 40557 is held ", 9)
	a.table(table.Row{"for", "customer", "reason"}, []table.Row{{"8 min", "acme, bolt and 240 more", long}})
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if words := strings.Count(out.String(), "40557"); words != 9 {
		t.Errorf("a text was cut: %s", out.String())
	}
}
