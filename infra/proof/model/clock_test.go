package model

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// A clock stands still until it is moved. The functions read it from a file, the simulators ask it, each vendor's being
// ahead of ours or behind.
type clock struct {
	at, erp, wms atomic.Int64 // nanoseconds
	file         *os.File
}

func newClock(at time.Time) (*clock, error) {
	file, err := os.CreateTemp("", "model-clock-*")
	if err != nil {
		return nil, err
	}
	c := &clock{file: file}
	c.at.Store(at.UnixNano())
	return c, c.pass(0)
}

func (c *clock) now() time.Time    { return time.Unix(0, c.at.Load()).UTC() }
func (c *clock) erpNow() time.Time { return c.now().Add(time.Duration(c.erp.Load())) }
func (c *clock) wmsNow() time.Time { return c.now().Add(time.Duration(c.wms.Load())) }

// pass moves it. The text is of one width and written at once, so that no function reads a half.
func (c *clock) pass(d time.Duration) error {
	_, err := c.file.WriteAt(fmt.Appendf(nil, "%-24d\n", c.at.Add(int64(d))), 0)
	return err
}

func (c *clock) close() error {
	if err := c.file.Close(); err != nil {
		return err
	}
	return os.Remove(c.file.Name())
}
