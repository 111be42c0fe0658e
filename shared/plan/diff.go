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

// Fingerprint identifies values by a hash of their JSON. Equal values have equal fingerprints, and a fingerprint does
// not reveal its values.
func Fingerprint(values ...any) string {
	h := sha256.New()
	for _, v := range values {
		b, err := json.Marshal(v)
		if err != nil {
			// A mistake in our own types, which any test finds.
			panic(fmt.Sprintf("plan: %T has no JSON form: %v", v, err))
		}
		h.Write(b)
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// hidden replaces a value that is not shown: the people who read run records do not need names and addresses.
const hidden = "[hidden]"

// Diff lists the fields that change from old to new, sorted by their paths in JSON, such as consignee.customerNumber or
// orderLines[91822].numberOfItems. A field that new leaves out is not a difference, because the other system keeps it;
// a list element that new leaves out is one. If old is nil, every field of new is a difference. Diff hides the values
// of paths for which show returns false; a nil show hides none.
func Diff(old, new any, show func(path string) bool) []Field {
	before, after := flatten(old), flatten(new)
	var out []Field
	for _, path := range slices.Sorted(maps.Keys(after)) {
		if before[path] != after[path] {
			out = append(out, Field{Field: path, Old: before[path], New: after[path]})
		}
	}
	for _, path := range slices.Sorted(maps.Keys(before)) {
		if element, ok := listElement(path); ok && !hasPrefix(after, element) {
			out = append(out, Field{Field: path, Old: before[path]})
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

// listElement returns a path up to its first list element: orderLines[91822] for orderLines[91822].comment.
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

// flatten returns the values in v's JSON by path. It leaves out null and empty strings.
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

// elementKey names a list element by its row number or, without one, by its index.
func elementKey(element any, index int) string {
	if m, ok := element.(map[string]any); ok {
		if row, ok := m["rowNumber"].(string); ok {
			return row
		}
	}
	return strconv.Itoa(index)
}
