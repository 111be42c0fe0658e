package settings

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A field is one attribute of a record.
type field struct {
	name string
	rule rule
	// absent is read in place of an attribute that is not there; nil: nothing is read.
	absent types.AttributeValue
	// without says what absence means where nothing is read in its place; required makes absence an error.
	without string
	about   string
}

const required = "required"

// A rule is how an attribute is read: it checks the value and stores it at a place that it was made with.
type rule struct {
	kind    string // in DynamoDB's words
	allowed string // in people's words; completes "allowed: "
	// read may stop after mostProblems: an item of 400 kB has room for more than a reason, or memory, has.
	read   func(path string, v types.AttributeValue) (problems []string)
	inside string // how the path goes on to the fields inside: ".", ".<id>.", "[].", or "" where there are none
	fields []field
}

// A parser turns an attribute into a Go value; the second result is false for a value that is not allowed.
type parser[T any] func(types.AttributeValue) (T, bool)

// one reads a single value.
func one[T any](dst *T, kind, allowed string, parse parser[T]) rule {
	r := rule{kind: kind, allowed: allowed}
	r.read = func(path string, v types.AttributeValue) []string {
		x, ok := parse(v)
		if !ok {
			return r.refuse(path, v)
		}
		*dst = x
		return nil
	}
	return r
}

// list reads one or more values, each once.
func list[T comparable](dst *[]T, kind, allowed string, parse parser[T]) rule {
	r := rule{kind: "L of " + kind, allowed: allowed}
	r.read = func(path string, v types.AttributeValue) (problems []string) {
		l, ok := v.(*types.AttributeValueMemberL)
		if !ok || len(l.Value) == 0 {
			return r.refuse(path, v)
		}
		xs, seen := make([]T, 0, len(l.Value)), make(map[T]bool, len(l.Value))
		for i, element := range l.Value {
			if len(problems) > mostProblems {
				break
			}
			at := fmt.Sprintf("%s[%d]", path, i)
			x, ok := parse(element)
			switch {
			case !ok:
				problems = append(problems, r.refuse(at, element)...)
			case seen[x]:
				problems = append(problems, r.because(at, "is "+show(element)+" a second time")...)
			default:
				xs, seen[x] = append(xs, x), true
			}
		}
		*dst = xs
		return problems
	}
	return r
}

// record reads a map whose attributes are known.
func record(fields []field) rule {
	r := rule{kind: "M", allowed: strings.Join(names(fields), ", "), inside: ".", fields: fields}
	r.read = func(path string, v types.AttributeValue) []string {
		m, ok := v.(*types.AttributeValueMemberM)
		if !ok {
			return r.refuse(path, v)
		}
		return readFields(fields, path+".", m.Value)
	}
	return r
}

func names(fields []field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	slices.Sort(names)
	return names
}

// readFields reads the attributes of a record and refuses those it does not know. prefix is the path up to them.
func readFields(fields []field, prefix string, attributes map[string]types.AttributeValue) (problems []string) {
	for _, f := range fields {
		v, given := attributes[f.name]
		if !given {
			v = f.absent
		}
		switch {
		case given || v != nil:
			problems = append(problems, f.rule.read(prefix+f.name, v)...)
		case f.without == required:
			problems = append(problems, f.rule.because(prefix+f.name, "is missing")...)
		}
	}
	known := names(fields)
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if len(problems) > mostProblems {
			break
		}
		if !slices.Contains(known, name) { // its value may be a secret in the wrong place
			problems = append(problems, fmt.Sprintf("%s%s is unknown, allowed: %s", prefix, showName(name), strings.Join(known, ", ")))
		}
	}
	return problems
}

func str(s string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: s} }
func num(n string) types.AttributeValue   { return &types.AttributeValueMemberN{Value: n} }
func boolean(b bool) types.AttributeValue { return &types.AttributeValueMemberBOOL{Value: b} }
func section() types.AttributeValue       { return &types.AttributeValueMemberM{} }
func lst(vs ...types.AttributeValue) types.AttributeValue {
	return &types.AttributeValueMemberL{Value: vs}
}

func flag(dst *bool) rule {
	return one(dst, "BOOL", "true or false", func(v types.AttributeValue) (bool, bool) {
		b, ok := v.(*types.AttributeValueMemberBOOL)
		return ok && b.Value, ok
	})
}

func whole[T ~int | ~int64](dst *T, low, high T) rule {
	return one(dst, "N", fmt.Sprintf("a whole number from %d to %d", low, high), between(low, high))
}

func between[T ~int | ~int64](low, high T) parser[T] {
	return func(v types.AttributeValue) (T, bool) {
		n, ok := v.(*types.AttributeValueMemberN)
		if !ok {
			return 0, false
		}
		x, err := strconv.ParseInt(n.Value, 10, 64)
		return T(x), err == nil && int64(low) <= x && x <= int64(high)
	}
}

// duration reads a whole number of units.
func duration(dst *time.Duration, unit time.Duration, low, high int) rule {
	n := between(low, high)
	return one(dst, "N", fmt.Sprintf("a whole number from %d to %d", low, high), func(v types.AttributeValue) (time.Duration, bool) {
		x, ok := n(v)
		return time.Duration(x) * unit, ok
	})
}

// text reads a string of which ok approves.
func text(dst *string, allowed string, ok func(string) bool) rule {
	return one(dst, "S", allowed, func(v types.AttributeValue) (string, bool) {
		s, isText := textOf(v)
		return s, isText && ok(s)
	})
}

// choice reads one of a few words.
func choice[T any](dst *T, words map[string]T) rule {
	allowed := make([]string, 0, len(words))
	for word := range words {
		allowed = append(allowed, word)
	}
	slices.Sort(allowed)
	return one(dst, "S", strings.Join(allowed, " or "), func(v types.AttributeValue) (T, bool) {
		s, _ := textOf(v)
		x, ok := words[s]
		return x, ok
	})
}

func textOf(v types.AttributeValue) (string, bool) {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value, true
	}
	return "", false
}

// refuse says what is there and what may be.
func (r rule) refuse(path string, v types.AttributeValue) []string {
	return r.because(path, "is "+show(v))
}

// because says what is wrong and what may be, without the value: it may hold what must not be shown.
func (r rule) because(path, why string) []string {
	return []string{fmt.Sprintf("%s %s, allowed: %s (%s)", path, why, r.allowed, r.kind)}
}
