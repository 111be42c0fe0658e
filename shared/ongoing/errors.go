package ongoing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/errclass"
)

// Reasons behind a fault of class Rejected, for errors.Is.
var (
	// ErrNotFound: the service does not know the id.
	ErrNotFound = errors.New("not found")
	// ErrStarted: the order can no longer be changed or cancelled because the warehouse has started to work on it.
	ErrStarted = errors.New("the warehouse has started on the order")
	// ErrCancelled: the order is cancelled.
	ErrCancelled = errors.New("the order is cancelled")
)

// reasons are the texts of refusals. The service has no codes and publishes no texts; these are the words that its
// manuals use and other integrators look for (assumed). The first that is found in the lower-cased message counts.
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

// errNoID marks an answer without the id that was asked for or written: the definition allows null there. The call is
// repeated, which the business number makes harmless for a write.
var errNoID = errors.New("the answer holds no id")

// judge turns an answer into a fault, or nil when it is what was asked for. It is the only place that does.
func (c *Client) judge(k call, a answer) *errclass.Error {
	if a.err != nil {
		return k.unanswered(a.err)
	}
	if a.status >= 200 && a.status < 300 {
		return k.accept(a)
	}
	said := k.say(a)
	switch {
	case a.status >= 300 && a.status < 400:
		return k.fault(errclass.Settings, nil, "answered %d: redirects are not followed, check ongoing.baseUrl", a.status)
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return k.fault(errclass.Credentials, nil, "user name or password refused (%s)", said)
	case a.status == http.StatusNotFound:
		return k.fault(errclass.Rejected, ErrNotFound, "%s", said)
	case a.status == http.StatusTooManyRequests, a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "":
		f := k.fault(errclass.Throttled, nil, "%s", said)
		f.RetryAt = retryAt(a.header, c.now())
		return f
	case a.status == http.StatusRequestTimeout, a.status >= 500:
		f := k.fault(errclass.Transient, nil, "%s", said)
		f.Uncertain = k.writes()
		return f
	case a.status >= 400:
		return k.fault(errclass.Rejected, reasonOf(said), "%s", said)
	default:
		return k.fault(errclass.Defect, nil, "%s", said)
	}
}

// unanswered is a call that got no answer, or not all of one.
func (k call) unanswered(err error) *errclass.Error {
	class, text := errclass.Transient, "the connection broke"
	var network net.Error
	switch {
	case errors.Is(err, errTooLong):
		class, text = errclass.Defect, fmt.Sprintf("the answer is longer than %d MiB", maxAnswer>>20)
	case errors.Is(err, context.Canceled):
		text = "cut short"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		text = "no answer in time"
	}
	f := k.fault(class, err, "%s", text)
	f.Uncertain = k.writes()
	return f
}

// accept takes an answer of success. A page of HTML with status 200 comes from something between us and the service,
// and so does an empty answer to a question: taken for "no data" it would end a list before its end.
func (k call) accept(a answer) *errclass.Error {
	var f *errclass.Error
	switch err := k.take(a); {
	case err == nil:
		return nil
	case errors.Is(err, errNoID):
		f = k.fault(errclass.Transient, err, "answered %d without the id", a.status)
	case len(a.body) == 0:
		f = k.fault(errclass.Transient, err, "answered %d without a body", a.status)
	case errors.Is(err, errNotJSON):
		f = k.fault(errclass.Transient, err, "answered %d with something that is not JSON", a.status)
	default:
		f = k.fault(errclass.Defect, err, "answered %d with JSON of another shape than published", a.status)
	}
	f.Uncertain = k.writes()
	return f
}

var errNotJSON = errors.New("not JSON")

func (k call) take(a answer) error {
	switch {
	case len(a.body) == 0 && k.decode == nil:
		return nil
	case !isJSON(a.header) || !json.Valid(a.body):
		return errNotJSON
	case k.decode == nil:
		return nil
	default:
		return k.decode(a.body)
	}
}

func isJSON(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && (kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json"))
}

func (k call) fault(class errclass.Class, reason error, format string, args ...any) *errclass.Error {
	f := errclass.New(class, "ongoing: "+k.operation(), format, args...)
	if k.subject != "" {
		f.Message = k.subject + ": " + f.Message
	}
	f.Err = reason
	return f
}

func reasonOf(said string) error {
	said = strings.ToLower(said)
	for _, r := range reasons {
		if strings.Contains(said, r.text) {
			return r.reason
		}
	}
	return nil
}

// retryAt reads Retry-After, seconds or an HTTP date. A date is one of the service's clock, so it is taken as a distance
// from the Date of the same answer where that is given. Zero where there is none or it makes no sense.
func retryAt(h http.Header, now time.Time) time.Time {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return now.Add(time.Duration(seconds) * time.Second)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return time.Time{}
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		return now.Add(max(0, at.Sub(sent)))
	}
	return at
}

// say words a refusal: the status and, of a write, the vendor's text, made fit for a failure record. The text about a
// read could quote anybody's record, and the one about a login the login; the status says all that is of use.
func (k call) say(a answer) string {
	said := fmt.Sprintf("answered %d", a.status)
	if !k.writes() || a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
		return said
	}
	if text := k.clean(vendorText(a)); text != "" {
		said += ": " + text
	}
	return said
}

// textNames are the fields in which the service, and the framework it is built on, put what is wrong. Matched in any
// case: {"message": …} and {"Message": …} are both seen.
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
				texts = append(texts, leaves(fields[name])...)
			}
		}
	}
	return strings.Join(texts, "; ")
}

// leaves returns the strings of a JSON value, whatever is around them: {"orderNumber": ["is too long"]}.
func leaves(raw json.RawMessage) []string {
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

// clean makes a vendor's text fit to be stored and shown. Messages of the service hold <br/>.
func (k call) clean(text string) string {
	return k.sent.Redact(tag.ReplaceAllString(text, " "))
}
