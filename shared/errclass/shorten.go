package errclass

import (
	"strings"
	"unicode/utf8"
)

// Shorten cuts a value that somebody else wrote to 40 characters, the most that an error quotes of it.
func Shorten(s string) string {
	const most = 40
	s = strings.ToValidUTF8(s, "?")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
