// Package fault sorts errors by what has to happen next. Both vendors' clients end every failed call in one function
// that turns the answer into an *Error; the runner looks at nothing but its class.
//
// Messages are lower-case, name the call and the key, and carry neither a secret nor personal data: they are stored,
// logged and shown.
package errclass

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Class says how far an error reaches and what is done about it. Stored in failure records, hence a word.
type Class string

const (
	// Transient: the other system did not answer, or not sensibly. Tried again in the next run.
	Transient Class = "transient"
	// Throttled: the other system asks for a pause, until RetryAt where it says so. Ends the customer's run.
	Throttled Class = "throttled"
	// Credentials: the login was refused. Blocks the customer until a person acts.
	Credentials Class = "credentials"
	// Settings: a setting, an identity or a host is wrong. Blocks the customer until a person acts.
	Settings Class = "settings"
	// Rejected: the vendor, or the mapping, refuses this one record. Kept as a failure record.
	Rejected Class = "rejected"
	// Final: as Rejected, and for good: trying the same again is no use. Looked at again once a day.
	Final Class = "final"
	// Held: a rule of ours keeps this one record back until a person or the other system moves.
	Held Class = "held"
	// Conflict: the record moved since it was read. Read again in the next run.
	Conflict Class = "conflict"
	// Defect: an impossible state, an answer that cannot be understood, a panic.
	Defect Class = "defect"
)

// An Error is a failed call or a refused record.
type Error struct {
	Class Class
	// Op names the call or step, e.g. "ongoing: PUT /orders". May be empty.
	Op string
	// Message says in plain words what is wrong and, where known, what would be right.
	Message string
	// RetryAt is when a throttled call may be made again; zero where the vendor does not say.
	RetryAt time.Time
	// Uncertain tells that the write may have taken effect although the call failed (time-out, broken connection).
	Uncertain bool
	// Err is the cause, if any. It is not printed: causes quote addresses and bodies.
	Err error
}

func (e *Error) Error() string {
	if e.Op == "" {
		return e.Message
	}
	return e.Op + ": " + e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// New returns an error of a class; op may be empty.
func New(class Class, op, format string, args ...any) *Error {
	return &Error{Class: class, Op: op, Message: fmt.Sprintf(format, args...)}
}

// Of returns the class of an error, "" for nil. A cancelled or expired context is transient, an error of unknown origin a defect:
// what nobody thought of must be loud.
func Of(err error) Class {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Class
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Transient
	default:
		return Defect
	}
}

// Is tells whether an error is of a class.
func Is(err error, class Class) bool { return err != nil && Of(err) == class }

// RetryAt returns when a throttled call may be made again; zero if unknown.
func RetryAt(err error) time.Time {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAt
	}
	return time.Time{}
}

// IsUncertain tells whether the write that failed may have taken effect all the same.
func IsUncertain(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Uncertain
}
