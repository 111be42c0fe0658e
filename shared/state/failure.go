package state

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
)

// A Failure describes a record that was refused or is held. It is deleted once a run has looked at the record, and it
// needs nothing any more: it is written, as it should be, or out of scope.
type Failure struct {
	Process naming.Process `dynamodbav:"process"`
	Key     string         `dynamodbav:"key"`
	Class   errclass.Class `dynamodbav:"class,omitempty"`
	// Message says in plain words what is wrong. It contains no personal data.
	Message string `dynamodbav:"message,omitempty"`
	// Fingerprint is the fingerprint of the record when it was tried. A changed record is tried at once.
	Fingerprint string    `dynamodbav:"fingerprint,omitempty"`
	Attempts    int       `dynamodbav:"attempts,omitempty"`
	FirstAt     time.Time `dynamodbav:"firstAt,omitempty"`
	LastAt      time.Time `dynamodbav:"lastAt,omitempty"`
	NextAt      time.Time `dynamodbav:"nextAt,omitempty"`
	// DismissedAt is when a person settled the record without having it written; zero if nobody has. The failure is
	// kept so that the record is not taken for a new one. It is not counted, and not tried again until the record
	// changes.
	DismissedAt time.Time `dynamodbav:"dismissedAt,omitempty"`
	Version     int       `dynamodbav:"version,omitempty"`
	// Foreign means that the failure belongs to another binding: it says nothing about the record, and is only there to
	// be deleted.
	Foreign bool `dynamodbav:"-"`
}

const (
	shortestPause = 15 * time.Minute
	// longestPause is for a refused record, which stays refused until a person changes it.
	longestPause = 24 * time.Hour
	// longestWait is for a record that is held or met an outage, which can be over at any moment.
	longestWait = time.Hour
	// promptRetries is how often a record is tried in the very next run after an outage or a defect.
	promptRetries = 4
)

// Pause returns how long to wait after the given number of failed attempts; 0 means until the next run.
//
//   - conflict: 0. The record only has to be read again.
//   - transient, defect: 0 after each of the first four attempts, because most outages are short; then as held.
//   - held: 15 minutes, doubled with each attempt up to an hour: a person or the other system can act at any moment.
//   - final: a day. Trying the same again is useless.
//   - rejected and any other: 15 minutes, doubled with each attempt up to a day.
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

// WithAttempt returns the failure after one more failed attempt. With another fingerprint the count starts over,
// because the earlier attempts were made with another content.
func (f Failure) WithAttempt(now time.Time, class errclass.Class, message, fingerprint string) Failure {
	if f.Attempts == 0 || fingerprint != f.Fingerprint {
		f.Attempts, f.FirstAt = 0, now
	}
	f.Class, f.Message, f.Fingerprint, f.DismissedAt = class, message, fingerprint, time.Time{}
	f.Attempts++
	f.LastAt, f.NextAt = now, now.Add(Pause(class, f.Attempts))
	return f
}

// WithinAnHour returns the failure with a pause of an hour at most. What has to be corrected is another record, so that
// this one is not tried at once when people have done so.
func (f Failure) WithinAnHour(now time.Time) Failure {
	if latest := now.Add(longestWait); f.NextAt.After(latest) {
		f.NextAt = latest
	}
	return f
}

// Failures returns all failures of a process, also those of other bindings.
func (p *Partition) Failures(ctx context.Context, process naming.Process) ([]Failure, error) {
	var all []Failure
	for it, err := range p.failureItems(ctx, failurePrefix(process)) {
		if err != nil {
			return nil, err
		}
		var f Failure
		if err := decode(it, &f); err != nil {
			return nil, err
		}
		if f.Foreign = p.isForeign(it); !f.Foreign {
			p.keepUnknown(recordOf(it), it, &f)
		}
		all = append(all, f)
	}
	return all, nil
}

// failureItems yields the failure records that Load has read, the first time, else it reads them.
func (p *Partition) failureItems(ctx context.Context, prefix string) iter.Seq2[item, error] {
	p.mu.Lock()
	loaded, ok := p.failures[prefix]
	delete(p.failures, prefix)
	p.mu.Unlock()
	if !ok {
		return p.query(ctx, prefix)
	}
	return func(yield func(item, error) bool) {
		for _, it := range loaded {
			if !yield(it, nil) {
				return
			}
		}
	}
}

// PutFailure stores a failure under the same condition as PutArticle: a run that has lost its lease must not replace
// what the next run has found out about the same record.
func (p *Partition) PutFailure(ctx context.Context, f *Failure) error {
	return p.putVersion(ctx, failurePrefix(f.Process)+f.Key, f, &f.Version)
}

// AddFailure stores a failure for whoever finds out that another process has to look at a record. A record that has one
// already is tried again anyway, unless a person has dismissed it: see ReopenFailure.
func (p *Partition) AddFailure(ctx context.Context, f *Failure) error {
	err := p.PutFailure(ctx, f)
	if errors.Is(err, ErrChanged) {
		return p.ReopenFailure(ctx, f.Process, f.Key, f.Message)
	}
	return err
}

// ReopenFailure replaces a failure that a person has dismissed by one that is due, because something has happened to
// the record that it does not show itself. It leaves any other as it is, and makes none.
func (p *Partition) ReopenFailure(ctx context.Context, process naming.Process, key, reason string) error {
	it, err := p.get(ctx, failurePrefix(process)+key)
	if err != nil || it == nil || p.isForeign(it) {
		return err
	}
	var f Failure
	if err := decode(it, &f); err != nil || f.DismissedAt.IsZero() {
		return err
	}
	p.keepUnknown(recordOf(it), it, &f)
	f = f.WithAttempt(p.store.now().UTC(), errclass.Conflict, reason, "")
	return p.PutFailure(ctx, &f)
}

// DeleteFailure deletes a failure. It returns ErrChanged if the failure was written since it was read, and nil if it
// does not exist any more.
func (p *Partition) DeleteFailure(ctx context.Context, f Failure) error {
	return p.deleteVersion(ctx, failurePrefix(f.Process)+f.Key, f.Version)
}

// PutFailures does what PutFailure does for failures of different records, several at the same time. After an error, or
// a crash in the middle, some of them are stored.
func (p *Partition) PutFailures(ctx context.Context, failures []Failure) error {
	return eachFailure(failures, func(f *Failure) error { return p.PutFailure(ctx, f) })
}

// DeleteFailures does what DeleteFailure does for several failures at the same time. One that was written since it was
// read stays, which is not an error: whoever has written it wants the record to be looked at.
func (p *Partition) DeleteFailures(ctx context.Context, failures []Failure) error {
	return eachFailure(failures, func(f *Failure) error {
		if err := p.DeleteFailure(ctx, *f); !errors.Is(err, ErrChanged) {
			return err
		}
		return nil
	})
}

// failuresAtOnce is how many failure records are written at the same time. DynamoDB writes conditionally only item by
// item, or in a transaction at twice the price.
const failuresAtOnce = 8

// eachFailure calls a function for each failure, several at the same time, until one returns an error.
func eachFailure(failures []Failure, do func(*Failure) error) error {
	queue := make(chan *Failure)
	errs := make([]error, min(failuresAtOnce, len(failures)))
	var failed atomic.Bool
	var wg sync.WaitGroup
	for worker := range errs {
		wg.Go(func() {
			for f := range queue {
				if failed.Load() {
					continue
				}
				if errs[worker] = do(f); errs[worker] != nil {
					failed.Store(true)
				}
			}
		})
	}
	for i := range failures {
		queue <- &failures[i]
	}
	close(queue)
	wg.Wait()
	return cmp.Or(errs...)
}
