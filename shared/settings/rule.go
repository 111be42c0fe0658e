package settings

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/dynamoattr"
)

// A field is one attribute of the settings.
type field struct {
	name string
	rule rule
	// fallback is read instead of a missing attribute. If it is nil, missing says what its absence means; required
	// makes the absence an error.
	fallback types.AttributeValue
	missing  string
	meaning  string
}

const required = "required"

// A rule says how an attribute is read.
type rule struct {
	kind    string // DynamoDB's type
	allowed string // the allowed values in words, which follow "allowed: "
	// read checks a value and stores it where the rule was told to. It may stop after maxProblems, because an item of
	// 400 kB can have more of them than a reason can hold.
	read   func(path string, v types.AttributeValue) (problems []string)
	inside string // what leads from the path to the fields: ".", ".<id>." or "[]."; "" if there are no fields
	fields []field
	// schema says the same in JSON Schema, as far as that can say it.
	schema schema
}

// problem returns what is wrong with an attribute and what is allowed. It does not quote the value, which can be one
// that must not be shown.
func (r rule) problem(path, what string) []string {
	return []string{fmt.Sprintf("%s %s, allowed: %s (%s)", path, what, r.allowed, r.kind)}
}

// wrongValue is a problem that quotes the value.
func (r rule) wrongValue(path string, v types.AttributeValue) []string {
	return r.problem(path, "is "+show(v))
}

// A parser turns an attribute into a Go value. The second result is false if the value is not allowed.
type parser[T any] func(types.AttributeValue) (T, bool)

// value reads one value.
func value[T any](dst *T, kind, allowed string, parse parser[T]) rule {
	r := rule{kind: kind, allowed: allowed, schema: schemaOf(kind)}
	r.read = func(path string, v types.AttributeValue) []string {
		x, ok := parse(v)
		if !ok {
			return r.wrongValue(path, v)
		}
		*dst = x
		return nil
	}
	return r
}

// list reads one or more different values.
func list[T comparable](dst *[]T, kind, allowed string, parse parser[T]) rule {
	r := rule{kind: "L of " + kind, allowed: allowed, schema: listSchema(schemaOf(kind))}
	r.read = func(path string, v types.AttributeValue) (problems []string) {
		l, ok := v.(*types.AttributeValueMemberL)
		if !ok || len(l.Value) == 0 {
			return r.wrongValue(path, v)
		}
		xs, seen := make([]T, 0, len(l.Value)), make(map[T]bool, len(l.Value))
		for i, element := range l.Value {
			if len(problems) > maxProblems {
				break
			}
			at := fmt.Sprintf("%s[%d]", path, i)
			x, ok := parse(element)
			switch {
			case !ok:
				problems = append(problems, r.wrongValue(at, element)...)
			case seen[x]:
				problems = append(problems, r.problem(at, "repeats "+show(element))...)
			default:
				xs, seen[x] = append(xs, x), true
			}
		}
		*dst = xs
		return problems
	}
	return r
}

// section reads a map with known attributes.
func section(fields []field) rule {
	r := rule{
		kind: "M", allowed: strings.Join(fieldNames(fields), ", "), inside: ".", fields: fields,
		schema: sectionSchema(fields),
	}
	r.read = func(path string, v types.AttributeValue) []string {
		m, ok := v.(*types.AttributeValueMemberM)
		if !ok {
			return r.wrongValue(path, v)
		}
		return readFields(fields, path+".", m.Value)
	}
	return r
}

func fieldNames(fields []field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	slices.Sort(names)
	return names
}

// readFields reads the attributes of a map and reports unknown ones. prefix is the path that leads to them.
func readFields(fields []field, prefix string, attributes map[string]types.AttributeValue) (problems []string) {
	for _, f := range fields {
		v, given := attributes[f.name]
		if !given {
			v = f.fallback
		}
		switch {
		case given || v != nil:
			problems = append(problems, f.rule.read(prefix+f.name, v)...)
		case f.missing == required:
			problems = append(problems, f.rule.problem(prefix+f.name, "is missing")...)
		}
	}
	unknown := maps.Clone(attributes)
	for _, f := range fields {
		delete(unknown, f.name)
	}
	for _, name := range slices.Sorted(maps.Keys(unknown)) { // not quoting the value, which can be a misplaced secret
		if len(problems) > maxProblems {
			break
		}
		problems = append(problems, fmt.Sprintf("%s%s is unknown, allowed: %s",
			prefix, showName(name), strings.Join(fieldNames(fields), ", ")))
	}
	return problems
}

func boolean(dst *bool) rule {
	return value(dst, "BOOL", "true or false", func(v types.AttributeValue) (bool, bool) {
		b, ok := v.(*types.AttributeValueMemberBOOL)
		return ok && b.Value, ok
	})
}

func wholeNumber[T ~int | ~int64](dst *T, low, high T) rule {
	r := value(dst, "N", fmt.Sprintf("a whole number from %d to %d", low, high), between(low, high))
	return r.refined(schema{"minimum": int64(low), "maximum": int64(high)})
}

// duration reads a whole number of units.
func duration(dst *time.Duration, unit time.Duration, low, high int) rule {
	parse := between(low, high)
	allowed := fmt.Sprintf("a whole number from %d to %d", low, high)
	r := value(dst, "N", allowed, func(v types.AttributeValue) (time.Duration, bool) {
		x, ok := parse(v)
		return time.Duration(x) * unit, ok
	})
	return r.refined(schema{"minimum": low, "maximum": high})
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

// text reads a string that is valid.
func text(dst *string, allowed string, valid func(string) bool) rule {
	return value(dst, "S", allowed, func(v types.AttributeValue) (string, bool) {
		s, ok := dynamoattr.TextOf(v)
		return s, ok && valid(s)
	})
}

// choice reads one of a few words.
func choice[T any](dst *T, words map[string]T) rule {
	names := slices.Sorted(maps.Keys(words))
	r := value(dst, "S", strings.Join(names, " or "), func(v types.AttributeValue) (T, bool) {
		s, _ := dynamoattr.TextOf(v)
		x, ok := words[s]
		return x, ok
	})
	return r.refined(schema{"enum": names})
}

func boolValue(b bool) types.AttributeValue { return &types.AttributeValueMemberBOOL{Value: b} }
func emptyMap() types.AttributeValue        { return &types.AttributeValueMemberM{} }
func listValue(vs ...types.AttributeValue) types.AttributeValue {
	return &types.AttributeValueMemberL{Value: vs}
}
