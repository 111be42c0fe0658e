package ongoingtest

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/textproto"
	"strings"
	"sync"
)

// The service fails on header names in lower case, but Go's server canonicalises header names when it reads them. The
// connection therefore keeps the bytes of each request until it has been read.

type recordingListener struct{ net.Listener }

func (l recordingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &recordingConn{Conn: conn}, nil
}

// A recordingConn is a connection that keeps the bytes of the current request.
type recordingConn struct {
	net.Conn
	mu   sync.Mutex
	read bytes.Buffer
}

func (w *recordingConn) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.read.Write(p[:n])
	return n, err
}

type connKey struct{}

func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// takeHeaderNames returns the header names of the request whose body has just been read, and drops its bytes. A client
// sends its next request only after the answer.
func takeHeaderNames(ctx context.Context) []string {
	w, ok := ctx.Value(connKey{}).(*recordingConn)
	if !ok {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.read.Reset()
	lines := textproto.NewReader(bufio.NewReader(bytes.NewReader(w.read.Bytes())))
	_, _ = lines.ReadLine() // the request line
	var names []string
	for {
		line, err := lines.ReadLine()
		if err != nil || line == "" {
			return names
		}
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
}
