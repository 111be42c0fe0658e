package ongoing

import (
	"strings"
	"unicode/utf16"
)

// Trim cuts a text to limit UTF-16 units, the unit in which the service's texts are limited, without cutting a
// character in two.
func Trim(s string, limit int) string {
	units := 0
	for i, r := range s {
		if units += max(utf16.RuneLen(r), 1); units > limit {
			return strings.TrimRight(s[:i], " \t\n")
		}
	}
	return s
}
