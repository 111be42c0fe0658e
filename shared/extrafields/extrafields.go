// Package extra holds the further fields that a customer may ask for in the setting extraFields: two published lists
// of names, `from` in 24SevenOffice and `to` in Ongoing, and how a value travels from one to the other.
//
// Values travel as they are: row.Price is the price of one unit even where the target's name speaks of a line, and
// row.LineTotal is there for those who need the price of the whole line.
package extrafields

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
)

// A Field is one further field, e.g. row.Price → line.prices.linePrice.
type Field struct{ From, To string }

// Check tells whether both names are published and fit one another: of the same level (product → article,
// order → order, row → line), and of kinds that can be turned into each other.
func Check(f Field) error {
	from, ok := sources()[f.From]
	if !ok {
		return fmt.Errorf("from %q is not one of %s", f.From, strings.Join(Sources(), ", "))
	}
	to, ok := targets()[f.To]
	if !ok {
		return fmt.Errorf("to %q is not one of %s", f.To, strings.Join(Targets(), ", "))
	}
	if from.level != to.level {
		return fmt.Errorf("from %q belongs to %s, to %q to %s", f.From, from.level.source(), f.To, to.level.target())
	}
	if to.kind != text && from.kind != to.kind {
		return fmt.Errorf("from %q is a %s, to %q takes a %s", f.From, from.kind, f.To, to.kind)
	}
	return nil
}

// Sources lists the names that `from` may have, sorted.
func Sources() []string { return slices.Sorted(maps.Keys(sources())) }

// Targets lists the names that `to` may have, sorted.
func Targets() []string { return slices.Sorted(maps.Keys(targets())) }

type named struct {
	level level
	kind  kind
}

func sources() map[string]named {
	out := map[string]named{}
	for name, s := range productSources {
		out[name] = named{product, s.kind}
	}
	for name, s := range orderSources {
		out[name] = named{order, s.kind}
	}
	for name, s := range rowSources {
		out[name] = named{row, s.kind}
	}
	return out
}

func targets() map[string]named {
	out := map[string]named{}
	for name, t := range articleTargets {
		out[name] = named{product, t.kind}
	}
	for name, t := range orderTargets {
		out[name] = named{order, t.kind}
	}
	for name, t := range lineTargets {
		out[name] = named{row, t.kind}
	}
	return out
}

// Product fills the further fields of an article. A value that the product does not have is left out.
func Product(fields []Field, p office24.Product, b *ongoing.ArticleBody) {
	apply(fields, productSources, articleTargets, p, b)
}

// Order fills the further fields of an order's head.
func Order(fields []Field, o office24.Order, b *ongoing.OrderBody) {
	apply(fields, orderSources, orderTargets, o, b)
}

// Row fills the further fields of an order line.
func Row(fields []Field, o office24.Order, r office24.Row, l *ongoing.OrderLine) {
	apply(fields, rowSources, lineTargets, orderRow{o, r}, l)
}

// ProductProperties lists the properties of a product that the fields need besides the usual ones.
func ProductProperties(fields []Field) []string {
	var out []string
	for _, f := range fields {
		if name, ok := strings.CutPrefix(f.From, "product."); ok {
			out = append(out, name)
		}
	}
	return out
}

func apply[S, T any](fields []Field, from map[string]source[S], to map[string]target[T], record S, body *T) {
	for _, f := range fields {
		s, isSource := from[f.From]
		t, isTarget := to[f.To]
		if isSource && isTarget {
			if v := s.get(record); v.given() {
				t.set(body, v)
			}
		}
	}
}

type kind string

const (
	text   kind = "text"
	amount kind = "number"
	moment kind = "date"
)

type level int

const (
	product level = iota
	order
	row
)

func (l level) source() string { return [...]string{"a product", "an order", "a row"}[l] }
func (l level) target() string { return [...]string{"an article", "an order", "a line"}[l] }

type source[S any] struct {
	kind kind
	get  func(S) value
}

type target[T any] struct {
	kind kind
	set  func(*T, value)
}

// A value on its way; just one of the three is given, or none.
type value struct {
	text string
	num  *number.Decimal
	at   time.Time
}

func (v value) given() bool { return v.text != "" || v.num != nil || !v.at.IsZero() }

// cut is the value as a text of at most limit UTF-16 units.
func (v value) cut(limit int) string {
	s := v.text
	switch {
	case v.num != nil:
		s = v.num.String()
	case !v.at.IsZero():
		s = v.at.UTC().Format(time.RFC3339)
	}
	return ongoing.Trim(s, limit)
}

// whole is the value rounded to a whole number.
func (v value) whole() *int {
	n := int(v.num.Round(0).Int())
	return &n
}

func ofText(s string) value            { return value{text: s} }
func ofNumber(d *number.Decimal) value { return value{num: d} }

// ofID is an id or count, of which zero is none.
func ofID[N ~int](n N) value {
	if n == 0 {
		return value{}
	}
	d := number.FromInt(int64(n))
	return value{num: &d}
}
