package lambdaruntime

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxPayload is Lambda's limit for an answer, in bytes: 6 MB plus room for the envelope.
const maxPayload = 6291556

// api returns the handler of the Runtime API.
func (s *sandbox) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", s.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", s.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", s.failed)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", s.initFailed)
	return mux
}

// next ends the current invocation and waits for the next event before it answers.
func (s *sandbox) next(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.current != nil {
		close(s.current.done)
		s.current = nil
	}
	s.mu.Unlock()

	var in *invocation
	select {
	case in = <-s.events:
	case <-r.Context().Done():
		return
	}
	s.mu.Lock()
	s.current = in
	s.mu.Unlock()

	now := time.Now()
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", in.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(now.Add(in.timeout).UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-north-1:000000000000:function:"+s.name)
	sampled := 0
	if s.traced {
		sampled = 1
	}
	h.Set("Lambda-Runtime-Trace-Id",
		fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=%d", now.Unix(), randomHex(12), randomHex(8), sampled))
	w.Write(in.event) // an error means that the process died, which the sandbox notices by itself
}

// response accepts the function's answer.
func (s *sandbox) response(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		s.finish(r.PathValue("id"), nil, &Error{"Function.ResponseSizeTooLarge",
			fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxPayload)})
		answer(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge")
		return
	}
	if err != nil {
		return // the process died while sending
	}
	s.accept(w, s.finish(r.PathValue("id"), body, nil))
}

// failed accepts the function's error.
func (s *sandbox) failed(w http.ResponseWriter, r *http.Request) {
	failure, err := readError(r)
	if err != nil {
		return // the process died while sending
	}
	s.accept(w, s.finish(r.PathValue("id"), nil, failure))
}

// initFailed accepts the error of a function that cannot start.
func (s *sandbox) initFailed(w http.ResponseWriter, r *http.Request) {
	failure, err := readError(r)
	if err != nil {
		return // the process died while sending
	}
	s.mu.Lock()
	s.initErr = failure
	s.mu.Unlock()
	s.accept(w, true)
}

// finish stores the outcome of the current invocation. It reports false for another invocation and for a second
// outcome.
func (s *sandbox) finish(id string, payload []byte, failure *Error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil || s.current.id != id || s.current.answered {
		return false
	}
	s.current.answered, s.current.payload, s.current.failure = true, payload, failure
	return true
}

func (s *sandbox) accept(w http.ResponseWriter, ok bool) {
	if !ok {
		answer(w, http.StatusBadRequest, "InvalidRequestID")
		return
	}
	w.WriteHeader(http.StatusAccepted)
	fmt.Fprint(w, `{"status":"OK"}`)
}

func answer(w http.ResponseWriter, status int, errorType string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errorType":%q,"errorMessage":%q}`, errorType, http.StatusText(status))
}

// readError reads an error document. If the document has no type, the header names it.
func readError(r *http.Request) (*Error, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	if err != nil {
		return nil, err
	}
	failure := new(Error)
	if json.Unmarshal(body, failure) != nil {
		failure.Message = string(body)
	}
	if failure.Type == "" {
		failure.Type = r.Header.Get("Lambda-Runtime-Function-Error-Type")
	}
	return failure, nil
}

// requestID returns a random UUID.
func requestID() string {
	h := randomHex(16)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:]
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never returns an error
	return hex.EncodeToString(b)
}
