// Package errclass classifies errors by what has to happen next. Each vendor's client has one function that turns the
// answer to a failed call into an *Error; the runner decides by its class alone.
//
// Messages are stored, logged and shown. They are lower-case, name the call and the key, and hold neither a secret nor
// personal data.
package errclass

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Class says whom an error stops and what is done about it. Failure records store it, hence a word.
type Class string

const (
	// Transient: the other system gave no answer, or one that cannot be used. Tried again in the next run.
	Transient Class = "transient"
	// Throttled: the other system asks for a pause, until RetryAt if it says so. Ends the customer run.
	Throttled Class = "throttled"
	// Credentials: the login was refused. Blocks the customer until a person acts.
	Credentials Class = "credentials"
	// Settings: a setting, an identity or a host is wrong. Blocks the customer until a person acts.
	Settings Class = "settings"
	// Rejected: the vendor, or the mapping, refuses this one record. Kept as a failure record.
	Rejected Class = "rejected"
	// Final: as Rejected, but another attempt cannot succeed. Tried again once a day.
	Final Class = "final"
	// Held: a rule of the integration holds this one record until a person or the other system acts.
	Held Class = "held"
	// Conflict: the record changed since it was read. Read again in the next run.
	Conflict Class = "conflict"
	// Defect: an impossible state, an answer of unexpected form, a panic.
	Defect Class = "defect"
)

// An Error is a failed call or a refused record.
type Error struct {
	Class Class
	// Op names the call or step, e.g. "ongoing: PUT /orders". It can be empty.
	Op string
	// Message says in plain words what is wrong and, if known, what would be right.
	Message string
	// RetryAt is when a throttled call can be made again; zero if the vendor does not say.
	RetryAt time.Time
	// Elsewhere reports that another record has to be corrected: the refused one does not change when it is.
	Elsewhere bool
	// Uncertain reports that the write may have taken effect although the call failed (time-out, broken connection).
	Uncertain bool
	// Err is the cause, if any. It is not printed: causes quote addresses and bodies.
	Err error
}

func (e *Error) Error() string {
	message := CutMessage(e.Message)
	if e.Op == "" {
		return message
	}
	return e.Op + ": " + message
}

func (e *Error) Unwrap() error { return e.Err }

// New returns an error of a class; op can be empty.
func New(class Class, op, format string, args ...any) *Error {
	return &Error{Class: class, Op: op, Message: fmt.Sprintf(format, args...)}
}

// NewElsewhere is New for what has to be corrected in another record.
func NewElsewhere(class Class, format string, args ...any) *Error {
	e := New(class, "", format, args...)
	e.Elsewhere = true
	return e
}

// IsElsewhere reports whether another record has to be corrected.
func IsElsewhere(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Elsewhere
}

// Of returns the class of an error, "" for nil. A cancelled or expired context is transient. An error of unknown origin
// is a defect, which raises an alarm.
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

// Join returns an error that says both, so that the second does not hide behind the first; nil if both are nil. The one
// that blocks the customer comes first and decides the class.
func Join(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case !blocks(a) && blocks(b):
		a, b = b, a
	}
	e := &Error{Class: Of(a), Message: a.Error() + "; " + b.Error(), RetryAt: RetryAt(a), Err: errors.Join(a, b)}
	if at := RetryAt(b); at.After(e.RetryAt) {
		e.RetryAt = at
	}
	return e
}

func blocks(err error) bool { return Is(err, Credentials) || Is(err, Settings) }

// Is reports whether an error is of a class.
func Is(err error, class Class) bool { return err != nil && Of(err) == class }

// RetryAt returns when a throttled call can be made again; zero if unknown.
func RetryAt(err error) time.Time {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAt
	}
	return time.Time{}
}

// IsUncertain reports whether a write that failed may still have taken effect.
func IsUncertain(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Uncertain
}
