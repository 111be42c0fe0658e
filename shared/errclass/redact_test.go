package errclass_test

import (
	"strings"
	"testing"

	"ongoing24so/shared/errclass"
)

func TestRedactHidesSecretsAndPersonalData(t *testing.T) {
	t.Parallel()
	sent := errclass.Sent{
		Secrets:  []string{"hemmelig", "wms@acme.example"},
		Personal: []string{"Ola Nordmann", "Ola Nordmann AS", "Testveien 1\nPortkode 4711", "NO", "", "+47 900 00 000"},
		Body:     []byte(`{"articleNumber":"A-1","city":"Testveien 1","name":"Ola Nordmann"}`),
	}
	for name, test := range map[string]struct{ text, want string }{
		"what was sent and is not personal is quoted": {"Article 'A-1' has no 'city'.", "Article 'A-1' has no 'city'."},
		"a field that was not sent": {
			"'orderLines[0].batchNumber' is required", "'orderLines[0].batchNumber' is required",
		},
		"a password":                       {"login with hemmelig failed", "login with [hidden] failed"},
		"in another case":                  {"OLA NORDMANN is unknown", "[hidden] is unknown"},
		"the longest value first":          {"Ola Nordmann AS is unknown", "[hidden] is unknown"},
		"with other white space":           {"Testveien 1 \r\n Portkode 4711?", "[hidden]?"},
		"one line of several":              {"portkode 4711 is odd", "[hidden] is odd"},
		"escaped as HTML":                  {"Ola&nbsp;Nordmann &amp; co", "[hidden] & co"},
		"the beginning of one, in quotes":  {"Truncated value: 'Testveien'.", "Truncated value: [hidden]."},
		"… cut with dots":                  {"too long: \"Testveien 1…\"", "too long: [hidden]"},
		"a code is too short to be a name": {"country NO is closed", "country NO is closed"},
		"an apostrophe is not a quotation mark": {
			"can't do that, it doesn't exist", "can't do that, it doesn't exist",
		},
		"another person, in quotes": {
			"'Kari', «Kari» and \"Testveien 2\"", "[hidden], [hidden] and [hidden]",
		},
		"another person's e-mail": {
			"mail to kari@else.example, please", "mail to [hidden], please",
		},
		"another person's phone":                {"call +46 70-123 45 67.", "call [hidden]."},
		"an order number is not a phone number": {"order 40557 of 2026-11-25", "order 40557 of 2026-11-25"},
		"control characters and lines":          {" a\x00b\tc\n", "a b c"},
		"too long":                              {strings.Repeat("å", 301), strings.Repeat("å", 300) + "…"},
	} {
		if got := sent.Redact(test.text); got != test.want {
			t.Errorf("%s: got %q; want %q", name, got, test.want)
		}
	}
}
