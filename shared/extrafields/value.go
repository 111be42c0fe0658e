package extrafields

import (
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing"
)

// A source reads one field of a record of 24SevenOffice.
type source[S any] struct {
	kind kind
	get  func(S) value
}

// A target sets one field of a body for Ongoing.
type target[T any] struct {
	kind kind
	set  func(*T, value)
	// limit is the longest text that Ongoing takes, in UTF-16 units; 0 if it is not a text.
	limit int
}

// A value has at most one of its three members.
type value struct {
	text string
	num  *number.Decimal
	at   time.Time
}

func (v value) given() bool { return v.text != "" || v.num != nil || !v.at.IsZero() }

// whole returns the value as a text.
func (v value) whole() string {
	switch {
	case v.num != nil:
		return v.num.String()
	case !v.at.IsZero():
		return v.at.UTC().Format(time.RFC3339)
	default:
		return v.text
	}
}

// cut returns the value as a text of at most limit UTF-16 units, in which Ongoing measures texts.
func (v value) cut(limit int) string { return ongoing.Trim(v.whole(), limit) }

func textFrom[S any](get func(S) string) source[S] {
	return source[S]{kind: textKind, get: func(record S) value { return value{text: get(record)} }}
}

func numberFrom[S any](get func(S) *number.Decimal) source[S] {
	return source[S]{kind: numberKind, get: func(record S) value { return value{num: get(record)} }}
}

// idFrom reads an id, which is missing if it is 0.
func idFrom[S any](get func(S) int) source[S] {
	return source[S]{kind: numberKind, get: func(record S) value {
		id := get(record)
		if id == 0 {
			return value{}
		}
		d := number.FromInt(int64(id))
		return value{num: &d}
	}}
}

func timeFrom[S any](get func(S) time.Time) source[S] {
	return source[S]{kind: dateKind, get: func(record S) value { return value{at: get(record)} }}
}

// textTo sets a text, cut to at most limit UTF-16 units.
func textTo[T any](limit int, field func(*T) *string) target[T] {
	return target[T]{
		kind: textKind, limit: limit, set: func(body *T, v value) { *field(body) = v.cut(limit) },
	}
}

// dateTo sets a time as an RFC 3339 text in UTC.
func dateTo[T any](field func(*T) *string) target[T] {
	return target[T]{kind: dateKind, set: func(body *T, v value) { *field(body) = v.at.UTC().Format(time.RFC3339) }}
}

// wholeNumberTo sets a number rounded to a whole number.
func wholeNumberTo[T any](field func(*T) **int) target[T] {
	return target[T]{kind: numberKind, set: func(body *T, v value) {
		n := int(v.num.Round(0).Int())
		*field(body) = &n
	}}
}

func numberTo[T any](field func(*T) **number.Decimal) target[T] {
	return target[T]{kind: numberKind, set: func(body *T, v value) { *field(body) = v.num }}
}

// countryTo sets a country. 24SevenOffice has no field for that, so only a value of the settings fits.
func countryTo[T any](field func(*T) *string) target[T] {
	return target[T]{kind: countryKind, set: func(body *T, v value) { *field(body) = v.text }}
}
