package errclass_test

import (
	"strings"
	"testing"

	"ongoing24so/shared/errclass"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	sent := errclass.Sent{
		Secrets:  []string{"hemmelig", "wms@acme.example"},
		Personal: []string{"Ola Nordmann", "Ola Nordmann AS", "Testveien 1\nPortkode 4711", "NO", "", "+47 900 00 000"},
		Body:     []byte(`{"articleNumber":"A-1","city":"Testveien 1","name":"Ola Nordmann"}`),
	}
	for name, test := range map[string]struct{ said, want string }{
		"what was sent and is nobody's may be quoted": {"Article 'A-1' has no 'city'.", "Article 'A-1' has no 'city'."},
		"a field that was not sent":                   {"'orderLines[0].batchNumber' is required", "'orderLines[0].batchNumber' is required"},
		"a password":                                  {"login with hemmelig failed", "login with [hidden] failed"},
		"in other letters":                            {"OLA NORDMANN is unknown", "[hidden] is unknown"},
		"the longer one first":                        {"Ola Nordmann AS is unknown", "[hidden] is unknown"},
		"over other white space":                      {"Testveien 1 \r\n Portkode 4711?", "[hidden]?"},
		"one line of several":                         {"portkode 4711 is odd", "[hidden] is odd"},
		"written for a page":                          {"Ola&nbsp;Nordmann &amp; co", "[hidden] & co"},
		"the beginning of one, in quotes":             {"Truncated value: 'Testveien'.", "Truncated value: [hidden]."},
		"… cut with dots":                             {"too long: \"Testveien 1…\"", "too long: [hidden]"},
		"a code is too short to be a name":            {"country NO is closed", "country NO is closed"},
		"an apostrophe is no quote":                   {"can't do that, it doesn't exist", "can't do that, it doesn't exist"},
		"somebody else's, in quotes":                  {"'Kari', «Kari» and \"Testveien 2\"", "[hidden], [hidden] and [hidden]"},
		"somebody's address":                          {"mail to kari@else.example, please", "mail to [hidden], please"},
		"somebody's phone":                            {"call +46 70-123 45 67.", "call [hidden]."},
		"an order number is no phone":                 {"order 40557 of 2026-11-25", "order 40557 of 2026-11-25"},
		"controls and lines":                          {" a\x00b\tc\n", "a b c"},
		"length":                                      {strings.Repeat("å", 301), strings.Repeat("å", 300) + "…"},
	} {
		if got := sent.Redact(test.said); got != test.want {
			t.Errorf("%s: got %q; want %q", name, got, test.want)
		}
	}
}
