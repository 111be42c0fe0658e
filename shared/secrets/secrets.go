// Package secrets reads a customer's credentials for both systems out of AWS Secrets Manager. The secret's name is
// the prefix and the customer's id, its value a JSON document:
//
//	{ "office24": { "applicationId": "…", "username": "…", "password": "…" },
//	  "ongoing":  { "username": "WSI…", "password": "…" } }
//
// Every run of a customer reads the secret once, and nothing is cached: a function wakes every quarter of an hour,
// so that a cache whose age would let a rotated password through in time would seldom be hit. AWS's caching client
// would ask for a second right (DescribeSecret) for every secret and remember its failures, too.
//
// Reasons name the secret and the field, never a value, nor what stood in a value's place.
package secrets

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"ongoing24so/shared/errclass"
)

// Credentials are what a customer's secret holds.
type Credentials struct {
	Office24 Office24
	Ongoing  Ongoing
}

// Office24 is a login of 24SevenOffice.
type Office24 struct{ ApplicationID, Username, Password Secret }

// Ongoing is an API user of a goods owner in Ongoing WMS.
type Ongoing struct{ Username, Password Secret }

// API is what is used of the SDK's Secrets Manager client.
type API interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// A Reader reads the secrets under one prefix.
type Reader struct {
	api    API
	prefix string
}

// NewReader returns a reader of the secrets whose names start with prefix, e.g. "ongoing24so/".
func NewReader(api API, prefix string) *Reader { return &Reader{api: api, prefix: prefix} }

// Read returns the credentials of a customer. Errors are *errclass.Error: Settings where a person must act on the
// secret, else Transient.
func (r *Reader) Read(ctx context.Context, customerID string) (Credentials, error) {
	if !validID(customerID) {
		return Credentials{}, errclass.New(errclass.Settings, "secrets", "the customerId is not 1 to 40 of a-z, 0-9 and -")
	}
	name := r.prefix + customerID
	out, err := r.api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &name})
	if err != nil {
		return Credentials{}, failure(name, err)
	}
	if out.Name != nil && *out.Name != name { // a prefix that is part of an ARN is matched by its beginning
		return Credentials{}, errclass.New(errclass.Settings, "secrets", "another secret answered to the name %q; the prefix must be the beginning of a name", name)
	}
	if out.SecretString == nil {
		return Credentials{}, errclass.New(errclass.Settings, "secrets", "secret %q is binary, allowed: a JSON document as text", name)
	}
	c, err := decode(*out.SecretString)
	if err != nil {
		return Credentials{}, errclass.New(errclass.Settings, "secrets", "secret %q: %v", name, err)
	}
	return c, nil
}

// validID is checked again here, where an id becomes part of a name: "../other" or "" must never read a secret that
// is not this customer's.
func validID(id string) bool {
	return 0 < len(id) && len(id) <= 40 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// failure sorts an error of the call by what a person can do about the secret. What is not in its table is trouble of
// the service or of our own access to it, and is tried again.
func failure(name string, err error) error {
	e := &errclass.Error{Class: errclass.Transient, Op: "secretsmanager: GetSecretValue " + name, Message: "no answer", Err: err}
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

// remedy says what a person does about a code of GetSecretValue, as its API reference lists them.
func remedy(code string) (string, bool) {
	switch code {
	case "ResourceNotFoundException":
		return "there is no such secret, or it has no current value; create it as a JSON document of " + wanted, true
	case "AccessDeniedException":
		return "access is denied; the function must be allowed to read the secret and to use its KMS key", true
	case "DecryptionFailure":
		return "the secret cannot be decrypted; the function must be allowed to use its KMS key", true
	case "InvalidRequestException":
		return "the secret is marked for deletion; restore it", true
	case "InvalidParameterException", "ValidationException":
		return "the secret's name is refused; the prefix must hold letters, digits and /_+=.@- only", true
	default:
		return "", false
	}
}

const wanted = "office24 (applicationId, username, password) and ongoing (username, password)"
