package main

import (
	"slices"
	"strings"
	"testing"

	"ongoing24so/infra/checks"
)

func TestEmulatorMustBeOnThisMachine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ why, address, want string }{
		{"a name", "http://localhost:5000", "http://localhost:5000"},
		{"a bucket's name cannot come before an IP address", "http://127.0.0.1:4566", "http://localhost:4566"},
		{"nor before an IPv6 address", "http://[::1]:4566", "http://localhost:4566"},
		{"without a port", "http://localhost", "http://localhost"},
		{"AWS itself", "https://dynamodb.eu-north-1.amazonaws.com", ""},
		{"another machine of the network", "http://10.0.0.5:5000", ""},
		{"a name that starts with localhost", "http://localhost.example.com:5000", ""},
		{"no scheme", "localhost:5000", ""},
		{"no address", "emulator", ""},
	} {
		e, err := findEmulator(t.Context(), test.address)
		switch {
		case err == nil && e.url != test.want:
			t.Errorf("%s: got %s for %s, want %s", test.why, e.url, test.address, test.want)
		case err != nil && test.want != "":
			t.Errorf("%s: %v", test.why, err)
		case err != nil && !strings.Contains(err.Error(), test.address):
			t.Errorf("%s: the error does not name the address: %v", test.why, err)
		}
	}
}

func TestEnvironmentHasNoneOfTheUsersAWSVariables(t *testing.T) {
	t.Setenv("AWS_PROFILE", "production")
	t.Setenv("AWS_ENDPOINT_URL_S3", "https://s3.example.com")
	t.Setenv("CDK_DEFAULT_ACCOUNT", "111111111111")
	t.Setenv("REHEARSAL_OTHER", "kept")
	e := emulator{url: "http://localhost:5000"}
	got := slices.DeleteFunc(environment(e.variables()...), func(variable string) bool {
		return !strings.HasPrefix(variable, "AWS_") && !strings.HasPrefix(variable, "CDK_") &&
			!strings.HasPrefix(variable, "REHEARSAL_")
	})
	slices.Sort(got)
	want := []string{
		"AWS_ACCESS_KEY_ID=rehearsal", "AWS_ENDPOINT_URL=http://localhost:5000", "AWS_REGION=eu-north-1",
		"AWS_SECRET_ACCESS_KEY=rehearsal", "REHEARSAL_OTHER=kept",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestExpectKeptChecksOnlyWhatTheEmulatorHasKept(t *testing.T) {
	t.Parallel()
	var list checks.List
	expectKept(&list, "nothing kept", "", "", "b")
	expectKept(&list, "kept", "b", "", "b")
	expectKept(&list, "kept with another value", "a", "", "b")
	if list.Passed != 1 || list.Failed != 1 {
		t.Errorf("got %+v, want one passed and one failed", list)
	}
}
