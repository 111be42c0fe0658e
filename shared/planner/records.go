package planner

import (
	"iter"
	"slices"
	"strconv"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
)

// Requested yields the records that a run has to look at. If keys is not nil, those are the records named by it; else
// those in retry, which failed before, and then the changed ones. A key of plan.ChangedKey names changed ones. Found
// counts the changed ones: what was read by its id says nothing about the search.
func Requested[ID ~int, R any](keys, retry []string, byID func([]ID) iter.Seq2[R, error],
	changed iter.Seq2[R, error], found *int) iter.Seq2[R, error] {
	named := retry
	if keys != nil {
		named = keys
	}
	return func(yield func(R, error) bool) {
		if len(named) > 0 {
			for record, err := range byID(IDs[ID](named)) {
				if !yield(record, err) {
					return
				}
			}
		}
		if keys != nil && !slices.ContainsFunc(keys, plan.IsChangedKey) {
			return
		}
		for record, err := range changed {
			*found++
			if !yield(record, err) {
				return
			}
		}
	}
}

// IDs returns the ids that the keys stand for. Keys that are not numbers name no record. The list is never nil, because
// a search by nil ids finds everything.
func IDs[ID ~int](keys []string) []ID {
	ids := make([]ID, 0, len(keys))
	for _, k := range keys {
		if n, err := strconv.Atoi(k); err == nil {
			ids = append(ids, ID(n))
		}
	}
	return ids
}

// Once yields each readable record of a stream once, and adds all of them to seen and to the plan's count. A record
// that cannot be read is refused; any other error ends the stream. If not even the id can be read, the record is found
// again by the time of its change.
func Once[ID ~int, R, T any](records iter.Seq2[R, error], id func(R) ID, changed func(R) time.Time, seen map[ID]bool,
	to *plan.Plan[T]) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for record, err := range records {
			id := id(record)
			switch {
			case err != nil && !isOfRecord(err):
				yield(record, err)
				return
			case err != nil && id == 0:
				to.Read++
				to.Refuse(plan.ChangedKey(changed(record)), "", err)
				continue
			case seen[id]:
				continue
			}
			seen[id] = true
			to.Read++
			if err != nil {
				to.Refuse(key(id), "", err)
			} else if !yield(record, nil) {
				return
			}
		}
	}
}

// isOfRecord reports whether an error concerns one record only: the client could not understand it.
func isOfRecord(err error) bool { return errclass.Is(err, errclass.Rejected) }
