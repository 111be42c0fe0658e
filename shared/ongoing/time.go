package ongoing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"time"
)

// A Time is a timestamp or a date in an answer. The published definition says date-time everywhere, but some fields
// come as a date only (seen: an order's deliveryDate), fractions have none to seven digits, and a missing zone means
// UTC. The zero value is an absent time.
type Time struct {
	time.Time
	// DateOnly reports that the answer had a date; Time is then midnight UTC, which has no meaning of its own.
	DateOnly bool
}

// Date returns the date, YYYY-MM-DD, of the time in a zone; empty for an absent time. The service stores a date as
// local midnight, which in UTC belongs to the day before: 2023-05-21T22:00:00Z is the 22nd in Oslo.
func (t Time) Date(zone *time.Location) string {
	switch {
	case t.IsZero():
		return ""
	case t.DateOnly:
		return t.Format(time.DateOnly)
	default:
		return t.In(zone).Format(time.DateOnly)
	}
}

// UnmarshalJSON reads every form described at Time. null and "" are an absent time.
func (t *Time) UnmarshalJSON(b []byte) error {
	var text string
	if inner, simple := plainString(b); simple {
		text = inner
	} else if err := json.Unmarshal(b, &text); err != nil { // null leaves it empty
		return fmt.Errorf("not a time: %w", err)
	}
	*t = Time{}
	if text == "" {
		return nil
	}
	// Parse accepts a fraction after the seconds even if the layout has none.
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			*t = Time{Time: at.UTC(), DateOnly: layout == time.DateOnly}
			return nil
		}
	}
	return fmt.Errorf("%.40q is not a time", text)
}

// plainString returns a JSON string that has no escapes, as times have none.
func plainString(b []byte) (string, bool) {
	if len(b) < 2 || b[0] != '"' || bytes.IndexByte(b, '\\') >= 0 {
		return "", false
	}
	return string(b[1 : len(b)-1]), true
}

// setTime sets a filter unless the time is zero: UTC with a Z (the plus sign of an offset would have to be escaped), in
// whole seconds, which is the resolution of the service's searches.
func setTime(q url.Values, key string, at time.Time) {
	if !at.IsZero() {
		q.Set(key, at.UTC().Truncate(time.Second).Format(time.RFC3339))
	}
}
