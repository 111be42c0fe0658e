package office24

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/number"
)

// maxRecord is how much memory one product, order or company can take, in bytes: an order of some 15,000 rows.
const maxRecord = 8 << 20

// What can be wrong with an answer, apart from its syntax.
var (
	errTooLarge  = errors.New("larger than allowed")
	errForbidden = errors.New("document type declarations and processing instructions are not accepted")
	errNotSOAP   = errors.New("not the expected SOAP answer")
	errStopped   = errors.New("the caller wants no more records")
)

// A reader reads the inside of a result element, including its end.
type reader func(*decoder) error

// into reads the result into *v. A value that cannot be read is an error.
func into(v any) reader {
	return func(d *decoder) error {
		if _, err := d.value(reflect.ValueOf(v).Elem(), member{name: "result"}); err != nil {
			return err
		}
		return d.misread()
	}
}

// A decoder reads an answer as a stream, by the rules of layout.go and the vendor's conventions for values.
type decoder struct {
	xml     *scanner
	quote   quoter
	bad     []string   // members of the record being read that have no valid value
	refusal *exception // of the record being read
	size    int        // memory that the record being read takes
	records int        // handed to the caller so far
}

func newDecoder(r io.Reader) *decoder { return &decoder{xml: newScanner(r)} }

// next goes to the next element inside the current one; false at the end of the current one.
func (d *decoder) next() (bool, error) {
	tag, err := d.xml.next()
	return tag == startTag, err
}

// enter goes into the next element of that name. Elements before it, such as a SOAP header, are skipped.
func (d *decoder) enter(name string) error {
	for {
		ok, err := d.next()
		switch {
		case err != nil:
			return err
		case !ok:
			return errNotSOAP
		case string(d.xml.local()) == name:
			return nil
		}
		if err := d.xml.skip(); err != nil {
			return err
		}
	}
}

// envelope reads an envelope: a fault, or the result of the operation, which goes to the reader. It reads to the end of
// the envelope, so that an answer that breaks off is detected.
func (d *decoder) envelope(op string, result reader) (*soapFault, error) {
	ok, err := d.next()
	switch {
	case err != nil:
		return nil, err
	case !ok || string(d.xml.local()) != "Envelope" || d.xml.namespace() != soapNamespace:
		return nil, errNotSOAP
	}
	if err := d.enter("Body"); err != nil {
		return nil, err
	}
	ok, err = d.next()
	switch {
	case err != nil:
		return nil, err
	case ok && string(d.xml.local()) == "Fault":
		f := &soapFault{}
		_, err := d.object(reflect.ValueOf(f).Elem())
		return f, err
	case ok && string(d.xml.local()) == op+"Response":
		if err := d.response(op, result); err != nil {
			return nil, err
		}
	default:
		return nil, errNotSOAP
	}
	if err := d.xml.skip(); err != nil { // the rest of the body
		return nil, err
	}
	return nil, d.xml.skip() // the rest of the envelope
}

func (d *decoder) response(op string, result reader) error {
	for {
		ok, err := d.next()
		if err != nil || !ok {
			return err
		}
		if string(d.xml.local()) == op+"Result" && !d.xml.null {
			err = result(d)
		} else {
			err = d.xml.skip()
		}
		if err != nil {
			return err
		}
	}
}

// value reads the current element into v, to its end. It returns false, and leaves v as it is, if the element is empty
// or holds the value that means "not given". A value that cannot be read is noted in d.bad and counts as not given.
func (d *decoder) value(v reflect.Value, m member) (bool, error) {
	switch {
	case v.Kind() == reflect.Pointer:
		target := reflect.New(v.Type().Elem())
		d.size += int(v.Type().Elem().Size())
		given, err := d.value(target.Elem(), m)
		if given {
			v.Set(target)
		}
		return given, err
	case v.Kind() == reflect.Struct && !isScalar(v.Type()):
		return d.object(v)
	}
	text, damage, err := d.content(v.Kind() == reflect.String)
	if err != nil {
		return false, err
	}
	if damage == tooLong && m.cut {
		text, damage = bytes.ToValidUTF8(text, nil), ""
	}
	wrong := damage
	given := false
	if damage == "" {
		given, wrong = set(v, text)
	}
	if wrong != "" {
		d.bad = append(d.bad, m.name+" "+wrong)
	}
	if given && v.Kind() == reflect.String {
		d.size += len(text)
	}
	return given, nil
}

// object reads the members of a struct and skips members that the struct does not have. given reports whether any
// member was given.
func (d *decoder) object(v reflect.Value) (given bool, err error) {
	layout := layoutOf(v.Type())
	for _, m := range layout.withDefault {
		v.Field(m.index).SetString(m.absent)
	}
	for {
		ok, err := d.next()
		if err != nil || !ok {
			return given, err
		}
		has := false
		name := d.xml.local()
		m, known := layout.byName[string(name)]
		switch {
		case d.xml.null:
			err = d.xml.skip()
		case known && m.entry == "":
			has, err = d.value(v.Field(m.index), m)
		case known:
			has, err = d.list(m, v.Field(m.index))
		case string(name) == "APIException":
			d.refusal = &exception{}
			_, err = d.object(reflect.ValueOf(d.refusal).Elem())
		default:
			err = d.xml.skip()
		}
		if err != nil {
			return given, err
		}
		given = given || has
	}
}

// list reads the entries of an array, as many as the record has room for.
func (d *decoder) list(m member, v reflect.Value) (bool, error) {
	kind := v.Type().Elem()
	for {
		ok, err := d.next()
		if err != nil || !ok {
			return v.Len() > 0, err
		}
		isEntry := string(d.xml.local()) == m.entry && !d.xml.null
		if isEntry {
			d.size += int(kind.Size())
		}
		if full := d.size > maxRecord; !isEntry || full {
			if wrong := m.name + " has too many entries"; isEntry && !slices.Contains(d.bad, wrong) {
				d.bad = append(d.bad, wrong)
			}
			if err := d.xml.skip(); err != nil {
				return false, err
			}
			continue
		}
		v.Grow(1)
		v.SetLen(v.Len() + 1)
		item := v.Index(v.Len() - 1)
		item.SetZero() // Grow keeps what the memory held
		if _, err := d.value(item, member{name: m.entry}); err != nil {
			return false, err
		}
	}
}

// content returns the text of the current element, to its end, and what is wrong with it. Elements inside it are
// skipped. The text is overwritten by the next call. Unless it is for people, nothing may be missing of it.
func (d *decoder) content(forPeople bool) (text []byte, damage string, err error) {
	damageOf := func(s *scanner) string {
		if s.dropped && !forPeople {
			return cmp.Or(s.damage, "has a character that XML forbids")
		}
		return s.damage
	}
	isTag, err := d.next()
	if err != nil || !isTag { // as always, but for text with elements in between
		return d.xml.text, damageOf(d.xml), err
	}
	if !forPeople {
		damage = "has elements in its text"
	}
	for isTag {
		text, damage = append(text, d.xml.text...), cmp.Or(damage, damageOf(d.xml))
		if err := d.xml.skip(); err != nil {
			return nil, "", err
		}
		if isTag, err = d.next(); err != nil {
			return nil, "", err
		}
		if len(text) > maxText {
			text, damage = text[:maxText], tooLong
		}
	}
	return append(text, d.xml.text...), cmp.Or(damage, damageOf(d.xml)), nil
}

// misread returns the members noted in d.bad, and empties it. The text names no value.
func (d *decoder) misread() error {
	if len(d.bad) == 0 {
		return nil
	}
	defer func() { d.bad = nil }()
	return misreadError(strings.Join(d.bad[:min(len(d.bad), 5)], ", "))
}

type misreadError string

func (e misreadError) Error() string { return string(e) }

// The values that mean "not given" (vendor's WSDL). Older answers write them out.
const (
	noInt     = "-2147483648"
	noShort   = "-32768"
	noDecimal = "-79228162514264337593543950335"
	noGUID    = "00000000-0000-0000-0000-000000000000"
	noTime    = "0001-01-01T00:00:00"
)

func isScalar(t reflect.Type) bool {
	return t == reflect.TypeFor[time.Time]() || t == reflect.TypeFor[number.Decimal]()
}

// set parses a text into v. given is false if the text means "not given". wrong says what the text should have been if
// it cannot be read.
func set(v reflect.Value, text []byte) (given bool, wrong string) {
	if v.Kind() == reflect.String {
		if len(text) == 0 || string(text) == noGUID {
			return false, ""
		}
		v.SetString(string(text))
		return true, ""
	}
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return false, ""
	}
	switch target := v.Addr().Interface().(type) {
	case *time.Time:
		return setTime(target, string(text))
	case *number.Decimal:
		return setDecimal(target, string(text))
	}
	if v.Kind() == reflect.Bool {
		b, err := strconv.ParseBool(string(text))
		if err != nil {
			return false, "is not a boolean"
		}
		v.SetBool(b)
		return true, ""
	}
	if string(text) == noInt || string(text) == noShort {
		return false, ""
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return false, "is not a whole number"
	}
	v.SetInt(n)
	return true, ""
}

func setDecimal(target *number.Decimal, text string) (bool, string) {
	if text == noDecimal {
		return false, ""
	}
	n, err := number.Parse(text)
	if err != nil {
		return false, "is not a decimal number"
	}
	*target = n
	return true, ""
}

func setTime(target *time.Time, text string) (bool, string) {
	t, err := parseTime(text)
	if err != nil {
		return false, "is not a date and time"
	}
	if t.Year() <= 1 { // 0001-01-01T00:00:00, in any zone
		return false, ""
	}
	*target = t
	return true, ""
}

// parseTime reads a dateTime with Z, an offset or neither. The service's times are UTC (vendor's FAQ), and .NET writes
// all three forms.
func parseTime(text string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	return time.Parse("2006-01-02T15:04:05", text)
}
