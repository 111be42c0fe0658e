package state_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// noon is the time at which the tests start.
var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// A world is a state table with its clock and one customer.
type world struct {
	db    *dynamodbtest.DB
	now   time.Time
	store *state.Store
	acme  *state.Partition
}

func newWorld(t *testing.T, db *dynamodbtest.DB) *world {
	t.Helper()
	return worldWith(db.Fresh(t), db.Client)
}

func worldWith(db *dynamodbtest.DB, api state.API) *world {
	w := &world{db: db, now: noon}
	w.store = state.New(api, db.State, func() time.Time { return w.now })
	w.acme = w.store.Partition("acme")
	return w
}

// impatient returns a client of the same DB that makes the given number of attempts without pauses.
func impatient(db *dynamodbtest.DB, attempts int) *dynamodb.Client {
	o := db.Client.Options()
	o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff = attempts, time.Nanosecond
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	})
	return dynamodb.New(o)
}

// put writes a record directly, as a person could.
func (w *world) put(t *testing.T, customer, record string, attributes map[string]any) {
	t.Helper()
	item, err := attributevalue.MarshalMap(attributes)
	must(t, err)
	item["customerId"], item["record"] = dynamoattr.Text(customer), dynamoattr.Text(record)
	_, err = w.db.Client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &w.db.State, Item: item})
	must(t, err)
}

// stored returns a record of acme as a person sees it, empty if it does not exist.
func (w *world) stored(t *testing.T, record string) map[string]any {
	t.Helper()
	return w.of(t, "acme", record)
}

// of returns a record of any customer.
func (w *world) of(t *testing.T, customer, record string) map[string]any {
	t.Helper()
	out, err := w.db.Client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: &w.db.State, ConsistentRead: aws.Bool(true),
		Key: map[string]types.AttributeValue{
			"customerId": dynamoattr.Text(customer), "record": dynamoattr.Text(record),
		},
	})
	must(t, err)
	var attributes map[string]any
	must(t, attributevalue.UnmarshalMap(out.Item, &attributes))
	return attributes
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantConflict checks that an error is the given one and has the class that makes the next run read the record again.
func wantConflict(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || !errclass.Is(got, errclass.Conflict) {
		t.Fatalf("got %v, want %v of class conflict", got, want)
	}
}

// remove deletes a record, as a person could.
func (w *world) remove(t *testing.T, customer, record string) {
	t.Helper()
	_, err := w.db.Client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
		TableName: &w.db.State, Key: map[string]types.AttributeValue{
			"customerId": dynamoattr.Text(customer), "record": dynamoattr.Text(record),
		},
	})
	must(t, err)
}

// A counting API counts the requests.
type counting struct {
	state.API
	requests int
}

func (c *counting) GetItem(
	ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options),
) (*dynamodb.GetItemOutput, error) {
	c.requests++
	return c.API.GetItem(ctx, in, o...)
}

func (c *counting) BatchGetItem(
	ctx context.Context, in *dynamodb.BatchGetItemInput, o ...func(*dynamodb.Options),
) (*dynamodb.BatchGetItemOutput, error) {
	c.requests++
	return c.API.BatchGetItem(ctx, in, o...)
}
