package vendorhttp

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"ongoing24so/shared/errclass"
)

// An EncodingError says that an answer is in an encoding that the clients do not read. They read UTF-8; the transport
// asks for gzip and undoes it.
type EncodingError string

func (e EncodingError) Error() string {
	if e == "" {
		return "the answer is not in UTF-8"
	}
	return fmt.Sprintf("the answer is in the encoding %q, which is not read; it should be in UTF-8",
		strings.Map(printable, errclass.Shorten(string(e))))
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return '?'
	}
	return r
}

// CheckEncoding returns an EncodingError if the answer is compressed in a way that the transport does not undo, or if
// its first bytes are those of UTF-16.
func CheckEncoding(h http.Header, start []byte) error {
	compressed := strings.TrimSpace(h.Get("Content-Encoding"))
	switch {
	case compressed != "" && !strings.EqualFold(compressed, "identity"):
		return EncodingError(compressed)
	case strings.HasPrefix(string(start), "\xff\xfe"), strings.HasPrefix(string(start), "\xfe\xff"):
		return EncodingError("utf-16")
	default:
		return nil
	}
}

// NotUTF8 returns the EncodingError of an answer that has bytes that are not UTF-8. The charset of its Content-Type is
// not believed before, because servers also declare one that the answer is not in.
func NotUTF8(h http.Header) EncodingError {
	if charset := charset(h); !strings.EqualFold(charset, "utf-8") {
		return EncodingError(charset)
	}
	return ""
}

// DeclaresUTF8 reports whether an answer says that it is UTF-8. If one of its records has other bytes all the same,
// that record is damaged; otherwise the answer may be in another encoding.
func DeclaresUTF8(h http.Header) bool { return strings.EqualFold(charset(h), "utf-8") }

func charset(h http.Header) string {
	_, parameters, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return parameters["charset"]
}
