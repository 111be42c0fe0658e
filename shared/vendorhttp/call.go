package vendorhttp

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"ongoing24so/shared/errclass"
)

// A Call is one HTTP exchange with a vendor, for metrics and traces. Each attempt of a repeated call is one.
type Call struct {
	// Operation names the call: "GetProducts" at 24SevenOffice, "PUT /orders" or "GET /orders/{orderId}" at Ongoing.
	Operation string
	// Status is the HTTP status, 0 if no answer came.
	Status int
	// Duration is the time spent waiting for the service.
	Duration time.Duration
	// Throttled reports that the service asked for a pause.
	Throttled bool
	// Class is empty if the call succeeded.
	Class errclass.Class
}

// NewCall describes an exchange that ended with an error, nil if it succeeded.
func NewCall(operation string, status int, took time.Duration, failure *errclass.Error) Call {
	call := Call{Operation: operation, Status: status, Duration: took}
	if failure != nil {
		call.Class, call.Throttled = failure.Class, failure.Class == errclass.Throttled
	}
	return call
}

// SecretName names the secret that credentials are from, in messages; the name can be unknown.
func SecretName(name string) string {
	if name == "" {
		return "the customer's secret"
	}
	return fmt.Sprintf("the secret %q", name)
}

const redacted = "[redacted]"

// Redacted makes a struct that embeds it print as [redacted] under fmt, log/slog and encoding/json.
type Redacted struct{}

func (Redacted) String() string               { return redacted }
func (Redacted) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }
func (Redacted) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Redacted) MarshalText() ([]byte, error) { return []byte(redacted), nil }
