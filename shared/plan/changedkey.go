package plan

import (
	"strings"
	"time"
)

// changedPrefix begins the keys of ChangedKey. Ids are numbers, so none begins with it.
const changedPrefix = "changed-"

// ChangedKey is the key of a record whose id cannot be read: when it was changed, zero if not even that is known. As
// long as a failure record has the key, a run reads what was changed since, and so the record.
func ChangedKey(at time.Time) string { return changedPrefix + at.UTC().Format(time.RFC3339) }

// ChangedAt returns the time in a key of ChangedKey.
func ChangedAt(key string) (at time.Time, ok bool) {
	text, ok := strings.CutPrefix(key, changedPrefix)
	if !ok {
		return at, false
	}
	at, err := time.Parse(time.RFC3339, text)
	return at, err == nil
}

// IsChangedKey reports whether a key is one of ChangedKey.
func IsChangedKey(key string) bool {
	_, ok := ChangedAt(key)
	return ok
}
