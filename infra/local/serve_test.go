package main

import (
	"testing"
	"time"

	"ongoing24so/shared/catalog"
)

func TestOffset(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		process      catalog.Process
		period, want time.Duration
		why          string
	}{
		{catalog.Articles, catalog.Period, 0, "the first process opens the period"},
		{catalog.Stock, catalog.Period, 9 * time.Minute, "the catalogue's own period"},
		{catalog.Stock, time.Minute, 36 * time.Second, "a shortened period keeps the order and the proportions"},
	} {
		if got := offset(tc.process, tc.period); got != tc.want {
			t.Errorf("%s: offset(%s, %v) = %v; want %v", tc.why, tc.process, tc.period, got, tc.want)
		}
	}
}
