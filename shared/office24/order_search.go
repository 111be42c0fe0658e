package office24

import (
	"context"
	"reflect"
	"slices"
	"time"
)

// farBack is how far a search for changed orders reaches in one call. Further back, the vendor asks for
// GetOrderSyncList and GetInvoices by id, because GetInvoices often times out. The vendor gives no figure (assumed).
const farBack = 31 * 24 * time.Hour

// recent is how far back a search is taken to be small, so that a server error has another reason than its size.
const recent = 24 * time.Hour

// fewIDs is how many orders are asked for at least. One time-out costs minutes: a batch is divided by ten, and at most
// twice.
const fewIDs = 10

// An orderSearch makes the calls of one search for orders, as few as the service can answer.
type orderSearch[T record] struct {
	*Client
	OrderSearch
	rowProperties []string
}

// byTime yields the orders of a search without ids: in one call, or through GetOrderSyncList if the search goes far
// back or the one call is too much for the service. Orders that came before the service gave up are not repeated.
func (s orderSearch[T]) byTime(ctx context.Context, yield func(T, error) bool) *failure {
	reach := s.cfg.Now().Sub(s.ChangedAfter)
	handed := map[string]bool{}
	stopped := false
	once := func(order T, err error) bool {
		if key := order.key(); !handed[key] {
			handed[key] = true
			stopped = !yield(order, err)
		}
		return !stopped
	}
	onlyTime := len(s.CustomerIDs)+len(s.ExternalStatus) == 0
	if onlyTime && !s.ChangedAfter.IsZero() && reach > farBack {
		return s.bySyncList(ctx, once)
	}
	f := s.call(ctx, nil, once)
	tooMuch := f != nil && (f.overloaded || f.serverError && !s.ChangedAfter.IsZero() && reach > recent)
	if !tooMuch || stopped || ctx.Err() != nil {
		return f
	}
	return s.bySyncList(ctx, once)
}

// byID yields the orders with these ids. A batch that is too much for the service is divided; of one whose answer came
// in part, the orders that are missing are asked for.
func (s orderSearch[T]) byID(ctx context.Context, ids []OrderID, yield func(T, error) bool) *failure {
	stopped := false
	handed := map[string]bool{}
	each := func(order T, err error) bool {
		handed[order.key()] = true
		stopped = !yield(order, err)
		return !stopped
	}
	for batches := slices.Collect(slices.Chunk(ids, MaxIDs)); len(batches) > 0 && !stopped; {
		batch := batches[0]
		batches = batches[1:]
		f := s.call(ctx, batch, each)
		if f == nil {
			continue
		}
		missing := slices.DeleteFunc(slices.Clone(batch), func(id OrderID) bool { return handed[Order{ID: id}.key()] })
		smaller := len(batch) > fewIDs || len(missing) < len(batch)
		if !f.overloaded || !smaller || ctx.Err() != nil {
			return f
		}
		parts := slices.Collect(slices.Chunk(missing, max(fewIDs, len(missing)/10)))
		batches = append(parts, batches...)
	}
	return nil
}

// call makes one GetInvoices. It is not repeated after a time-out if the search can be divided.
func (s orderSearch[T]) call(ctx context.Context, ids []OrderID, yield func(T, error) bool) *failure {
	op := readOperation(invoicePath, "GetInvoices")
	op.divisible = ids == nil || len(ids) > fewIDs
	return search(ctx, s.Client, op, "InvoiceOrder", s.ChangedAfter, func(after time.Time) any {
		return getInvoices{
			Search: invoiceSearch{
				CustomerIDs:    s.CustomerIDs,
				ChangedAfter:   after,
				OrderStates:    s.Statuses,
				OrderIDs:       ids,
				ExternalStatus: s.ExternalStatus,
			},
			Properties: properties[T](), RowProperties: s.rowProperties,
		}
	}, yield)
}

type getOrderSyncList struct {
	Params orderSyncParams `soap:"syncParams"`
}

type orderSyncParams struct {
	ChangedAfter    time.Time
	RegisteredAfter string // required by the schema even if ChangedAfter is given
}

// bySyncList reads the ids of all orders that have changed, whatever their status, and then the orders by their ids
// with the other filters.
//
// https://developer.24sevenoffice.com/docs/invoiceservice.html,
// https://api.24sevenoffice.com/Economy/InvoiceOrder/V001/InvoiceService.asmx?op=GetOrderSyncList
func (s orderSearch[T]) bySyncList(ctx context.Context, yield func(T, error) bool) *failure {
	op := readOperation(invoicePath, "GetOrderSyncList")
	var ids []OrderID
	read := func(d *decoder) error {
		ids = nil // a repeated call finds nothing of the first
		if _, err := d.list(member{name: "result", entry: "int"}, reflect.ValueOf(&ids).Elem()); err != nil {
			return err
		}
		return d.misread()
	}
	request := func(after time.Time) getOrderSyncList {
		return getOrderSyncList{orderSyncParams{ChangedAfter: after, RegisteredAfter: noTime}}
	}
	after := ChangedAfter(s.ChangedAfter)
	f := s.Client.call(ctx, op, request(after), read)
	if f.blamesRequest() {
		f = s.Client.call(ctx, op, request(after.Add(-dstGap)), read)
	}
	if f != nil {
		return f
	}
	s.ChangedAfter = time.Time{} // the list is of those
	return s.byID(ctx, validIDs(ids), yield)
}
