package office24

import (
	"reflect"
	"slices"
	"strings"
)

// A Go type stands for a type of the WSDL: its fields are the members, in the WSDL's order, because the service's
// schema is a sequence. The tag `soap` names the member where its name differs from the field's, and for an array the
// entry after ">"; the option "nil" marks a member that is written as xsi:nil when it is not set. The tag `default`
// holds the value that the absence of a member stands for, where that is not the field's zero value.
type member struct {
	index    int
	name     string
	entry    string // name of an array's entries, else empty
	nillable bool
	standard string
}

// members lists the members of a struct type.
func members(t reflect.Type) []member {
	list := make([]member, 0, t.NumField())
	for i := range t.NumField() {
		field := t.Field(i)
		name, option, _ := strings.Cut(field.Tag.Get("soap"), ",")
		name, entry, _ := strings.Cut(name, ">")
		list = append(list, member{i, or(name, field.Name), entry, option == "nil", field.Tag.Get("default")})
	}
	return list
}

// properties lists the names of a type's members, as the services want them named to be returned.
func properties[T any]() []string {
	list := members(reflect.TypeFor[T]())
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = m.name
	}
	return names
}

// selected returns the properties of T that were asked for, its id always among them; all of them when none was named.
// The second result is the first name that T does not have: the service ignores such a name without a word.
func selected[T any](id string, asked []string) (names []string, unknown string) {
	all := properties[T]()
	if len(asked) == 0 {
		return all, ""
	}
	names = []string{id}
	for _, name := range asked {
		if !slices.Contains(all, name) {
			return nil, name
		}
		if name != id {
			names = append(names, name)
		}
	}
	return names, ""
}
