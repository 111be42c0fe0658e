package state

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/english"
	"ongoing24so/shared/errclass"
)

type options = func(*dynamodb.Options)

// API is the part of the SDK's DynamoDB client that the package uses.
type API interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...options) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...options) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...options) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...options) (*dynamodb.DeleteItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...options) (*dynamodb.QueryOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...options) (*dynamodb.BatchGetItemOutput, error)
	BatchWriteItem(context.Context, *dynamodb.BatchWriteItemInput, ...options) (*dynamodb.BatchWriteItemOutput, error)
	TransactWriteItems(
		context.Context, *dynamodb.TransactWriteItemsInput, ...options,
	) (*dynamodb.TransactWriteItemsOutput, error)
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

// maxBatchKeys is DynamoDB's limit for one BatchGetItem (API reference, BatchGetItem).
const maxBatchKeys = 100

// batchGet returns the records under the keys, in no order. Missing records are left out.
func (s *Store) batchGet(ctx context.Context, what string, keys []item) ([]item, error) {
	var found []item
	for chunk := range slices.Chunk(keys, maxBatchKeys) {
		items, err := s.batchGetChunk(ctx, "state: BatchGetItem "+what, chunk)
		if err != nil {
			return nil, err
		}
		found = append(found, items...)
	}
	return found, nil
}

// DynamoDB leaves keys unprocessed if it throttles or the answer gets too large, and asks for exponential back-off (API
// reference, BatchGetItem). maxAttempts limits the answers in a row that process no key at all.
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
			return nil, classified(op, err)
		}
		found = append(found, out.Responses[s.table]...)
		unprocessed := out.UnprocessedKeys[s.table].Keys
		if len(unprocessed) == 0 {
			return found, nil
		}
		fruitless++
		if len(unprocessed) < len(keys) {
			fruitless = 0
		}
		if fruitless == maxAttempts {
			return nil, errclass.New(errclass.Transient, op, "%s stayed unprocessed",
				english.Count(len(unprocessed), "key"))
		}
		if err := wait(ctx, firstPause<<fruitless); err != nil {
			return nil, classified(op, err)
		}
		keys = unprocessed
	}
}

// DynamoDB writes at most maxBatchWrites records in one BatchWriteItem (API reference). writesAtOnce is how many of
// these requests batchWrite makes at the same time.
const (
	maxBatchWrites = 25
	writesAtOnce   = 8
)

// batchPut writes whole records without a condition. Their keys must differ. After an error some of them are written.
func (s *Store) batchPut(ctx context.Context, items []item) error {
	puts := make([]types.WriteRequest, len(items))
	for i, it := range items {
		puts[i].PutRequest = &types.PutRequest{Item: it}
	}
	return s.batchWrite(ctx, puts)
}

// batchDelete deletes the records with these keys, which must differ. After an error some of them are deleted.
func (s *Store) batchDelete(ctx context.Context, keys []item) error {
	deletes := make([]types.WriteRequest, len(keys))
	for i, key := range keys {
		deletes[i].DeleteRequest = &types.DeleteRequest{Key: key}
	}
	return s.batchWrite(ctx, deletes)
}

func (s *Store) batchWrite(ctx context.Context, writes []types.WriteRequest) error {
	var failed error
	var mu sync.Mutex
	var wg sync.WaitGroup
	turns := make(chan struct{}, writesAtOnce)
	for chunk := range slices.Chunk(writes, maxBatchWrites) {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			if err := s.batchWriteChunk(ctx, chunk); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = err
			}
		})
	}
	wg.Wait()
	return failed
}

func (s *Store) batchWriteChunk(ctx context.Context, writes []types.WriteRequest) error {
	const op = "state: BatchWriteItem"
	for fruitless := 0; ; {
		out, err := s.api.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]types.WriteRequest{s.table: writes},
		})
		if err != nil {
			return classified(op, err)
		}
		unprocessed := out.UnprocessedItems[s.table]
		if len(unprocessed) == 0 {
			return nil
		}
		fruitless++
		if len(unprocessed) < len(writes) {
			fruitless = 0
		}
		if fruitless == maxAttempts {
			return errclass.New(errclass.Transient, op, "%s stayed unprocessed",
				english.Count(len(unprocessed), "record"))
		}
		if err := wait(ctx, firstPause<<fruitless); err != nil {
			return classified(op, err)
		}
		writes = unprocessed
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
