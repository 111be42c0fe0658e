package lambdaruntime

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// InvokeAPI returns a handler of Lambda's Invoke API for functions by name, so that AWS tools can invoke them. Every
// invocation is synchronous.
//
// API: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func InvokeAPI(functions map[string]*Function, timeout time.Duration) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", func(w http.ResponseWriter, r *http.Request) {
		f := functions[r.PathValue("name")]
		if f == nil {
			w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException")
			answer(w, http.StatusNotFound, "ResourceNotFoundException")
			return
		}
		event, err := io.ReadAll(io.LimitReader(r.Body, maxPayload))
		if err != nil {
			return // the caller has gone
		}
		if len(event) == 0 {
			event = []byte("{}")
		}
		if !json.Valid(event) {
			w.Header().Set("X-Amzn-Errortype", "InvalidRequestContentException")
			answer(w, http.StatusBadRequest, "InvalidRequestContentException")
			return
		}
		result, err := f.Invoke(r.Context(), json.RawMessage(event), timeout)
		writeResult(w, result, err)
	})
	return mux
}

func writeResult(w http.ResponseWriter, a Answer, err error) {
	failure, failed := errors.AsType[*Error](err)
	switch {
	case failed:
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		_ = json.NewEncoder(w).Encode(failure) // an error means that the caller has gone
	case err != nil:
		answer(w, http.StatusInternalServerError, "ServiceException")
	default:
		w.Write(a.Payload)
	}
}
