package lambdahost

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"ongoing24so/shared/runner"
)

// modelNow is the model's clock: a file that holds the moment in nanoseconds, so that a run sees time pass when the
// model lets it pass.
func modelNow() time.Time {
	text, err := os.ReadFile(os.Getenv("MODEL_CLOCK"))
	if err != nil {
		panic(err)
	}
	at, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		panic(err)
	}
	return time.Unix(0, at)
}

// byModelClock moves Lambda's deadline over to the model's clock.
func byModelClock(h Handler) Handler {
	return func(_ context.Context, event json.RawMessage) (runner.Result, error) {
		limit, err := time.ParseDuration(os.Getenv("MODEL_TIMEOUT"))
		if err != nil {
			panic(err)
		}
		ctx, cancel := context.WithDeadline(context.Background(), modelNow().Add(limit))
		defer cancel()
		return h(ctx, event)
	}
}

// atOnce repeats as the SDK does, without its pauses.
func atOnce() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.RateLimiter = ratelimit.None
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	})
}
