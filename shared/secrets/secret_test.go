package secrets_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"ongoing24so/shared/secrets"
)

// canary is a secret that only Reveal must return. hexadecimal is how %x and %X would print it.
const (
	canary      = "hunter2"
	hexadecimal = "68756e74657232"
)

// holder has a secret in an unexported field, whose methods fmt cannot call.
type holder struct {
	Exported secrets.Secret
	hidden   secrets.Secret
	Deep     []map[string]secrets.Secret
}

func printed(t *testing.T, v any) string {
	t.Helper()
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10.3s", "%p"} {
		fmt.Fprintf(&out, verb+"\n", v)
	}
	fmt.Fprintln(&out, v, fmt.Errorf("wrapped: %v", v), errors.New(fmt.Sprint(v)))
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(handler).With("with", v).Info(fmt.Sprint(v), "value", v, slog.Group("group", "inside", v))
	}
	if encoded, err := json.Marshal(v); err == nil {
		out.Write(encoded)
	}
	if encoded, err := xml.Marshal(v); err == nil {
		out.Write(encoded)
	}
	return out.String()
}

func TestSecretDoesNotPrint(t *testing.T) {
	t.Parallel()
	s := secrets.NewSecret(canary)
	h := holder{Exported: s, hidden: s, Deep: []map[string]secrets.Secret{{"x": s}}}
	credentials := secrets.Credentials{
		Office24: secrets.Office24{ApplicationID: s, Username: s, Password: s},
		Ongoing:  secrets.Ongoing{Username: s, Password: s},
	}
	for name, v := range map[string]any{
		"value": s, "pointer": &s, "struct": h, "pointer to struct": &h,
		"slice": []secrets.Secret{s}, "credentials": credentials,
	} {
		out := printed(t, v)
		if strings.Contains(out, canary) || strings.Contains(strings.ToLower(out), hexadecimal) {
			t.Errorf("%s prints its secret:\n%s", name, out)
		}
		if !strings.Contains(out, "[redacted]") {
			t.Errorf("%s does not print [redacted]:\n%s", name, out)
		}
	}
	if got := s.Reveal(); got != canary {
		t.Errorf("Reveal: %q", got)
	}
}

func TestSecretIsRedactedAsText(t *testing.T) {
	t.Parallel()
	var buffer bytes.Buffer
	if err := json.NewEncoder(&buffer).Encode(map[string]any{"password": secrets.NewSecret(canary)}); err != nil {
		t.Fatal(err)
	}
	if got, want := buffer.String(), "{\"password\":\"[redacted]\"}\n"; got != want {
		t.Errorf("JSON: %s", got)
	}
	if got := secrets.NewSecret(canary).String(); got != "[redacted]" {
		t.Errorf("String: %s", got)
	}
	if got := (secrets.Secret{}).Reveal(); got != "" {
		t.Errorf("the zero value reveals %q", got)
	}
}
