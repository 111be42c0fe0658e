// Package snstest simulates Amazon SNS for the real SDK, in the service's protocol (query, XML answers). It serves
// Publish to topics that were made, with the limits that the API reference states, and keeps what was published. It
// does not check signatures or permissions.
//
// API: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
package snstest

import (
	"context"
	"encoding/xml"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// What Publish accepts.
const (
	maxSubject = 100
	maxMessage = 256 << 10
)

// A Message is what was published.
type Message struct{ Topic, Subject, Text string }

// A Server answers on a loopback port.
type Server struct {
	// URL is the endpoint, for AWS_ENDPOINT_URL_SNS.
	URL string

	http *http.Server

	mu       sync.Mutex
	topics   []string
	messages []Message
	failing  bool
}

// Start starts a server without topics.
func Start() (*Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("snstest: %w", err)
	}
	s := &Server{URL: "http://" + listener.Addr().String()}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go s.http.Serve(listener) // returns ErrServerClosed after Close
	return s, nil
}

// Close ends the server and the requests in it.
func (s *Server) Close() error { return s.http.Close() }

// AddTopic makes a topic and returns its ARN.
func (s *Server) AddTopic(name string) string {
	arn := "arn:aws:sns:eu-north-1:000000000000:" + name
	s.mu.Lock()
	defer s.mu.Unlock()
	s.topics = append(s.topics, arn)
	return arn
}

// Fail makes the following calls fail, or not any more.
func (s *Server) Fail(failing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = failing
}

// Messages returns what was published so far.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := Message{r.PostFormValue("TopicArn"), r.PostFormValue("Subject"), r.PostFormValue("Message")}
	switch {
	case s.failing:
		fail(w, http.StatusInternalServerError, "InternalError", "try again later")
	case r.PostFormValue("Action") != "Publish" || r.PostFormValue("Version") != "2010-03-31":
		fail(w, http.StatusBadRequest, "InvalidAction", "only Publish of version 2010-03-31 is supported")
	case !slices.Contains(s.topics, m.Topic):
		fail(w, http.StatusNotFound, "NotFound", "Topic does not exist")
	case m.Text == "" || len(m.Text) > maxMessage:
		fail(w, http.StatusBadRequest, "InvalidParameter", "Invalid parameter: Message")
	case !isSubject(m.Subject):
		fail(w, http.StatusBadRequest, "InvalidParameter", "Invalid parameter: Subject")
	default:
		s.messages = append(s.messages, m)
		answer(w, http.StatusOK, struct {
			XMLName xml.Name `xml:"http://sns.amazonaws.com/doc/2010-03-31/ PublishResponse"`
			ID      string   `xml:"PublishResult>MessageId"`
			Request string   `xml:"ResponseMetadata>RequestId"`
		}{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", len(s.messages)), Request: requestID})
	}
}

// isSubject reports whether a subject is ASCII text of up to 100 characters that begins with a letter, a number or a
// punctuation mark, without line breaks and control characters. It is optional.
func isSubject(s string) bool {
	if len(s) > maxSubject || s != "" && s[0] == ' ' {
		return false
	}
	for _, c := range s {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

const requestID = "00000000-0000-4000-8000-000000000000"

func fail(w http.ResponseWriter, status int, code, message string) {
	kind := "Sender"
	if status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	answer(w, status, struct {
		XMLName xml.Name `xml:"http://sns.amazonaws.com/doc/2010-03-31/ ErrorResponse"`
		Type    string   `xml:"Error>Type"`
		Code    string   `xml:"Error>Code"`
		Message string   `xml:"Error>Message"`
		Request string   `xml:"RequestId"`
	}{Type: kind, Code: code, Message: message, Request: requestID})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(body) // an error means that the caller has gone
}
