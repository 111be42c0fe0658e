// Package secretstore simulates AWS Secrets Manager for the real SDK, in the service's protocol (JSON 1.1 over HTTP).
// It serves GetSecretValue and BatchGetSecretValue, the calls that the functions make, and ListSecrets, DescribeSecret,
// CreateSecret, PutSecretValue and DeleteSecret, with which an operator manages secrets. It keeps secrets in memory,
// deletes them at once, and checks neither signatures nor permissions.
//
// API: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html
package secretstore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Failures of Secrets Manager, for Server.Fail.
var (
	AccessDenied = Failure{
		Status: http.StatusBadRequest, Type: "AccessDeniedException",
		Message: "User is not authorized to perform: secretsmanager:GetSecretValue",
	}
	Throttled = Failure{
		Status: http.StatusBadRequest, Type: "ThrottlingException",
		Message: "Rate exceeded",
	}
	InternalError = Failure{
		Status: http.StatusInternalServerError, Type: "InternalServiceError",
		Message: "An error occurred on the server side.",
	}
	notFound = Failure{
		Status: http.StatusBadRequest, Type: "ResourceNotFoundException",
		Message: "Secrets Manager can't find the specified secret.",
	}
	unknownAction = Failure{
		Status: http.StatusBadRequest, Type: "UnknownOperationException",
		Message: "only GetSecretValue, BatchGetSecretValue, ListSecrets, DescribeSecret, CreateSecret, " +
			"PutSecretValue and DeleteSecret are supported",
	}
	exists = Failure{
		Status: http.StatusBadRequest, Type: "ResourceExistsException",
		Message: "The operation failed because the secret already exists.",
	}
	invalidRequest = Failure{
		Status: http.StatusBadRequest, Type: "InvalidParameterException",
		Message: "SecretId is missing",
	}
)

// A Failure is an error answer of the service.
type Failure struct {
	Status int
	// Type is the name of the service's exception, e.g. ThrottlingException.
	Type    string
	Message string
}

// A Server keeps secrets and answers on a loopback port.
type Server struct {
	// URL is the endpoint, for AWS_ENDPOINT_URL_SECRETS_MANAGER.
	URL string

	http *http.Server

	mu      sync.Mutex
	secrets map[string]string
	reads   map[string]int
	calls   int
	fail    func(name string) *Failure
}

// Start starts an empty server.
func Start() (*Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("secretstore: %w", err)
	}
	s := &Server{URL: "http://" + listener.Addr().String(), secrets: map[string]string{}, reads: map[string]int{}}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go s.http.Serve(listener) // returns ErrServerClosed after Close
	return s, nil
}

// Close ends the server and the requests in it.
func (s *Server) Close() error { return s.http.Close() }

// Put creates or replaces a secret.
func (s *Server) Put(name, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[name] = value
}

// Delete removes a secret.
func (s *Server) Delete(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.secrets, name)
}

// Fail makes calls fail: choose returns the failure for a secret, or nil to return the secret. A nil choose ends it.
func (s *Server) Fail(choose func(name string) *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = choose
}

// Calls returns the number of calls, however many secrets they read.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// Reads returns how often a secret was asked for, failed calls included.
func (s *Server) Reads(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads[name]
}

// maxBatch is the largest number of secrets that one call can name.
const maxBatch = 20

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.calls++
	s.mu.Unlock()
	var in struct {
		SecretId, Name, SecretString string
		SecretIdList                 []string
	}
	err := json.NewDecoder(r.Body).Decode(&in)
	if err == nil && r.Header.Get("X-Amz-Target") == "secretsmanager.ListSecrets" {
		s.list(w)
		return
	}
	if err != nil || in.SecretId+in.Name == "" && len(in.SecretIdList) == 0 {
		invalidRequest.write(w)
		return
	}
	name, value := cmp.Or(in.SecretId, in.Name), in.SecretString
	var failure *Failure
	switch r.Header.Get("X-Amz-Target") {
	case "secretsmanager.BatchGetSecretValue":
		if len(in.SecretIdList) == 0 || len(in.SecretIdList) > maxBatch {
			invalidRequest.write(w)
		} else {
			s.batch(w, in.SecretIdList)
		}
		return
	case "secretsmanager.GetSecretValue":
		value, failure = s.get(name)
	case "secretsmanager.DescribeSecret":
		_, failure = s.get(name)
	case "secretsmanager.CreateSecret":
		failure = s.store(name, value, false)
	case "secretsmanager.PutSecretValue":
		failure = s.store(name, value, true)
	case "secretsmanager.DeleteSecret":
		if _, failure = s.get(name); failure == nil {
			s.Delete(name)
		}
	default:
		failure = &unknownAction
	}
	if failure != nil {
		failure.write(w)
		return
	}
	write(w, http.StatusOK, entry(name, value))
}

// batch answers with the secrets that it finds and the errors of the others. A failure that concerns the service fails
// the whole call.
func (s *Server) batch(w http.ResponseWriter, names []string) {
	values, failures := []any{}, []any{}
	for _, name := range names {
		value, failure := s.get(name)
		switch {
		case failure == nil:
			values = append(values, entry(name, value))
		case failure == &notFound, failure.Type == AccessDenied.Type:
			failures = append(failures, map[string]any{
				"SecretId": name, "ErrorCode": failure.Type, "Message": failure.Message,
			})
		default:
			failure.write(w)
			return
		}
	}
	write(w, http.StatusOK, map[string]any{"SecretValues": values, "Errors": failures})
}

// list answers with all names, on one page.
func (s *Server) list(w http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries := []any{}
	for _, name := range slices.Sorted(maps.Keys(s.secrets)) {
		entries = append(entries, map[string]any{"ARN": arn(name), "Name": name})
	}
	write(w, http.StatusOK, map[string]any{"SecretList": entries})
}

func arn(name string) string {
	return "arn:aws:secretsmanager:eu-north-1:000000000000:secret:" + name + "-local0"
}

func entry(name, value string) map[string]any {
	return map[string]any{
		"ARN":           arn(name),
		"Name":          name,
		"VersionId":     "00000000-0000-4000-8000-000000000000",
		"VersionStages": []string{"AWSCURRENT"},
		"SecretString":  value,
	}
}

// store writes a secret that has to exist already, or must not.
func (s *Server) store(name, value string, replace bool) *Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch _, found := s.secrets[name]; {
	case found && !replace:
		return &exists
	case !found && replace:
		return &notFound
	}
	s.secrets[name] = value
	return nil
}

func (s *Server) get(name string) (string, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads[name]++
	if s.fail != nil {
		if failure := s.fail(name); failure != nil {
			return "", failure
		}
	}
	value, ok := s.secrets[name]
	if !ok {
		return "", &notFound
	}
	return value, nil
}

func (f *Failure) write(w http.ResponseWriter) {
	write(w, f.Status, map[string]any{"__type": f.Type, "Message": f.Message})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // an error means that the caller has gone
}
