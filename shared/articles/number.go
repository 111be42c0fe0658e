package articles

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// CleanNumber returns an article number as it is written: without characters that nobody sees (zero width, marks of
// direction, soft hyphens, byte order marks), with plain spaces, none of them at the ends, and in one form of Unicode
// (NFC). Such characters come from pasted texts; with them, an article would get a twin that looks the same.
func CleanNumber(number string) string {
	visible := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			return -1
		default:
			return r
		}
	}, number)
	return strings.TrimSpace(norm.NFC.String(visible))
}

// FoldNumber returns the form in which article numbers are compared: cleaned and without case. Whether Ongoing
// distinguishes upper from lower case is not documented, so numbers that differ only in case count as the same.
func FoldNumber(number string) string {
	return norm.NFC.String(strings.ToLower(strings.ToUpper(CleanNumber(number))))
}

// SameNumber reports whether people see the same number in two texts. An empty number is the same as none.
func SameNumber(a, b string) bool {
	folded := FoldNumber(a)
	return folded != "" && folded == FoldNumber(b)
}

// isUnusual reports whether otherSpellings of a number that looks the same can lack this one.
func isUnusual(number string) bool {
	clean := CleanNumber(number)
	return number != strings.ToLower(clean) && number != strings.ToUpper(clean)
}

// otherSpellings returns further ways in which another system can have written a number that people see as the same.
func otherSpellings(number string) []string {
	clean := CleanNumber(number)
	spellings := []string{number, strings.ToLower(clean), strings.ToUpper(clean), norm.NFD.String(clean)}
	return slices.DeleteFunc(spellings, func(s string) bool { return s == clean })
}
