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

// Go's server canonicalises header names as it reads them. The service does not, and fails over lower-case ones, so the
// connection keeps what came over the wire until a call has been read.

type wireListener struct{ net.Listener }

func (l wireListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &wire{Conn: conn}, nil
}

// A wire is a connection that remembers the bytes of the call under way.
type wire struct {
	net.Conn
	mu   sync.Mutex
	read bytes.Buffer
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.read.Write(p[:n])
	return n, err
}

type wireKey struct{}

func wireOf(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, wireKey{}, conn)
}

// takeHead returns the header names of the call whose body has just been read, and forgets the call. Callers do not send
// the next one before they have the answer to this one.
func takeHead(ctx context.Context) []string {
	w, ok := ctx.Value(wireKey{}).(*wire)
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
