package office24

import (
	"bufio"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/vendorhttp"
)

// Bounds of an answer's parts, far above what the service's own limits allow a record to be.
const (
	maxText   = 1 << 20 // of one element's text, and of one tag
	maxRecord = 4 << 20 // of one product, order or company; empty rows need fifty times as much memory
	maxDepth  = 64      // of elements inside elements
)

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
		if _, err := d.value(reflect.ValueOf(v).Elem(), "result"); err != nil {
			return err
		}
		return d.misread()
	}
}

// A decoder reads an answer as a stream, by the rules of layout.go and the vendor's conventions for values.
type decoder struct {
	xml     *xml.Decoder
	in      *meter
	layouts map[reflect.Type]map[string]member
	text    []byte // of the element being read
	quote   quoter
	bad     []string   // members of the record being read that have no valid value
	refusal *exception // of the record being read
	records int        // handed to the caller so far
	depth   int        // of the present element
}

func newDecoder(r io.Reader) *decoder {
	in := &meter{r: bufio.NewReaderSize(r, 64<<10), record: maxRecord}
	d := &decoder{xml: xml.NewDecoder(in), in: in, layouts: map[reflect.Type]map[string]member{}}
	d.xml.CharsetReader = func(declared string, r io.Reader) (io.Reader, error) {
		if strings.EqualFold(declared, "us-ascii") { // a part of UTF-8
			return r, nil
		}
		return nil, vendorhttp.EncodingError(declared)
	}
	return d
}

// A meter counts the bytes of the record and the token being read, so that no text can grow in memory before it is
// refused. It is an io.ByteReader, which keeps encoding/xml from reading ahead of it.
type meter struct {
	r             *bufio.Reader
	record, token int64 // bytes left
}

func (m *meter) ReadByte() (byte, error) {
	m.record--
	m.token--
	if m.record < 0 || m.token < 0 {
		return 0, errTooLarge
	}
	b, err := m.r.ReadByte()
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		return 0, errTooLarge
	}
	return b, err
}

func (m *meter) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := m.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// token returns the next token. Directives could define entities; nothing in a SOAP message needs them (SOAP 1.1, 3).
func (d *decoder) token() (xml.Token, error) {
	d.in.token = maxText
	token, err := d.xml.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case xml.Directive:
		return nil, errForbidden
	case xml.ProcInst:
		if t.Target != "xml" {
			return nil, errForbidden
		}
	case xml.StartElement:
		if d.depth++; d.depth > maxDepth {
			return nil, errTooLarge
		}
	case xml.EndElement:
		d.depth--
	}
	return token, nil
}

// next returns the next element inside the current one; false at the end of the current one.
func (d *decoder) next() (xml.StartElement, bool, error) {
	for {
		token, err := d.token()
		if err != nil {
			return xml.StartElement{}, false, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			return t, true, nil
		case xml.EndElement:
			return xml.StartElement{}, false, nil
		}
	}
}

// skip reads to the end of the current element.
func (d *decoder) skip() error {
	for depth := 1; depth > 0; {
		token, err := d.token()
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

// enter goes into the next element of that name. Elements before it, such as a SOAP header, are skipped.
func (d *decoder) enter(name string) error {
	for {
		element, ok, err := d.next()
		switch {
		case err != nil:
			return err
		case !ok:
			return errNotSOAP
		case element.Name.Local == name:
			return nil
		}
		if err := d.skip(); err != nil {
			return err
		}
	}
}

// envelope reads an envelope: a fault, or the result of the operation, which goes to the reader. It reads to the end of
// the envelope, so that an answer that breaks off is detected.
func (d *decoder) envelope(op string, result reader) (*soapFault, error) {
	root, ok, err := d.next()
	switch {
	case err != nil:
		return nil, err
	case !ok || root.Name.Local != "Envelope" || root.Name.Space != soapNamespace:
		return nil, errNotSOAP
	}
	if err := d.enter("Body"); err != nil {
		return nil, err
	}
	content, ok, err := d.next()
	switch {
	case err != nil:
		return nil, err
	case ok && content.Name.Local == "Fault":
		f := &soapFault{}
		_, err := d.value(reflect.ValueOf(f).Elem(), "Fault")
		return f, err
	case ok && content.Name.Local == op+"Response":
		if err := d.response(op, result); err != nil {
			return nil, err
		}
	default:
		return nil, errNotSOAP
	}
	if err := d.skip(); err != nil { // the rest of the body
		return nil, err
	}
	return nil, d.skip() // the rest of the envelope
}

func (d *decoder) response(op string, result reader) error {
	for {
		element, ok, err := d.next()
		if err != nil || !ok {
			return err
		}
		if element.Name.Local == op+"Result" && !isNil(element) {
			err = result(d)
		} else {
			err = d.skip()
		}
		if err != nil {
			return err
		}
	}
}

// isNil reports whether an element has xsi:nil="true".
func isNil(element xml.StartElement) bool {
	for _, a := range element.Attr {
		if a.Name.Local == "nil" && a.Name.Space == xsiNamespace {
			return a.Value == "true" || a.Value == "1"
		}
	}
	return false
}

// value reads the current element into v, to its end. It returns false, and leaves v as it is, if the element is empty
// or holds the value that means "not given". A value of the wrong type is noted in d.bad and counts as not given.
func (d *decoder) value(v reflect.Value, name string) (bool, error) {
	switch {
	case v.Kind() == reflect.Pointer:
		target := reflect.New(v.Type().Elem())
		given, err := d.value(target.Elem(), name)
		if given {
			v.Set(target)
		}
		return given, err
	case v.Kind() == reflect.Struct && !isScalar(v.Type()):
		return d.object(v)
	}
	text, err := d.content()
	if err != nil {
		return false, err
	}
	given, wanted := set(v, text)
	if wanted != "" {
		d.bad = append(d.bad, name+" is not a "+wanted)
	}
	return given, nil
}

// object reads the members of a struct and skips members that the struct does not have. given reports whether any
// member was given.
func (d *decoder) object(v reflect.Value) (given bool, err error) {
	layout := d.layout(v.Type())
	for _, m := range layout {
		if m.absent != "" {
			v.Field(m.index).SetString(m.absent)
		}
	}
	for {
		element, ok, err := d.next()
		if err != nil || !ok {
			return given, err
		}
		has := false
		m, known := layout[element.Name.Local]
		switch {
		case isNil(element):
			err = d.skip()
		case known && m.entry == "":
			has, err = d.value(v.Field(m.index), m.name)
		case known:
			has, err = d.list(m.entry, v.Field(m.index))
		case element.Name.Local == "APIException":
			d.refusal = &exception{}
			_, err = d.object(reflect.ValueOf(d.refusal).Elem())
		default:
			err = d.skip()
		}
		if err != nil {
			return given, err
		}
		given = given || has
	}
}

// list reads the entries of an array.
func (d *decoder) list(entry string, v reflect.Value) (bool, error) {
	for {
		element, ok, err := d.next()
		if err != nil || !ok {
			return v.Len() > 0, err
		}
		if element.Name.Local != entry || isNil(element) {
			if err := d.skip(); err != nil {
				return false, err
			}
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		if _, err := d.value(item, entry); err != nil {
			return false, err
		}
		v.Set(reflect.Append(v, item))
	}
}

func (d *decoder) layout(t reflect.Type) map[string]member {
	if known, ok := d.layouts[t]; ok {
		return known
	}
	layout := map[string]member{}
	for _, m := range members(t) {
		layout[m.name] = m
	}
	d.layouts[t] = layout
	return layout
}

// content returns the text of the current element, to its end. Elements inside it are skipped.
func (d *decoder) content() (string, error) {
	d.text = d.text[:0]
	for {
		token, err := d.token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.CharData:
			if len(d.text)+len(t) > maxText {
				return "", errTooLarge
			}
			d.text = append(d.text, t...)
		case xml.StartElement:
			if err := d.skip(); err != nil {
				return "", err
			}
		case xml.EndElement:
			return string(d.text), nil
		}
	}
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
)

func isScalar(t reflect.Type) bool {
	return t == reflect.TypeFor[time.Time]() || t == reflect.TypeFor[number.Decimal]()
}

// set parses a text into v. given is false if the text means "not given". wanted names the type that the text should
// have had if it has another one.
func set(v reflect.Value, text string) (given bool, wanted string) {
	if v.Kind() == reflect.String {
		if text == "" || text == noGUID {
			return false, ""
		}
		v.SetString(text)
		return true, ""
	}
	if text = strings.TrimSpace(text); text == "" {
		return false, ""
	}
	switch target := v.Addr().Interface().(type) {
	case *time.Time:
		return setTime(target, text)
	case *number.Decimal:
		return setDecimal(target, text)
	}
	if v.Kind() == reflect.Bool {
		b, err := strconv.ParseBool(text)
		if err != nil {
			return false, "boolean"
		}
		v.SetBool(b)
		return true, ""
	}
	if text == noInt || text == noShort {
		return false, ""
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return false, "whole number"
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
		return false, "decimal number"
	}
	*target = n
	return true, ""
}

func setTime(target *time.Time, text string) (bool, string) {
	t, err := parseTime(text)
	if err != nil {
		return false, "date and time"
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
