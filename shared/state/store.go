package state

import (
	"context"
	"iter"
	"reflect"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
)

// API is the part of DynamoDB that is used.
type API interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
}

// A Store is the state table.
type Store struct {
	api   API
	table string
	now   func() time.Time
}

// New returns the store in a table.
func New(api API, table string, now func() time.Time) *Store {
	return &Store{api: api, table: table, now: now}
}

// Partition returns the records of one customer. No other customer's can be reached through it.
func (s *Store) Partition(id string) *Partition { return &Partition{s: s, id: id} }

// A Partition is the state of one customer.
type Partition struct {
	s     *Store
	id    string
	lease *Lease // acquired through it; nil: none
}

// get returns a record, nil where there is none.
func (c *Partition) get(ctx context.Context, record string) (item, error) {
	out, err := c.s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &c.s.table, Key: key(c.id, record), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, failed("state: GetItem "+record, err)
	}
	return out.Item, nil
}

// A condition is a condition expression with what it stands for.
type condition struct {
	expression string
	names      map[string]string
	values     item
}

// put writes a whole record if the condition holds, and returns lost otherwise. No condition: it writes in any case.
func (c *Partition) put(ctx context.Context, record string, v any, when condition, lost error) error {
	it, err := encode(c.id, record, v)
	if err != nil {
		return err
	}
	return c.putItem(ctx, it, when, lost)
}

func (c *Partition) putItem(ctx context.Context, it item, when condition, lost error) error {
	record := textOf(it[naming.SortKey])
	in := &dynamodb.PutItemInput{TableName: &c.s.table, Item: it}
	if when.expression != "" {
		in.ConditionExpression, in.ExpressionAttributeNames = &when.expression, when.names
		in.ExpressionAttributeValues = when.values
	}
	_, err := c.s.api.PutItem(ctx, in)
	switch {
	case err == nil:
		return nil
	case !conditionFailed(err):
		return failed("state: PutItem "+record, err)
	}
	// Our own write, its answer lost and then repeated by the SDK, looks the same as somebody else's.
	stored, err := c.get(ctx, record)
	if err != nil {
		return err
	}
	if reflect.DeepEqual(stored, it) {
		return nil
	}
	return conflict("state: PutItem "+record, lost)
}

// query yields the records whose names begin with prefix, in the order of their names, page by page.
func (c *Partition) query(ctx context.Context, prefix string) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		in := &dynamodb.QueryInput{
			TableName: &c.s.table, ConsistentRead: aws.Bool(true),
			KeyConditionExpression:    aws.String("#customer = :customer AND begins_with(#record, :prefix)"),
			ExpressionAttributeNames:  map[string]string{"#customer": naming.PartitionKey, "#record": naming.SortKey},
			ExpressionAttributeValues: item{":customer": text(c.id), ":prefix": text(prefix)},
		}
		for {
			out, err := c.s.api.Query(ctx, in)
			if err != nil {
				yield(nil, failed("state: Query "+prefix, err))
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

// DynamoDB takes at most 100 keys in a BatchGetItem (API reference, BatchGetItem).
const batch = 100

// batchGet returns the records under the keys, in no order; the missing are missing.
func (s *Store) batchGet(ctx context.Context, what string, keys []item) ([]item, error) {
	var found []item
	for chunk := range slices.Chunk(keys, batch) {
		items, err := s.batchGetChunk(ctx, "state: BatchGetItem "+what, chunk)
		if err != nil {
			return nil, err
		}
		found = append(found, items...)
	}
	return found, nil
}

// DynamoDB leaves keys unprocessed when it is throttled or the answer grows too large, and asks for growing pauses
// (API reference, BatchGetItem). Answers that bring nothing at all are counted; one that does starts over.
const (
	firstPause  = 50 * time.Millisecond
	maxAttempts = 6
)

func (s *Store) batchGetChunk(ctx context.Context, op string, keys []item) ([]item, error) {
	var found []item
	for fruitless := 0; ; {
		out, err := s.api.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{s.table: {Keys: keys, ConsistentRead: aws.Bool(true)}},
		})
		if err != nil {
			return nil, failed(op, err)
		}
		found = append(found, out.Responses[s.table]...)
		left := out.UnprocessedKeys[s.table].Keys
		if len(left) == 0 {
			return found, nil
		}
		fruitless++
		if len(left) < len(keys) {
			fruitless = 0
		}
		if fruitless == maxAttempts {
			return nil, errclass.New(errclass.Transient, op, "%d keys stayed unprocessed", len(left))
		}
		if err := wait(ctx, firstPause<<fruitless); err != nil {
			return nil, failed(op, err)
		}
		keys = left
	}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
