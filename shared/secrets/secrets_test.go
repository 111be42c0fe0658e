package secrets_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/secrets"
)

// A manager simulates the GetSecretValue of Secrets Manager in the protocol awsJson 1.1.
type manager struct {
	URL string

	mu      sync.Mutex
	answers map[string]answer // by name
	asked   []string
}

// An answer is a body, or a status with an error code.
type answer struct {
	body   map[string]any
	status int
	code   string
}

func text(s string) answer { return answer{body: map[string]any{"SecretString": s}} }

func newManager(t *testing.T, answers map[string]answer) *manager {
	t.Helper()
	m := &manager{answers: answers}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	m.URL = server.URL
	return m
}

func (m *manager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		SecretId     string
		SecretIdList []string
	}
	err := json.NewDecoder(r.Body).Decode(&in)
	if err == nil && r.Header.Get("X-Amz-Target") == "secretsmanager.BatchGetSecretValue" {
		m.serveBatch(w, in.SecretIdList)
		return
	}
	if err != nil || r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" {
		http.Error(w, "not a GetSecretValue", http.StatusNotImplemented)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, in.SecretId)
	a, ok := m.answers[in.SecretId]
	if !ok {
		a = answer{status: http.StatusBadRequest, code: "ResourceNotFoundException"}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if a.code != "" {
		w.WriteHeader(a.status)
		a.body = map[string]any{"__type": a.code, "message": "the vendor's words with " + canary}
	} else if a.body["Name"] == nil {
		a.body["Name"] = in.SecretId
	}
	if err := json.NewEncoder(w).Encode(a.body); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (m *manager) names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.asked...)
}

// reader returns a reader of the simulated Secrets Manager. It does not retry, so no test waits.
func (m *manager) reader() *secrets.Reader {
	return secrets.NewReader(secretsmanager.New(secretsmanager.Options{
		BaseEndpoint: &m.URL, Region: "eu-north-1", Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	}), "ongoing24so/")
}

const document = `{
	"office24": {
		"applicationId": "7e1f0d00-1111-4222-8333-000000000001", "username": "kari@acme.example",
		"password": "p1 æøå \" \u00e9"
	},
	"ongoing": { "username": "WSIacme", "password": "p2" }
}`

// Editors on Windows put a byte order mark before the document.
func TestReadReturnsTheCustomersCredentials(t *testing.T) {
	t.Parallel()
	for name, stored := range map[string]string{"as it is": document, "with a byte order mark": "\ufeff" + document} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			readsCredentials(t, stored)
		})
	}
}

func readsCredentials(t *testing.T, stored string) {
	t.Helper()
	m := newManager(t, map[string]answer{"ongoing24so/acme": text(stored), "ongoing24so/other": text("{}")})
	got, err := m.reader().Read(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []struct {
		name, want string
		got        secrets.Secret
	}{
		{"office24.applicationId", "7e1f0d00-1111-4222-8333-000000000001", got.Office24.ApplicationID},
		{"office24.username", "kari@acme.example", got.Office24.Username},
		{"office24.password", `p1 æøå " é`, got.Office24.Password},
		{"ongoing.username", "WSIacme", got.Ongoing.Username},
		{"ongoing.password", "p2", got.Ongoing.Password},
	} {
		if field.got.Reveal() != field.want {
			t.Errorf("%s: got %q, want %q", field.name, field.got.Reveal(), field.want)
		}
	}
	if asked := m.names(); len(asked) != 1 || asked[0] != "ongoing24so/acme" {
		t.Errorf("asked for %q", asked)
	}
}

// TestReadUsesTheEndpointInTheEnvironment because the rehearsal of the stack sets it; the SDK reads it.
func TestReadUsesTheEndpointInTheEnvironment(t *testing.T) {
	m := newManager(t, map[string]answer{"ongoing24so/acme": text(document)})
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": m.URL, "AWS_REGION": "eu-north-1",
		"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := secrets.NewReader(secretsmanager.NewFromConfig(cfg), "ongoing24so/").Read(t.Context(), "acme")
	if err != nil || got.Ongoing.Username.Reveal() != "WSIacme" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestRotatedSecretIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	m := newManager(t, map[string]answer{"ongoing24so/acme": text(document)})
	r := m.reader()
	if _, err := r.Read(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	m.answers["ongoing24so/acme"] = text(strings.Replace(document, `"p2"`, `"rotated"`, 1))
	m.mu.Unlock()
	got, err := r.Read(t.Context(), "acme")
	if err != nil || got.Ongoing.Password.Reveal() != "rotated" {
		t.Errorf("the old password is still used (%v)", err)
	}
}

func TestWrongDocumentIsRefused(t *testing.T) {
	t.Parallel()
	const (
		office24 = `"office24":{"applicationId":"hunter2","username":"hunter2","password":"hunter2"}`
		ongoing  = `"ongoing":{"username":"hunter2","password":"hunter2"}`
		whole    = `the document must be one JSON object of office24, ongoing`
	)
	tests := []struct{ why, document, reason string }{
		{why: "empty", document: ``, reason: whole},
		{why: "not JSON", document: `hunter2`, reason: whole},
		{why: "a text", document: `"hunter2"`, reason: whole},
		{why: "null", document: `null`, reason: whole},
		{why: "a list", document: `[{` + office24 + `,` + ongoing + `}]`, reason: whole},
		{why: "cut off", document: `{` + office24 + `,`, reason: whole},
		{why: "cut off in a value", document: `{` + office24 + `,"ongoing":{"username":"hunter2`, reason: whole},
		{why: "text after the document", document: `{` + office24 + `,` + ongoing + `} hunter2`, reason: whole},
		{why: "a second document", document: `{` + office24 + `,` + ongoing + `}{}`, reason: whole},
		{why: "a comma is missing", document: `{` + office24 + ongoing + `}`, reason: whole},
		{why: "a system is missing", document: `{` + office24 + `}`, reason: `ongoing is missing`},
		{
			why:      "a third system",
			document: `{` + office24 + `,` + ongoing + `,"hunter2":{}}`,
			reason:   `the document has an unknown field, allowed: office24, ongoing`,
		},
		{
			why:      "a system twice",
			document: `{` + office24 + `,` + ongoing + `,` + ongoing + `}`,
			reason:   `ongoing occurs twice, allowed: once`,
		},
		{
			why:      "a name in another case",
			document: `{` + office24 + `,"Ongoing":{}}`,
			reason:   `the document has an unknown field, allowed: office24, ongoing`,
		},
		{
			why:      "a system is null",
			document: `{` + office24 + `,"ongoing":null}`,
			reason:   `ongoing must be one JSON object of password, username`,
		},
		{
			why:      "a system is a text",
			document: `{"office24":"hunter2",` + ongoing + `}`,
			reason:   `office24 must be one JSON object of applicationId, password, username`,
		},
		{
			why:      "a field is missing",
			document: `{"office24":{"applicationId":"x","username":"hunter2"},` + ongoing + `}`,
			reason:   `office24.password is missing`,
		},
		{
			why:      "a field is empty",
			document: `{` + office24 + `,"ongoing":{"username":"hunter2","password":""}}`,
			reason:   `ongoing.password must be a text that is not empty`,
		},
		{
			why:      "a field is blank",
			document: `{` + office24 + `,"ongoing":{"username":" ","password":"hunter2"}}`,
			reason:   `ongoing.username must be a text that is not empty`,
		},
		{
			why:      "a field is null",
			document: `{` + office24 + `,"ongoing":{"username":null,"password":"hunter2"}}`,
			reason:   `ongoing.username must be a text that is not empty`,
		},
		{
			why:      "a field is a number",
			document: `{"office24":{"applicationId":7,"username":"x","password":"hunter2"},` + ongoing + `}`,
			reason:   `office24.applicationId must be a text that is not empty`,
		},
		{
			why:      "a field is unknown",
			document: `{` + office24 + `,"ongoing":{"username":"x","password":"x","hunter2":"x"}}`,
			reason:   `ongoing has an unknown field, allowed: password, username`,
		},
		{
			why:      "a field twice",
			document: `{` + office24 + `,"ongoing":{"username":"x","password":"hunter2","password":"hunter2"}}`,
			reason:   `ongoing.password occurs twice, allowed: once`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			m := newManager(t, map[string]answer{"ongoing24so/acme": text(tt.document)})
			got, err := m.reader().Read(t.Context(), "acme")
			check(t, got, err, errclass.Settings, `secrets: secret "ongoing24so/acme": `+tt.reason)
		})
	}
}

func TestErrorSaysWhatAPersonCanDo(t *testing.T) {
	t.Parallel()
	const call = "secretsmanager: GetSecretValue ongoing24so/acme: "
	tests := []struct {
		why    string
		answer answer
		class  errclass.Class
		reason string
	}{
		{
			why:    "the secret does not exist",
			answer: answer{status: 400, code: "ResourceNotFoundException"},
			class:  errclass.Settings,
			reason: call + "there is no such secret, or it has no current value; create it as a JSON document with " +
				"office24 (applicationId, username, password) and ongoing (username, password)",
		},
		{
			why:    "the function has no access",
			answer: answer{status: 400, code: "AccessDeniedException"},
			class:  errclass.Settings,
			reason: call + "access is denied; the function must be allowed to read the secret and to use its KMS key",
		},
		{
			why:    "the function has no access to the key",
			answer: answer{status: 400, code: "DecryptionFailure"},
			class:  errclass.Settings,
			reason: call + "the secret cannot be decrypted; the function must be allowed to use its KMS key",
		},
		{
			why:    "the secret is marked for deletion",
			answer: answer{status: 400, code: "InvalidRequestException"},
			class:  errclass.Settings,
			reason: call + "the secret is marked for deletion; restore it",
		},
		{
			why:    "the prefix is not valid in a name",
			answer: answer{status: 400, code: "ValidationException"},
			class:  errclass.Settings,
			reason: call + "the secret's name is refused; the prefix can have letters, digits and /_+=.@- only",
		},
		{
			why:    "the service throttles",
			answer: answer{status: 400, code: "ThrottlingException"},
			class:  errclass.Transient,
			reason: call + "ThrottlingException",
		},
		{
			why:    "the service fails",
			answer: answer{status: 500, code: "InternalServiceError"},
			class:  errclass.Transient,
			reason: call + "InternalServiceError",
		},
		{
			why:    "our own token has expired",
			answer: answer{status: 400, code: "ExpiredTokenException"},
			class:  errclass.Transient,
			reason: call + "ExpiredTokenException",
		},
		{
			why:    "the secret is binary",
			answer: answer{body: map[string]any{"SecretBinary": []byte(document)}},
			class:  errclass.Settings,
			reason: `secrets: secret "ongoing24so/acme" is binary, allowed: a JSON document as text`,
		},
		{
			why:    "the answer is another secret",
			answer: answer{body: map[string]any{"Name": "ongoing24so/acme-2", "SecretString": document}},
			class:  errclass.Settings,
			reason: `secrets: "ongoing24so/acme" found another secret; `,
		},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			m := newManager(t, map[string]answer{"ongoing24so/acme": tt.answer})
			got, err := m.reader().Read(t.Context(), "acme")
			check(t, got, err, tt.class, tt.reason)
		})
	}
}

func TestNoAnswerIsTransient(t *testing.T) {
	t.Parallel()
	m := newManager(t, nil)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := m.reader().Read(cancelled, "acme")
	check(t, got, err, errclass.Transient, "secretsmanager: GetSecretValue ongoing24so/acme: no answer")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestInvalidIDsAreNeverAskedFor(t *testing.T) {
	t.Parallel()
	m := newManager(t, nil)
	for why, id := range map[string]string{
		"empty": "", "a path": "../root", "a folder": "a/b", "capital letters": "ACME",
		"an ARN": "arn:aws:secretsmanager", "a space": "acme ",
		"a star": "*", "too long": strings.Repeat("a", 41), "another alphabet": "аcme",
	} {
		got, err := m.reader().Read(t.Context(), id)
		check(t, got, err, errclass.Settings,
			"secrets: the customerId is not valid, allowed: 1 to 40 of a-z, 0-9 and -")
		if asked := m.names(); len(asked) > 0 {
			t.Fatalf("%s: asked for %q", why, asked)
		}
	}
}

func TestThrottledReadIsRetriedByTheSDK(t *testing.T) {
	t.Parallel()
	m := newManager(t, map[string]answer{"ongoing24so/acme": {status: 400, code: "ThrottlingException"}})
	client := secretsmanager.New(secretsmanager.Options{
		BaseEndpoint: &m.URL, Region: "eu-north-1",
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (delay time.Duration, err error) {
				m.mu.Lock()
				defer m.mu.Unlock()
				m.answers["ongoing24so/acme"] = text(document) // for the second attempt
				return 0, nil
			})
		}),
	})
	if _, err := secrets.NewReader(client, "ongoing24so/").Read(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
}

// check compares an error with its class and the beginning of its text, and makes sure that it has no credentials.
func check(t *testing.T, got secrets.Credentials, err error, class errclass.Class, reason string) {
	t.Helper()
	if !errclass.Is(err, class) {
		t.Fatalf("got %v of class %s, want class %s", err, errclass.Of(err), class)
	}
	if !strings.HasPrefix(err.Error(), reason) {
		t.Errorf("got  %s\nwant %s", err, reason)
	}
	if strings.Contains(err.Error(), canary) {
		t.Errorf("the error contains a secret: %s", err)
	}
	if got != (secrets.Credentials{}) {
		t.Error("credentials are returned with an error")
	}
}

func TestCheckDemandsAnApplicationIDThatIsAGUID(t *testing.T) {
	t.Parallel()
	const guid = "1b0c5a52-1111-4222-8333-0000000000AA"
	for id, right := range map[string]bool{
		guid: true, canary: false, "{" + guid + "}": false, guid + "\n": false,
		strings.ReplaceAll(guid, "-", ""): false,
	} {
		var d secrets.Document
		d.Office24.ApplicationID, d.Office24.Username, d.Office24.Password = id, "x", canary
		d.Ongoing.Username, d.Ongoing.Password = "x", canary
		err := secrets.Check(d.Text())
		if right && err != nil {
			t.Errorf("%q: %v", id, err)
		}
		if !right {
			check(t, secrets.Credentials{}, err, errclass.Settings, "secrets: the secret: office24.applicationId "+
				"must be a GUID such as 7e1f0d00-1111-4222-8333-0000000000bb")
		}
	}
}
