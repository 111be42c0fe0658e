package office24

import (
	"context"
	"errors"
	"iter"
	"math"
	"reflect"
	"slices"
	"time"

	"ongoing24so/shared/errclass"
)

// MaxIDs is how many ids a search can name in one call: documented for orders, assumed for the others.
const MaxIDs = 1000

// dstGap is how far a time filter is moved back if the service refuses the search. The service seems to convert a time
// to local time, in which one hour in spring does not exist (seen by other integrators); how it says so is not known.
// Reading more than needed does no harm, and three hours reach past the gap in every zone that the service can be in.
const dstGap = 3 * time.Hour

// A record is an item of an answer. Its key names it in messages, also one without an id.
type record interface{ key() string }

// A stored record has an id, which is in its member ID.
type stored interface {
	record
	id() int
}

// stream returns the records of one search. request makes the request for a time filter, which can be moved back.
func stream[T record](
	ctx context.Context, c *Client, op operation, entry string, after time.Time, request func(after time.Time) any,
) iter.Seq2[T, error] {
	return untilFailure(func(yield func(T, error) bool) *failure {
		return search(ctx, c, op, entry, after, request, yield)
	})
}

// untilFailure yields what read yields, and then the failure that ended it, if any.
func untilFailure[T any](read func(yield func(T, error) bool) *failure) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if f := read(yield); f != nil {
			var none T
			yield(none, f.Error)
		}
	}
}

// search yields the records of one search. It returns nil if the caller wants no more of them.
func search[T record](
	ctx context.Context, c *Client, op operation, entry string, after time.Time, request func(after time.Time) any,
	yield func(T, error) bool,
) *failure {
	stopped := false
	each := records(op, entry, func(item T, err error) bool {
		stopped = !yield(item, err)
		return !stopped
	})
	f := c.call(ctx, op, request(after), each)
	if f.blamesRequest() && !after.IsZero() {
		f = c.call(ctx, op, request(after.Add(-dstGap)), each)
	}
	if stopped {
		return nil
	}
	return f
}

// records reads an array result and yields one record at a time. A record that the service refuses, or that has an
// unexpected value, comes with an error of its own.
func records[T record](op operation, entry string, yield func(T, error) bool) reader {
	return func(d *decoder) error {
		for {
			ok, err := d.next()
			if err != nil || !ok {
				return err
			}
			if string(d.xml.local()) != entry || d.xml.null {
				if err := d.xml.skip(); err != nil {
					return err
				}
				continue
			}
			item, wrong, err := readRecord[T](d, op)
			if err != nil {
				return err
			}
			d.records++
			if !yield(item, wrong.err()) {
				return errStopped
			}
		}
	}
}

// readRecord reads the current element as a record. Its exception counts first: the other members may only echo the
// request.
func readRecord[T record](d *decoder, op operation) (item T, wrong *failure, err error) {
	d.size, d.refusal = 0, nil
	depth := len(d.xml.starts)
	if _, err := d.object(reflect.ValueOf(&item).Elem()); err != nil {
		isOfRecord := errors.Is(err, errSyntax) || errors.Is(err, errForbidden) || errors.Is(err, errTooLarge)
		if !isOfRecord || d.xml.leave(depth) != nil {
			return item, nil, err
		}
		d.bad = append(d.bad, "its XML is not well-formed or not accepted")
	}
	misread := d.misread()
	switch {
	case d.refusal != nil:
		wrong = op.rejected(item.key(), *d.refusal, d.quote)
	case misread != nil && op.write:
		wrong = op.fail(errclass.Defect, "%s: the answer cannot be read: %v", item.key(), misread).uncertain(op)
	case misread != nil:
		wrong = op.fail(errclass.Rejected, "%s cannot be read: %v; correct it in 24SevenOffice", item.key(), misread)
	}
	return item, wrong, nil
}

// inBatches runs a search for each batch of ids. Nil ids mean a search without ids, an empty list no search. An id that
// is not a positive int of the WSDL is left out: no record has it, and the service would refuse the whole search.
func inBatches[ID ~int, T stored](ids []ID, search func([]ID) iter.Seq2[T, error]) iter.Seq2[T, error] {
	if ids == nil {
		return search(nil)
	}
	ids = validIDs(ids)
	return func(yield func(T, error) bool) {
		for batch := range slices.Chunk(ids, MaxIDs) {
			for item, err := range identified(batch, search(batch)) {
				if !yield(item, err) || err != nil && !errclass.Is(err, errclass.Rejected) {
					return
				}
			}
		}
	}
}

// identified yields the records of a search for these ids. A record of which the id cannot be read is one of those that
// are missing. Which one is not known, so each of them comes as unreadable: a missing record would pass for deleted.
func identified[ID ~int, T stored](ids []ID, found iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var nameless error
		read := make(map[int]bool, len(ids))
		for item, err := range found {
			if item.id() == 0 && errclass.Is(err, errclass.Rejected) {
				nameless = err
				continue
			}
			read[item.id()] = true
			if !yield(item, err) || err != nil && !errclass.Is(err, errclass.Rejected) {
				return
			}
		}
		for _, id := range ids {
			if nameless == nil || read[int(id)] {
				continue
			}
			var item T
			reflect.ValueOf(&item).Elem().FieldByName("ID").SetInt(int64(id))
			err := errclass.New(errclass.Rejected, "", "%s was not found, but perhaps it is this: %v", item.key(),
				nameless)
			if !yield(item, err) {
				return
			}
		}
	}
}

func validIDs[ID ~int](ids []ID) []ID {
	return slices.DeleteFunc(slices.Clone(ids), func(id ID) bool { return id <= 0 || int64(id) > math.MaxInt32 })
}

// failedSequence yields one error.
func failedSequence[T any](f *failure) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, f.Error)
	}
}
