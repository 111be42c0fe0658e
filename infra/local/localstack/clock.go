package localstack

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// A Clock is the machine's clock, moved forward by what people ask for. Both simulators and the functions' processes
// read it; the processes find out how far it was moved from a file.
type Clock struct {
	file string

	mu    sync.Mutex
	moved time.Duration
}

func newClock(folder string) (*Clock, error) {
	c := &Clock{file: filepath.Join(folder, "clock")}
	return c, c.store()
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.moved)
}

// Forward moves the clock. It never goes back: no system expects that.
func (c *Clock) Forward(d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved += max(0, d)
	return c.store()
}

// store replaces the file as a whole, because a function can read it at any moment.
func (c *Clock) store() error {
	next := c.file + ".next"
	if err := os.WriteFile(next, []byte(strconv.FormatInt(int64(c.moved), 10)), 0o600); err != nil {
		return err
	}
	return os.Rename(next, c.file)
}

// movedBy reads how far the clock was moved.
func movedBy(file string) time.Duration {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0 // the stack has ended
	}
	moved, _ := strconv.ParseInt(string(text), 10, 64)
	return time.Duration(moved)
}

// A movedContext has its deadline on the moved clock, with which the functions compare it.
type movedContext struct {
	context.Context //nolint:containedctx // it is one
	moved           time.Duration
}

func (c movedContext) Deadline() (time.Time, bool) {
	at, limited := c.Context.Deadline()
	return at.Add(c.moved), limited
}
