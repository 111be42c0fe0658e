package lambdahost

import (
	"bytes"
	"io"
)

// A libraryLog is the output of the standard logger, which libraries use. It drops what net/http logs about bytes that
// arrive after a response: net/http quotes them, and they can contain anyone's data.
type libraryLog struct{ io.Writer }

func (l libraryLog) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("Unsolicited response")) {
		return len(line), nil
	}
	return l.Writer.Write(line)
}
