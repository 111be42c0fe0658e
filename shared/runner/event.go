package runner

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
)

// An Event says what one invocation has to do. An Event with only a segment is a tick of the schedule: all customers
// that are due.
type Event struct {
	// Segment and Segments are this invocation's share of the settings table. Segments is at least 1.
	Segment, Segments int
	// Customers, if not nil, are the only customers to work for, due or not.
	Customers []string
	DryRun    bool
	Full      bool
	// Since, if not zero, is the time to read from instead of the cursor.
	Since time.Time
	// Check makes the checks of the process instead of a run. Explain says how the named records are. Both are dry
	// runs.
	Check, Explain bool
	// Find, if not nil, are numbers: the invocation says which records have them instead of a run. It is a dry run.
	Find []string
	// Digest sends the daily mail about all customers instead of a run. Only the function of naming.DigestProcess does.
	Digest bool
	// Keys, if not nil, are the only records to look at, whenever they changed.
	Keys []string
	// Plan, if not nil, is what a dry run has said, by key: the fingerprints of its changes. Only those are made. Keys
	// are then the keys of the plan.
	Plan map[string]string
	// Settings, if not nil, count in a dry run instead of those in the customers' items.
	Settings settings.Overrides
}

// maxExplained is how many records an invocation explains: each needs calls of its own.
const maxExplained = 20

// maxSegments is DynamoDB's limit for a parallel scan.
const maxSegments = 1_000_000

// The fields that an event can have.
var (
	eventFields = []string{
		"check", "customers", "digest", "dryRun", "explain", "find", "full", "keys", "plan", "segment", "segments",
		"settings", "since",
	}
	// envelopeFields are those of an event that EventBridge makes itself (EventBridge user guide, "Event structure").
	envelopeFields = []string{
		"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "replay-name",
	}
)

// ParseEvent reads an event and ignores the envelope of EventBridge. For an unknown field, also one in another
// spelling, and for an invalid value it returns an error that names the field and what is allowed: a run with a
// misspelt dryRun would write.
func ParseEvent(payload []byte, process naming.Process, now time.Time) (Event, error) {
	e := Event{Segments: 1}
	f := fieldReader{}
	if err := json.Unmarshal(payload, &f.raw); err != nil {
		return e, fmt.Errorf("event: must be a JSON object")
	}
	if name, ok := f.unknownField(); ok {
		return e, fmt.Errorf("event: unknown field %q, allowed: %s", printable(name), strings.Join(eventFields, ", "))
	}
	f.read("segment", "a whole number", &e.Segment)
	f.read("segments", "a whole number", &e.Segments)
	f.read("customers", "a list of customer ids", &e.Customers)
	f.read("dryRun", "true or false", &e.DryRun)
	f.read("full", "true or false", &e.Full)
	const timestamp = "an RFC 3339 timestamp such as 2026-11-01T00:00:00Z"
	var since string
	hasSince := f.read("since", timestamp, &since)
	f.read("keys", "a list of record ids in quotes", &e.Keys)
	f.read("check", "true or false", &e.Check)
	f.read("explain", "true or false", &e.Explain)
	f.read("find", "a list of numbers in quotes", &e.Find)
	e.DryRun = e.DryRun || e.Check || e.Explain || e.Find != nil
	f.read("digest", "true or false", &e.Digest)
	f.read("plan", "the fingerprints of changes by key, as a dry run shows them", &e.Plan)
	f.read("settings", settings.AllowedOverrides, &e.Settings)
	if f.err != nil {
		return e, f.err
	}
	if hasSince {
		t, err := time.Parse(time.RFC3339, since)
		if err != nil {
			return e, fmt.Errorf("event: since: must be %s", timestamp)
		}
		e.Since = t.UTC()
	}
	if err := e.check(process, now); err != nil {
		return e, err
	}
	if e.Plan != nil {
		e.Keys = slices.Sorted(maps.Keys(e.Plan))
	}
	return e, nil
}

// check returns an error if the fields contradict each other or the limits.
func (e Event) check(process naming.Process, now time.Time) error {
	switch {
	case e.Segments < 1 || e.Segments > maxSegments:
		return fmt.Errorf("event: segments: must be from 1 to %d", maxSegments)
	case e.Segment < 0 || e.Segment >= e.Segments:
		return fmt.Errorf("event: segment: must be from 0 to %d, one less than segments", e.Segments-1)
	case e.Customers != nil && len(e.Customers) == 0:
		return fmt.Errorf("event: customers: must name at least one customer, or be left out")
	case e.Customers != nil && e.Segments > 1:
		return fmt.Errorf("event: segments: must be left out if customers are named")
	case e.Keys != nil && len(e.Keys) == 0:
		return fmt.Errorf("event: keys: must name at least one record, or be left out")
	case e.Customers == nil && e.Full:
		return fmt.Errorf("event: full: needs customers")
	case e.Customers == nil && !e.Since.IsZero():
		return fmt.Errorf("event: since: needs customers")
	case e.Customers == nil && e.Keys != nil:
		return fmt.Errorf("event: keys: needs customers")
	case e.Check && (e.Customers == nil || e.Keys != nil || e.Full || !e.Since.IsZero()):
		return fmt.Errorf("event: check: needs customers, and no other field")
	case e.Explain && (len(e.Customers) != 1 || e.Keys == nil || len(e.Keys) > maxExplained):
		return fmt.Errorf("event: explain: needs one customer and 1 to %d keys", maxExplained)
	case e.Find != nil && (len(e.Customers) != 1 || len(e.Find) == 0 || len(e.Find) > maxFound ||
		e.Keys != nil || e.Plan != nil || e.Check || e.Full || !e.Since.IsZero()):
		return fmt.Errorf("event: find: needs one customer and 1 to %d numbers, and no other field", maxFound)
	case slices.ContainsFunc(e.Find, func(number string) bool { return strings.TrimSpace(number) == "" }):
		return fmt.Errorf("event: find: a number is empty; leave it out")
	case e.Digest && process != naming.DigestProcess:
		return fmt.Errorf("event: digest: only %s sends the daily mail", naming.DigestProcess)
	case e.Digest && (e.Customers != nil || e.Segments > 1):
		return fmt.Errorf("event: digest: needs no other field, and allows dryRun")
	case e.Plan != nil && len(e.Plan) == 0:
		return fmt.Errorf("event: plan: must have at least one record, or be left out")
	case e.Plan != nil && len(e.customerIDs()) != 1:
		return fmt.Errorf("event: plan: needs customers, and one only")
	case e.Plan != nil && (e.Keys != nil || !e.Since.IsZero()):
		return fmt.Errorf("event: plan: names the records itself; keys and since must be left out")
	case e.Settings != nil && (e.Customers == nil || !e.DryRun):
		return fmt.Errorf("event: settings: needs customers, and dryRun: those of a run are in the settings table")
	case e.Full && !e.Since.IsZero():
		return fmt.Errorf("event: since: must be left out if full is true")
	case e.Since.After(now):
		return fmt.Errorf("event: since: must not be in the future")
	}
	for _, id := range e.Customers {
		if !settings.ValidID(id) {
			return fmt.Errorf("event: customers: each must be 1 to 40 characters of a-z, 0-9 and -")
		}
	}
	for _, key := range e.Keys {
		if err := checkKey(process, key); err != nil {
			return fmt.Errorf("event: keys: %w", err)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(e.Plan)) {
		if err := checkKey(process, key); err != nil {
			return fmt.Errorf("event: plan: %w", err)
		}
	}
	return nil
}

// checkKey refuses a key that the process cannot have: Ongoing's order numbers are free text, all other keys are ids of
// 24SevenOffice, which are 32-bit whole numbers, or the time of a change in place of an id that cannot be read.
func checkKey(process naming.Process, key string) error {
	if process == naming.Shipments {
		if n := utf8.RuneCountInString(key); strings.TrimSpace(key) == "" || n > 50 {
			return fmt.Errorf("%q: an order number has 1 to 50 characters, not only spaces", printable(key))
		}
		return nil
	}
	if plan.IsChangedKey(key) && process != naming.Stock {
		return nil
	}
	if n, err := strconv.ParseInt(key, 10, 32); err != nil || n < 1 || strconv.FormatInt(n, 10) != key {
		return fmt.Errorf("%q: an id of %s is a whole number from 1 to %d such as \"40557\"",
			printable(key), process, math.MaxInt32)
	}
	return nil
}

// printable makes a name or value of an event fit for a reason: short, and in printable ASCII characters.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, strings.TrimSuffix(errclass.Shorten(s), "…"))
}

// customerIDs returns the named customers sorted and each once.
func (e Event) customerIDs() []string {
	return slices.Compact(slices.Sorted(slices.Values(e.Customers)))
}

// A fieldReader decodes the fields of an event and keeps the first error.
type fieldReader struct {
	raw map[string]json.RawMessage
	err error
}

// unknownField returns the first field, by name, that an event cannot have.
func (f *fieldReader) unknownField() (string, bool) {
	for _, name := range slices.Sorted(maps.Keys(f.raw)) {
		if !slices.Contains(eventFields, name) && !slices.Contains(envelopeFields, name) {
			return name, true
		}
	}
	return "", false
}

// read decodes a field into target and reports whether the event has the field. A null counts as left out.
func (f *fieldReader) read(name, allowed string, target any) bool {
	raw, ok := f.raw[name]
	if !ok || string(raw) == "null" {
		return false
	}
	if err := json.Unmarshal(raw, target); err != nil && f.err == nil {
		f.err = fmt.Errorf("event: %s: must be %s", name, allowed)
	}
	return true
}
