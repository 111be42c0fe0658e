package addresses_test

import (
	"testing"

	"ongoing24so/shared/addresses"
	"ongoing24so/shared/office24"
)

func TestFirstUsableAddressHasMoreThanACountry(t *testing.T) {
	t.Parallel()
	empty, boxed := office24.Address{Country: "SE", Street: " "}, office24.Address{PostalCode: "0003"}
	if got := addresses.FirstUsable(nil, &empty, &boxed, &office24.Address{Street: "Testveien 1"}); got != boxed {
		t.Errorf("got %+v", got)
	}
	if got := addresses.FirstUsable(nil, &empty); got != (office24.Address{}) {
		t.Errorf("got %+v; want none", got)
	}
}

func TestCountryCode(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		countries []string
		code      string
		ok        bool
	}{
		"lower case and space":   {countries: []string{" dk "}, code: "DK", ok: true},
		"the first one given":    {countries: []string{" ", "SE", "NO"}, code: "SE", ok: true},
		"a name":                 {countries: []string{"Norge"}, code: "NORGE"},
		"one letter, two bytes":  {countries: []string{"Ø"}, code: "Ø"},
		"letters other than A-Z": {countries: []string{"ØØ"}, code: "ØØ"},
		"none":                   {},
	} {
		if code, ok := addresses.CountryCode(test.countries...); code != test.code || ok != test.ok {
			t.Errorf("%s: got %q, %t; want %q, %t", name, code, ok, test.code, test.ok)
		}
	}
}

func TestStreetOfSeveralLines(t *testing.T) {
	t.Parallel()
	for street, want := range map[string]struct{ joined, cut addresses.Street }{
		"":                 {},
		"A 1\r\nB":         {joined: addresses.Street{"A 1", "B"}, cut: addresses.Street{"A 1", "B"}},
		" A 1 \n\n \nB\nC": {joined: addresses.Street{"A 1", "B", "C"}, cut: addresses.Street{"A 1", "", "B"}},
		"A\nB\nC\nD\nE":    {joined: addresses.Street{"A", "B", "C, D, E"}, cut: addresses.Street{"A", "B", "C"}},
	} {
		if got := addresses.JoinStreet(street); got != want.joined {
			t.Errorf("joined %q: got %q; want %q", street, got, want.joined)
		}
		if got := addresses.CutStreet(street); got != want.cut {
			t.Errorf("cut %q: got %q; want %q", street, got, want.cut)
		}
	}
}
