package orders

import (
	"context"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
)

// SetStatus sets the status of an order in 24SevenOffice. Salespeople work with the same orders, and the service has
// no versions: the order is therefore read right before the write, and left alone if somebody has moved it. It is
// read again after the write, because the answer repeats what was sent, not what was stored.
//
// Allowed reports from which statuses the order can be moved. Another status is a Conflict, and nothing is written.
// An order that already has the status is left alone.
//
// SetStatus can be repeated: after a crash after the write, it finds the status as wanted.
func SetStatus(ctx context.Context, c *office24.Client, id office24.OrderID, to office24.OrderStatus,
	allowed func(from office24.OrderStatus) bool) error {
	head, err := read(ctx, c, id)
	if err != nil || head.Status == to {
		return err
	}
	if head.Status.Invoices() || !allowed(head.Status) {
		return errclass.New(errclass.Conflict, "", "order %d was moved to status %s and is not set to %s",
			id, head.Status.Name(), to.Name())
	}
	_, saveErr := c.SaveOrder(ctx, office24.OrderWrite{ID: id, CustomerID: head.CustomerID, Status: to})
	if saveErr != nil && !errclass.IsUncertain(saveErr) {
		return saveErr
	}
	head, err = read(ctx, c, id)
	switch {
	case err != nil:
		return err
	case head.Status == to:
		return nil
	case saveErr != nil:
		return saveErr
	default:
		return errclass.New(errclass.Rejected, "",
			"order %d was saved with status %s but has status %s; set it by hand",
			id, to.Name(), head.Status.Name())
	}
}

func read(ctx context.Context, c *office24.Client, id office24.OrderID) (office24.OrderHead, error) {
	heads, err := c.OrderHeads(ctx, []office24.OrderID{id})
	if err != nil {
		return office24.OrderHead{}, err
	}
	head, ok := heads[id]
	if !ok {
		return head, errclass.New(errclass.Conflict, "", "order %d is gone from 24SevenOffice", id)
	}
	return head, head.Unreadable
}
