package ongoing

import (
	"context"
	"errors"
	"iter"
	"math"
	"net/url"
	"slices"
	"strconv"

	"ongoing24so/shared/errclass"
)

// pages yields the rows of a list that is paged by an id cursor: rows with at least this id, at most so many. Rows come
// in ascending order of their ids, so the next cursor is the last id plus one. The list ends with an empty page
// (vendor's guide), because the service can return shorter pages than requested.
//
// A page that is too long is asked for again with fewer rows. A row that is too long alone, or that cannot be read,
// comes with an error of its own, and the list goes on. k makes the call for a page.
//
// A row without an id that can be read comes with an error of its own, too. If it is the last one of its page, it comes
// with the next page. A page of such rows alone is the end, unless it is full.
//
// If ids do not ascend, the cursor is useless: rows would be lost, or the same page read for ever. That ends the list
// with a Defect.
func pages[T any](
	ctx context.Context, c *Client, of kind[T], size int, k func(from, size int) call,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		full := size
		for from := 0; ; {
			k := k(from, size)
			page, err := readPage(ctx, c, k, of)
			if tooLong, ok := errors.AsType[*tooLongError](err); ok {
				first, found := firstRecord(k, of, tooLong.start)
				if found && size > 1 {
					size = max(1, size/4)
					continue
				}
				if found {
					page, err = listPage[T]{rows: []T{first}, bytes: maxAnswer}, nil
				}
			}
			if err != nil {
				yield(none, err)
				return
			}
			nameless, after := []T{}, from
			for i, row := range page.rows {
				if of.id(row) <= 0 {
					nameless = append(nameless, of.withoutID(k, row, from-1))
					continue
				}
				if i > 0 && of.id(row) == of.id(page.rows[i-1]) { // the same record once more
					continue
				}
				if of.id(row) < from {
					yield(none, k.fail(errclass.Defect, nil,
						"id %d came after the cursor had reached %d", of.id(row), from))
					return
				}
				for _, row := range append(nameless, row) {
					if !yield(row, *of.unreadable(&row)) {
						return
					}
				}
				nameless, from = nil, of.id(row)+1
			}
			if len(page.rows) > 0 && from == after {
				of.end(k, nameless, len(nameless) == size, yield)
				return
			}
			if len(page.rows) == 0 || from > math.MaxInt32 {
				return
			}
			if page.bytes < maxAnswer/4 {
				size = min(2*size, full)
			}
		}
	}
}

// end yields the rows of a page that has none with an id. If the page is full, there may be others behind them.
func (of kind[T]) end(k call, nameless []T, isFull bool, yield func(T, error) bool) {
	var none T
	for _, row := range nameless {
		if !yield(row, *of.unreadable(&row)) {
			return
		}
	}
	if isFull {
		yield(none, k.fail(errclass.Defect, nil, "no record of a page has an id"))
	}
}

type listPage[T any] struct {
	rows  []T
	bytes int
}

func readPage[T any](ctx context.Context, c *Client, k call, of kind[T]) (listPage[T], error) {
	return getValidBy(ctx, c, k, func(body []byte) (listPage[T], error) {
		rows, err := decodeList(k, of, body)
		return listPage[T]{rows, len(body)}, err
	})
}

// inBatches requests values in batches and yields the rows that have exactly one of them. If the values are unique in
// the service, a batch ends with its last value, without the empty page after it. key is the parameter for one value;
// the parameter for several has an s appended. A single value with a comma in the latter could be read as two.
func inBatches[T any](
	key string, values []string, valueOf func(T) string, unique bool, rows func(url.Values) iter.Seq2[T, error],
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		wanted := slices.Compact(slices.Sorted(slices.Values(values)))
		wanted = slices.DeleteFunc(wanted, func(v string) bool { return v == "" }) // no record has it
		for batch := range batches(key+"s", wanted) {
			found := 0
			filter := url.Values{key + "s": batch}
			if len(batch) == 1 {
				filter = url.Values{key: batch}
			}
			for row, err := range rows(filter) {
				isRow := err == nil || errors.Is(err, ErrUnreadable)
				if isRow {
					value := valueOf(row)
					_, wanted := slices.BinarySearch(batch, value)
					if !wanted && (err == nil || value != "") { // without a value, it is one of those asked for
						continue
					}
					found++
				}
				if !yield(row, err) || !isRow {
					return
				}
				if unique && found == len(batch) {
					break
				}
			}
		}
	}
}

// maxQuery limits the values of a repeated key in bytes: the service's web server (IIS) refuses a query longer than
// 2,048 bytes by default.
const maxQuery = 1600

// batches splits values so that each batch fits into a query.
func batches(key string, values []string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		start, size := 0, 0
		for i, value := range values {
			length := len(key) + len(url.QueryEscape(value)) + 2
			if size+length > maxQuery && i > start {
				if !yield(values[start:i]) {
					return
				}
				start, size = i, 0
			}
			size += length
		}
		if start < len(values) {
			yield(values[start:])
		}
	}
}

// setInt sets a parameter unless it is zero.
func setInt[T ~int](q url.Values, key string, n T) {
	if n != 0 {
		q.Set(key, strconv.Itoa(int(n)))
	}
}

// failedList yields one error.
func failedList[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, err)
	}
}
