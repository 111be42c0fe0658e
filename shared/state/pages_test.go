package state_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// TestLinksOnSeveralPages reads links that do not fit on one page of a query (1 MB) or in one answer to a batch (16 MB;
// dynalite stops at 1.4 MB). The embedded server has no such limits.
func TestLinksOnSeveralPages(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Dynalite(t)
	w := worldWith(db, db.Client)
	const links = 20
	large := strings.Repeat("f", 200_000)
	ids := make([]int, links)
	for i := range ids {
		ids[i] = i
		must(t, w.acme.PutArticle(t.Context(), &state.ArticleLink{ProductID: i, Fingerprint: large}))
	}
	must(t, w.acme.PutOrder(t.Context(), &state.OrderLink{OrderID: 1}))
	must(t, w.store.Partition("acme-2").PutArticle(t.Context(), &state.ArticleLink{ProductID: 1000}))

	page, err := db.Client.Query(t.Context(), &dynamodb.QueryInput{
		TableName: &db.State, KeyConditionExpression: aws.String("customerId = :c"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":c": dynamoattr.Text("acme")},
	})
	must(t, err)
	if len(page.LastEvaluatedKey) == 0 {
		t.Fatal("all links fit on one page, so the test tests nothing")
	}
	seen := map[int]int{}
	for l, err := range w.acme.EachArticle(t.Context()) {
		must(t, err)
		seen[l.ProductID]++
	}
	for _, id := range ids {
		if seen[id] != 1 {
			t.Errorf("article %d was yielded %d times", id, seen[id])
		}
	}
	if len(seen) != links {
		t.Errorf("%d links, want %d", len(seen), links)
	}

	got, err := w.acme.Articles(t.Context(), ids)
	must(t, err)
	if len(got) != links {
		t.Errorf("a batch returns %d links, want %d", len(got), links)
	}
}
