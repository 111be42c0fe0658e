package office24

import (
	"context"
	"iter"
	"reflect"
	"slices"
	"time"

	"ongoing24so/shared/errclass"
)

// maxIDs is how many ids a search may name: documented for orders, and kept for the others by analogy.
const maxIDs = 1000

// dstGap is how far a filter is moved back when the service cannot make sense of it: it seems to turn moments into a
// local time, which does not exist for an hour in spring (seen by other integrators). Reading more than asked for does
// no harm, and three hours are clear of any gap and any zone the service may be in.
const dstGap = 3 * time.Hour

// A record is an item of an answer that can name itself.
type record interface{ key() string }

// stream returns the records of one search. The request is built by its filter, so that it can be moved back.
func stream[T record](ctx context.Context, c *Client, op operation, entry string, after time.Time, request func(after time.Time) any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		stopped := false
		each := records(op, entry, func(item T, err error) bool {
			stopped = !yield(item, err)
			return !stopped
		})
		f := c.call(ctx, op, request(after), each)
		if f != nil && f.invalid && !after.IsZero() {
			f = c.call(ctx, op, request(after.Add(-dstGap)), each)
		}
		if f != nil && !stopped {
			var none T
			yield(none, f.Error)
		}
	}
}

// records reads an array result and hands on one record at a time, those that the service or we cannot make sense of
// with an error of their own.
func records[T record](op operation, entry string, yield func(T, error) bool) reader {
	return func(d *decoder) error {
		for {
			element, ok, err := d.next()
			if err != nil || !ok {
				return err
			}
			if element.Name.Local != entry || isNil(element) {
				if err := d.skip(); err != nil {
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

// readRecord reads the present element as a record. The exception in it is looked at first: what else stands there may
// be no more than an echo of the request.
func readRecord[T record](d *decoder, op operation) (item T, wrong *failure, err error) {
	d.in.record, d.refusal = maxRecord, nil
	if _, err := d.value(reflect.ValueOf(&item).Elem(), ""); err != nil {
		return item, nil, err
	}
	misread := d.misread()
	switch {
	case d.refusal != nil:
		wrong = op.rejected(item.key(), *d.refusal, d.quote)
	case misread != nil && op.write:
		wrong = op.fail(errclass.Defect, "%s: the answer cannot be understood: %v", item.key(), misread).uncertain(op)
	case misread != nil:
		wrong = op.fail(errclass.Rejected, "%s cannot be understood: %v", item.key(), misread)
	}
	return item, wrong, nil
}

// batched runs a search for each batch of ids. Nil ids mean a search without ids, an empty list none at all.
func batched[ID ~int, T any](ids []ID, search func([]ID) iter.Seq2[T, error]) iter.Seq2[T, error] {
	if ids == nil {
		return search(nil)
	}
	return func(yield func(T, error) bool) {
		for batch := range slices.Chunk(ids, maxIDs) {
			for item, err := range search(batch) {
				if !yield(item, err) || err != nil && !errclass.Is(err, errclass.Rejected) {
					return
				}
			}
		}
	}
}

// failed is a sequence that is over before it began.
func failed[T any](f *failure) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, f.Error)
	}
}
