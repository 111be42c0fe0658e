package dynamodbtest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// withoutRetries returns a client that sends each request once.
func withoutRetries(db *dynamodbtest.DB) *dynamodb.Client {
	o := db.Client.Options()
	o.Retryer = aws.NopRetryer{}
	return dynamodb.New(o)
}

func item(customer, record string) map[string]types.AttributeValue {
	it := map[string]types.AttributeValue{"customerId": &types.AttributeValueMemberS{Value: customer}}
	if record != "" {
		it["record"] = &types.AttributeValueMemberS{Value: record}
	}
	return it
}

func put(ctx context.Context, client *dynamodb.Client, table, customer, record string) error {
	_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item(customer, record)})
	return err
}

func exists(t *testing.T, db *dynamodbtest.DB, table, record string) bool {
	t.Helper()
	out, err := db.Client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &table, Key: item("acme", record)})
	if err != nil {
		t.Fatal(err)
	}
	return len(out.Item) > 0
}

func TestFaultMeetsOneRequestWithItsEffect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		effect dynamodbtest.Effect
		code   string // of the error; empty if the connection breaks
		took   bool
	}{
		{effect: dynamodbtest.Throttle, code: "ProvisionedThroughputExceededException"},
		{effect: dynamodbtest.Busy, code: "ThrottlingException"},
		{effect: dynamodbtest.Fail, code: "InternalServerError"},
		{effect: dynamodbtest.ResetBefore},
		{effect: dynamodbtest.ResetAfter, took: true},
	}
	for _, test := range tests {
		t.Run(string(test.effect), func(t *testing.T) {
			t.Parallel()
			db := dynamodbtest.Embedded(t)
			db.Server.Inject(dynamodbtest.Fault{Effect: test.effect})
			err := put(t.Context(), withoutRetries(db), db.State, "acme", "a")
			var answer smithy.APIError
			switch {
			case err == nil:
				t.Error("want an error")
			case errors.As(err, &answer) && answer.ErrorCode() != test.code,
				!errors.As(err, &answer) && test.code != "":
				t.Errorf("%v, want %q", err, test.code)
			}
			if took := exists(t, db, db.State, "a"); took != test.took {
				t.Errorf("took effect: %v, want %v", took, test.took)
			}
			if err := put(t.Context(), withoutRetries(db), db.State, "acme", "b"); err != nil {
				t.Errorf("the next request: %v", err)
			}
		})
	}
}

func TestFaultMeetsTheRequestsItSelects(t *testing.T) {
	t.Parallel()
	// The requests are made in this order.
	requests := []string{
		"state acme/a", "state acme/b", "settings acme", "state other/a", "state acme/a", "read state acme/a",
	}
	tests := []struct {
		name  string
		fault dynamodbtest.Fault
		want  []int
	}{
		{"any request, once", dynamodbtest.Fault{}, []int{0}},
		{"the third request", dynamodbtest.Fault{N: 3}, []int{2}},
		{"two, starting with the second", dynamodbtest.Fault{N: 2, Times: 2}, []int{1, 2}},
		{"all, starting with the fourth", dynamodbtest.Fault{N: 4, Times: -1}, []int{3, 4, 5}},
		{"writes", dynamodbtest.Fault{Writes: true, Times: -1}, []int{0, 1, 2, 3, 4}},
		{"the second request for a record", dynamodbtest.Fault{Key: "acme/a", N: 2}, []int{4}},
		{"a customer", dynamodbtest.Fault{Key: "acme/", Times: -1}, []int{0, 1, 4, 5}},
		{"a table", dynamodbtest.Fault{Table: dynamodbtest.SettingsTable, Times: -1}, []int{2}},
		{"an operation", dynamodbtest.Fault{Operation: "GetItem", Times: -1}, []int{5}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := dynamodbtest.Embedded(t)
			client := withoutRetries(db)
			test.fault.Effect = dynamodbtest.Fail
			db.Server.Inject(test.fault)
			var failed []int
			for i, request := range requests {
				target, read := strings.CutPrefix(request, "read ")
				kind, key, _ := strings.Cut(target, " ")
				table := map[string]string{"state": db.State, "settings": db.Settings}[kind]
				customer, record, _ := strings.Cut(key, "/")
				var err error
				if read {
					_, err = client.GetItem(t.Context(), &dynamodb.GetItemInput{
						TableName: &table, Key: item(customer, record),
					})
				} else {
					err = put(t.Context(), client, table, customer, record)
				}
				if err != nil {
					failed = append(failed, i)
				}
			}
			if diff := cmp.Diff(test.want, failed); diff != "" {
				t.Errorf("failed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHooksRunBeforeAndAfterTheEffect(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	var seen []string
	note := func(when string) func(dynamodbtest.Request) {
		return func(r dynamodbtest.Request) {
			seen = append(seen, fmt.Sprintf("%s %s %s: %d writes", when, r.Operation, r.Key, len(db.Server.Writes())))
		}
	}
	db.Server.Inject(dynamodbtest.Fault{Writes: true, N: 2, Before: note("before"), After: note("after")})
	for _, record := range []string{"a", "b", "c"} {
		if err := put(t.Context(), db.Client, db.State, "acme", record); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"before PutItem acme/b: 1 writes", "after PutItem acme/b: 2 writes"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestQueryAndBatchHaveAKeyUnlessTheyReadSeveralCustomers(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	var seen []string
	db.Server.Inject(dynamodbtest.Fault{Times: -1, Before: func(r dynamodbtest.Request) {
		seen = append(seen, r.Operation+" "+r.Key)
	}})
	store := state.New(db.Client, db.State, time.Now)
	_, queried := store.Partition("acme").Failures(t.Context(), naming.Stock)
	_, read := store.Partition("acme").Articles(t.Context(), []int{7001})
	_, marked := store.Marks(t.Context(), naming.Stock, []string{"acme", "other"})
	if err := errors.Join(queried, read, marked); err != nil {
		t.Fatal(err)
	}
	want := []string{"Query acme/failure#stock#", "BatchGetItem acme/article#7001", "BatchGetItem "}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDelayedRequestHasNoEffectOnceItsCallerHasLeft(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	ctx, cancel := context.WithCancel(t.Context())
	db.Server.Inject(dynamodbtest.Fault{Before: func(dynamodbtest.Request) { cancel() }, Delay: time.Hour})
	if err := put(ctx, db.Client, db.State, "acme", "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a cancelled request", err)
	}
	if exists(t, db, db.State, "a") {
		t.Error("the request took effect")
	}
	db.Server.ClearFaults()
	db.Server.Inject(dynamodbtest.Fault{Delay: time.Millisecond})
	if err := put(t.Context(), db.Client, db.State, "acme", "a"); err != nil {
		t.Errorf("a request whose caller waits: %v", err)
	}
}

func TestJournalHasTheWritesThatTookEffect(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	client := withoutRetries(db)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(put(ctx, client, db.Settings, "acme", ""))
	must(put(ctx, client, db.State, "acme", "a"))
	_, err := client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &db.State, Key: item("acme", "a"), UpdateExpression: aws.String("SET x = customerId"),
	})
	must(err)
	_, err = client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &db.State, Item: item("acme", "a"),
		ConditionExpression: aws.String("attribute_not_exists(customerId)"),
	})
	if err == nil {
		t.Fatal("want a failed condition")
	}
	_, err = client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &db.State, Key: item("acme", "a")})
	must(err)
	exists(t, db, db.State, "a")
	want := []dynamodbtest.Write{
		{Operation: "PutItem", Table: dynamodbtest.SettingsTable, Key: "acme"},
		{Operation: "PutItem", Table: dynamodbtest.StateTable, Key: "acme/a"},
		{Operation: "UpdateItem", Table: dynamodbtest.StateTable, Key: "acme/a"},
		{Operation: "DeleteItem", Table: dynamodbtest.StateTable, Key: "acme/a"},
	}
	if diff := cmp.Diff(want, db.Server.Writes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTablesAreListed(t *testing.T) {
	t.Parallel()
	out, err := dynamodbtest.Embedded(t).Client.ListTables(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{naming.SettingsTable(naming.DefaultStack), naming.StateTable(naming.DefaultStack)}
	if diff := cmp.Diff(want, out.TableNames); diff != "" {
		t.Error(diff)
	}
}

func TestFreshTablesAreSeparate(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		var all sync.WaitGroup
		for range 8 {
			own := db.Fresh(t)
			all.Go(func() {
				if exists(t, own, own.State, "a") || exists(t, own, own.Settings, "") {
					t.Error("the new tables are not empty")
				}
				err := errors.Join(
					put(t.Context(), own.Client, own.State, "acme", "a"),
					put(t.Context(), own.Client, own.Settings, "acme", ""))
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
}

func TestScanIsSplitIntoSegments(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, scanInSegments)
}

func scanInSegments(t *testing.T, db *dynamodbtest.DB) {
	const customers, segments = 40, 4
	for i := range customers {
		if err := put(t.Context(), db.Client, db.Settings, fmt.Sprint("customer-", i), ""); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]int{}
	for segment := range int32(segments) {
		out, err := db.Client.Scan(t.Context(), &dynamodb.ScanInput{
			TableName: &db.Settings, Segment: &segment, TotalSegments: aws.Int32(segments),
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Items) == customers {
			t.Errorf("segment %d has all customers", segment)
		}
		for _, it := range out.Items {
			seen[it["customerId"].(*types.AttributeValueMemberS).Value]++
		}
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s is in %d segments", id, n)
		}
	}
	if len(seen) != customers {
		t.Errorf("got %d customers, want %d", len(seen), customers)
	}
}

func TestEmptyMapsAndListsStayEmpty(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		db = db.Fresh(t)
		item := map[string]types.AttributeValue{
			"customerId": &types.AttributeValueMemberS{Value: "acme"},
			"ongoing": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{
				"goodsOwnerId": &types.AttributeValueMemberN{Value: "7"},
				"nothing":      &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{}},
			}},
			"shipments":   &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{}},
			"extraFields": &types.AttributeValueMemberL{Value: []types.AttributeValue{}},
		}
		_, err := db.Client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &db.Settings, Item: item})
		if err != nil {
			t.Fatal(err)
		}
		out, err := db.Client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &db.Settings})
		if err != nil {
			t.Fatal(err)
		}
		ignored := cmpopts.IgnoreUnexported(types.AttributeValueMemberS{}, types.AttributeValueMemberN{},
			types.AttributeValueMemberM{}, types.AttributeValueMemberL{})
		if diff := cmp.Diff([]map[string]types.AttributeValue{item}, out.Items, ignored); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
