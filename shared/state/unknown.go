package state

import (
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
)

// A newer version of this program can have written a record before it was rolled back. If it only added attributes,
// this version keeps those that it does not know when it writes the record again, also those in a map (restOrder), but
// none in the members of a list. If this version could do harm because it does not know them, the newer one gives the
// record a format, and this version refuses to read it.
const (
	formatName  = "format" // N; missing is 1
	knownFormat = 1
)

// checkFormat refuses a record in a format that this version does not know.
func checkFormat(it item) error {
	if format := integer(it[formatName]); format > knownFormat {
		err := errclass.New(errclass.Defect, "state: read "+recordOf(it),
			"a newer version of this program has written the record (format %d, this version knows up to %d): "+
				"deploy that version again", format, knownFormat)
		err.Err = ErrUnreadable
		return err
	}
	return nil
}

// unknown are the attributes of a record that this version does not know, and those of its maps.
type unknown struct {
	attributes item
	members    map[string]*unknown
}

// unknownIn returns what a type does not know of an item; nil if it knows everything.
func unknownIn(it item, t reflect.Type) *unknown {
	u := &unknown{attributes: item{}, members: map[string]*unknown{}}
	known := attributesOf(t)
	for name, v := range it {
		member, isKnown := known[name]
		inner, isMap := v.(*types.AttributeValueMemberM)
		switch {
		case !isKnown:
			u.attributes[name] = v
		case isMap && member.Kind() == reflect.Struct:
			if m := unknownIn(inner.Value, member); m != nil {
				u.members[name] = m
			}
		}
	}
	if len(u.attributes)+len(u.members) == 0 {
		return nil
	}
	return u
}

// addTo adds what is missing in an item that is to be stored.
func (u *unknown) addTo(it item) {
	if u == nil {
		return
	}
	for name, v := range u.attributes {
		if _, ok := it[name]; !ok {
			it[name] = v
		}
	}
	for name, members := range u.members {
		if m, ok := it[name].(*types.AttributeValueMemberM); ok {
			members.addTo(m.Value)
		}
	}
}

// attributesOf returns the types of a struct's fields by the names of their attributes, through pointers and embedded
// structs.
func attributesOf(t reflect.Type) map[string]reflect.Type {
	if found, ok := attributesByType.Load(t); ok {
		return found.(map[string]reflect.Type)
	}
	found := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("dynamodbav"), ",")
		if name == "" || name == "-" {
			continue
		}
		member := f.Type
		if member.Kind() == reflect.Pointer {
			member = member.Elem()
		}
		if member == reflect.TypeFor[time.Time]() {
			member = reflect.TypeFor[string]()
		}
		found[name] = member
	}
	// Set by this package beside the struct.
	for _, name := range []string{naming.PartitionKey, naming.SortKey, stampName, versionName, formatName} {
		found[name] = reflect.TypeFor[string]()
	}
	attributesByType.Store(t, found)
	return found
}

var attributesByType sync.Map // reflect.Type → map[string]reflect.Type

// keepUnknown remembers the attributes of a stored record that the type of v, a pointer to a struct, does not know,
// until the record is written again through this Partition.
func (p *Partition) keepUnknown(record string, it item, v any) {
	u := unknownIn(it, reflect.TypeOf(v).Elem())
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.unknown, record)
	if u != nil {
		p.unknown[record] = u
	}
}

// withUnknown adds to a record that is to be stored what keepUnknown has remembered of it.
func (p *Partition) withUnknown(it item) item {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unknown[recordOf(it)].addTo(it)
	return it
}
