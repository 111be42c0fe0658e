// Package extrafields copies the further fields that a customer lists in the setting extraFields. It has two published
// lists of names, `from` in 24SevenOffice and `to` in Ongoing, and knows how to read and write each of them.
//
// Values are copied unchanged: row.Price is the price of one unit even if the name of the target says line price. The
// total of the line is row.LineTotal.
package extrafields

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"ongoing24so/shared/addresses"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
)

// A Field is a further field: its source and its target, e.g. row.Price and line.prices.linePrice. Instead of a source
// it can have a Value that is the same for all records.
type Field struct{ From, Value, To string }

// A Cut is a target whose text was too long, and its longest text in UTF-16 units.
type Cut struct {
	To    string
	Limit int
}

// Check returns an error unless both names are published and fit each other: they must be of the same level (product →
// article, order → order, row → line), and the target must accept the kind of value. A text accepts every kind. A value
// must be of the target's kind, and short enough.
func Check(f Field) error {
	if (f.From == "") == (f.Value == "") {
		return errors.New("either from or value must be given, and not both")
	}
	to, ok := targets()[f.To]
	if !ok {
		return fmt.Errorf("to %q is not one of %s", f.To, alike(f.To, Targets()))
	}
	if f.Value != "" {
		if _, err := constant(f.Value, to); err != nil {
			return fmt.Errorf("value %q does not fit to %q: %w", f.Value, f.To, err)
		}
		return nil
	}
	from, ok := sources()[f.From]
	if !ok {
		return fmt.Errorf("from %q is not one of %s", f.From, alike(f.From, Sources()))
	}
	if from.level != to.level {
		return fmt.Errorf("from %q belongs to %s, but to %q belongs to %s",
			f.From, from.level.source(), f.To, to.level.target())
	}
	if to.kind != textKind && from.kind != to.kind {
		return fmt.Errorf("from %q is a %s, but to %q takes a %s", f.From, from.kind, f.To, to.kind)
	}
	return nil
}

// alike lists those names that begin as a wrong one does, such as row, or all if none does: nobody reads fifty.
func alike(wrong string, names []string) string {
	kind, _, _ := strings.Cut(wrong, ".")
	same := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !strings.HasPrefix(n, kind+".") })
	if len(same) == 0 {
		same = names
	}
	return strings.Join(same, ", ")
}

// Sources returns the allowed names for `from`, sorted.
func Sources() []string { return slices.Sorted(maps.Keys(sources())) }

// Targets returns the allowed names for `to`, sorted.
func Targets() []string { return slices.Sorted(maps.Keys(targets())) }

// An endpoint is what a published name says about its field.
type endpoint struct {
	level level
	kind  kind
	limit int // of a text in UTF-16 units
}

func sources() map[string]endpoint {
	out := map[string]endpoint{}
	for name, s := range productSources {
		out[name] = endpoint{level: product, kind: s.kind}
	}
	for name, s := range orderSources {
		out[name] = endpoint{level: order, kind: s.kind}
	}
	for name, s := range rowSources {
		out[name] = endpoint{level: row, kind: s.kind}
	}
	return out
}

func targets() map[string]endpoint {
	out := map[string]endpoint{}
	for name, t := range articleTargets {
		out[name] = endpoint{level: product, kind: t.kind, limit: t.limit}
	}
	for name, t := range orderTargets {
		out[name] = endpoint{level: order, kind: t.kind, limit: t.limit}
	}
	for name, t := range lineTargets {
		out[name] = endpoint{level: row, kind: t.kind, limit: t.limit}
	}
	return out
}

// Product sets the further fields of an article. A value that is missing in the product sets nothing. It returns the
// fields whose text was cut, and so do the other two.
func Product(fields []Field, p office24.Product, b *ongoing.ArticleBody) (cut []Cut) {
	return copyFields(fields, productSources, articleTargets, p, b)
}

// Order sets the further fields of an order's head.
func Order(fields []Field, o office24.Order, b *ongoing.OrderBody) (cut []Cut) {
	return copyFields(fields, orderSources, orderTargets, o, b)
}

// Row sets the further fields of an order line.
func Row(fields []Field, o office24.Order, r office24.Row, l *ongoing.OrderLine) (cut []Cut) {
	return copyFields(fields, rowSources, lineTargets, orderRow{order: o, row: r}, l)
}

// ProductProperties returns the properties of a product that must be requested for the fields, in addition to the
// usual ones.
func ProductProperties(fields []Field) []string {
	var out []string
	for _, f := range fields {
		if name, ok := strings.CutPrefix(f.From, "product."); ok {
			out = append(out, name)
		}
	}
	return out
}

func copyFields[S, T any](
	fields []Field, from map[string]source[S], to map[string]target[T], record S, body *T,
) (cut []Cut) {
	for _, f := range fields {
		t, isTarget := to[f.To]
		if !isTarget {
			continue // of another level
		}
		var v value
		if s, isSource := from[f.From]; isSource {
			v = s.get(record)
		} else {
			v, _ = constant(f.Value, endpoint{kind: t.kind}) // Check has found it right
		}
		if !v.given() {
			continue
		}
		t.set(body, v)
		visible := func(s string) string { return strings.TrimRightFunc(s, unicode.IsSpace) }
		if t.limit > 0 && visible(v.cut(t.limit)) != visible(v.whole()) {
			cut = append(cut, Cut{f.To, t.limit})
		}
	}
	return cut
}

// constant returns the value that a text of the settings stands for.
func constant(text string, to endpoint) (value, error) {
	switch to.kind {
	case textKind:
	case numberKind:
		n, err := number.Parse(text)
		return value{num: &n}, err
	case dateKind:
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return value{}, fmt.Errorf("it must be an RFC 3339 timestamp such as %s", "2026-11-28T00:00:00Z")
		}
		return value{at: at}, nil
	case countryKind:
		if !addresses.IsCode(text, 2, 2) {
			return value{}, errors.New("it must be a code of two capital letters such as NO")
		}
	}
	v := value{text: text}
	if to.limit > 0 && v.cut(to.limit) != text {
		return v, fmt.Errorf("it must be at most %d characters long", to.limit)
	}
	return v, nil
}

// A kind is the type of a value, as reasons name it.
type kind string

const (
	textKind   kind = "text"
	numberKind kind = "number"
	dateKind   kind = "date"
	// countryKind is a country's code of two letters, which no field of 24SevenOffice is.
	countryKind kind = "country"
)

// A level says to which record a field belongs.
type level int

const (
	product level = iota
	order
	row
)

func (l level) source() string { return [...]string{"a product", "an order", "a row"}[l] }
func (l level) target() string { return [...]string{"an article", "an order", "a line"}[l] }
