package runner

import (
	"context"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
)

// A Finder is a process that can say which records of 24SevenOffice people mean by numbers that are not their ids:
// product numbers, or Ongoing's order numbers.
type Finder interface {
	// Find returns a Finding for each record with one of the numbers: its id, and in Name the number. Several records
	// can have one number.
	Find(ctx context.Context, numbers []string) ([]Finding, error)
}

// maxFound is how many numbers an invocation looks for: each needs a call.
const maxFound = 20

// find fills the row with the records that have the numbers of the event.
func (r *customerRun[T]) find(ctx context.Context, process Process[T]) (err error) {
	finder, ok := process.(Finder)
	if !ok {
		return errclass.New(errclass.Settings, "", "event: find: %s finds nothing by a number; ask %s for products, "+
			"or %s for orders", r.Process, naming.Articles, naming.SalesOrders)
	}
	r.row.Found, err = finder.Find(ctx, r.event.Find)
	return err
}
