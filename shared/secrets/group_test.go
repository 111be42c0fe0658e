package secrets_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"ongoing24so/shared/errclass"
)

// serveBatch answers a BatchGetSecretValue: the answer "batch" if there is one, else the secrets and the errors of
// those that cannot be read.
func (m *manager) serveBatch(w http.ResponseWriter, names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, fmt.Sprintf("batch of %d", len(names)))
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	a, failed := m.answers["batch"]
	if failed {
		w.WriteHeader(a.status)
		_ = json.NewEncoder(w).Encode(map[string]any{"__type": a.code})
		return
	}
	out := struct{ SecretValues, Errors []any }{}
	for _, name := range names {
		a, ok := m.answers[name]
		switch {
		case !ok:
			a = answer{status: http.StatusBadRequest, code: "ResourceNotFoundException"}
			fallthrough
		case a.code != "":
			out.Errors = append(out.Errors, map[string]any{"SecretId": name, "ErrorCode": a.code, "Message": canary})
		default:
			value := map[string]any{"Name": name}
			maps.Copy(value, a.body)
			out.SecretValues = append(out.SecretValues, value)
		}
	}
	_ = json.NewEncoder(w).Encode(out)
}

func customers(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("customer-%02d", i)
	}
	return ids
}

func TestExpectedSecretsAreReadTwentyAtATime(t *testing.T) {
	t.Parallel()
	ids := customers(45)
	answers := map[string]answer{}
	for i, id := range ids {
		answers["ongoing24so/"+id] = text(strings.Replace(document, `"p2"`, fmt.Sprintf(`"password %d"`, i), 1))
	}
	m := newManager(t, answers)
	r := m.reader()
	r.Expect(ids)
	for i, id := range ids {
		got, err := r.Read(t.Context(), id)
		if err != nil || got.Ongoing.Password.Reveal() != fmt.Sprint("password ", i) {
			t.Errorf("%s: got %v, %v", id, got.Ongoing.Password.Reveal(), err)
		}
	}
	if asked := fmt.Sprint(m.names()); asked != "[batch of 20 batch of 20 batch of 5]" {
		t.Errorf("asked for %s", asked)
	}
	if _, err := r.Read(t.Context(), ids[3]); err != nil {
		t.Error(err)
	}
	if asked := m.names(); asked[len(asked)-1] != "ongoing24so/"+ids[3] {
		t.Errorf("the second read of a secret did not ask for it: %v", asked)
	}
}

// What is wrong with a secret is told to its own customer, in the words of a read of that secret alone.
func TestTroubleOfOneSecretStaysItsOwn(t *testing.T) {
	t.Parallel()
	m := newManager(t, map[string]answer{
		"ongoing24so/good": text(document), "ongoing24so/other": text(document), "ongoing24so/broken": text("hunter2"),
		"ongoing24so/denied": {status: http.StatusBadRequest, code: "AccessDeniedException"},
		"ongoing24so/binary": {body: map[string]any{"SecretBinary": []byte(document)}},
	})
	r := m.reader()
	ids := []string{"good", "missing", "denied", "broken", "binary", "other", "../root"}
	r.Expect(ids)
	for _, id := range ids {
		got, err := r.Read(t.Context(), id)
		switch id {
		case "good", "other":
			if err != nil || got.Ongoing.Username.Reveal() != "WSIacme" {
				t.Errorf("%s: %v", id, err)
			}
		case "missing":
			check(t, got, err, errclass.Settings,
				"secretsmanager: GetSecretValue ongoing24so/missing: there is no such secret")
		case "denied":
			check(t, got, err, errclass.Settings, "secretsmanager: GetSecretValue ongoing24so/denied: access is denied")
		case "broken":
			check(t, got, err, errclass.Settings, `secrets: secret "ongoing24so/broken": the document must be`)
		case "binary":
			check(t, got, err, errclass.Settings, `secrets: secret "ongoing24so/binary" is binary`)
		default:
			check(t, got, err, errclass.Settings, "secrets: the customerId is not valid")
		}
	}
	want := "[batch of 6 ongoing24so/missing ongoing24so/denied]"
	if asked := fmt.Sprint(m.names()); asked != want {
		t.Errorf("asked for %s, want %s", asked, want)
	}
}

// A function whose role does not have the right to read many, or a call that fails, reads each secret by itself.
func TestEachSecretIsReadAloneIfReadingManyFails(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"AccessDeniedException", "ThrottlingException", "InternalServiceError"} {
		m := newManager(t, map[string]answer{
			"batch":            {status: http.StatusBadRequest, code: code},
			"ongoing24so/acme": text(document), "ongoing24so/bolt": text(document),
		})
		r := m.reader()
		r.Expect([]string{"acme", "bolt"})
		for _, id := range []string{"acme", "bolt"} {
			if _, err := r.Read(t.Context(), id); err != nil {
				t.Errorf("%s: %s: %v", code, id, err)
			}
		}
		if asked := fmt.Sprint(m.names()); asked != "[batch of 2 ongoing24so/acme ongoing24so/bolt]" {
			t.Errorf("%s: asked for %s", code, asked)
		}
	}
}

// A group that nobody has asked for yet is read when it is asked for; what was expected in an earlier invocation is
// forgotten.
func TestSecretChangedBetweenInvocationsIsSeen(t *testing.T) {
	t.Parallel()
	m := newManager(t, map[string]answer{"ongoing24so/acme": text(document), "ongoing24so/bolt": text(document)})
	r := m.reader()
	ids := []string{"acme", "bolt"}
	r.Expect(ids)
	if _, err := r.Read(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	for _, id := range ids {
		m.answers["ongoing24so/"+id] = text(strings.Replace(document, `"p2"`, `"rotated"`, 1))
	}
	m.mu.Unlock()
	r.Expect(ids)
	for _, id := range ids {
		got, err := r.Read(t.Context(), id)
		if err != nil || got.Ongoing.Password.Reveal() != "rotated" {
			t.Errorf("%s: the old password is still used (%v)", id, err)
		}
	}
}
