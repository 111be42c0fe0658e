package dynamodbtest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/testenv/dynamodbtest"
)

// text returns an item with a text of so many bytes.
func text(customer, record string, bytes int) map[string]types.AttributeValue {
	it := item(customer, record)
	it["text"] = &types.AttributeValueMemberS{Value: strings.Repeat("x", bytes)}
	return it
}

func mustPut(t *testing.T, db *dynamodbtest.DB, it map[string]types.AttributeValue) {
	t.Helper()
	if _, err := db.Client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &db.State, Item: it}); err != nil {
		t.Fatal(err)
	}
}

func TestPageEndsAtOneMegabyte(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		const items = 5
		for i := range items {
			mustPut(t, db, text("acme", fmt.Sprint("a#", i), 300<<10))
			mustPut(t, db, text("acme", fmt.Sprint("b#", i), 10))
		}
		pages := dynamodb.NewQueryPaginator(db.Client, &dynamodb.QueryInput{
			TableName: &db.State, KeyConditionExpression: aws.String("#c = :c AND begins_with(#r, :p)"),
			ExpressionAttributeNames: map[string]string{"#c": "customerId", "#r": "record"},
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":c": &types.AttributeValueMemberS{Value: "acme"}, ":p": &types.AttributeValueMemberS{Value: "a#"},
			},
		})
		var sizes []int
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, len(page.Items))
		}
		if diff := cmp.Diff([]int{4, 1}, sizes); diff != "" {
			t.Errorf("items of the pages (-want +got):\n%s", diff)
		}
	})
}

func TestRequestsAboveTheLimitsAreRefused(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		many := make([]map[string]types.AttributeValue, 101)
		for i := range many {
			many[i] = item("acme", fmt.Sprint("a#", i))
		}
		read := func(keys ...map[string]types.AttributeValue) error {
			_, err := db.Client.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{
				RequestItems: map[string]types.KeysAndAttributes{db.State: {Keys: keys}},
			})
			return err
		}
		_, large := db.Client.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: &db.State, Item: text("acme", "a", 401<<10),
		})
		_, noKey := db.Client.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: &db.State, Item: item("acme", ""),
		})
		for what, err := range map[string]error{
			"an item above 400 kB": large, "an item without its sort key": noKey,
			"101 keys": read(many...), "a key twice": read(many[0], many[0]),
		} {
			var answer smithy.APIError
			if !errors.As(err, &answer) || answer.ErrorCode() != "ValidationException" {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestUpdateChangesWhatItsExpressionNames(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		mustPut(t, db, text("acme", "a", 3))
		out, err := db.Client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
			TableName: &db.State, Key: item("acme", "a"), ReturnValues: types.ReturnValueAllNew,
			UpdateExpression:         aws.String("SET #n = if_not_exists(#n, :one) REMOVE #t ADD calls :one"),
			ExpressionAttributeNames: map[string]string{"#n": "n", "#t": "text"},
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":one": &types.AttributeValueMemberN{Value: "1"},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]any{}
		if err := attributevalue.UnmarshalMap(out.Attributes, &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"customerId": "acme", "record": "a", "n": 1.0, "calls": 1.0}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTransactionMakesAllWritesOrNone(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t) // dynalite has no transactions
	mustPut(t, db, item("acme", "a"))
	absent := aws.String("attribute_not_exists(customerId)")
	transact := func(records ...string) error {
		var puts []types.TransactWriteItem
		for _, record := range records {
			puts = append(puts, types.TransactWriteItem{Put: &types.Put{
				TableName: &db.State, Item: item("acme", record), ConditionExpression: absent,
			}})
		}
		_, err := db.Client.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: puts})
		return err
	}
	cancelled, ok := errors.AsType[*types.TransactionCanceledException](transact("b", "a"))
	if !ok || len(cancelled.CancellationReasons) != 2 || exists(t, db, db.State, "b") {
		t.Errorf("a failed condition: %v, b exists: %v", cancelled, exists(t, db, db.State, "b"))
	}
	if err := transact("b", "c"); err != nil || !exists(t, db, db.State, "b") || !exists(t, db, db.State, "c") {
		t.Errorf("without a failed condition: %v", err)
	}
}

// The units are those of the developer guide, "DynamoDB read and write operations".
func TestConsumedIsWhatDynamoDBChargesFor(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	client := withoutRetries(db)
	get := func(record string, consistent bool) error {
		_, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{
			TableName: &db.State, Key: item("acme", record), ConsistentRead: &consistent,
		})
		return err
	}
	place := func(it map[string]types.AttributeValue, condition *string) error {
		_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: &db.State, Item: it, ConditionExpression: condition,
		})
		return err
	}
	absent := aws.String("attribute_not_exists(customerId)")
	for _, test := range []struct {
		what        string
		do          func() error
		read, write float64
		fails       bool
	}{
		{what: "a small item", do: func() error { return place(text("acme", "a", 10), nil) }, write: 1},
		{what: "5 kB instead of a small item", do: func() error { return place(text("acme", "a", 5000), nil) },
			write: 5},
		{what: "a small item instead of 5 kB", do: func() error { return place(text("acme", "b", 10), nil) }, write: 1},
		{what: "a failed condition", do: func() error { return place(text("acme", "b", 10), absent) }, write: 1,
			fails: true},
		{what: "5 kB", do: func() error { return get("a", true) }, read: 2},
		{what: "5 kB, perhaps old", do: func() error { return get("a", false) }, read: 1},
		{what: "nothing", do: func() error { return get("none", true) }, read: 1},
		{what: "a batch of 5 kB and a small item", do: func() error {
			_, err := client.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{
				RequestItems: map[string]types.KeysAndAttributes{db.State: {
					Keys:           []map[string]types.AttributeValue{item("acme", "a"), item("acme", "b")},
					ConsistentRead: aws.Bool(true),
				}},
			})
			return err
		}, read: 3},
		{what: "a page of both", do: func() error {
			_, err := client.Query(t.Context(), &dynamodb.QueryInput{
				TableName: &db.State, ConsistentRead: aws.Bool(true),
				KeyConditionExpression: aws.String("customerId = :c"),
				ExpressionAttributeValues: map[string]types.AttributeValue{
					":c": &types.AttributeValueMemberS{Value: "acme"},
				},
			})
			return err
		}, read: 2},
		{what: "a transaction", do: func() error {
			_, err := client.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{
				TransactItems: []types.TransactWriteItem{
					{Put: &types.Put{TableName: &db.State, Item: item("acme", "c")}},
					{Put: &types.Put{TableName: &db.State, Item: item("acme", "d")}},
				},
			})
			return err
		}, write: 4},
		{what: "the deletion of 5 kB", do: func() error {
			_, err := client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
				TableName: &db.State, Key: item("acme", "a"),
			})
			return err
		}, write: 5},
	} {
		before := db.Server.Consumed(db.State)
		if err := test.do(); (err != nil) != test.fails {
			t.Errorf("%s: %v", test.what, err)
		}
		after := db.Server.Consumed(db.State)
		read, write := after.ReadUnits-before.ReadUnits, after.WriteUnits-before.WriteUnits
		requests := after.Reads + after.Writes - before.Reads - before.Writes
		if read != test.read || write != test.write || requests != 1 {
			t.Errorf("%s: %v read and %v write units in %d requests, want %v and %v in one",
				test.what, read, write, requests, test.read, test.write)
		}
	}
}
