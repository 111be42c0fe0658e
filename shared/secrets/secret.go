package secrets

import (
	"fmt"
	"io"
)

const redacted = "[redacted]"

// A Secret is a text that does not print: by no verb of fmt, in no log and not as JSON. It holds a pointer, so fmt
// prints no text even for an unexported field, whose methods it cannot call.
type Secret struct{ value *string }

// NewSecret wraps a text.
func NewSecret(s string) Secret { return Secret{value: &s} }

// Reveal returns the text. Call it only where the text is sent.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// String returns [redacted].
func (Secret) String() string { return redacted }

// Format writes [redacted], whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns [redacted]; JSON and slog's handlers use it.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
