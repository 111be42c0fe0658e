package ongoing

import (
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
// If ids do not ascend, the cursor is useless: rows would be lost, or the same page read for ever. That ends the list
// with a Defect.
func pages[T any](operation string, id func(T) int, fetch func(from int) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for from := 0; ; {
			page, err := fetch(from)
			if err != nil {
				yield(none, err)
				return
			}
			for _, row := range page {
				if id(row) < max(from, 1) {
					yield(none, errclass.New(errclass.Defect, "ongoing: "+operation,
						"id %d came after the cursor had reached %d", id(row), from))
					return
				}
				if !yield(row, nil) {
					return
				}
				from = id(row) + 1
			}
			if len(page) == 0 || from > math.MaxInt32 {
				return
			}
		}
	}
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
				if err == nil {
					if _, wanted := slices.BinarySearch(batch, valueOf(row)); !wanted {
						continue
					}
					found++
				}
				if !yield(row, err) || err != nil {
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
