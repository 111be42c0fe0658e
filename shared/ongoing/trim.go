package ongoing

import (
	"strings"
	"unicode/utf16"
)

// Trim cuts a text to limit UTF-16 code units, the unit of the service's length limits, without splitting a character.
func Trim(s string, limit int) string {
	units := 0
	for i, r := range s {
		if units += max(utf16.RuneLen(r), 1); units > limit {
			return strings.TrimRight(s[:i], " \t\n")
		}
	}
	return s
}
