package state

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"ongoing24so/shared/errclass"
)

// Conditions that did not hold, to be found with errors.Is. All are of the class errclass.Conflict.
var (
	// ErrBusy: another run holds the lease.
	ErrBusy = errors.New("another run holds the lease")
	// ErrLost: the lease ran out and went to another run, or to nobody.
	ErrLost = errors.New("the lease is no longer ours")
	// ErrChanged: the record was written by somebody else since it was read.
	ErrChanged = errors.New("the record was changed since it was read")
)

// conflict returns one of the three above as an error of its class.
func conflict(op string, err error) error {
	return &errclass.Error{Class: errclass.Conflict, Op: op, Message: err.Error(), Err: err}
}

// conditionFailed tells whether DynamoDB refused a write because its condition did not hold.
func conditionFailed(err error) bool {
	var failed *types.ConditionalCheckFailedException
	return errors.As(err, &failed)
}

// failed turns what the SDK gave up on into an error of its class. No answer, and everything the SDK itself would
// repeat (throttling, 5xx), is transient. The rest is a defect: a missing table, a missing right, a bad expression.
func failed(op string, err error) error {
	class, message := errclass.Defect, "refused"
	var answer smithy.APIError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		class, message = errclass.Transient, "cut short"
	case !errors.As(err, &answer):
		class, message = errclass.Transient, "no answer"
	case retry.NewStandard().IsErrorRetryable(err):
		class, message = errclass.Transient, "not available: "+answer.ErrorCode()
	default:
		message += ": " + answer.ErrorCode()
	}
	return &errclass.Error{Class: class, Op: op, Message: message, Err: err}
}
