package office24test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	namespace     = "http://24sevenOffice.com/webservices"
	soapNamespace = "http://schemas.xmlsoap.org/soap/envelope/"
	xsiNamespace  = "http://www.w3.org/2001/XMLSchema-instance"
)

// Layouts of times in messages.
const (
	noZoneLayout = "2006-01-02T15:04:05"
	utcLayout    = "2006-01-02T15:04:05Z"
)

// A node is an element of a message.
type node struct {
	space, name string
	text        string
	null        bool
	children    []*node
	raw         string // written as it is, before the text
}

func leaf(name, text string) *node { return &node{name: name, text: text} }

func branch(name string, children ...*node) *node { return &node{name: name, children: children} }

// child returns the child of that name, or an empty node.
func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return &node{}
}

func (n *node) has(name string) bool { return n.child(name).name != "" }

// texts returns the texts of an array's entries.
func (n *node) texts() []string {
	list := make([]string, len(n.children))
	for i, c := range n.children {
		list[i] = c.text
	}
	return list
}

func (n *node) write(b *bytes.Buffer) {
	switch {
	case n.null:
		b.WriteString("<" + n.name + ` xsi:nil="true" />`)
	case n.text+n.raw == "" && len(n.children) == 0:
		b.WriteString("<" + n.name + " />")
	default:
		b.WriteString("<" + n.name + ">" + n.raw)
		writeText(b, n.text)
		for _, c := range n.children {
			c.write(b)
		}
		b.WriteString("</" + n.name + ">")
	}
}

// writeText writes a text as .NET does: it escapes characters that XML 1.0 forbids, and so writes them all the same.
func writeText(b *bytes.Buffer, text string) {
	for {
		i := strings.IndexFunc(text, func(r rune) bool {
			return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
		})
		if i < 0 {
			_ = xml.EscapeText(b, []byte(text)) // writing to a bytes.Buffer never fails
			return
		}
		_ = xml.EscapeText(b, []byte(text[:i]))
		r, size := utf8.DecodeRuneInString(text[i:])
		fmt.Fprintf(b, "&#x%X;", r)
		text = text[i+size:]
	}
}

// parse reads a document into nodes. It keeps text between elements, so that the schema check can refuse it.
func parse(body []byte) (*node, error) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	root := &node{}
	path := []*node{root}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		top := path[len(path)-1]
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{space: t.Name.Space, name: t.Name.Local, null: isNull(t)}
			top.children = append(top.children, n)
			path = append(path, n)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			top.text += string(t)
		case xml.Directive:
			return nil, errors.New("a document type declaration")
		}
	}
	if len(root.children) != 1 {
		return nil, fmt.Errorf("%d root elements", len(root.children))
	}
	return root.children[0], nil
}

func isNull(e xml.StartElement) bool {
	for _, a := range e.Attr {
		if a.Name.Space == xsiNamespace && a.Name.Local == "nil" {
			return a.Value == "true" || a.Value == "1"
		}
	}
	return false
}

// openEnvelope returns the content of the body of a SOAP 1.1 envelope.
func openEnvelope(body []byte) (*node, error) {
	root, err := parse(body)
	if err != nil {
		return nil, err
	}
	if root.name != "Envelope" || root.space != soapNamespace {
		return nil, errors.New("not a SOAP 1.1 envelope")
	}
	last := root.children[max(0, len(root.children)-1):]
	if len(last) != 1 || last[0].name != "Body" || len(last[0].children) != 1 {
		return nil, errors.New("the SOAP body does not have exactly one element")
	}
	return last[0].children[0], nil
}

const xmlDeclaration = `<?xml version="1.0" encoding="utf-8"?>`

// envelope returns a SOAP envelope with the content that write writes.
func envelope(write func(*bytes.Buffer)) []byte {
	var b bytes.Buffer
	b.WriteString(xmlDeclaration + `<soap:Envelope xmlns:soap="` + soapNamespace + `" xmlns:xsi="` + xsiNamespace +
		`" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>`)
	write(&b)
	b.WriteString(`</soap:Body></soap:Envelope>`)
	return b.Bytes()
}

// faultEnvelope returns a SOAP fault in the wording of ASP.NET.
func faultEnvelope(text string) []byte {
	return envelope(func(b *bytes.Buffer) {
		b.WriteString(`<soap:Fault>`)
		leaf("faultcode", "soap:Server").write(b)
		leaf("faultstring", "Server was unable to process request. ---> "+text).write(b)
		b.WriteString(`<detail /></soap:Fault>`)
	})
}

// isSimple reports whether a text is a value of a simple type of XML Schema.
func isSimple(kind, text string) bool {
	switch kind {
	case "string":
		return true
	case "boolean":
		return text == "true" || text == "false" || text == "1" || text == "0"
	case "short", "int", "long":
		_, err := strconv.ParseInt(text, 10, map[string]int{"short": 16, "int": 32, "long": 64}[kind])
		return err == nil
	case "decimal": // no exponent
		return regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$`).MatchString(text)
	case "double":
		_, err := strconv.ParseFloat(text, 64)
		return err == nil
	case "guid":
		return regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`).MatchString(text)
	case "dateTime":
		_, err := parseTime(text)
		return err == nil
	default:
		return false
	}
}

// parseTime reads a dateTime. Without a zone it is UTC.
func parseTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	return time.Parse(noZoneLayout, text)
}
