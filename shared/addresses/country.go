package addresses

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/unicode/norm"
)

// otherNames are names that people write and CLDR does not have. A part of a country has no code of its own.
var otherNames = map[string]string{
	"england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "great britain": "GB",
	"skottland": "GB", "skotland": "GB", "nord-irland": "GB", "nordirland": "GB",
	"holland": "NL", "czech republic": "CZ", "republic of ireland": "IE", "united states of america": "US",
	"russian federation": "RU", "viet nam": "VN",
}

// CountryCode returns the first country given as a code of two letters, in upper case, and reports whether it is one.
// People also write a code of three letters, one that is used in place of the standard's (UK), or a country's name, in
// a language of those who use the two systems; most are those of CLDR. Two letters that it does not know are taken for
// a code as they are.
func CountryCode(countries ...string) (code string, ok bool) {
	country := FirstText(countries...)
	code = strings.ToUpper(strings.ReplaceAll(country, ".", ""))
	if IsCode(code, 2, 3) {
		if region, err := language.ParseRegion(code); err == nil && region.IsCountry() {
			return region.Canonicalize().String(), true
		}
	}
	if IsCode(code, 2, 2) {
		return code, true
	}
	name := norm.NFC.String(country)
	if the, rest, found := strings.Cut(name, " "); found && strings.EqualFold(the, "the") {
		name = rest
	}
	if code, ok = otherNames[strings.ToLower(name)]; ok {
		return code, true
	}
	return countryNamed(name)
}

// countryNamed returns the code of the country with a name. It finds none if the name is that of different countries in
// different languages. It goes through all names each time, which takes some milliseconds: few addresses need it.
func countryNamed(name string) (code string, ok bool) {
	if name == "" {
		return "", false
	}
	var found []string
	regions := slices.Collect(countries)
	for _, in := range []language.Tag{
		language.English, language.Norwegian, language.Make("nn"), language.Swedish, language.Danish,
		language.Finnish, language.Icelandic, language.German, language.Dutch, language.French, language.Spanish,
		language.Italian, language.Polish, language.Estonian, language.Latvian, language.Lithuanian,
	} {
		namer := display.Regions(in)
		for _, region := range regions {
			if strings.EqualFold(namer.Name(region), name) && !slices.Contains(found, region.String()) {
				found = append(found, region.String())
			}
		}
	}
	if len(found) != 1 {
		return "", false
	}
	return found[0], true
}

// countries yields the countries that have a code of two letters and are one by that code, not an old one of another.
func countries(yield func(language.Region) bool) {
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			region, err := language.ParseRegion(code)
			if err == nil && region.IsCountry() && region.Canonicalize().String() == code && !yield(region) {
				return
			}
		}
	}
}
