package ongoing

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"
)

// A Time is a moment, or a date, out of an answer. The published definition says date-time everywhere, but some fields
// come as a date only (seen: an order's deliveryDate), fractions have none to seven digits, and a zone may be missing,
// which then means UTC. The zero value is an absent time.
type Time struct {
	time.Time
	// DateOnly tells that the answer held a date; the moment is then midnight UTC and means nothing by itself.
	DateOnly bool
}

// Date returns the date, YYYY-MM-DD, that the time means in a zone; empty for an absent time. The service stores a date
// as local midnight, which in UTC belongs to the day before: 2023-05-21T22:00:00Z is the 22nd in Oslo.
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
	var text *string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("a time is expected: %w", err)
	}
	*t = Time{}
	if text == nil || *text == "" {
		return nil
	}
	// Parsing takes a fraction after the seconds whether or not the layout has one.
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, *text); err == nil {
			*t = Time{Time: at.UTC(), DateOnly: layout == time.DateOnly}
			return nil
		}
	}
	return fmt.Errorf("%.40q is no time", *text)
}

// setTime sets a filter unless the time is zero: UTC with a Z (the plus of an offset would have to be escaped), cut to
// whole seconds, which is how finely the service searches.
func setTime(q url.Values, key string, at time.Time) {
	if !at.IsZero() {
		q.Set(key, at.UTC().Truncate(time.Second).Format(time.RFC3339))
	}
}
