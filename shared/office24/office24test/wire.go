package office24test

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/number"
)

// A wire encodes records as nodes. The records have the client's types, so that tests add and compare the types they
// know. Names and order on the wire come from the simulator's own schema, so that a mistake in a type is found.
type wire struct {
	schema *schema
	layout string // of times in answers
	nils   bool   // see Options.NilObjects
}

// field returns the field of a member, by its tag or else by its name, and the member's default value.
func field(v reflect.Value, member string) (f reflect.Value, defaultValue string) {
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

// object encodes the members of a record that were asked for, or all of them if asked is nil. A member with its default
// value is left out, as the vendor's serialiser does. A missing member that the schema requires is xsi:nil.
func (w wire) object(name, kind string, v reflect.Value, asked []string) *node {
	n := branch(name)
	for _, p := range w.schema.types[kind] {
		f, defaultValue := field(v, p.name)
		var child *node
		if f.IsValid() && (asked == nil || slices.Contains(asked, p.name)) {
			child = w.member(p, f, defaultValue)
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

func (w wire) member(p particle, v reflect.Value, defaultValue string) *node {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		return w.value(p, v.Elem())
	}
	isObject := v.Kind() == reflect.Struct && !isScalar(v.Type())
	switch {
	case w.nils && v.Kind() == reflect.Pointer && w.schema.types[p.kind] != nil:
		return &node{name: p.name, null: true}
	case v.IsZero() && (!isObject || !w.nils), defaultValue != "" && v.String() == defaultValue:
		return nil
	}
	return w.value(p, v)
}

func (w wire) value(p particle, v reflect.Value) *node {
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

// text encodes a value. Decimals have four places, as in the database, so that a client that compares texts fails.
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

// apply sets the members of a node on a record. The node has passed the schema check.
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

// clone copies a record deeply, so that callers share no memory with the simulator.
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
