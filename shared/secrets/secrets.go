// Package secrets reads a customer's credentials for both systems from AWS Secrets Manager. The secret's name is a
// prefix and the customer's id. Its value is a JSON document:
//
//	{ "office24": { "applicationId": "…", "username": "…", "password": "…" },
//	  "ongoing":  { "username": "WSI…", "password": "…" } }
//
// Each customer run reads the secret once, so a changed secret counts in the next run. Secrets Manager charges by the
// call, so the secrets of an invocation's customers are read 20 at a time: when the first one of a group is asked for.
// Between then and their own run, credentials are kept as a Secret, and handed out once.
//
// Nothing is kept for the next invocation. It would save little (at 20 secrets a call, an hour's cache takes 540 of 720
// calls from what a customer's five processes need in a month, less than half a cent), it would work only while Lambda
// keeps the function, and a password that was replaced because it leaked would be in use, and in memory, for longer.
//
// Errors name the secret and the field. They never quote a value or an unknown field's name.
package secrets

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"ongoing24so/shared/errclass"
)

// Credentials are the content of a customer's secret.
type Credentials struct {
	Office24 Office24
	Ongoing  Ongoing
}

// Office24 is a login of 24SevenOffice.
type Office24 struct{ ApplicationID, Username, Password Secret }

// Ongoing is an API user of a goods owner in Ongoing WMS.
type Ongoing struct{ Username, Password Secret }

// Fingerprint changes whenever one of the credentials does. It is keyed with the application id, so that nobody who
// reads it can try passwords against it.
func (c Credentials) Fingerprint() string {
	mac := hmac.New(sha256.New, []byte(c.Office24.ApplicationID.Reveal()))
	for _, s := range []Secret{c.Office24.Username, c.Office24.Password, c.Ongoing.Username, c.Ongoing.Password} {
		fmt.Fprintf(mac, "%d:%s", len(s.Reveal()), s.Reveal())
	}
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// API is the part of the SDK's Secrets Manager client that the package uses.
type API interface {
	GetSecretValue(
		context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options),
	) (*secretsmanager.GetSecretValueOutput, error)
	BatchGetSecretValue(
		context.Context, *secretsmanager.BatchGetSecretValueInput, ...func(*secretsmanager.Options),
	) (*secretsmanager.BatchGetSecretValueOutput, error)
}

// A Reader reads the secrets under one prefix. It is safe for concurrent use.
type Reader struct {
	api    API
	prefix string

	mu       sync.Mutex
	expected map[string]*group // by customer
}

// NewReader returns a reader of the secrets whose names start with prefix, e.g. "ongoing24so/".
func NewReader(api API, prefix string) *Reader { return &Reader{api: api, prefix: prefix} }

// Name returns the name of a customer's secret.
func (r *Reader) Name(customerID string) string { return r.prefix + customerID }

// Read returns the credentials of a customer. Errors are *errclass.Error, of class Settings if a person must change the
// secret or the permissions, else Transient.
func (r *Reader) Read(ctx context.Context, customerID string) (Credentials, error) {
	if !validID(customerID) {
		return Credentials{}, refused("the customerId is not valid, allowed: 1 to 40 of a-z, 0-9 and -")
	}
	if c, ok, err := r.readExpected(ctx, customerID); ok {
		return c, err
	}
	name := r.Name(customerID)
	out, err := r.api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &name})
	if err != nil {
		return Credentials{}, classified(name, err)
	}
	if out.Name != nil && *out.Name != name { // AWS accepts a partial ARN, so the prefix of an ARN finds other secrets
		return Credentials{}, refused("%q found another secret; the prefix must be the beginning of a name", name)
	}
	return read(name, out.SecretString)
}

// read reads the value of a secret.
func read(name string, value *string) (Credentials, error) {
	if value == nil {
		return Credentials{}, refused("secret %q is binary, allowed: a JSON document as text", name)
	}
	c, err := decode(*value)
	if err != nil {
		return Credentials{}, refused("secret %q: %v", name, err)
	}
	return c, nil
}

// refused returns an error that blocks the customer until a person changes the settings or the secret.
func refused(format string, args ...any) error {
	return errclass.New(errclass.Settings, "secrets", format, args...)
}

// validID checks an id again where it becomes part of a name: "../other" or "" must never read another secret than this
// customer's.
func validID(id string) bool {
	return 0 < len(id) && len(id) <= 40 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// classified gives a class to the error of a call: Settings if there is a remedy. Any other error comes from the
// service or from our own access to it, and the next run tries again.
func classified(name string, err error) error {
	e := &errclass.Error{
		Class: errclass.Transient, Op: "secretsmanager: GetSecretValue " + name, Message: "no answer", Err: err,
	}
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return e
	}
	e.Message = answer.ErrorCode()
	if act, ok := remedy(answer.ErrorCode()); ok {
		e.Class, e.Message = errclass.Settings, act
	}
	return e
}

// remedy says what a person can do about an error code of GetSecretValue (API reference, GetSecretValue).
func remedy(code string) (string, bool) {
	switch code {
	case "ResourceNotFoundException":
		return "there is no such secret, or it has no current value; create it as a JSON document with " + content, true
	case "AccessDeniedException":
		return "access is denied; the function must be allowed to read the secret and to use its KMS key", true
	case "DecryptionFailure":
		return "the secret cannot be decrypted; the function must be allowed to use its KMS key", true
	case "InvalidRequestException":
		return "the secret is marked for deletion; restore it", true
	case "InvalidParameterException", "ValidationException":
		return "the secret's name is refused; the prefix can have letters, digits and /_+=.@- only", true
	default:
		return "", false
	}
}

const content = "office24 (applicationId, username, password) and ongoing (username, password)"
