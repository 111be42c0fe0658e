package office24

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// A member is a member of a type of the WSDL. A Go struct describes such a type: its fields are the members, in the
// WSDL's order, because the service's schema is a sequence. The tag `soap` names the member if its name differs from
// the field's, and for an array the entry after ">"; the option "nil" marks a member that is written as xsi:nil if it
// is not set, "cut" a text whose start is enough. A field tagged "-" is not a member. The tag `default` holds the
// value that an absent member means, if that is not the field's zero value.
type member struct {
	index    int
	name     string
	entry    string // name of an array's entries, else empty
	nillable bool
	cut      bool
	absent   string // the value that an absent member means
}

// A layout is what is known of a struct type.
type layout struct {
	members     []member
	withDefault []member
	byName      map[string]member
}

// layouts keeps the layouts by type, so that they are made once and not for each call.
var layouts sync.Map

func layoutOf(t reflect.Type) *layout {
	if known, ok := layouts.Load(t); ok {
		return known.(*layout)
	}
	l := &layout{byName: map[string]member{}}
	for field := range t.Fields() {
		name, option, _ := strings.Cut(field.Tag.Get("soap"), ",")
		name, entry, _ := strings.Cut(name, ">")
		if name == "-" {
			continue
		}
		m := member{
			index:    field.Index[0],
			name:     cmp.Or(name, field.Name),
			entry:    entry,
			nillable: option == "nil",
			cut:      option == "cut",
			absent:   field.Tag.Get("default"),
		}
		l.members, l.byName[m.name] = append(l.members, m), m
		if m.absent != "" {
			l.withDefault = append(l.withDefault, m)
		}
	}
	layouts.Store(t, l)
	return l
}

// members lists the members of a struct type.
func members(t reflect.Type) []member { return layoutOf(t).members }

// properties lists the names of a type's members, which a request names to have them returned.
func properties[T any]() []string {
	list := members(reflect.TypeFor[T]())
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = m.name
	}
	return names
}

// selectProperties returns the requested properties of T and its id; all properties of T if none was requested.
// unknown is the first name that T does not have: the service silently ignores such a name.
func selectProperties[T any](id string, requested []string) (names []string, unknown string) {
	all := properties[T]()
	if len(requested) == 0 {
		return all, ""
	}
	names = []string{id}
	for _, name := range requested {
		if !slices.Contains(all, name) {
			return nil, name
		}
		if name != id {
			names = append(names, name)
		}
	}
	return names, ""
}
