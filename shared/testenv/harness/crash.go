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

// A tally counts writes and, at the one it waits for, cuts everything off.
type tally struct {
	mu    sync.Mutex
	left  int // 0: it waits for none
	crash func()
}

func (t *tally) wrote() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left == 0 {
		return
	}
	if t.left--; t.left == 0 {
		t.crash()
	}
}

// watch has the tally see the writes to Ongoing, which can only be arranged before the server starts.
func (t *tally) watch(o *testenv.Options) {
	after := o.Ongoing.After
	o.Ongoing.After = func(e ongoingtest.Entry) {
		if after != nil {
			after(e)
		}
		t.wrote()
	}
}

// Crash runs a function that dies right behind its nth write, to whichever system: from then on it reaches nothing. It
// reports false if the run was over before. Afterwards everything is in reach again, and the dead run's lease is over.
func Crash(b *Harness, f lambdahost.Function, event map[string]any, n int) bool {
	b.t.Helper()
	ctx, die := context.WithCancel(b.t.Context())
	defer die()
	died := false
	b.tally.mu.Lock()
	b.tally.left, b.tally.crash = n, func() {
		died = true
		b.DynamoDB.ClearFaults()
		b.DynamoDB.Inject(dynamodbtest.Fault{Times: -1, Effect: dynamodbtest.ResetBefore})
		b.Office24.Fault(office24test.Fault{Times: -1, Kind: office24test.Reset})
		b.Ongoing.Fault(ongoingtest.Fault{Times: -1, Kind: ongoingtest.ResetBefore})
		die()
	}
	b.tally.mu.Unlock()
	b.DynamoDB.Inject(dynamodbtest.Fault{Table: dynamodbtest.StateTable, Writes: true, Times: -1, After: func(dynamodbtest.Request) { b.tally.wrote() }})
	b.Office24.After(func(c office24test.Call) {
		if c.Write && c.Effect {
			b.tally.wrote()
		}
	})
	aws := b.AWS()
	aws.RetryMaxAttempts = 1 // a dead run does not try again
	handler, err := f.Handler(lambdahost.Host{Getenv: b.Getenv, AWS: aws, Output: b.Output, Now: b.Clock.Now})
	if err != nil {
		b.t.Fatal(err)
	}
	all := map[string]any{"customers": []string{b.ID}}
	for k, v := range event {
		all[k] = v
	}
	payload, err := json.Marshal(all)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := handler(ctx, payload); err != nil {
		b.t.Fatal(err)
	}

	b.tally.mu.Lock()
	b.tally.left = 0
	b.tally.mu.Unlock()
	b.DynamoDB.ClearFaults()
	b.Office24.ClearFaults()
	b.Office24.After(nil)
	b.Ongoing.ClearFaults()
	b.Clock.Forward(20 * time.Minute)
	return died
}
