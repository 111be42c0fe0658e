package office24test

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/number"
)

// A wire turns records into nodes and back. The records are the client's types, so that tests seed and compare what they
// know; their names and order on the wire come from the schema here, so that a slip in a type shows.
type wire struct {
	schema *schema
	layout string // of moments in answers
	nils   bool   // unset sub-objects are written as xsi:nil, as the live service was seen to do, against its WSDL
}

// field finds the field that stands for a member: by its tag, else by its name.
func field(v reflect.Value, member string) (f reflect.Value, standard string) {
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name, _, _ := strings.Cut(tag.Get("soap"), ",")
		name, _, _ = strings.Cut(name, ">")
		if name == member || name == "" && v.Type().Field(i).Name == member {
			return v.Field(i), tag.Get("default")
		}
	}
	return reflect.Value{}, ""
}

// object writes the members of a record that were asked for; all of them when asked is nil. What holds its default is
// left out, as the vendor's serialiser does; what the schema requires and nobody gave is nil.
func (w wire) object(name, kind string, v reflect.Value, asked []string) *node {
	n := branch(name)
	for _, p := range w.schema.types[kind] {
		f, standard := field(v, p.name)
		var child *node
		if f.IsValid() && (asked == nil || slices.Contains(asked, p.name)) {
			child = w.member(p, f, standard)
		}
		if child == nil && p.nillable && !p.optional {
			child = &node{name: p.name, null: true}
		}
		if child != nil {
			n.children = append(n.children, child)
		}
	}
	return n
}

func (w wire) member(p particle, v reflect.Value, standard string) *node {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		return w.present(p, v.Elem())
	}
	isObject := v.Kind() == reflect.Struct && !isScalar(v.Type())
	switch {
	case w.nils && v.Kind() == reflect.Pointer && w.schema.types[p.kind] != nil:
		return &node{name: p.name, null: true}
	case v.IsZero() && (!isObject || !w.nils), standard != "" && v.String() == standard:
		return nil
	}
	return w.present(p, v)
}

func (w wire) present(p particle, v reflect.Value) *node {
	switch {
	case v.Kind() == reflect.Slice:
		array := w.schema.types[p.kind][0]
		n := branch(p.name)
		for i := range v.Len() {
			n.children = append(n.children, w.object(array.name, array.kind, v.Index(i), nil))
		}
		return n
	case v.Kind() == reflect.Struct && !isScalar(v.Type()):
		return w.object(p.name, p.kind, v, nil)
	}
	return leaf(p.name, w.text(v))
}

func isScalar(t reflect.Type) bool {
	return t == reflect.TypeFor[time.Time]() || t == reflect.TypeFor[number.Decimal]()
}

// text writes a value. Decimals have four places, as a database has them: a reader must not compare texts.
func (w wire) text(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case time.Time:
		return value.UTC().Format(w.layout)
	case number.Decimal:
		whole, fraction, _ := strings.Cut(value.String(), ".")
		return whole + "." + fraction + strings.Repeat("0", max(0, 4-len(fraction)))
	}
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	default:
		return strconv.FormatInt(v.Int(), 10)
	}
}

// apply sets what a node gives on a record. The node has passed the schema check.
func apply(n *node, v reflect.Value) {
	for _, child := range n.children {
		if f, _ := field(v, child.name); f.IsValid() && !child.null {
			f.SetZero()
			assign(child, f)
		}
	}
}

func assign(n *node, v reflect.Value) {
	switch {
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		assign(n, v.Elem())
	case v.Kind() == reflect.Slice:
		for _, child := range n.children {
			item := reflect.New(v.Type().Elem()).Elem()
			assign(child, item)
			v.Set(reflect.Append(v, item))
		}
	case v.Kind() == reflect.Struct && !isScalar(v.Type()):
		apply(n, v)
	default:
		assignText(strings.TrimSpace(n.text), n.text, v)
	}
}

func assignText(trimmed, text string, v reflect.Value) {
	switch target := v.Addr().Interface().(type) {
	case *time.Time:
		*target, _ = parseTime(trimmed)
		return
	case *number.Decimal:
		*target = number.MustParse(trimmed)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(trimmed == "true" || trimmed == "1")
	default:
		i, _ := strconv.ParseInt(trimmed, 10, 64)
		v.SetInt(i)
	}
}

// clone copies a record, so that nobody holds a pointer into the simulator's memory.
func clone[T any](record T) T {
	v := reflect.New(reflect.TypeFor[T]()).Elem()
	copyInto(v, reflect.ValueOf(record))
	return v.Interface().(T)
}

func copyInto(to, from reflect.Value) {
	switch {
	case from.Kind() == reflect.Pointer && !from.IsNil():
		to.Set(reflect.New(from.Type().Elem()))
		copyInto(to.Elem(), from.Elem())
	case from.Kind() == reflect.Slice && !from.IsNil():
		to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			copyInto(to.Index(i), from.Index(i))
		}
	case from.Kind() == reflect.Struct && !isScalar(from.Type()):
		for i := range from.NumField() {
			copyInto(to.Field(i), from.Field(i))
		}
	default:
		to.Set(from)
	}
}
