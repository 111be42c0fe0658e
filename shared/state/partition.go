package state

import (
	"context"
	"iter"
	"reflect"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// A Partition is the state of one customer: the items under one partition key of the table.
type Partition struct {
	store *Store
	id    string
	lease *Lease // acquired through this Partition; nil if none was

	mu sync.Mutex // guards what follows
	// stamp is the binding that the Partition works under, "" if none. unstamped is the binding of the records without
	// a stamp, "" if it is the same one.
	stamp, unstamped string
	// binding, firstBinding and claim are as they were read last.
	binding      *Binding
	firstBinding string
	claim        claim
	// loaded are the records that Load has read, by name, until they are asked for; nil if the record does not exist.
	loaded map[string]item
	// session is the session that was used last; sessionCopy is that of the mark, until it is asked for, and
	// sessionCopyOf the binding that it is good for.
	session, sessionCopy *session
	sessionCopyOf        string
	// failures are the failure records that Load has read, until they are asked for, by their prefix.
	failures map[string][]item
	// cursors are the cursors as they were read, by name.
	cursors map[string]item
	// foreign are the records of other bindings, by name, that a write would replace.
	foreign map[string]item
	// unknown is what this version does not know of the records that were read, by name.
	unknown map[string]*unknown
	// openIndex is the record of the index of open orders as it was read last; nil if it was not read or is missing.
	openIndex *orderIndex
	// indexed is what is indexed of the article links that were read or written, by product.
	indexed map[int]indexed
}

// Partition returns the state of one customer. No other customer's records can be reached through it.
func (s *Store) Partition(id string) *Partition {
	return &Partition{
		store: s, id: id,
		failures: map[string][]item{}, cursors: map[string]item{},
		foreign: map[string]item{}, unknown: map[string]*unknown{},
	}
}

// get returns a record, or nil if it does not exist.
func (p *Partition) get(ctx context.Context, record string) (item, error) {
	out, err := p.store.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &p.store.table, Key: key(p.id, record), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, classified("state: GetItem "+record, err)
	}
	return out.Item, nil
}

// take returns a record that Load has read, the first time that it is asked for, else it reads the record.
func (p *Partition) take(ctx context.Context, record string) (item, error) {
	p.mu.Lock()
	it, ok := p.loaded[record]
	delete(p.loaded, record)
	p.mu.Unlock()
	if ok {
		return it, nil
	}
	return p.get(ctx, record)
}

// A condition is a condition expression with its placeholders. The zero condition always holds.
type condition struct {
	expression string
	names      map[string]string
	values     item
}

// put writes a whole record. It returns otherwise, as a conflict, if the condition fails.
func (p *Partition) put(ctx context.Context, record string, v any, when condition, otherwise error) error {
	it, err := encode(p.id, record, v)
	if err != nil {
		return err
	}
	return p.putItem(ctx, it, when, otherwise)
}

func (p *Partition) putItem(ctx context.Context, it item, when condition, otherwise error) error {
	record := recordOf(it)
	in := &dynamodb.PutItemInput{TableName: &p.store.table, Item: it}
	if when.expression != "" {
		in.ConditionExpression, in.ExpressionAttributeNames = &when.expression, when.names
		in.ExpressionAttributeValues = when.values
	}
	_, err := p.store.api.PutItem(ctx, in)
	switch {
	case err == nil:
		return nil
	case !conditionFailed(err):
		return classified("state: PutItem "+record, err)
	}
	// Either somebody else has written the record, or our own write succeeded, its answer was lost, and the SDK has
	// repeated it.
	stored, err := p.get(ctx, record)
	if err != nil {
		return err
	}
	if reflect.DeepEqual(stored, it) {
		return nil
	}
	return conflict("state: PutItem "+record, otherwise)
}

// query yields the records whose names begin with prefix, ordered by name. It reads page by page.
func (p *Partition) query(ctx context.Context, prefix string) iter.Seq2[item, error] {
	return p.queryInPages(ctx, prefix, 0)
}

// queryInPages is query with pages of so many records, for callers that stop early; 0 is as many as fit.
func (p *Partition) queryInPages(ctx context.Context, prefix string, size int32) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		in := p.queryInput(prefix, size)
		for {
			out, err := p.store.api.Query(ctx, in)
			if err != nil {
				yield(nil, classified("state: Query "+prefix, err))
				return
			}
			for _, it := range out.Items {
				if !yield(it, nil) {
					return
				}
			}
			if in.ExclusiveStartKey = out.LastEvaluatedKey; len(in.ExclusiveStartKey) == 0 {
				return
			}
		}
	}
}
