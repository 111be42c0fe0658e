package errclass

import (
	"bytes"
	"cmp"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sent is what a call carried. It decides which of a vendor's words a message can quote.
type Sent struct {
	// Secrets and Personal must not come back in a message.
	Secrets, Personal []string
	// Body is what was sent, byte by byte. A message shows what a vendor quotes from it.
	Body []byte
}

const (
	hidden        = "[hidden]"
	maxText       = 300 // characters of a vendor's text that are kept
	shortestValue = 3   // characters; a shorter value cannot be told from other words
)

var (
	email = regexp.MustCompile(`[^\s<>"';,:()]+@[^\s<>"';,:()]+`)
	phone = regexp.MustCompile(`\+\d[\d ()-]{5,}\d`)
	// An apostrophe inside a word is not a quotation mark.
	quoted    = regexp.MustCompile(`"[^"]+"|“[^”]+”|«[^»]+»|‘[^’]+’|\B'[^']+'\B`)
	fieldName = regexp.MustCompile(`^[a-z]+[A-Z][A-Za-z0-9.\[\]]*$`)
)

// Redact prepares a vendor's text about a call for a Message: one short line without the secrets and personal data that
// the call carried, in any case. Words in quotation marks are hidden unless they name a field, or were sent and are not
// personal: they could be the beginning of an address, or another person's data. E-mail addresses and international
// phone numbers are always hidden.
func (s Sent) Redact(text string) string {
	text = oneLine(html.UnescapeString(text))
	values := s.hiddenValues()
	for _, v := range values {
		text = regexp.MustCompile("(?i)"+regexp.QuoteMeta(v)).ReplaceAllLiteralString(text, hidden)
	}
	text = quoted.ReplaceAllStringFunc(text, func(q string) string {
		if s.canShow(strings.Trim(q, `"“”«»‘’' .…`), values) {
			return q
		}
		return hidden
	})
	text = phone.ReplaceAllLiteralString(email.ReplaceAllLiteralString(text, hidden), hidden)
	if runes := []rune(text); len(runes) > maxText {
		text = string(runes[:maxText]) + "…"
	}
	return text
}

// hiddenValues are the secrets and personal data that can be told from other words, whole and line by line. The longest
// come first, because one can be a part of another.
func (s Sent) hiddenValues() []string {
	var values []string
	for _, text := range slices.Concat(s.Secrets, s.Personal) {
		for _, v := range append(strings.Split(text, "\n"), text) {
			if v = oneLine(v); utf8.RuneCountInString(v) >= shortestValue {
				values = append(values, v)
			}
		}
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return values
}

func (s Sent) canShow(quoted string, values []string) bool {
	lower := strings.ToLower(quoted)
	ofOne := func(v string) bool { return strings.Contains(strings.ToLower(v), lower) }
	return fieldName.MatchString(quoted) ||
		bytes.Contains(s.Body, []byte(quoted)) && !slices.ContainsFunc(values, ofOne)
}

func oneLine(text string) string {
	separates := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	return strings.Join(strings.FieldsFunc(text, separates), " ")
}
