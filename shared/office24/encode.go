package office24

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/number"
)

const (
	namespace     = "http://24sevenOffice.com/webservices"
	soapNamespace = "http://schemas.xmlsoap.org/soap/envelope/"
	xsiNamespace  = "http://www.w3.org/2001/XMLSchema-instance"
)

// envelope wraps a request in a SOAP 1.1 envelope.
func envelope(op string, request any) []byte {
	e := encoder{}
	e.WriteString(xml.Header)
	e.WriteString(`<soap:Envelope xmlns:soap="` + soapNamespace + `" xmlns:xsi="` + xsiNamespace + `"><soap:Body>`)
	e.WriteString("<" + op + ` xmlns="` + namespace + `">`)
	e.members(reflect.ValueOf(request))
	e.WriteString("</" + op + "></soap:Body></soap:Envelope>")
	return e.Bytes()
}

// An encoder writes Go values by the rules of layout.go. A zero value is not written unless it is behind a pointer.
// Structs and decimals that are not behind a pointer are always written.
type encoder struct{ bytes.Buffer }

func (e *encoder) members(v reflect.Value) {
	for _, m := range members(v.Type()) {
		field := v.Field(m.index)
		switch {
		case m.nillable && field.IsNil():
			e.WriteString("<" + m.name + ` xsi:nil="true"/>`)
		case m.entry != "":
			e.list(m, field)
		default:
			e.element(m.name, field)
		}
	}
}

func (e *encoder) list(m member, v reflect.Value) {
	if v.Len() == 0 {
		return
	}
	e.WriteString("<" + m.name + ">")
	for i := range v.Len() {
		e.element(m.entry, v.Index(i))
	}
	e.WriteString("</" + m.name + ">")
}

func (e *encoder) element(name string, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		if !v.IsNil() {
			e.open(name, v.Elem())
		}
		return
	}
	always := v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]()
	if always || !v.IsZero() {
		e.open(name, v)
	}
}

func (e *encoder) open(name string, v reflect.Value) {
	e.WriteString("<" + name + ">")
	switch value := v.Interface().(type) {
	case time.Time:
		e.WriteString(formatTime(value))
	case number.Decimal:
		e.WriteString(value.String())
	default:
		e.content(v)
	}
	e.WriteString("</" + name + ">")
}

func (e *encoder) content(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		e.members(v)
	case reflect.String:
		_ = xml.EscapeText(e, []byte(withoutForbidden(v.String()))) // a bytes.Buffer does not fail
	case reflect.Bool:
		e.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int64:
		e.WriteString(strconv.FormatInt(v.Int(), 10))
	default:
		panic(fmt.Sprintf("office24: a %s cannot be encoded", v.Type()))
	}
}

// formatTime writes a time with its zone: the zone that the service assumes for one without is not known.
func formatTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// withoutForbidden removes the characters that XML 1.0 cannot carry, not even escaped. The service answers a message
// that holds one with a fault.
func withoutForbidden(s string) string {
	return strings.Map(func(r rune) rune {
		if isAllowed(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, ""))
}
