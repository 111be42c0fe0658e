package cloud_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ongoing24so/infra/syncctl/cloud"
)

// TestStackIsFoundByTheEnvironmentOfAFunction serves what syncctl asks of Lambda.
func TestStackIsFoundByTheEnvironmentOfAFunction(t *testing.T) {
	answers := map[string]string{
		"prod": `{"Environment": {"Variables": {"SETTINGS_TABLE": "a", "STATE_TABLE": "b", "SECRET_PREFIX": "c/",
			"ONGOING_HOSTS": "*.ongoingsystems.se"}}}`,
		"other": `{"Environment": {"Variables": {"TABLE": "a"}}}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, answer := range answers {
			if r.URL.Path == "/2015-03-31/functions/"+name+"-articles/configuration" {
				fmt.Fprint(w, answer)
				return
			}
		}
		w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "{}")
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_DEFAULT_REGION": "",
	} {
		t.Setenv(name, value)
	}
	for _, test := range []struct{ why, name, region, reason string }{
		{why: "found", name: "prod", region: "eu-north-1"},
		{why: "no region", name: "prod", reason: "name the stack's region with --region"},
		{why: "misspelt", name: "prd", region: "eu-north-1", reason: "there is no function prd-articles in eu-north-1"},
		{why: "something else", name: "other", region: "eu-north-1", reason: "is it a stack of this integration?"},
	} {
		s, err := cloud.Open(t.Context(), test.name, test.region)
		switch {
		case test.reason == "" && err != nil:
			t.Errorf("%s: %v", test.why, err)
		case test.reason != "" && (err == nil || !strings.Contains(err.Error(), test.reason)):
			t.Errorf("%s: got %v; want %q", test.why, err, test.reason)
		case err == nil && s.SecretName("acme") != "c/acme":
			t.Errorf("%s: secret %s", test.why, s.SecretName("acme"))
		}
	}
}
