// Package addresses reads addresses of 24SevenOffice in the form in which Ongoing WMS takes them, for delivery
// addresses and for those of suppliers.
package addresses

import (
	"slices"
	"strings"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
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

// SplitStreet lays out a street in lines of at most limit UTF-16 units, and reports whether its end had to be cut.
// Blank lines are left out. If everything fits, each line stays a line; else those from the third on share one, then
// all of them flow on at spaces.
func SplitStreet(street string, limit int) (s Street, cut bool) {
	var lines, wrapped []string
	for line := range strings.FieldsFuncSeq(street, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimSpace(line); line != "" {
			lines, wrapped = append(lines, line), append(wrapped, wrap(line, limit)...)
		}
	}
	if len(wrapped) > len(s) && len(lines) > len(s) {
		last := strings.Join(lines[2:], ", ")
		wrapped = slices.Concat(wrap(lines[0], limit), wrap(lines[1], limit), wrap(last, limit))
	}
	if len(wrapped) > len(s) {
		wrapped = wrap(strings.Join(lines, ", "), limit)
	}
	copy(s[:], wrapped)
	return s, len(wrapped) > len(s)
}

// wrap breaks a line at spaces into parts of at most limit UTF-16 units. A word that is longer is broken too.
func wrap(line string, limit int) (parts []string) {
	for {
		part := ongoing.Trim(line, limit)
		if part == line || part == "" {
			return append(parts, line)
		}
		next := line[len(part)]
		if at := strings.LastIndexAny(part, " \t"); at > 0 && next != ' ' && next != '\t' {
			part = strings.TrimSpace(part[:at])
		}
		parts, line = append(parts, part), strings.TrimSpace(line[len(part):])
	}
}

// NameAndStreet lays out a name and a street. The end of a name that is longer than limit goes into the lines that the
// street leaves free, before it, so that people read name and street in one go. It reports what had to be cut.
func NameAndStreet(name, street string, limit int) (shortName string, s Street, nameCut, streetCut bool) {
	s, streetCut = SplitStreet(street, limit)
	parts := wrap(strings.TrimSpace(name), limit)
	lines := slices.DeleteFunc(s[:], func(l string) bool { return l == "" })
	free := min(len(s)-len(lines), len(parts)-1)
	var all Street
	copy(all[:], slices.Concat(parts[1:1+free], lines))
	return parts[0], all, len(parts) > 1+free, streetCut
}
