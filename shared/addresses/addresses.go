// Package addresses reads addresses of 24SevenOffice in the form in which Ongoing WMS takes them, for delivery
// addresses and for those of suppliers.
package addresses

import (
	"slices"
	"strings"

	"ongoing24so/shared/office24"
)

// FirstUsable returns the first of the addresses that has a street, a postal code or a postal area, else a zero
// address.
func FirstUsable(candidates ...*office24.Address) office24.Address {
	for _, a := range candidates {
		if a != nil && FirstText(a.Street, a.PostalCode, a.PostalArea) != "" {
			return *a
		}
	}
	return office24.Address{}
}

// City returns the city. 24SevenOffice keeps it in PostalArea; City is mostly empty.
func City(a office24.Address) string { return FirstText(a.PostalArea, a.City) }

// CountryCode returns the first country given, in upper case, and reports whether it is a code of two letters.
func CountryCode(countries ...string) (code string, ok bool) {
	code = strings.ToUpper(FirstText(countries...))
	return code, IsCode(code, 2, 2)
}

// IsCode reports whether a text consists of shortest to longest letters from A to Z.
func IsCode(s string, shortest, longest int) bool {
	return len(s) >= shortest && len(s) <= longest && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// FirstText returns the first of the texts that is more than space, without the space around it.
func FirstText(texts ...string) string {
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			return t
		}
	}
	return ""
}

// A Street is a street in the three lines that Ongoing has for it.
type Street [3]string

// JoinStreet splits a street of several lines. Blank lines are left out; lines that exceed the three are joined to the
// third.
func JoinStreet(street string) (s Street) {
	lines := slices.DeleteFunc(streetLines(street), func(l string) bool { return l == "" })
	if len(lines) > len(s) {
		lines = append(lines[:2], strings.Join(lines[2:], ", "))
	}
	copy(s[:], lines)
	return s
}

// CutStreet splits a street of several lines. It keeps lines of nothing but space, and drops those that exceed the
// three.
func CutStreet(street string) (s Street) {
	copy(s[:], streetLines(street))
	return s
}

func streetLines(street string) []string {
	lines := strings.FieldsFunc(street, func(r rune) bool { return r == '\n' || r == '\r' })
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return lines
}
