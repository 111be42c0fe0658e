package runner

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/settings"
)

// An Event says what one invocation is asked to do. The zero Event is a tick of the schedule: everybody who is due.
type Event struct {
	// Segment and Segments are this invocation's share of the settings table. Segments is at least 1.
	Segment, Segments int
	// Customers, if not nil, are the only ones worked on, whether due or not.
	Customers []string
	DryRun    bool
	Full      bool
	// Since is the moment to read from instead of the cursor; zero if not given.
	Since time.Time
	// Keys, if not nil, are the only records worked on, whenever they changed.
	Keys []string
}

// maxSegments is DynamoDB's limit for a parallel scan.
const maxSegments = 1_000_000

// ParseEvent reads an event. Fields it does not know, such as those that EventBridge adds, are ignored; a value that
// makes no sense is an error that names the field and what it may be.
func ParseEvent(payload []byte, process naming.Process, now time.Time) (Event, error) {
	e := Event{Segments: 1}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(payload, &raw); err != nil {
		return e, fmt.Errorf("event: must be a JSON object")
	}
	f := fields(raw)
	var since string
	f.read("segment", "a whole number", &e.Segment)
	f.read("segments", "a whole number", &e.Segments)
	f.read("customers", "a list of customer ids", &e.Customers)
	f.read("dryRun", "true or false", &e.DryRun)
	f.read("full", "true or false", &e.Full)
	hasSince := f.read("since", "a moment such as 2026-11-01T00:00:00Z", &since)
	f.read("keys", "a list of record ids in quotes", &e.Keys)
	if f.err() == nil && hasSince {
		t, err := time.Parse(time.RFC3339, since)
		if err != nil {
			return e, fmt.Errorf("event: since: must be a moment such as 2026-11-01T00:00:00Z")
		}
		e.Since = t.UTC()
	}
	if err := f.err(); err != nil {
		return e, err
	}
	return e, e.check(process, now)
}

// check refuses what makes no sense.
func (e Event) check(process naming.Process, now time.Time) error {
	switch {
	case e.Segments < 1 || e.Segments > maxSegments:
		return fmt.Errorf("event: segments: must be from 1 to %d", maxSegments)
	case e.Segment < 0 || e.Segment >= e.Segments:
		return fmt.Errorf("event: segment: must be from 0 to segments less one (%d)", e.Segments-1)
	case e.Customers != nil && len(e.Customers) == 0:
		return fmt.Errorf("event: customers: must name at least one customer, or be left out")
	case e.Customers != nil && e.Segments > 1:
		return fmt.Errorf("event: segments: must be left out where customers are named")
	case e.Keys != nil && len(e.Keys) == 0:
		return fmt.Errorf("event: keys: must name at least one record, or be left out")
	case e.Customers == nil && e.Full:
		return fmt.Errorf("event: full: needs customers")
	case e.Customers == nil && !e.Since.IsZero():
		return fmt.Errorf("event: since: needs customers")
	case e.Customers == nil && e.Keys != nil:
		return fmt.Errorf("event: keys: needs customers")
	case e.Full && !e.Since.IsZero():
		return fmt.Errorf("event: since: must be left out where full is given")
	case e.Since.After(now):
		return fmt.Errorf("event: since: must not lie in the future")
	}
	for _, id := range e.Customers {
		if !settings.ValidID(id) {
			return fmt.Errorf("event: customers: each must be 1 to 40 of a-z, 0-9 and -")
		}
	}
	for _, key := range e.Keys {
		if err := checkKey(process, key); err != nil {
			return fmt.Errorf("event: keys: %w", err)
		}
	}
	return nil
}

// checkKey refuses an id that cannot be one of the process's: Ongoing's order numbers are free text, all others are
// whole numbers of 24SevenOffice.
func checkKey(process naming.Process, key string) error {
	if process == naming.Shipments {
		if n := utf8.RuneCountInString(key); n < 1 || n > 50 {
			return fmt.Errorf("an order number has 1 to 50 characters")
		}
		return nil
	}
	if n, err := strconv.Atoi(key); err != nil || n < 1 || strconv.Itoa(n) != key {
		return fmt.Errorf("an id of %s is a whole number, such as \"40557\"", process)
	}
	return nil
}

type fieldReader struct {
	raw   map[string]json.RawMessage
	first error
}

func fields(raw map[string]json.RawMessage) *fieldReader { return &fieldReader{raw: raw} }

// read decodes one field into target; it reports whether the field is there. null counts as left out.
func (f *fieldReader) read(name, want string, target any) bool {
	raw, ok := f.raw[name]
	if !ok || string(raw) == "null" {
		return false
	}
	if err := json.Unmarshal(raw, target); err != nil && f.first == nil {
		f.first = fmt.Errorf("event: %s: must be %s", name, want)
	}
	return true
}

func (f *fieldReader) err() error { return f.first }

// named is the customers of the event without repetitions, in a fixed order.
func (e Event) named() []string { return slices.Compact(slices.Sorted(slices.Values(e.Customers))) }
