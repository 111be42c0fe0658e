package main

import (
	"testing"
	"time"

	"ongoing24so/shared/naming"
)

func TestOffset(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		offset, period, want time.Duration
		why                  string
	}{
		{0, naming.Period, 0, "the first process opens the period"},
		{9 * time.Minute, naming.Period, 9 * time.Minute, "the catalogue's own period"},
		{9 * time.Minute, naming.Period / 15, 36 * time.Second, "a shortened period keeps the order and the proportions"},
	} {
		if got := offset(naming.Entry{Offset: tc.offset}, tc.period); got != tc.want {
			t.Errorf("%s: offset %v in %v is %v; want %v", tc.why, tc.offset, tc.period, got, tc.want)
		}
	}
}
