package settings_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/testenv/dynamodbtest"
)

func put(t *testing.T, db *dynamodbtest.DB, item document) {
	t.Helper()
	attributes, err := attributevalue.MarshalMap(item)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &db.Settings, Item: attributes})
	if err != nil {
		t.Fatal(err)
	}
}

func reader(t *testing.T, db *dynamodbtest.DB) *settings.Reader {
	t.Helper()
	return settings.NewReader(db.Client, db.Settings, hosts(t, "*.ongoingsystems.se"))
}

// outcomes returns a line for each customer with its name or the class of its error, sorted: a scan has no order.
func outcomes(loaded []settings.Loaded) []string {
	lines := make([]string, len(loaded))
	for i, l := range loaded {
		lines[i] = l.ID + " " + l.Customer.Name
		if l.Err != nil {
			lines[i] = l.ID + " " + string(errclass.Of(l.Err))
		}
	}
	slices.Sort(lines)
	return lines
}

func wantOutcomes(t *testing.T, loaded []settings.Loaded, want ...string) {
	t.Helper()
	if got := outcomes(loaded); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWrongItemBlocksItsCustomerOnly(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		db = db.Fresh(t)
		put(t, db, with("name", "Good AS"))
		put(t, db, document{"customerId": "bad", "enabled": "true"})
		put(t, db, document{"customerId": "Worse!"})

		all, err := reader(t, db).All(t.Context(), 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		wantOutcomes(t, all, "Worse! settings", "acme Good AS", "bad settings")

		named, err := reader(t, db).Named(t.Context(), []string{"bad", "nobody", "acme", "Worse!", ""}, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantOutcomes(t, named, " settings", "Worse! settings", "acme Good AS", "bad settings", "nobody settings")
		reason := named[1].Err.Error()
		if !strings.HasPrefix(reason, `settings: no settings item with customerId "nobody"`) {
			t.Errorf("a customer without an item: %s", reason)
		}
	})
}

// The customers of a scan are decoded one after another, and share nothing.
func TestEachCustomerHasItsOwnSettings(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	items := map[string]document{}
	for i := range 12 {
		item := smallest()
		switch i % 3 {
		case 0:
			item = everything()
		case 1:
			item = everything()
			item["extraFields"] = []document{{"value": "NO", "to": "article.countryOfOriginCode"}}
			item["articles"] = document{
				"categoryIds": []int{i}, "variations": document{"field": "No", "pattern": "^(?P<base>.+)$"},
			}
			item["salesOrders"] = document{
				"statuses": []string{"Web"}, "deliveryMethods": document{"9": document{"code": "DHL"}},
			}
		}
		item["customerId"], item["ongoing"] = fmt.Sprintf("customer-%02d", i), document{
			"baseUrl": "https://api.ongoingsystems.se/acme/api/v1/", "goodsOwnerId": i + 1,
		}
		items[item["customerId"].(string)] = item
		put(t, db, item)
	}
	loaded, err := reader(t, db).All(t.Context(), 0, 1)
	if err != nil || len(loaded) != len(items) {
		t.Fatalf("%d customers, %v", len(loaded), err)
	}
	for _, l := range loaded {
		want, err := decode(t, items[l.ID])
		if err != nil || l.Err != nil {
			t.Fatalf("%s: %v, %v", l.ID, err, l.Err)
		}
		want.Fingerprint = l.Customer.Fingerprint
		if diff := cmp.Diff(want, l.Customer, comparer()); diff != "" {
			t.Errorf("%s: -alone +in the scan\n%s", l.ID, diff)
		}
	}
}

// TestAllReadsEveryCustomerOnce uses dynalite and a table that is larger than a page of 1 MB.
func TestAllReadsEveryCustomerOnce(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Dynalite(t)
	var want []string
	methods := document{}
	for id := range 1_000 {
		methods[fmt.Sprint(id)] = document{"code": strings.Repeat("x", 50), "name": strings.Repeat("y", 100)}
	}
	for i := range 12 { // of 170 kB each
		item := with("salesOrders.deliveryMethods", methods)
		item["customerId"] = fmt.Sprintf("customer-%02d", i)
		put(t, db, item)
		want = append(want, fmt.Sprintf("customer-%02[1]d customer-%02[1]d", i))
	}
	for _, segments := range []int{0, 1, 3} {
		var got []string
		for segment := range max(segments, 1) {
			loaded, err := reader(t, db).All(t.Context(), segment, segments)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, outcomes(loaded)...)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%d segments: got %q, want %q", segments, got, want)
		}
	}
}

func TestUnreadableTableIsTransient(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	client := dynamodb.New(dynamodb.Options{
		BaseEndpoint: &db.URL, Region: "eu-north-1", Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	r := settings.NewReader(client, "no-such-table", hosts(t, "*.ongoingsystems.se"))
	if got, err := r.All(t.Context(), 0, 1); !errclass.Is(err, errclass.Transient) || got != nil {
		t.Errorf("All: %v, %v", got, err)
	}
	got, err := r.Named(t.Context(), []string{"acme"}, nil)
	if !errclass.Is(err, errclass.Transient) || got != nil {
		t.Errorf("Named: %v, %v", got, err)
	}
	if err != nil && !strings.HasPrefix(err.Error(), "dynamodb: GetItem no-such-table: ") {
		t.Errorf("the call and the table are not named: %v", err)
	}
}

func TestThrottledScanIsRetried(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	put(t, db, smallest())
	db.Server.Inject(dynamodbtest.Fault{Operation: "Scan", Effect: dynamodbtest.Throttle})
	all, err := reader(t, db).All(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	wantOutcomes(t, all, "acme acme")
}
