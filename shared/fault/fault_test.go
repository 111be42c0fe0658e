package fault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"ongoing24so/shared/fault"
)

func TestOf(t *testing.T) {
	t.Parallel()
	rejected := fault.New(fault.Rejected, "ongoing: PUT /orders", "order %q: answered 400", "40557")
	for name, test := range map[string]struct {
		err  error
		want fault.Class
	}{
		"nothing is no class":                       {nil, ""},
		"ours":                                      {rejected, fault.Rejected},
		"ours in another's words":                   {fmt.Errorf("order 40557: %w", rejected), fault.Rejected},
		"the function's time is over":               {fmt.Errorf("read: %w", context.DeadlineExceeded), fault.Transient},
		"the run was called off":                    {context.Canceled, fault.Transient},
		"what nobody thought of is loud":            {errors.New("surprise"), fault.Defect},
		"our class counts, not that of the context": {&fault.Error{Class: fault.Throttled, Err: context.Canceled}, fault.Throttled},
	} {
		if got := fault.Of(test.err); got != test.want {
			t.Errorf("%s: class %q; want %q", name, got, test.want)
		}
	}
	if fault.Is(nil, "") {
		t.Error("nothing is of a class")
	}
	if !fault.Is(rejected, fault.Rejected) || fault.Is(rejected, fault.Held) {
		t.Error("Is and Of disagree")
	}
}

// TestMessage: the cause is for errors.Is, not for people; it may quote an address or a body.
func TestMessage(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial tcp 10.0.0.1:443: Storgata 1")
	err := &fault.Error{Class: fault.Transient, Op: "office24: GetProducts", Message: "no connection", Err: cause}
	if got := err.Error(); got != "office24: GetProducts: no connection" {
		t.Errorf("message %q", got)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
	if got := fault.New(fault.Held, "", "order %d waits", 7).Error(); got != "order 7 waits" {
		t.Errorf("message without a call %q", got)
	}
}

func TestRetryAtAndMaybe(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	err := fmt.Errorf("run: %w", &fault.Error{Class: fault.Throttled, RetryAt: at, Maybe: true})
	if !fault.RetryAt(err).Equal(at) || !fault.Maybe(err) {
		t.Errorf("got %v, %v", fault.RetryAt(err), fault.Maybe(err))
	}
	if other := errors.New("other"); !fault.RetryAt(other).IsZero() || fault.Maybe(other) || fault.Maybe(nil) {
		t.Error("an error of another kind asked for a pause or left a doubt")
	}
}
