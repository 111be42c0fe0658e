package main

import (
	"slices"
	"testing"
	"time"

	"ongoing24so/shared/naming"
)

func TestOffsetIsProportionalToThePeriod(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		offset, period, want time.Duration
		why                  string
	}{
		{offset: 0, period: naming.Period, want: 0, why: "the first process starts the period"},
		{offset: 9 * time.Minute, period: naming.Period, want: 9 * time.Minute, why: "the schedule's own period"},
		{offset: 9 * time.Minute, period: naming.Period / 15, want: 36 * time.Second, why: "a shortened period"},
	} {
		if got := offset(naming.Entry{Offset: tc.offset}, tc.period); got != tc.want {
			t.Errorf("%s: offset %v in %v is %v; want %v", tc.why, tc.offset, tc.period, got, tc.want)
		}
	}
}

func TestInvalidCustomerIDIsNotInTheEvent(t *testing.T) {
	t.Parallel()
	if got := validIDs([]string{"ACME", "acme", "acme 2", "torv"}); !slices.Equal(got, []string{"acme", "torv"}) {
		t.Errorf("the event names %q", got)
	}
}
