package state_test

import (
	"testing"

	"ongoing24so/shared/testenv/dynamodbtest"
)

func TestSessionIsReturnedForItsKeyOnly(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		want := func(why, key, id string) {
			t.Helper()
			if got, err := w.acme.Session(t.Context(), key); err != nil || got != id {
				t.Errorf("%s: %q, %v; want %q", why, got, err, id)
			}
		}
		want("no session yet", "hash-1", "")
		must(t, w.acme.SetSession(t.Context(), "hash-1", "session-a"))
		want("the session in use", "hash-1", "session-a")
		want("another key", "hash-2", "")
		must(t, w.acme.SetSession(t.Context(), "hash-2", "session-b"))
		want("a new session", "hash-2", "session-b")
		must(t, w.acme.SetSession(t.Context(), "hash-2", ""))
		want("no session any more", "hash-2", "")
		if id, err := w.store.Partition("acme-2").Session(t.Context(), "hash-2"); err != nil || id != "" {
			t.Errorf("another customer: %q, %v", id, err)
		}
	})
}
