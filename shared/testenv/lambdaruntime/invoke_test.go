package lambdaruntime_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ongoing24so/shared/testenv/lambdaruntime"
)

func TestInvokeAPIAnswersAsLambdaDoes(t *testing.T) {
	t.Parallel()
	functions := map[string]*lambdaruntime.Function{"sample": newFunction(t, nil)}
	api := httptest.NewServer(lambdaruntime.InvokeAPI(functions, timeout))
	t.Cleanup(api.Close)
	for _, tc := range []struct {
		name, function, event, want, why string
		status                           int
		failed                           bool
	}{
		{name: "answer", function: "sample", event: `{"Do":"echo","Text":"blåbær"}`, status: 200, want: "blåbær",
			why: "the function's answer is returned unchanged"},
		{name: "no event", function: "sample", status: 200, want: "sample", why: "the event is optional"},
		{name: "failure", function: "sample", event: `{"Do":"fail","Text":"no way"}`, status: 200, failed: true,
			want: "no way", why: "a failure of the function has status 200 and a header"},
		{name: "invalid JSON", function: "sample", event: `{`, status: 400, want: "InvalidRequestContentException",
			why: "an event must be JSON"},
		{name: "unknown", function: "other", event: `{}`, status: 404, want: "ResourceNotFoundException",
			why: "the function does not exist"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
				api.URL+"/2015-03-31/functions/"+tc.function+"/invocations", strings.NewReader(tc.event))
			if err != nil {
				t.Fatal(err)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			failed := response.Header.Get("X-Amz-Function-Error") != ""
			if response.StatusCode != tc.status || failed != tc.failed ||
				!strings.Contains(string(body), tc.want) || !json.Valid(body) {
				t.Errorf("%s: got %d, function error %v, %s", tc.why, response.StatusCode, failed, body)
			}
		})
	}
}
