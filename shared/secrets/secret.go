package secrets

import (
	"fmt"
	"io"
)

const redacted = "[redacted]"

// A Secret is a text that does not print: not by any verb of fmt, not in a log, not as JSON. It holds a pointer, so
// that fmt finds no text even where it looks through an unexported field and may not call a method.
type Secret struct{ value *string }

// NewSecret returns a text as a Secret.
func NewSecret(s string) Secret { return Secret{value: &s} }

// Reveal returns the text, for the one place that sends it.
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
