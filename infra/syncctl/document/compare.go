package document

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/shared/dynamoattr"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A Change is a setting that differs between two items. A missing value is "".
type Change struct {
	Path string `json:"path"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// Diff lists the settings that differ, by path. Lists are compared as a whole.
func Diff(from, to Item) []Change {
	before, after := flatten(from), flatten(to)
	paths := map[string]bool{}
	for path := range before {
		paths[path] = true
	}
	for path := range after {
		paths[path] = true
	}
	changes := []Change{}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if before[path] != after[path] {
			changes = append(changes, Change{Path: path, Old: before[path], New: after[path]})
		}
	}
	return changes
}

// Equal reports whether two items have the same attributes.
func Equal(a, b Item) bool { return reflect.DeepEqual(a, b) }

// A Setting is one value of an item.
type Setting struct {
	Path  string `json:"path"`
	Value string `json:"value"`
}

// List returns the values of an item by path.
func List(it Item) []Setting {
	flat := flatten(it)
	list := []Setting{}
	for _, path := range slices.Sorted(maps.Keys(flat)) {
		list = append(list, Setting{Path: path, Value: flat[path]})
	}
	return list
}

func flatten(it Item) map[string]string {
	flat := map[string]string{}
	flattenInto(flat, "", it)
	return flat
}

func flattenInto(flat map[string]string, prefix string, it Item) {
	for name, v := range it {
		if m, ok := v.(*types.AttributeValueMemberM); ok && len(m.Value) > 0 {
			flattenInto(flat, prefix+name+".", m.Value)
			continue
		}
		flat[prefix+name] = Text(v)
	}
}

// Text returns a value as Value reads it. A text is in quotes only if it would be read as something else.
func Text(v types.AttributeValue) string {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return inJSON(v)
	}
	if read, err := Value(s.Value); err == nil && reflect.DeepEqual(read, v) && s.Value != "" {
		return s.Value
	}
	return inJSON(v)
}

func inJSON(v types.AttributeValue) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(dynamoattr.Plain(v)) // Plain returns only what JSON has
	return strings.TrimSpace(b.String())
}

// Set returns a copy of an item with a value at a path.
func Set(it Item, path string, v types.AttributeValue) Item {
	name, rest, nested := strings.Cut(path, ".")
	changed := maps.Clone(it)
	if changed == nil {
		changed = Item{}
	}
	if !nested {
		changed[name] = v
		return changed
	}
	var inner Item
	if m, ok := it[name].(*types.AttributeValueMemberM); ok {
		inner = m.Value
	}
	changed[name] = &types.AttributeValueMemberM{Value: Set(inner, rest, v)}
	return changed
}

// Unset returns a copy of an item without the value at a path, and without the maps that it leaves empty.
func Unset(it Item, path string) Item {
	name, rest, nested := strings.Cut(path, ".")
	changed := maps.Clone(it)
	m, isMap := it[name].(*types.AttributeValueMemberM)
	switch {
	case !nested:
		delete(changed, name)
	case isMap:
		inner := Unset(m.Value, rest)
		changed[name] = &types.AttributeValueMemberM{Value: inner}
		if len(inner) == 0 {
			delete(changed, name)
		}
	}
	return changed
}

// Get returns the value at a path, nil if there is none.
func Get(it Item, path string) types.AttributeValue {
	name, rest, nested := strings.Cut(path, ".")
	if !nested {
		return it[name]
	}
	if m, ok := it[name].(*types.AttributeValueMemberM); ok {
		return Get(m.Value, rest)
	}
	return nil
}

// String returns the text at a path, "" if there is none.
func String(it Item, path string) string {
	switch v := Get(it, path).(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return v.Value
	case *types.AttributeValueMemberBOOL:
		return strconv.FormatBool(v.Value)
	default:
		return ""
	}
}
