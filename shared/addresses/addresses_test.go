package addresses_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"pgregory.net/rapid"

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
		"a name":                 {countries: []string{"Norge"}, code: "NO", ok: true},
		"a name of no country":   {countries: []string{"Kanarilandet"}},
		"one letter, two bytes":  {countries: []string{"Ø"}},
		"letters other than A-Z": {countries: []string{"ØØ"}},
		"none":                   {},
	} {
		if code, ok := addresses.CountryCode(test.countries...); code != test.code || ok != test.ok {
			t.Errorf("%s: got %q, %t; want %q, %t", name, code, ok, test.code, test.ok)
		}
	}
}

func TestCountriesAreUnderstoodAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for code, names := range map[string][]string{
		"NO": {"Norge", "NORGE", " norway ", "Noreg", "Norja", "Norwegen", "NOR"},
		"SE": {"Sverige", "Sweden", "Ruotsi"},
		"DK": {"Danmark", "Denmark", "Tanska"},
		"FI": {"Finland", "Suomi"},
		"IS": {"Island", "Iceland", "I\u0301sland"},
		"DE": {"Tyskland", "Germany", "Deutschland"},
		"NL": {"Nederland", "Netherlands", "The Netherlands", "Holland"},
		"GB": {
			"Storbritannia", "Storbritannien", "United Kingdom", "the united kingdom", "UK", "U.K.", "gbr", "England",
			"Great Britain", "Skottland",
		},
		"US": {"USA", "U.S.A.", "United States", "United States of America"},
		"CZ": {"Czech Republic", "Czechia", "Tsjekkia"},
		"AT": {"Østerrike", "Österrike", "Østrig", "Austria"},
		"FO": {"Færøyene", "Færøerne"},
		"IE": {"Irland", "Ireland"},
		"GE": {"Georgia"},
	} {
		for _, name := range names {
			if got, ok := addresses.CountryCode(name); got != code || !ok {
				t.Errorf("%q: got %q, %t; want %s", name, got, ok, code)
			}
		}
	}
	for _, name := range []string{"Norgge", "N", "Europa", "Skandinavia", "0001", "Unknown Region", "ZZZ"} {
		if got, ok := addresses.CountryCode(name); ok {
			t.Errorf("%q: got %q", name, got)
		}
	}
}

func TestStreetFlowsIntoThreeLines(t *testing.T) {
	t.Parallel()
	word := func(s string, n int) string { return strings.TrimSpace(strings.Repeat(s+" ", n)) }
	for name, test := range map[string]struct {
		street string
		limit  int
		want   addresses.Street
		cut    bool
	}{
		"none":                           {street: " \n "},
		"two lines":                      {street: "A 1\r\nB", want: addresses.Street{"A 1", "B"}},
		"blank lines are left out":       {street: " A 1 \n\n \nB\nC", want: addresses.Street{"A 1", "B", "C"}},
		"more than three share the last": {street: "A\nB\nC\nD\nE", want: addresses.Street{"A", "B", "C, D, E"}},
		"a long line is broken at spaces": {
			street: "Industriveien 14 spør etter vakta i LUKE 14", limit: 20,
			want: addresses.Street{"Industriveien 14", "spør etter vakta i", "LUKE 14"},
		},
		"a space just behind the limit": {street: "abcd efgh", limit: 4, want: addresses.Street{"abcd", "efgh"}},
		"a long line and a short one": {
			street: "aaaa bbbb\ncc", limit: 6, want: addresses.Street{"aaaa", "bbbb", "cc"},
		},
		"all lines flow if the rest does not fit into the third": {
			street: "a\nb\ncccc\ndddd", limit: 6, want: addresses.Street{"a, b,", "cccc,", "dddd"},
		},
		"a word longer than a line is broken": {
			street: "abcdefghij", limit: 4, want: addresses.Street{"abcd", "efgh", "ij"},
		},
		"a character of two units is not split": {
			street: "abc🚚d", limit: 4, want: addresses.Street{"abc", "🚚d"},
		},
		"what does not fit is cut": {
			street: word("abcd", 5), limit: 4, want: addresses.Street{"abcd", "abcd", "abcd"}, cut: true,
		},
	} {
		if test.limit == 0 {
			test.limit = 200
		}
		got, cut := addresses.SplitStreet(test.street, test.limit)
		if got != test.want || cut != test.cut {
			t.Errorf("%s: got %q, cut %t; want %q, %t", name, got, cut, test.want, test.cut)
		}
	}
}

func TestEndOfLongNameGoesIntoFreeLine(t *testing.T) {
	t.Parallel()
	type layout struct {
		Name               string
		Street             addresses.Street
		NameCut, StreetCut bool
	}
	for name, test := range map[string]struct {
		name, street string
		want         layout
	}{
		"a short name": {name: " Bygg ", street: "A 1", want: layout{Name: "Bygg", Street: addresses.Street{"A 1"}}},
		"none":         {want: layout{}},
		"its end comes before the street": {
			name: "Byggeplass Nord", street: "A 1\nB",
			want: layout{Name: "Byggeplass", Street: addresses.Street{"Nord", "A 1", "B"}},
		},
		"no line is free": {
			name: "Byggeplass Nord", street: "A 1\nB\nC",
			want: layout{Name: "Byggeplass", Street: addresses.Street{"A 1", "B", "C"}, NameCut: true},
		},
		"too long for all lines": {
			name: "Byggeplass Nord ved Mottak, Luke 14, andre etasje", street: "A 1",
			want: layout{Name: "Byggeplass", Street: addresses.Street{"Nord ved", "Mottak,", "A 1"}, NameCut: true},
		},
	} {
		var got layout
		got.Name, got.Street, got.NameCut, got.StreetCut = addresses.NameAndStreet(test.name, test.street, 10)
		if got != test.want {
			t.Errorf("%s: got %+v; want %+v", name, got, test.want)
		}
	}
}

func TestNoPartOfStreetIsLostUnlessItIsReported(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		street := rapid.StringOf(rapid.SampledFrom([]rune("ab, \tø🚚\n\r"))).Draw(t, "street")
		limit := rapid.IntRange(2, 12).Draw(t, "limit")
		got, cut := addresses.SplitStreet(street, limit)
		bare := func(s string) string {
			return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }), "")
		}
		whole, sent := bare(street), bare(strings.Join(got[:], ""))
		if cut && !strings.HasPrefix(whole, sent) || !cut && whole != sent {
			t.Errorf("%q became %q, cut %t", street, got, cut)
		}
		for _, line := range got {
			if n := len(utf16.Encode([]rune(line))); n > limit {
				t.Errorf("line %q has %d units; limit %d", line, n, limit)
			}
		}
	})
}
