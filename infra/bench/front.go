package main

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// A front stands before a simulator, delays each call and counts. The delay is a sleep before the simulator begins, so
// that its own work comes on top, as at a real service.
type front struct {
	url         string
	server      *http.Server
	handler     http.Handler
	latency     atomic.Int64 // nanoseconds
	calls       atomic.Int64
	connections atomic.Int64
	bytes       atomic.Int64 // of answers
	sent        atomic.Int64 // of requests
}

func newFront(handler http.Handler) (*front, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &front{url: "http://" + listener.Addr().String(), handler: handler}
	f.server = &http.Server{
		Handler: f, ReadHeaderTimeout: time.Minute,
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				f.connections.Add(1)
			}
		},
	}
	go f.server.Serve(listener) // returns after Close
	return f, nil
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.calls.Add(1)
	size := len(r.Method) + len(r.RequestURI) + int(max(0, r.ContentLength))
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(": \r\n") + len(value)
		}
	}
	f.sent.Add(int64(size))
	if latency := time.Duration(f.latency.Load()); latency > 0 {
		time.Sleep(latency)
	}
	f.handler.ServeHTTP(countingWriter{w, f}, r)
}

type countingWriter struct {
	http.ResponseWriter
	front *front
}

func (w countingWriter) Write(p []byte) (int, error) {
	w.front.bytes.Add(int64(len(p)))
	return w.ResponseWriter.Write(p)
}
