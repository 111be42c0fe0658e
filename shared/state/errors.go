package state

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"ongoing24so/shared/errclass"
)

// Failed conditions, to be tested with errors.Is. Their class is errclass.Conflict.
var (
	// ErrBusy means that another run has the lease.
	ErrBusy = errors.New("another run has the lease")
	// ErrLost means that the lease has expired, whether or not another run has taken it since.
	ErrLost = errors.New("the lease is no longer ours")
	// ErrMoved means that the customer's binding was deleted, or is another one by now.
	ErrMoved = errors.New(`the record "binding" was deleted or changed; the next run binds the customer again`)
	// ErrChanged means that somebody else has written the record since it was read.
	ErrChanged = errors.New("the record was changed since it was read")
)

// ErrUnreadable means that this version cannot understand a stored record: a newer one has written it, or a person has.
var ErrUnreadable = errors.New("the stored record cannot be understood")

// conflict returns one of the errors of a failed condition with its class.
func conflict(op string, err error) error {
	return &errclass.Error{Class: errclass.Conflict, Op: op, Message: err.Error(), Err: err}
}

// conditionFailed reports whether DynamoDB refused a write because its condition failed.
func conditionFailed(err error) bool {
	var failed *types.ConditionalCheckFailedException
	return errors.As(err, &failed)
}

// classified gives a class to an error that the SDK returned after its own retries. No answer, and whatever the SDK
// retries (throttling, 5xx), is transient. Anything else is a defect: a missing table, a missing permission, a bad
// expression.
func classified(op string, err error) error {
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
