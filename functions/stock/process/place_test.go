package process

import (
	"testing"
	"time"
)

func TestPlaceIsReadAsItWasStored(t *testing.T) {
	t.Parallel()
	want := place{next: 90311, began: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), full: true}
	const stored = "full 90311 2026-11-01T00:00:00Z"
	if got := want.String(); got != stored {
		t.Errorf("stored: got %q, want %q", got, stored)
	}
	if got, err := parsePlace(stored); err != nil || got != want {
		t.Errorf("read: got %+v, %v, want %+v", got, err, want)
	}
}

func TestInvalidPlaceIsAnError(t *testing.T) {
	t.Parallel()
	for _, invalid := range []string{"full 1", "full x 2026-11-01T00:00:00Z", "full 1 today"} {
		if _, err := parsePlace(invalid); err == nil {
			t.Errorf("%q: got no error", invalid)
		}
	}
}
