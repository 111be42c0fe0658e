package office24

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/vendorhttp"
)

// A failure is an error of a call, with what the client itself has to know about it.
type failure struct {
	*errclass.Error
	sessionLost bool // a new login can help
	unprocessed bool // the service did not process the call
	refused     bool // the service processed the call and refused it, by a SOAP fault
	final       bool // the caller has records of the answer already
	overloaded  bool // the service took too long
	serverError bool // the service failed without saying why
}

func (f *failure) err() error {
	if f == nil {
		return nil
	}
	return f.Error
}

// forRecord returns the error with the key of its record. The failure itself stays as it is: that of a refused login
// belongs to many calls.
func (f *failure) forRecord(key string) error {
	e := *f.Error
	e.Message = key + ": " + e.Message
	return &e
}

// isRepeatable reports whether the call can be made again. If the service may have acted on it, only a repeatable call
// can.
func (f *failure) isRepeatable(op operation) bool {
	switch {
	case f.final, f.overloaded && op.divisible:
		return false
	case f.unprocessed:
		return f.Class == errclass.Transient || f.Class == errclass.Throttled
	default:
		return f.Class == errclass.Transient && op.repeatable
	}
}

// uncertain marks a write whose effect is unknown.
func (f *failure) uncertain(op operation) *failure {
	f.Uncertain = op.write
	return f
}

// blamesRequest reports whether the service refused a call for what is in it, or for a reason that is not known here.
func (f *failure) blamesRequest() bool { return f != nil && f.refused && f.Class == errclass.Defect }

func (f *failure) causedBy(err error) *failure {
	f.Err = err
	return f
}

// A knownFault is a text in a SOAP fault or an APIException that decides what happens next. Texts are compared without
// regard to case, anywhere in the fault; the first match counts.
type knownFault struct {
	text        string
	class       errclass.Class
	meaning     string // what it means for a person; the vendor's own words follow
	sessionLost bool
	overloaded  bool
}

// vendorName is the service's name in messages.
const vendorName = "24SevenOffice"

const (
	quotaUsedUp = vendorName + " asks us to wait, because the hourly quota is used up"
	tookTooLong = vendorName + " took too long"
	unconnected = vendorName + " does not reach a part of itself"
)

// knownFaults lists the texts that the vendor documents or that other integrators have met, then those of a temporary
// failure of the platform it runs on (.NET, SQL Server).
func knownFaults() []knownFault {
	return []knownFault{
		{
			text: "session is not authenticated", class: errclass.Credentials, sessionLost: true,
			meaning: vendorName + " does not accept the session",
		},
		{
			text: "client is not authenticated on this identity", class: errclass.Credentials, sessionLost: true,
			meaning: vendorName + " does not accept the session for this company",
		},
		{
			text: "identityid is blocked", class: errclass.Settings,
			meaning: "office24.identityId must name an identity that the user can use",
		},
		{text: "request is blocked", class: errclass.Throttled, meaning: quotaUsedUp},
		{text: "quarantine ends at", class: errclass.Throttled, meaning: quotaUsedUp},
		{
			text: "instance validation error", class: errclass.Defect,
			meaning: vendorName + " cannot read a value of the request",
		},
		{
			text: "at least one search parameter", class: errclass.Defect,
			meaning: vendorName + " does not search without a search parameter",
		},
		{text: "deadlock", class: errclass.Transient, meaning: vendorName + " was busy with the same records"},
		{text: "timeout expired", class: errclass.Transient, overloaded: true, meaning: tookTooLong},
		{text: "timed out", class: errclass.Transient, overloaded: true, meaning: tookTooLong},
		{text: "transport-level error", class: errclass.Transient, meaning: unconnected},
		{text: "network-related", class: errclass.Transient, meaning: unconnected},
		{text: "unable to connect", class: errclass.Transient, meaning: unconnected},
		{text: "server too busy", class: errclass.Transient, meaning: vendorName + " is too busy"},
		{text: "thread was being aborted", class: errclass.Transient, meaning: vendorName + " broke the call off"},
		{
			text: "outofmemoryexception", class: errclass.Transient, overloaded: true,
			meaning: vendorName + " ran out of memory",
		},
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

// quoting says what the fault means, with the vendor's words as far as a message can quote them: at least those that
// it was known by.
func (k knownFault) quoting(words string) string {
	if !strings.Contains(strings.ToLower(words), k.text) { // that of an unknown fault is empty
		words = strings.TrimPrefix(words+": "+k.text, ": ")
	}
	return vendorhttp.Quote(k.meaning, words)
}

// A soapFault is the SOAP 1.1 fault of a call that failed as a whole.
type soapFault struct {
	Code string `soap:"faultcode"`
	Text string `soap:"faultstring"`
}

// An exception is the APIException of one refused record. Its StackTrace is not read.
type exception struct {
	Type    string
	Message string
}

func (e exception) String() string { return strings.TrimSuffix(e.Type+": "+e.Message, ": ") }

// soapFailure classifies a SOAP fault. An unknown one refuses the record of a write; in a read it is a defect, which
// raises an alarm.
func (c *Client) soapFailure(op operation, sf soapFault, quote quoter) *failure {
	known, ok := lookUp(sf.Text)
	switch {
	case !ok && op.write:
		known = knownFault{class: errclass.Rejected, meaning: vendorName + " refused it"}
	case !ok:
		known = knownFault{class: errclass.Defect, meaning: vendorName + " gives an answer that is not known here"}
	}
	f := op.fail(known.class, "%s", known.quoting(quote(sf.Text)))
	f.sessionLost, f.refused = known.sessionLost, true
	f.overloaded = known.overloaded
	switch known.class {
	case errclass.Throttled:
		f.RetryAt = quarantineEnd(sf.Text, c.cfg.Now())
	case errclass.Transient:
		f.uncertain(op)
	default:
	}
	return f
}

// rejected classifies the exception of one record in a call that succeeded as a whole. In a read it is always the
// record's: if it passes, the record is read when it is tried again; if not, the others have gone on.
func (op operation) rejected(key string, e exception, quote quoter) *failure {
	if known, ok := lookUp(e.String()); ok && known.class == errclass.Transient && op.write {
		return op.fail(errclass.Transient, "%s: %s", key, known.quoting(quote(e.String()))).uncertain(op)
	}
	return op.fail(errclass.Rejected, "%s: %s", key, vendorhttp.Quote(vendorName+" refused it", quote(e.String())))
}

// quarantineEnd reads the time in "Quarantine ends at <time>". Its format and zone are not documented. A time more than
// an hour ahead counts as an hour: a quarantine ends with the hour of its quota (vendor's FAQ), so the time was local,
// or month and day were read in the wrong order. If the time cannot be read or is over, the end is the next full hour.
func quarantineEnd(text string, now time.Time) time.Time {
	const marker = "ends at "
	_, after, _ := strings.Cut(strings.ToLower(text), marker)
	words := strings.Fields(strings.ToUpper(after)) // time.Parse wants T, Z and PM
	for n := min(3, len(words)); n > 0; n-- {
		timestamp := strings.TrimRight(strings.Join(words[:n], " "), ".,;")
		for _, layout := range []string{
			time.RFC3339, "2006-01-02T15:04:05", time.DateTime, "01/02/2006 15:04:05", "1/2/2006 3:04:05 PM",
			"02.01.2006 15:04:05",
		} {
			end, err := time.Parse(layout, timestamp)
			if err == nil && end.After(now) {
				return vendorhttp.Earlier(end, now.Add(vendorhttp.LongestRetryAfter)).UTC()
			}
		}
	}
	return now.UTC().Truncate(time.Hour).Add(time.Hour)
}

// readAnswer turns an HTTP response into a failure, or into calls of the reader.
func (c *Client) readAnswer(op operation, response *http.Response, result reader, quote quoter) *failure {
	isXML := isXMLType(response.Header.Get("Content-Type"))
	switch code := response.StatusCode; {
	case code == http.StatusOK && !isXML:
		return op.fail(errclass.Transient, "the answer is not XML").uncertain(op)
	case code == http.StatusOK, code == http.StatusInternalServerError && isXML:
		return c.readEnvelope(op, response, result, quote)
	default:
		return c.statusFailure(op, response)
	}
}

func isXMLType(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "text/xml" || media == "application/xml" || media == "application/soap+xml")
}

func (c *Client) readEnvelope(op operation, response *http.Response, result reader, quote quoter) *failure {
	d := newDecoder(http.MaxBytesReader(nil, response.Body, c.cfg.MaxAnswer))
	defer d.xml.release()
	d.quote, d.xml.isUTF8 = quote, vendorhttp.DeclaresUTF8(response.Header)
	var sf *soapFault
	err := vendorhttp.CheckEncoding(response.Header, d.xml.peek(2))
	if err == nil {
		sf, err = d.envelope(op.name, result)
	}
	switch {
	case errors.Is(err, errStopped):
		return nil
	case err != nil && response.StatusCode != http.StatusOK:
		return c.statusFailure(op, response)
	case err != nil:
		if errors.Is(err, errNotUTF8) {
			err = vendorhttp.NotUTF8(response.Header)
		}
		f := unreadable(op, err)
		f.final = d.records > 0
		return f
	case sf != nil:
		return c.soapFailure(op, *sf, quote)
	case response.StatusCode != http.StatusOK:
		return c.statusFailure(op, response)
	default:
		return nil
	}
}

// unreadable classifies an error in reading an answer. An answer that breaks off is a broken connection.
func unreadable(op operation, err error) *failure {
	var f *failure
	var misread misreadError
	var encoding vendorhttp.EncodingError
	switch {
	case errors.As(err, &encoding):
		f = op.fail(errclass.Defect, "%v", encoding)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		f = op.fail(errclass.Transient, "the answer breaks off")
	case errors.Is(err, errTooLarge), errors.Is(err, errForbidden), errors.Is(err, errNotSOAP):
		f = op.fail(errclass.Defect, "the answer is not accepted: %v", err)
	case errors.As(err, &misread):
		f = op.fail(errclass.Defect, "the answer cannot be read: %v", err)
	case errors.Is(err, errSyntax):
		f = op.fail(errclass.Defect, "the answer is %v", errSyntax)
	default:
		reason, cause := vendorhttp.NoAnswer(context.Background(), err, true)
		f = op.fail(errclass.Transient, "%s", reason).causedBy(cause)
	}
	return f.uncertain(op)
}

// withSecret adds to a refused login where the credentials are.
func (c *Client) withSecret(f *failure) *failure {
	if f != nil && f.Class == errclass.Credentials {
		f.Message += fmt.Sprintf("; correct office24.applicationId, office24.username or office24.password in %s, "+
			"or allow the call to the user in 24SevenOffice", vendorhttp.SecretName(c.cfg.Secret))
	}
	return f
}

// statusFailure classifies an answer that is not SOAP by its status.
//
// What a 403 is about is not documented. It is assumed to be about the record if the call writes one record and another
// call has succeeded, because then the user can use the services; else it blocks the customer.
func (c *Client) statusFailure(op operation, response *http.Response) *failure {
	code := response.StatusCode
	f := op.fail(errclass.Defect, "%s", vendorhttp.StatusText(vendorName, code))
	switch {
	case code == http.StatusTooManyRequests:
		f.Class, f.unprocessed = errclass.Throttled, true
		f.RetryAt = vendorhttp.RetryAfter(response.Header, c.cfg.Now())
	case code == http.StatusUnauthorized:
		f.Class, f.sessionLost = errclass.Credentials, true
	case code == http.StatusForbidden && op.write && c.succeeded.Load():
		f.Class = errclass.Rejected
		f.Message = "access to this record was refused (HTTP status 403); allow it to the user in 24SevenOffice"
	case code == http.StatusForbidden:
		f.Class = errclass.Credentials
	case code >= 500 || code == http.StatusRequestTimeout:
		f.Class = errclass.Transient
		f.overloaded = code == http.StatusRequestTimeout || code == http.StatusGatewayTimeout
		f.serverError = !f.overloaded
		f.uncertain(op)
	case code >= 300 && code < 400:
		f.Class = errclass.Transient
		f.uncertain(op)
	}
	return f
}

// unanswered classifies a request without an answer. sent reports whether the service may have seen it.
func unanswered(ctx context.Context, op operation, err error, sent bool) *failure {
	reason, cause := vendorhttp.NoAnswer(ctx, err, sent)
	f := op.fail(errclass.Transient, "%s", reason).causedBy(cause)
	_, f.overloaded = errors.AsType[vendorhttp.Timeout](context.Cause(ctx))
	if !sent {
		f.unprocessed = true
		return f
	}
	return f.uncertain(op)
}

// A quoter makes a vendor's text fit for a message: it removes secrets and personal data.
type quoter func(string) string

// quoter returns the quoter of one call. What the service says about a write or a login is about the texts that the
// call carried, and those are known. What it says about a read could quote anybody's record, so only the name of the
// exception is kept.
func (c *Client) quoter(op operation, sessionID string, body []byte) quoter {
	if !op.mayQuote() {
		return func(text string) string { return exceptionName.FindString(innermost(text)) }
	}
	login := c.cfg.Credentials
	sent := errclass.Sent{
		Secrets:  []string{sessionID, login.Password, login.Username, login.ApplicationID},
		Personal: op.texts,
		Body:     body,
	}
	return func(text string) string { return sent.Redact(withoutForbidden(innermost(text))) }
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

// texts lists the strings in a request. Statuses and the like have types of their own and are left out.
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
		for _, field := range v.Fields() {
			list = append(list, texts(field)...)
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
