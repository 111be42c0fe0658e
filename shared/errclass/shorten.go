package errclass

import (
	"strings"
	"unicode/utf8"
)

// Shorten cuts a value that somebody else wrote to 40 characters, the most that an error quotes of it.
func Shorten(s string) string { return cut(s, 40) }

// CutMessage cuts a message that holds a text of a vendor's record, such as a row number of a megabyte. DynamoDB would
// refuse a record with the whole of it.
func CutMessage(s string) string { return cut(s, 4_000) }

func cut(s string, most int) string {
	s = strings.ToValidUTF8(s, "?")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
