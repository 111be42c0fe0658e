package office24

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/errclass"
)

// A failure is an error of a call, with what the client itself has to know of it.
type failure struct {
	*errclass.Error
	lost    bool // the session is gone: worth a login
	invalid bool // a value did not fit the service's schema
	unseen  bool // the service did not look at the call
	refused bool // the service looked at the call and said no, by a SOAP fault
	final   bool // part of the answer is in the caller's hands already
}

func (f *failure) err() error {
	if f == nil {
		return nil
	}
	return f.Error
}

// of returns the error with the key of the record it is about. The failure itself may be a refused login's, which
// stands for many calls.
func (f *failure) of(key string) error {
	e := *f.Error
	e.Message = key + ": " + e.Message
	return &e
}

// again tells whether the call may be made once more. Where the service may have acted on it, only a repeatable call may.
func (f *failure) again(op operation) bool {
	switch {
	case f.final:
		return false
	case f.unseen:
		return f.Class == errclass.Transient || f.Class == errclass.Throttled
	default:
		return f.Class == errclass.Transient && op.repeatable
	}
}

// uncertain marks a write whose effect nobody knows.
func (f *failure) uncertain(op operation) *failure {
	f.Uncertain = op.write
	return f
}

func (f *failure) causedBy(err error) *failure {
	f.Err = err
	return f
}

// A known fault is a text in a SOAP fault or an APIException that says what is to be done. Texts are compared without
// regard to case, anywhere in the fault; the first that is found counts.
type knownFault struct {
	text    string
	class   errclass.Class
	hint    string // said before the vendor's own words
	lost    bool
	invalid bool
}

// knownFaults lists the texts that the vendor documents or that other integrators have met, then those of the platform
// it runs on (.NET, SQL Server) that tell of a passing trouble.
func knownFaults() []knownFault {
	return []knownFault{
		{text: "session is not authenticated", class: errclass.Credentials, lost: true},
		{text: "client is not authenticated on this identity", class: errclass.Credentials, lost: true},
		{text: "identityid is blocked", class: errclass.Settings, hint: "office24.identityId must name an identity that the user may use"},
		{text: "quarantine ends at", class: errclass.Throttled, hint: "the hourly quota is used up"},
		{text: "request is blocked", class: errclass.Throttled, hint: "the hourly quota is used up"},
		{text: "instance validation error", class: errclass.Defect, invalid: true},
		{text: "at least one search parameter", class: errclass.Defect},
		{text: "deadlock", class: errclass.Transient},
		{text: "timeout expired", class: errclass.Transient},
		{text: "timed out", class: errclass.Transient},
		{text: "transport-level error", class: errclass.Transient},
		{text: "network-related", class: errclass.Transient},
		{text: "unable to connect", class: errclass.Transient},
		{text: "server too busy", class: errclass.Transient},
		{text: "thread was being aborted", class: errclass.Transient},
		{text: "outofmemoryexception", class: errclass.Transient},
	}
}

func lookUp(text string) (knownFault, bool) {
	text = strings.ToLower(text)
	for _, known := range knownFaults() {
		if strings.Contains(text, known.text) {
			return known, true
		}
	}
	return knownFault{}, false
}

// A soapFault is the SOAP 1.1 fault of a call that failed as a whole.
type soapFault struct {
	Code string `soap:"faultcode"`
	Text string `soap:"faultstring"`
}

// An exception is the APIException of one refused record. Its StackTrace is not even read.
type exception struct {
	Type    string
	Message string
}

func (e exception) String() string { return strings.TrimSuffix(e.Type+": "+e.Message, ": ") }

// fault sorts a SOAP fault. An unknown one refuses the record of a write, and is a defect of ours in a read: loud,
// because nobody thought of it.
func (c *Client) fault(op operation, sf soapFault, quote quoter) *failure {
	known, ok := lookUp(sf.Text)
	switch {
	case !ok && op.write:
		known = knownFault{class: errclass.Rejected, hint: "refused"}
	case !ok:
		known = knownFault{class: errclass.Defect, hint: "unknown fault"}
	}
	said := []string{known.hint, quote(sf.Text)}
	if known.hint == "" && !op.tells() {
		said = append(said, known.text)
	}
	said = slices.DeleteFunc(said, func(s string) bool { return s == "" })
	f := op.fail(known.class, "%s", strings.Join(said, ": "))
	f.lost, f.invalid, f.refused = known.lost, known.invalid, true
	switch known.class {
	case errclass.Throttled:
		f.RetryAt = quarantineEnd(sf.Text, c.cfg.Now())
	case errclass.Transient:
		f.uncertain(op)
	}
	return f
}

// rejected sorts the exception of one record of a call that as a whole went well.
func (op operation) rejected(key string, e exception, quote quoter) *failure {
	if known, ok := lookUp(e.String()); ok && known.class == errclass.Transient {
		return op.fail(errclass.Transient, "%s: %s", key, cmp.Or(quote(e.String()), known.text)).uncertain(op)
	}
	return op.fail(errclass.Rejected, "%s", strings.TrimSuffix(key+": refused: "+quote(e.String()), ": "))
}

// quarantineEnd reads the moment out of "Quarantine ends at <time>". Its notation and zone are not documented; where it
// cannot be read, or lies further off than a quarantine lasts, the answer is the next full hour (vendor's FAQ).
func quarantineEnd(text string, now time.Time) time.Time {
	const marker = "ends at "
	_, after, _ := strings.Cut(strings.ToLower(text), marker)
	words := strings.Fields(strings.ToUpper(after)) // time.Parse wants T, Z and PM
	for n := min(3, len(words)); n > 0; n-- {
		moment := strings.TrimRight(strings.Join(words[:n], " "), ".,;")
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, "01/02/2006 15:04:05", "1/2/2006 3:04:05 PM", "02.01.2006 15:04:05"} {
			end, err := time.Parse(layout, moment)
			if err == nil && end.After(now) && end.Before(now.Add(time.Hour+time.Minute)) {
				return end.UTC()
			}
		}
	}
	return now.UTC().Truncate(time.Hour).Add(time.Hour)
}

// answer turns an HTTP response into a failure, or into calls of the reader.
func (c *Client) answer(op operation, response *http.Response, result reader, quote quoter) *failure {
	isXML := isXMLType(response.Header.Get("Content-Type"))
	switch code := response.StatusCode; {
	case code == http.StatusOK && !isXML:
		return op.fail(errclass.Transient, "the answer is no XML").uncertain(op)
	case code == http.StatusOK, code == http.StatusInternalServerError && isXML:
		return c.envelope(op, response, result, quote)
	default:
		return c.status(op, response)
	}
}

func isXMLType(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "text/xml" || media == "application/xml" || media == "application/soap+xml")
}

func (c *Client) envelope(op operation, response *http.Response, result reader, quote quoter) *failure {
	d := newDecoder(response.Body, c.cfg.MaxAnswer)
	d.quote = quote
	sf, err := d.answer(op.name, result)
	switch {
	case errors.Is(err, errStopped):
		return nil
	case err != nil && response.StatusCode != http.StatusOK:
		return c.status(op, response)
	case err != nil:
		f := unreadable(op, err)
		f.final = d.records > 0
		return f
	case sf != nil:
		return c.fault(op, *sf, quote)
	case response.StatusCode != http.StatusOK:
		return c.status(op, response)
	default:
		return nil
	}
}

// unreadable sorts what went wrong while an answer was read. An answer that breaks off is a broken connection.
func unreadable(op operation, err error) *failure {
	var f *failure
	var syntax *xml.SyntaxError
	var misread misreadError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &syntax) && syntax.Msg == "unexpected EOF":
		f = op.fail(errclass.Transient, "the answer breaks off")
	case errors.Is(err, errTooLarge), errors.Is(err, errForbidden), errors.Is(err, errNotSOAP):
		f = op.fail(errclass.Defect, "the answer is not accepted: %v", err)
	case errors.As(err, &misread):
		f = op.fail(errclass.Defect, "the answer cannot be understood: %v", err)
	case errors.As(err, &syntax):
		f = op.fail(errclass.Defect, "the answer is not well-formed XML")
	default:
		f = op.fail(errclass.Transient, "the connection broke while the answer was read").causedBy(err)
	}
	return f.uncertain(op)
}

// status sorts an answer that is no SOAP.
func (c *Client) status(op operation, response *http.Response) *failure {
	code := response.StatusCode
	f := op.fail(errclass.Defect, "answered with HTTP status %d", code)
	switch {
	case code == http.StatusTooManyRequests:
		f.Class, f.unseen = errclass.Throttled, true
		f.RetryAt = retryAfter(response.Header.Get("Retry-After"), c.cfg.Now())
	case code == http.StatusUnauthorized:
		f.Class, f.lost = errclass.Credentials, true
	case code == http.StatusForbidden:
		f.Class = errclass.Credentials
	case code >= 500 || code == http.StatusRequestTimeout:
		f.Class = errclass.Transient
		f.uncertain(op)
	case code >= 300 && code < 400:
		f.Class, f.Message = errclass.Transient, fmt.Sprintf("answered with a redirect (HTTP status %d), which is not followed", code)
		f.uncertain(op)
	}
	return f
}

// retryAfter reads both forms of the header (RFC 9110, 10.2.3); zero where there is none.
func retryAfter(value string, now time.Time) time.Time {
	if seconds, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31); err == nil {
		return now.Add(time.Duration(seconds) * time.Second).UTC()
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// unanswered sorts a request that got no answer. Sent tells whether the service may have seen it.
func (c *Client) unanswered(ctx context.Context, op operation, err error, sent bool) *failure {
	f := op.fail(errclass.Transient, "the connection broke").causedBy(err)
	switch cause := context.Cause(ctx); {
	case !sent && cause == nil:
		f.Message = "no connection"
	case errors.Is(cause, errImpatient):
		f.Message = fmt.Sprintf("no whole answer within %s", c.cfg.Timeout)
	case cause != nil:
		f.Message, f.Err = "the call was cut short", cause
	}
	f.unseen = !sent
	if sent {
		f.uncertain(op)
	}
	return f
}

// A quoter makes a vendor's text fit to be stored and shown.
type quoter func(string) string

// quoter returns one for a call. What the service says of a write or a login is about what that carried, and those texts
// are known. What it says of a read could quote anybody's record: only the exception's name is kept.
func (c *Client) quoter(op operation, sessionID string, body []byte) quoter {
	if !op.tells() {
		return func(text string) string { return exceptionName.FindString(innermost(text)) }
	}
	login := c.cfg.Credentials
	sent := errclass.Sent{Secrets: []string{sessionID, login.Password, login.Username, login.ApplicationID}, Personal: op.texts, Body: body}
	return func(text string) string { return sent.Redact(allowed(innermost(text))) }
}

var exceptionName = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_.]*Exception\b`)

// innermost returns the message of the last of the nested .NET exceptions in a text, without its stack.
func innermost(text string) string {
	if at := strings.LastIndex(text, "--->"); at >= 0 {
		text = text[at+len("--->"):]
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	line, _, _ = strings.Cut(line, "   at ")
	return line
}

// texts lists the texts in a request. Statuses and the like have types of their own and are none.
func texts(v reflect.Value) []string {
	var list []string
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return texts(v.Elem())
		}
	case reflect.Struct:
		if isScalar(v.Type()) {
			return nil
		}
		for i := range v.NumField() {
			list = append(list, texts(v.Field(i))...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			list = append(list, texts(v.Index(i))...)
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() && v.String() != "" {
			list = append(list, v.String())
		}
	}
	return list
}
