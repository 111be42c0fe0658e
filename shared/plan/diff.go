package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Fingerprint identifies a value by what its JSON says. Equal values have equal fingerprints; it tells nothing of
// what is in it.
func Fingerprint(values ...any) string {
	h := sha256.New()
	for _, v := range values {
		b, err := json.Marshal(v)
		if err != nil {
			panic(fmt.Sprintf("plan: %T has no JSON form: %v", v, err)) // a mistake in our own types, found by any test
		}
		h.Write(b)
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// hidden stands for a value that is not shown: run results are read by people who need no names and addresses.
const hidden = "[hidden]"

// Diff lists what has to change for old to become new, field by field in the order of their paths, the paths being
// those of the JSON forms (consignee.customerNumber, orderLines[91822].numberOfItems). What new leaves out is left
// alone in the other system and is no difference, but an element of a list that new no longer has is. Values of paths
// for which show is false are hidden; nil shows all. With a nil old everything in new is a difference.
func Diff(old, new any, show func(path string) bool) []Field {
	was, will := flatten(old), flatten(new)
	var out []Field
	for _, path := range slices.Sorted(maps.Keys(will)) {
		if was[path] != will[path] {
			out = append(out, Field{path, was[path], will[path]})
		}
	}
	for _, path := range slices.Sorted(maps.Keys(was)) {
		if element, ok := listElement(path); ok && !hasPrefix(will, element) {
			out = append(out, Field{path, was[path], ""})
		}
	}
	for i, f := range out {
		if show != nil && !show(f.Field) {
			out[i].Old, out[i].New = hide(f.Old), hide(f.New)
		}
	}
	return out
}

func hide(value string) string {
	if value == "" {
		return ""
	}
	return hidden
}

// listElement is the part of a path up to its first list element: orderLines[91822] of orderLines[91822].comment.
func listElement(path string) (string, bool) {
	i := strings.IndexByte(path, ']')
	return path[:i+1], i >= 0
}

func hasPrefix(m map[string]string, prefix string) bool {
	for path := range m {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// flatten turns a value into its leaves by path. Empty strings and null are as good as absent.
func flatten(v any) map[string]string {
	out := map[string]string{}
	if v == nil {
		return out
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("plan: %T has no JSON form: %v", v, err))
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		panic(fmt.Sprintf("plan: %T: %v", v, err))
	}
	walk("", tree, out)
	return out
}

func walk(path string, v any, out map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			walk(strings.TrimPrefix(path+"."+name, "."), member, out)
		}
	case []any:
		for i, element := range v {
			walk(path+"["+elementKey(element, i)+"]", element, out)
		}
	case string:
		if v != "" {
			out[path] = v
		}
	case json.Number:
		out[path] = v.String()
	case bool:
		out[path] = strconv.FormatBool(v)
	}
}

// elementKey names a list element: by its row number where it has one, else by its place.
func elementKey(element any, place int) string {
	if m, ok := element.(map[string]any); ok {
		if row, ok := m["rowNumber"].(string); ok {
			return row
		}
	}
	return strconv.Itoa(place)
}
