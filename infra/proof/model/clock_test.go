package model

import (
	"sync/atomic"
	"time"
)

// A clock exists still until the model moves it, which it never does during a run. Each vendor's clock can be ahead of
// the functions' or behind it.
type clock struct {
	at, erp, wms atomic.Int64 // nanoseconds; erp and wms are offsets from at
}

func newClock(at time.Time) *clock {
	c := &clock{}
	c.at.Store(at.UnixNano())
	return c
}

func (c *clock) now() time.Time    { return time.Unix(0, c.at.Load()).UTC() }
func (c *clock) erpNow() time.Time { return c.now().Add(time.Duration(c.erp.Load())) }
func (c *clock) wmsNow() time.Time { return c.now().Add(time.Duration(c.wms.Load())) }

// advance lets time pass.
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

// skew sets how far the vendors' clocks are ahead.
func (c *clock) skew(erp, wms time.Duration) {
	c.erp.Store(int64(erp))
	c.wms.Store(int64(wms))
}
