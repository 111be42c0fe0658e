package state

import (
	"context"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
)

// A Failure is a record that was refused or is held back. It is gone once the record went through.
type Failure struct {
	Process naming.Process `dynamodbav:"process"`
	Key     string         `dynamodbav:"key"`
	Class   errclass.Class `dynamodbav:"class,omitempty"`
	// Message says in plain words what is wrong; no personal data.
	Message string `dynamodbav:"message,omitempty"`
	// Fingerprint is that of the record as it was tried: a changed record is tried at once.
	Fingerprint string    `dynamodbav:"fingerprint,omitempty"`
	Attempts    int       `dynamodbav:"attempts,omitempty"`
	FirstAt     time.Time `dynamodbav:"firstAt,omitempty"`
	LastAt      time.Time `dynamodbav:"lastAt,omitempty"`
	NextAt      time.Time `dynamodbav:"nextAt,omitempty"`
	Version     int       `dynamodbav:"version,omitempty"`
}

// The first pause, and the longest ones: of a record that is wrong, and of one that others can set right at any moment.
const (
	shortestPause = 15 * time.Minute
	longestPause  = 24 * time.Hour
	longestWait   = time.Hour
	promptRetries = 4
)

// Pause is how long a record rests after so many failed attempts; 0: it is due in the next run.
//
//   - conflict: not at all. It is read again, that is all.
//   - transient, defect: not at all after the first four attempts, because outages are short; then as held.
//   - held: 15 minutes, then twice as long each time, an hour at most: a person or the other system may have moved.
//   - final: a day. The same again is of no use.
//   - rejected, and whatever else: 15 minutes, then twice as long each time, a day at most.
func Pause(class errclass.Class, attempts int) time.Duration {
	switch class {
	case errclass.Conflict:
		return 0
	case errclass.Transient, errclass.Defect:
		if attempts <= promptRetries {
			return 0
		}
		return doubled(attempts-promptRetries, longestWait)
	case errclass.Held:
		return doubled(attempts, longestWait)
	case errclass.Final:
		return longestPause
	default:
		return doubled(attempts, longestPause)
	}
}

func doubled(attempts int, longest time.Duration) time.Duration {
	pause := shortestPause
	for range attempts - 1 {
		if pause *= 2; pause >= longest {
			return longest
		}
	}
	return pause
}

// WithAttempt returns the record of the next failed attempt. A changed fingerprint starts over: what failed then was
// another record.
func (f Failure) WithAttempt(now time.Time, class errclass.Class, message, fingerprint string) Failure {
	if f.Attempts == 0 || fingerprint != f.Fingerprint {
		f.Attempts, f.FirstAt = 0, now
	}
	f.Class, f.Message, f.Fingerprint = class, message, fingerprint
	f.Attempts++
	f.LastAt, f.NextAt = now, now.Add(Pause(class, f.Attempts))
	return f
}

// Failures returns all failures of a process.
func (c *Partition) Failures(ctx context.Context, process naming.Process) ([]Failure, error) {
	var all []Failure
	for it, err := range c.query(ctx, failurePrefix(process)) {
		if err != nil {
			return nil, err
		}
		var f Failure
		if err := decode(it, &f); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// PutFailure stores a failure under the rule of PutArticle: a run that has lost its lease must not hide what the next
// one has found out about the same record.
func (c *Partition) PutFailure(ctx context.Context, f *Failure) error {
	return c.putVersion(ctx, failurePrefix(f.Process)+f.Key, f, &f.Version)
}

// DeleteFailure removes a failure, if it stands as it was read, else ErrChanged. One that is gone already is no error.
func (c *Partition) DeleteFailure(ctx context.Context, f Failure) error {
	return c.deleteVersion(ctx, failurePrefix(f.Process)+f.Key, f.Version)
}
