package office24

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scanAll lists the tags and texts of a document: "<a" with its namespace, "/" for the end, "nil" for xsi:nil.
func scanAll(document string) ([]string, error) {
	s := newScanner(strings.NewReader(document))
	defer s.release()
	var found []string
	for {
		tag, err := s.next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err == nil && s.damage != "" {
			err = errors.New(s.damage)
		}
		if err != nil {
			return found, err
		}
		if len(s.text) > 0 {
			found = append(found, string(s.text))
		}
		if tag == endTag {
			found = append(found, "/")
			continue
		}
		start := "<" + s.namespace() + " " + string(s.local())
		if s.null {
			start += " nil"
		}
		found = append(found, start)
	}
}

// standardAll does the same with encoding/xml.
func standardAll(document string) ([]string, error) {
	d := xml.NewDecoder(strings.NewReader(document))
	var found []string
	var text strings.Builder
	add := func(s string) {
		if text.Len() > 0 {
			found = append(found, text.String())
			text.Reset()
		}
		found = append(found, s)
	}
	depth := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return found, errTooLarge
			}
			start := "<" + t.Name.Space + " " + t.Name.Local
			for _, a := range t.Attr {
				if a.Name.Local == "nil" && a.Name.Space == xsiNamespace {
					if a.Value == "true" || a.Value == "1" {
						start += " nil"
					}
					break
				}
			}
			add(start)
		case xml.EndElement:
			depth--
			add("/")
		case xml.CharData:
			text.Write(t)
		case xml.Directive:
			return found, errForbidden
		case xml.ProcInst:
			if t.Target != "xml" {
				return found, errForbidden
			}
		}
	}
}

func TestScannerTakesOutWhatXMLCannotCarry(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Kopp&#xB;nr 3":                              "Koppnr 3",
		"&#x1F;&#0;&#xFFFE;&#65535;":                 "",
		"&#xD83D;&#x110000;&#99999999999999999999;x": "x",
		"a\x0bb\x00c\x1f":                            "abc",
		"\ufffe\uffffæ\ufffd":                        "æ\ufffd",
		"\xed\xa0\xbd":                               "", // half of a surrogate pair
		"<![CDATA[a\x0b&#xB;]]>":                     "a&#xB;",
		"&#xE6;&lt;&#13;\r\n\t😀":                     "æ<\r\n\t😀",
		"a]]>b":                                      "a]]>b",
	} {
		got, err := scanAll(`<a b="` + "\x0b&#xB;" + `">` + text + `</a>`)
		wanted := []string{"< a", want, "/"}
		if want == "" {
			wanted = []string{"< a", "/"}
		}
		if diff := cmp.Diff(wanted, got); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", text, err, diff)
		}
	}
}

// A buffer's end can be anywhere.
func TestScannerReadsAcrossItsBuffer(t *testing.T) {
	t.Parallel()
	const content = "æ&amp;\r\n<b x='æ'>😀</b><![CDATA[]]]]><!--x-->"
	for padding := range 100 {
		document := "<a>" + strings.Repeat(" ", bufferSize-padding) + content + "</a>"
		short, _ := scanAll("<a>" + content + "</a>")
		long, err := scanAll(document)
		if err == nil || err.Error() != tooLong {
			want := append([]string{"< a", strings.Repeat(" ", bufferSize-padding) + short[1]}, short[2:]...)
			if diff := cmp.Diff(want, long); diff != "" || err != nil {
				t.Fatalf("%d: %v (-want +got):\n%s", padding, err, diff)
			}
		}
	}
}

// Where the scanner is more lenient than encoding/xml.
func isLenience(err error) bool {
	for _, text := range []string{
		"illegal character code", "invalid character entity", "unescaped ]]>", "invalid XML name", "invalid UTF-8",
		"unsupported version", "expected element name", "expected attribute name",
	} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

// What encoding/xml reads, the scanner reads in the same way; what encoding/xml refuses, the scanner refuses too, but
// for the characters that it takes out.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		`<a xmlns="u" xmlns:x="v"><x:b x:nil="true"/>text &amp; more</a>`,
		`<a xmlns:i="` + xsiNamespace + `"><b i:nil="1"/><c i:nil='false'></c></a>`,
		"<a>\r\n&#xB;<![CDATA[ ]] ]]> <!-- - -->\xed\xa0\x80\ufffe</a>", `<a b='"' c="'>"/>`, `<a>&nbsp; &x &#x;</a>`,
		"<a:b:c/>", "<:a/>", "<a:/>", "<a", "</a>", "<a></b>", "<a/ >", "\ufeff<a/>", "<a b=c/>", "<a b/>",
		`<?xml version="1.0"?><a/>`, "<?xml version=\"1.0\"?>\n<a/>",
		"<!-- -- --><a/>", "<!DOCTYPE a>", "a]]>", "<a>]]></a>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		// The scanner bounds names, and refuses processing instructions without reading them, but for the declaration.
		rest := strings.TrimPrefix(document, `<?xml version="1.0"?>`)
		if len(document) > maxName || strings.Contains(rest, "<?") {
			return
		}
		got, err := scanAll(document)
		want, standardErr := standardAll(document)
		switch {
		case standardErr == nil && err != nil:
			t.Errorf("%q: %v, encoding/xml reads it", document, err)
		case standardErr == nil:
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q (-encoding/xml +scanner):\n%s", document, diff)
			}
		case err == nil && !isLenience(standardErr):
			t.Errorf("%q was read, encoding/xml refuses it: %v", document, standardErr)
		}
	})
}
