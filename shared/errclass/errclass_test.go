package errclass_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/errclass"
)

func TestOfReturnsTheClassOfAnError(t *testing.T) {
	t.Parallel()
	rejected := errclass.New(errclass.Rejected, "ongoing: PUT /orders", "order %q: answered 400", "40557")
	for name, test := range map[string]struct {
		err  error
		want errclass.Class
	}{
		"nil has no class":           {nil, ""},
		"an Error":                   {rejected, errclass.Rejected},
		"a wrapped Error":            {fmt.Errorf("order 40557: %w", rejected), errclass.Rejected},
		"the deadline has passed":    {fmt.Errorf("read: %w", context.DeadlineExceeded), errclass.Transient},
		"the context was cancelled":  {context.Canceled, errclass.Transient},
		"an error of unknown origin": {errors.New("surprise"), errclass.Defect},
		"the class wins over the context's": {
			&errclass.Error{Class: errclass.Throttled, Err: context.Canceled}, errclass.Throttled,
		},
	} {
		if got := errclass.Of(test.err); got != test.want {
			t.Errorf("%s: class %q; want %q", name, got, test.want)
		}
	}
	if errclass.Is(nil, "") {
		t.Error("nil is of a class")
	}
	if !errclass.Is(rejected, errclass.Rejected) || errclass.Is(rejected, errclass.Held) {
		t.Error("Is and Of disagree")
	}
}

// The cause can quote an address or a body.
func TestMessageLeavesOutTheCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial tcp 10.0.0.1:443: Storgata 1")
	err := &errclass.Error{Class: errclass.Transient, Op: "office24: GetProducts", Message: "no connection", Err: cause}
	if got := err.Error(); got != "office24: GetProducts: no connection" {
		t.Errorf("message %q", got)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
	if got := errclass.New(errclass.Held, "", "order %d is held", 7).Error(); got != "order 7 is held" {
		t.Errorf("message without an operation is %q", got)
	}
}

func TestJoinSaysBothAndTheOneThatBlocksFirst(t *testing.T) {
	t.Parallel()
	down := errclass.New(errclass.Transient, "office24: Login", "no connection")
	busy := &errclass.Error{Class: errclass.Throttled, Message: "answered 429", RetryAt: time.Unix(9, 0)}
	refused := errclass.New(errclass.Credentials, "", "refused")
	wrong := errclass.New(errclass.Settings, "", "wrong")
	for _, tt := range []struct {
		a, b    error
		class   errclass.Class
		message string
	}{
		{a: refused, class: errclass.Credentials, message: "refused"},
		{b: refused, class: errclass.Credentials, message: "refused"},
		{a: refused, b: wrong, class: errclass.Credentials, message: "refused; wrong"},
		{a: down, b: wrong, class: errclass.Settings, message: "wrong; office24: Login: no connection"},
		{a: wrong, b: busy, class: errclass.Settings, message: "wrong; answered 429"},
		{a: down, b: busy, class: errclass.Transient, message: "office24: Login: no connection; answered 429"},
	} {
		err := errclass.Join(tt.a, tt.b)
		if !errclass.Is(err, tt.class) || err.Error() != tt.message {
			t.Errorf("got %s: %v, want %s: %s", errclass.Of(err), err, tt.class, tt.message)
		}
		if errors.Is(tt.b, busy) && !errclass.RetryAt(err).Equal(busy.RetryAt) {
			t.Errorf("%v: the pause is lost", err)
		}
	}
	if errclass.Join(nil, nil) != nil {
		t.Error("two nil errors are an error")
	}
}

func TestRetryAtAndUncertainAreReadThroughAWrapper(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	err := fmt.Errorf("run: %w", &errclass.Error{Class: errclass.Throttled, RetryAt: at, Uncertain: true})
	if !errclass.RetryAt(err).Equal(at) || !errclass.IsUncertain(err) {
		t.Errorf("got %v, %v", errclass.RetryAt(err), errclass.IsUncertain(err))
	}
	if other := errors.New("other"); !errclass.RetryAt(other).IsZero() || errclass.IsUncertain(other) ||
		errclass.IsUncertain(nil) {
		t.Error("an error of another type has a RetryAt or is uncertain")
	}
}

// A record of the state table has room for 400 KB.
func TestMessageWithATextOfAMegabyteIsCut(t *testing.T) {
	t.Parallel()
	err := errclass.New(errclass.Rejected, "", "order 5: row %s cannot be sent", strings.Repeat("æ", 1<<20))
	if got := err.Error(); len(got) > 20_000 || !strings.HasPrefix(got, "order 5: row ææ") {
		t.Errorf("%d bytes: %.40s", len(got), got)
	}
}
