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

func TestInvokeAPI(t *testing.T) {
	t.Parallel()
	api := httptest.NewServer(lambdaruntime.InvokeAPI(map[string]*lambdaruntime.Function{"sample": newFunction(t, nil)}, patience))
	t.Cleanup(api.Close)
	for _, tc := range []struct {
		name, function, event, want, why string
		status                           int
		failed                           bool
	}{
		{"answer", "sample", `{"Do":"echo","Text":"blåbær"}`, "blåbær", "the function's answer comes back as it is", 200, false},
		{"no event", "sample", "", "sample", "an event may be left out", 200, false},
		{"failure", "sample", `{"Do":"fail","Text":"no way"}`, "no way", "a failure of the function has status 200 and a header", 200, true},
		{"no JSON", "sample", `{`, "InvalidRequestContentException", "an event is JSON", 400, false},
		{"unknown", "other", `{}`, "ResourceNotFoundException", "there is no such function", 404, false},
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
			if response.StatusCode != tc.status || failed != tc.failed || !strings.Contains(string(body), tc.want) || !json.Valid(body) {
				t.Errorf("%s: got %d, function error %v, %s", tc.why, response.StatusCode, failed, body)
			}
		})
	}
}
