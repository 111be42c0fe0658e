package orders

import (
	"context"
	"maps"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
)

// A StatusChange sets the status of an order in 24SevenOffice. Allowed reports from which statuses the order can be
// moved. Another status is a Conflict, and nothing is written.
type StatusChange struct {
	ID      office24.OrderID
	To      office24.OrderStatus
	Allowed func(from office24.OrderStatus) bool
}

// SetStatus sets the status of one order; see SetStatuses.
func SetStatus(ctx context.Context, c *office24.Client, id office24.OrderID, to office24.OrderStatus,
	allowed func(from office24.OrderStatus) bool) error {
	return SetStatuses(ctx, c, []StatusChange{{id, to, allowed}})[id]
}

// SetStatuses sets the statuses of many orders in three calls, and returns the errors by id. Salespeople work with the
// same orders, and the service has no versions: the orders are therefore read right before the write, and left alone if
// somebody has moved them. They are read again after the write, because the answer repeats what was sent, not what was
// stored.
//
// An order that already has the status is left alone. SetStatuses can be repeated: after a crash after the write, it
// finds the statuses as wanted.
func SetStatuses(ctx context.Context, c *office24.Client, changes []StatusChange) map[office24.OrderID]error {
	heads, err := c.OrderHeads(ctx, idsOf(changes))
	if err != nil {
		return allFailed(changes, err)
	}
	return SetStatusesOf(ctx, c, changes, heads)
}

// SetStatusesOf is SetStatuses for orders that were read just now.
func SetStatusesOf(ctx context.Context, c *office24.Client, changes []StatusChange,
	heads map[office24.OrderID]office24.OrderHead) map[office24.OrderID]error {
	failed := map[office24.OrderID]error{}
	var pending []StatusChange
	for _, change := range changes {
		switch head, found := heads[change.ID]; {
		case !found:
			failed[change.ID] = goneError(change.ID)
		case head.Unreadable != nil:
			failed[change.ID] = head.Unreadable
		case head.Status == change.To:
		case head.Status.Invoices() || !change.Allowed(head.Status):
			failed[change.ID] = errclass.New(errclass.Conflict, "",
				"order %d was moved to status %s and is not set to %s", change.ID, head.Status.Name(), change.To.Name())
		default:
			pending = append(pending, change)
		}
	}
	maps.Copy(failed, save(ctx, c, pending, heads))
	return failed
}

// save saves the statuses in one call and reads them back. If the service refuses the call as a whole, one of the
// orders can be the reason, and each is saved alone.
func save(ctx context.Context, c *office24.Client, changes []StatusChange,
	heads map[office24.OrderID]office24.OrderHead) map[office24.OrderID]error {
	if len(changes) == 0 {
		return nil
	}
	var writes []office24.OrderWrite
	for _, change := range changes {
		writes = append(writes, office24.OrderWrite{
			ID: change.ID, CustomerID: heads[change.ID].CustomerID, Status: change.To,
		})
	}
	refused, saveErr := c.SaveOrders(ctx, writes)
	switch {
	case saveErr == nil || errclass.IsUncertain(saveErr):
	case errclass.Is(saveErr, errclass.Rejected) && len(changes) > 1:
		failed := map[office24.OrderID]error{}
		for _, change := range changes {
			maps.Copy(failed, save(ctx, c, []StatusChange{change}, heads))
		}
		return failed
	default:
		return allFailed(changes, saveErr)
	}
	stored, err := c.OrderHeads(ctx, idsOf(changes))
	if err != nil {
		return allFailed(changes, err)
	}
	failed := map[office24.OrderID]error{}
	for _, change := range changes {
		head, found := stored[change.ID]
		reason := saveErr
		if reason == nil {
			reason = refused[change.ID]
		}
		switch {
		case !found:
			failed[change.ID] = goneError(change.ID)
		case head.Unreadable != nil:
			failed[change.ID] = head.Unreadable
		case head.Status == change.To:
		case reason != nil:
			failed[change.ID] = reason
		default:
			failed[change.ID] = errclass.New(errclass.Rejected, "",
				"order %d was saved with status %s but has status %s; set it by hand",
				change.ID, change.To.Name(), head.Status.Name())
		}
	}
	return failed
}

func idsOf(changes []StatusChange) []office24.OrderID {
	var ids []office24.OrderID
	for _, change := range changes {
		ids = append(ids, change.ID)
	}
	return ids
}

func allFailed(changes []StatusChange, err error) map[office24.OrderID]error {
	failed := map[office24.OrderID]error{}
	for _, change := range changes {
		failed[change.ID] = err
	}
	return failed
}

func goneError(id office24.OrderID) error {
	return errclass.New(errclass.Conflict, "", "order %d is gone from 24SevenOffice", id)
}
