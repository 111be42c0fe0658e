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

// Sent is what a call carried: the yardstick for what a vendor may be quoted with.
type Sent struct {
	// Secrets and Personal must not come back in a message.
	Secrets, Personal []string
	// Body is what was sent, as it was sent. What a vendor quotes is shown if it stands in it.
	Body []byte
}

const (
	hidden      = "[hidden]"
	maxSaid     = 300 // characters of a vendor's text that are kept
	shortestFit = 3   // characters of a value that can be told from other words
)

var (
	email = regexp.MustCompile(`[^\s<>"';,:()]+@[^\s<>"';,:()]+`)
	phone = regexp.MustCompile(`\+\d[\d ()-]{5,}\d`)
	// An apostrophe inside a word opens and closes nothing.
	quoted    = regexp.MustCompile(`"[^"]+"|“[^”]+”|«[^»]+»|‘[^’]+’|\B'[^']+'\B`)
	fieldName = regexp.MustCompile(`^[a-z]+[A-Z][A-Za-z0-9.\[\]]*$`)
)

// Redact makes what a vendor says of a call fit for a Message: one line, not long, without the secrets and personal data
// that the call carried, in whatever case. What stands in quotes is hidden unless it is the name of a field, or was sent
// and is nobody's: it could be the beginning of an address, or another person's. E-mail addresses and international phone
// numbers are hidden wherever they stand.
func (s Sent) Redact(said string) string {
	said = oneLine(html.UnescapeString(said))
	values := s.values()
	for _, v := range values {
		said = regexp.MustCompile("(?i)"+regexp.QuoteMeta(v)).ReplaceAllLiteralString(said, hidden)
	}
	said = quoted.ReplaceAllStringFunc(said, func(q string) string {
		if s.mayShow(strings.Trim(q, `"“”«»‘’' .…`), values) {
			return q
		}
		return hidden
	})
	said = phone.ReplaceAllLiteralString(email.ReplaceAllLiteralString(said, hidden), hidden)
	if runes := []rune(said); len(runes) > maxSaid {
		said = string(runes[:maxSaid]) + "…"
	}
	return said
}

// values are the secrets and personal data that can be told from other words, whole and line by line, the longest first:
// one may be a part of another.
func (s Sent) values() []string {
	var values []string
	for _, text := range slices.Concat(s.Secrets, s.Personal) {
		for _, v := range append(strings.Split(text, "\n"), text) {
			if v = oneLine(v); utf8.RuneCountInString(v) >= shortestFit {
				values = append(values, v)
			}
		}
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return values
}

func (s Sent) mayShow(quoted string, values []string) bool {
	lower := strings.ToLower(quoted)
	ofOne := func(v string) bool { return strings.Contains(strings.ToLower(v), lower) }
	return fieldName.MatchString(quoted) || bytes.Contains(s.Body, []byte(quoted)) && !slices.ContainsFunc(values, ofOne)
}

func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}
