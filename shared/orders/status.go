package orders

import (
	"context"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
)

// SetStatus brings an order to a status in 24SevenOffice. Salespeople work with the same orders, and the service has no
// versions: so the order is read right before the write, left alone if somebody has moved it, and read again
// afterwards, because an answer echoes what was sent and not what was stored.
//
// May tells from which statuses; one that it refuses is a Conflict that names both statuses, and nothing is written. An
// order that has the status already is left alone.
//
// It can be repeated: after a crash right behind the write, the next SetStatus finds the status it wants.
func SetStatus(ctx context.Context, c *office24.Client, id office24.OrderID, to office24.OrderStatus, may func(office24.OrderStatus) bool) error {
	head, err := read(ctx, c, id)
	if err != nil || head.Status == to {
		return err
	}
	if head.Status.Invoices() || !may(head.Status) {
		return errclass.New(errclass.Conflict, "", "order %d has been moved to status %s and is not set to %s", id, head.Status.Name(), to.Name())
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
		return errclass.New(errclass.Rejected, "", "order %d was saved with status %s but has status %s", id, to.Name(), head.Status.Name())
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
	return head, nil
}
