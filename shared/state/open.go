package state

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
)

// The index of open orders lets a process find the orders that it still has something to do with, whatever number of
// closed links there is. It has one record for each open order, and one for itself, which says that it is complete. An
// order's record is written before its link is stored as open, and deleted after the link was stored as closed. So each
// open order is in the index; after a crash between the two, a closed one can be there, too. The records of each
// binding have names of their own.

// An orderIndex is the record of the index itself. Its name is the beginning of the names of the others, so a query
// finds it first.
type orderIndex struct {
	// First is the lowest id of an order in Ongoing that was linked and is not open any more, 0 if there is none.
	First int `dynamodbav:"first,omitempty"`
}

// IsClosed reports whether nothing is expected of an order any more: it was not sent, it was cancelled, it was booked
// and needs no rest order, or it was delivered without us.
func (l OrderLink) IsClosed() bool {
	booked := !l.ShippedAt.IsZero() && !l.AwaitsRestOrder()
	return l.OrderNumber == "" || !l.CancelledAt.IsZero() || !l.DeliveredAt.IsZero() || booked
}

// AwaitsRestOrder reports whether a rest order is due that was not made yet, because a back order can still deliver
// what is missing.
func (l OrderLink) AwaitsRestOrder() bool {
	rest := l.RestOrder
	return rest != nil && rest.OrderID == 0 &&
		slices.ContainsFunc(rest.Lines, func(r RestLine) bool { return r.Remaining != "0" })
}

// PutOrder stores a link under the same condition as PutArticle.
//
// A crash between the record in the index and the link leaves a record of an order that is not open, which readers pass
// over.
func (p *Partition) PutOrder(ctx context.Context, l *OrderLink) error {
	was := l.Indexed
	switch {
	case l.IsClosed():
		l.Indexed = false
	case !l.Indexed && p.stamp != "": // without a binding there is no index
		if err := p.putItem(ctx, p.openItem(*l), condition{}, nil); err != nil {
			return err
		}
		l.Indexed = true
	}
	err := p.putVersion(ctx, linkRecord(orderPrefix, l.OrderID), l, &l.Version)
	if err != nil {
		l.Indexed = was
	}
	return err
}

// CloseOrder takes an order out of the index, after its link was stored as closed and nothing else is left to do. It
// can be repeated; after a crash before it, the order is looked at once more whenever the open orders are. If the order
// was opened again since, it stays in the index.
func (p *Partition) CloseOrder(ctx context.Context, l OrderLink) error {
	if !l.IsClosed() || p.stamp == "" {
		return nil
	}
	if err := p.lowerFirst(ctx, l.OngoingID); err != nil {
		return err
	}
	record := openRecord(p.stamp, l.OrderID)
	_, err := p.store.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &p.store.table, Key: key(p.id, record),
		ConditionExpression:       aws.String("attribute_not_exists(#after) OR #after < :closed"),
		ExpressionAttributeNames:  map[string]string{"#after": afterVersion},
		ExpressionAttributeValues: item{":closed": dynamoattr.Number(l.Version)},
	})
	if err != nil && !conditionFailed(err) {
		return classified("state: DeleteItem "+record, err)
	}
	return nil
}

// OpenOrders yields the links of the open orders, and perhaps some that were closed by a run that died. It ends after
// an error. If there is no index yet, because an older version of this program stored the links, it reads all links
// and, under a lease, makes the index. With all set, it does so in any case: a version without the index may have run
// in between.
//
// A crash before the last write leaves an incomplete index without its own record, and it is made again.
func (p *Partition) OpenOrders(ctx context.Context, all bool) iter.Seq2[OrderLink, error] {
	return func(yield func(OrderLink, error) bool) {
		prefix := openRecord(p.stamp, 0)
		complete, ids := false, map[int]bool{}
		for it, err := range p.query(ctx, prefix) {
			if err == nil && recordOf(it) == prefix {
				complete = true
				_, err = p.noteIndex(it)
			} else if err == nil {
				ids[linkID(prefix, recordOf(it))] = true
			}
			if err != nil {
				yield(OrderLink{}, err)
				return
			}
		}
		if !complete || all {
			p.indexOrders(ctx, ids, yield)
			return
		}
		for chunk := range slices.Chunk(slices.Sorted(maps.Keys(ids)), maxBatchKeys) {
			found, err := p.Orders(ctx, chunk)
			if err != nil {
				yield(OrderLink{}, err)
				return
			}
			for _, id := range chunk {
				if l, ok := found[id]; ok && !yield(l, nil) {
					return
				}
			}
		}
	}
}

// indexOrders yields the open orders among all links, and adds those that the index lacks. It stores the index after it
// has yielded all.
func (p *Partition) indexOrders(ctx context.Context, indexed map[int]bool, yield func(OrderLink, error) bool) {
	first, stored := 0, p.lease != nil && p.stamp != ""
	for l, err := range p.EachOrder(ctx) {
		if err == nil && l.OngoingID != 0 && (first == 0 || l.OngoingID < first) {
			first = l.OngoingID
		}
		if err == nil && l.IsClosed() && !indexed[l.OrderID] {
			continue
		}
		if err == nil && stored && !indexed[l.OrderID] {
			err = p.putItem(ctx, p.openItem(l), condition{}, nil)
		}
		if !yield(l, err) || err != nil {
			return
		}
	}
	p.mu.Lock()
	p.openIndex = &orderIndex{First: first}
	p.mu.Unlock()
	if !stored {
		return
	}
	if err := p.putIndex(ctx, orderIndex{First: first}); err != nil {
		yield(OrderLink{}, err)
	}
}

func (p *Partition) putIndex(ctx context.Context, i orderIndex) error {
	it, err := encode(p.id, openRecord(p.stamp, 0), i)
	if err != nil {
		return err
	}
	return p.putItem(ctx, p.stamped(it), condition{}, nil)
}

// FirstClosed returns the lowest id in Ongoing of the orders that are not open, 0 if there is none. If the index was
// just made, it counts the open ones as well.
func (p *Partition) FirstClosed(ctx context.Context) (int, error) {
	i, err := p.loadIndex(ctx)
	if err != nil || i == nil {
		return 0, err
	}
	return i.First, nil
}

// loadIndex returns the record of the index, as it was read last; nil if there is none.
func (p *Partition) loadIndex(ctx context.Context) (*orderIndex, error) {
	p.mu.Lock()
	i := p.openIndex
	p.mu.Unlock()
	if i != nil {
		return i, nil
	}
	it, err := p.get(ctx, openRecord(p.stamp, 0))
	if err != nil || it == nil {
		return nil, err
	}
	return p.noteIndex(it)
}

func (p *Partition) noteIndex(it item) (*orderIndex, error) {
	var i orderIndex
	if err := decode(it, &i); err != nil {
		return nil, err
	}
	p.keepUnknown(recordOf(it), it, &i)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.openIndex = &i
	return &i, nil
}

// lowerFirst stores the id of an order in Ongoing that leaves the index, if it is lower than all before. Without an
// index there is nothing to store: it is made from all links.
func (p *Partition) lowerFirst(ctx context.Context, id int) error {
	i, err := p.loadIndex(ctx)
	if err != nil || i == nil || id == 0 || i.First != 0 && i.First <= id {
		return err
	}
	record := openRecord(p.stamp, 0)
	_, err = p.store.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &p.store.table, Key: key(p.id, record),
		UpdateExpression:         aws.String("SET #first = :id"),
		ConditionExpression:      aws.String("attribute_not_exists(#first) OR #first > :id"),
		ExpressionAttributeNames: map[string]string{"#first": "first"},
		ExpressionAttributeValues: item{
			":id": dynamoattr.Number(id),
		},
	})
	if err != nil && !conditionFailed(err) {
		return classified("state: UpdateItem "+record, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.openIndex = &orderIndex{First: id}
	return nil
}

// afterVersion is the version of the link, as it was read, that was about to be stored as open.
const afterVersion = "afterVersion"

// openedAt is the attribute of an order in the index that says when it got there. Records of an older version lack it.
const openedAt = "at"

// openItem returns the record of an open order. Its id is its name, and for people also an attribute.
func (p *Partition) openItem(l OrderLink) item {
	it := key(p.id, openRecord(p.stamp, l.OrderID))
	it["orderId"], it[afterVersion] = dynamoattr.Number(l.OrderID), dynamoattr.Number(l.Version)
	it[openedAt] = dynamoattr.Text(formatTime(p.store.now()))
	return p.stamped(it)
}

// OpenSince returns the links of the open orders that have been so since a time or longer. It reads the index and the
// links of those orders only. Without an index, which OpenOrders makes, there are none.
func (p *Partition) OpenSince(ctx context.Context, t time.Time) (open []OrderLink, err error) {
	if p.stamp == "" {
		return nil, nil
	}
	prefix := openRecord(p.stamp, 0)
	var ids []int
	for it, err := range p.query(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		at, known := dynamoattr.TextOf(it[openedAt])
		if id := linkID(prefix, recordOf(it)); id != 0 && (!known || at <= formatTime(t)) {
			ids = append(ids, id)
		}
	}
	found, err := p.Orders(ctx, ids)
	for _, id := range ids {
		if l, ok := found[id]; ok && !l.IsClosed() && !l.ImportedAt.IsZero() && !l.ImportedAt.After(t) {
			open = append(open, l)
		}
	}
	return open, err
}

// SomeOrders returns the ids of a few orders that were linked, as far as there are any.
func (p *Partition) SomeOrders(ctx context.Context, limit int32) ([]int, error) {
	out, err := p.store.api.Query(ctx, p.queryInput(orderPrefix, limit))
	if err != nil {
		return nil, classified(fmt.Sprintf("state: Query %s", orderPrefix), err)
	}
	var ids []int
	for _, it := range out.Items {
		if !p.isForeign(it) {
			ids = append(ids, linkID(orderPrefix, recordOf(it)))
		}
	}
	return ids, nil
}

// queryInput is a query for the records whose names begin with a prefix; a limit of 0 is none.
func (p *Partition) queryInput(prefix string, limit int32) *dynamodb.QueryInput {
	in := &dynamodb.QueryInput{
		TableName: &p.store.table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:   aws.String("#customer = :customer AND begins_with(#record, :prefix)"),
		ExpressionAttributeNames: map[string]string{"#customer": naming.PartitionKey, "#record": naming.SortKey},
		ExpressionAttributeValues: item{
			":customer": dynamoattr.Text(p.id), ":prefix": dynamoattr.Text(prefix),
		},
	}
	if limit > 0 {
		in.Limit = &limit
	}
	return in
}

// maxInFlight is how many links are stored at the same time.
const maxInFlight = 8

// PutOrders stores links side by side, each as PutOrder does, and returns their errors in the same order.
func (p *Partition) PutOrders(ctx context.Context, links []*OrderLink) []error {
	return sideBySide(len(links), func(i int) error { return p.PutOrder(ctx, links[i]) })
}

// CloseOrders is CloseOrder for several orders, side by side.
func (p *Partition) CloseOrders(ctx context.Context, links []OrderLink) []error {
	return sideBySide(len(links), func(i int) error { return p.CloseOrder(ctx, links[i]) })
}

func sideBySide(n int, do func(i int) error) []error {
	errs := make([]error, n)
	if n == 1 {
		errs[0] = do(0)
		return errs
	}
	var all sync.WaitGroup
	free := make(chan struct{}, maxInFlight)
	for i := range n {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			errs[i] = do(i)
		})
	}
	all.Wait()
	return errs
}
