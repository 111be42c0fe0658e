package ongoing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/vendorhttp"
)

// Causes of an error of class Rejected, for errors.Is.
var (
	// ErrNotFound: the service does not know the id.
	ErrNotFound = errors.New("not found")
	// ErrStarted: the warehouse has started to work on the order, so it can no longer be changed or cancelled.
	ErrStarted = errors.New("the warehouse has started on the order")
	// ErrCancelled: the order is cancelled.
	ErrCancelled = errors.New("the order is cancelled")
	// ErrUnreadable: a part of the record does not match the published definition. The record comes with the rest.
	ErrUnreadable = errors.New("the record cannot be read")
)

// vendorName is the service's name in messages.
const vendorName = "Ongoing WMS"

// reasons are the texts of refusals. The service has no codes and publishes no texts; these are the words that its
// manuals use and other integrators look for (assumed). The first match in the lower-cased message counts.
var reasons = []struct {
	text   string
	reason error
}{
	{"already cancel", ErrCancelled},
	{"already been cancel", ErrCancelled},
	{"has been cancel", ErrCancelled},
	{"is cancel", ErrCancelled},
	{"already start", ErrStarted},
	{"already been start", ErrStarted},
	{"has been start", ErrStarted},
	{"has start", ErrStarted},
	{"started work", ErrStarted},
	{"work has begun", ErrStarted},
	{"has begun", ErrStarted},
	{"been allocated", ErrStarted},
	{"is allocated", ErrStarted},
	{"been picked", ErrStarted},
	{"is picked", ErrStarted},
}

// errNoID marks an answer without the id that was requested or written: the definition allows null there. The call is
// repeated, which is harmless for a write because of its business number.
var errNoID = errors.New("the answer holds no id")

// checkAnswer turns an answer into an error, or nil if the call succeeded. Only this function classifies answers.
//
// What a 403 is about is not published. It is assumed to be about the record if the call names one record and another
// call has succeeded, because then the user can act for the goods owner; else it blocks the customer.
func (c *Client) checkAnswer(k call, a answer) *errclass.Error {
	if a.status >= 200 && a.status < 300 {
		f := k.checkSuccess(a)
		if f == nil {
			c.succeeded.Store(true)
		}
		return f
	}
	meaning, words := vendorhttp.StatusText(vendorName, a.status), k.words(a)
	description := vendorhttp.Quote(meaning, words)
	switch {
	case a.status >= 300 && a.status < 400:
		return k.fail(errclass.Settings, nil, "%s; check ongoing.baseUrl", meaning)
	case a.status == http.StatusForbidden && k.isForOneRecord() && c.succeeded.Load():
		return k.fail(errclass.Rejected, nil, "%s; the warehouse must allow it to the API user", vendorhttp.Quote(
			fmt.Sprintf("access to this record was refused (HTTP status %d)", a.status), words))
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return k.fail(errclass.Credentials, nil, "%s: "+
			"ongoing.username and ongoing.password in %s must be those of an API user of "+
			"goods owner %d (ongoing.goodsOwnerId) in the warehouse of ongoing.baseUrl",
			meaning, vendorhttp.SecretName(c.secret), c.goodsOwner)
	case a.status == http.StatusNotFound && len(k.ids) > 0 && isHTML(a.header):
		f := k.fail(errclass.Transient, nil, "%s, by a page that is not the service's", meaning)
		f.Uncertain = k.writes()
		return f
	case a.status == http.StatusNotFound:
		return k.fail(errclass.Rejected, ErrNotFound, "%s", description)
	case a.status == http.StatusTooManyRequests,
		a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "":
		f := k.fail(errclass.Throttled, nil, "%s", description)
		f.RetryAt = vendorhttp.RetryAfter(a.header, c.now())
		return f
	case a.status == http.StatusRequestTimeout, a.status >= 500:
		f := k.fail(errclass.Transient, nil, "%s", description)
		f.Uncertain = k.writes()
		return f
	case a.status >= 400:
		return k.fail(errclass.Rejected, reasonOf(words), "%s", description)
	default:
		return k.fail(errclass.Defect, nil, "%s", description)
	}
}

// unanswered classifies a call without an answer, or without the end of one. sent reports whether the service may have
// seen it.
func (k call) unanswered(ctx context.Context, err error, sent bool) *errclass.Error {
	var f *errclass.Error
	if tooLong, ok := errors.AsType[*tooLongError](err); ok {
		f = k.fail(errclass.Defect, tooLong, "%v", tooLong)
	} else {
		reason, cause := vendorhttp.NoAnswer(ctx, err, sent)
		f = k.fail(errclass.Transient, cause, "%s", reason)
	}
	f.Uncertain = k.writes()
	return f
}

// checkSuccess checks an answer with a status of success. A page of HTML with status 200 comes from a proxy in front of
// the service. So does an empty answer to a read: as "no data" it would end a list too early.
func (k call) checkSuccess(a answer) *errclass.Error {
	var f *errclass.Error
	err := vendorhttp.CheckEncoding(a.header, a.body)
	if err == nil {
		err = k.decodeAnswer(a)
	}
	encoding, isEncoding := errors.AsType[vendorhttp.EncodingError](err)
	switch {
	case err == nil:
		return nil
	case isEncoding:
		f = k.fail(errclass.Defect, err, "%v", encoding)
	case errors.Is(err, errNoID):
		f = k.fail(errclass.Transient, err, "%s answers without the id (HTTP status %d)", vendorName, a.status)
	case len(a.body) == 0:
		f = k.fail(errclass.Transient, err, "%s gives an empty answer (HTTP status %d)", vendorName, a.status)
	case errors.Is(err, errNotJSON):
		f = k.fail(errclass.Transient, err,
			"%s gives an answer that is not JSON (HTTP status %d)", vendorName, a.status)
	default:
		f = k.fail(errclass.Defect, err,
			"%s gives an answer that does not match its published definition (HTTP status %d)", vendorName, a.status)
	}
	f.Uncertain = k.writes()
	return f
}

var errNotJSON = errors.New("not JSON")

func (k call) decodeAnswer(a answer) error {
	switch {
	case len(a.body) == 0 && k.decode == nil:
		return nil
	case !isJSON(a.header):
		return errNotJSON
	case k.decode == nil && !json.Valid(a.body):
		return errNotJSON
	case k.decode == nil:
		return nil
	case !vendorhttp.DeclaresUTF8(a.header) && !utf8.Valid(a.body):
		return vendorhttp.NotUTF8(a.header)
	}
	err := k.decode(a.body)
	_, isSyntax := errors.AsType[*json.SyntaxError](err)
	if isSyntax && withoutControls(a.body) {
		err = k.decode(a.body)
		_, isSyntax = errors.AsType[*json.SyntaxError](err)
	}
	if isSyntax && !k.writes() && bytes.IndexAny(bytes.TrimSpace(a.body), "[{") == 0 {
		err = k.decode(withoutBadTokens(a.body))
		_, isSyntax = errors.AsType[*json.SyntaxError](err)
	}
	if isSyntax {
		return errNotJSON
	}
	if errors.Is(err, errNotUTF8) {
		return vendorhttp.NotUTF8(a.header)
	}
	return err
}

// withoutControls makes spaces of the control characters in an answer, and reports whether there were any. JSON forbids
// them in texts, and one in a text of one record would keep all records of the answer from being read.
func withoutControls(body []byte) (found bool) {
	for i, b := range body {
		if b < ' ' {
			body[i], found = ' ', true
		}
	}
	return found
}

// badToken replaces what is not JSON. No field of a record has such a value, so the field cannot be read, and not the
// whole answer.
const badToken = "[[]]"

// withoutBadTokens replaces numbers, literals and texts that JSON does not have, such as NaN or "\x41".
func withoutBadTokens(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for len(body) > 0 {
		n := 1
		switch b := body[0]; {
		case isStructure(b):
		case b == '"':
			for n < len(body) && body[n] != '"' {
				if body[n] == '\\' {
					n++
				}
				n++
			}
			n = min(n+1, len(body))
		default:
			for n < len(body) && !isStructure(body[n]) && body[n] != '"' {
				n++
			}
		}
		if token := body[:n]; isStructure(token[0]) || json.Valid(token) {
			out = append(out, token...)
		} else {
			out = append(out, badToken...)
		}
		body = body[n:]
	}
	return out
}

// isStructure reports whether a character stands between the numbers, literals and texts of JSON.
func isStructure(b byte) bool { return bytes.IndexByte([]byte("{}[],: \t\r\n"), b) >= 0 }

// errNotUTF8 marks bytes that encoding/json would replace; what is read would be written back.
var errNotUTF8 = errors.New("not UTF-8")

func isJSON(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && (kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json"))
}

// isHTML reports whether an answer is a page for people. It comes from what is in front of the service: the service's
// own answers are JSON, and those of its framework are empty.
func isHTML(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && kind == "text/html"
}

// fail makes an error of the call. cause is for errors.Is and can be nil.
func (k call) fail(class errclass.Class, cause error, format string, args ...any) *errclass.Error {
	f := errclass.New(class, "ongoing: "+k.operation(), format, args...)
	if k.subject != "" {
		f.Message = k.subject + ": " + f.Message
	}
	f.Err = cause
	return f
}

func reasonOf(words string) error {
	words = strings.ToLower(words)
	for _, r := range reasons {
		if strings.Contains(words, r.text) {
			return r.reason
		}
	}
	return nil
}

// words returns the vendor's own text about the refusal of a write, without secrets and personal data. The text about a
// read could quote anybody's record, and the one about a login the login; there the status is enough.
func (k call) words(a answer) string {
	if !k.writes() || a.status == http.StatusUnauthorized {
		return ""
	}
	return k.redact(vendorText(a))
}

// textNames are the fields in which the service, and the framework it is built on, say what is wrong. They are matched
// in any case: {"message": …} and {"Message": …} both occur.
var textNames = []string{"message", "exceptionmessage", "error", "title", "errors", "modelstate"}

// vendorText collects the texts of an error body: its known fields if it is JSON, itself if it is plain text.
func vendorText(a answer) string {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(a.body, &fields); err != nil {
		if kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); kind == "text/plain" {
			return string(a.body)
		}
		var text string
		_ = json.Unmarshal(a.body, &text)
		return text
	}
	var texts []string
	for _, wanted := range textNames {
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if strings.EqualFold(name, wanted) {
				texts = append(texts, stringsIn(fields[name])...)
			}
		}
	}
	return strings.Join(texts, "; ")
}

// stringsIn returns the strings of a JSON value, however deep: {"orderNumber": ["is too long"]}.
func stringsIn(raw json.RawMessage) []string {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if decoder.Decode(&value) != nil {
		return nil
	}
	var found []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			found = append(found, v)
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				walk(v[name])
			}
		}
	}
	walk(value)
	return found
}

var tag = regexp.MustCompile(`<[^<>]*>`)

// redact removes secrets, personal data and markup from a vendor's text. Messages of the service hold <br/>.
func (k call) redact(text string) string {
	return k.sent.Redact(tag.ReplaceAllString(text, " "))
}
