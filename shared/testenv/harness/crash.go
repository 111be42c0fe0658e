package harness

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A writeCounter counts down writes to any system and calls crash at the last one.
type writeCounter struct {
	mu    sync.Mutex
	left  int // 0: it is not counting
	crash func()
}

func (c *writeCounter) start(n int, crash func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.crash = n, crash
}

func (c *writeCounter) count() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left == 0 {
		return
	}
	if c.left--; c.left == 0 {
		c.crash()
	}
}

// countOngoing counts writes to Ongoing. Their hook can only be set before the server starts.
func (c *writeCounter) countOngoing(o *testenv.Options) {
	after := o.Ongoing.After
	o.Ongoing.After = func(e ongoingtest.Entry) {
		if after != nil {
			after(e)
		}
		c.count()
	}
}

// Crash invokes a function that crashes right after its nth write to any system: every later call to any system fails.
// It reports false if the function ended before that write. When Crash returns, all systems answer again and the lease
// of the crashed run has expired.
func Crash(h *Harness, f lambdahost.Function, event map[string]any, n int) bool {
	h.t.Helper()
	ctx, die := context.WithCancel(h.t.Context())
	defer die()
	died := false
	h.writes.start(n, func() {
		died = true
		h.DynamoDB.ClearFaults()
		h.DynamoDB.Inject(dynamodbtest.Fault{Times: -1, Effect: dynamodbtest.ResetBefore})
		h.Office24.Fault(office24test.Fault{Times: -1, Kind: office24test.Reset})
		h.Ongoing.Fault(ongoingtest.Fault{Times: -1, Kind: ongoingtest.ResetBefore})
		die()
	})
	h.DynamoDB.Inject(dynamodbtest.Fault{
		Table: dynamodbtest.StateTable, Writes: true, Times: -1,
		After: func(dynamodbtest.Request) { h.writes.count() },
	})
	h.Office24.After(func(c office24test.Call) {
		if c.Write && c.Effect {
			h.writes.count()
		}
	})
	aws := h.AWS()
	aws.RetryMaxAttempts = 1 // a crashed run does not retry
	handler, err := f.Handler(lambdahost.Host{Getenv: h.Getenv, AWS: aws, Output: h.Output, Now: h.Clock.Now})
	if err != nil {
		h.t.Fatal(err)
	}
	payload, err := json.Marshal(h.event(event))
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := handler(ctx, payload); err != nil {
		h.t.Fatal(err)
	}

	h.writes.start(0, nil)
	h.DynamoDB.ClearFaults()
	h.Office24.ClearFaults()
	h.Office24.After(nil)
	h.Ongoing.ClearFaults()
	h.Clock.Forward(20 * time.Minute)
	return died
}
