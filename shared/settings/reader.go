package settings

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
)

// API is the part of the SDK's DynamoDB client that the package uses.
type API interface {
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
}

// A Reader reads the settings table. Its reads are strongly consistent: a customer who was switched off is off in the
// next run. Throttled reads are retried by the SDK.
type Reader struct {
	api   API
	table string
	hosts allowedhosts.List
}

// NewReader returns a reader of a table. hosts are the hosts that a customer's ongoing.baseUrl can name.
func NewReader(api API, table string, hosts allowedhosts.List) *Reader {
	return &Reader{api: api, table: table, hosts: hosts}
}

// Loaded is a customer, or the reason why the customer cannot be used. Err has the class Settings and blocks this
// customer only.
type Loaded struct {
	ID       string
	Customer Customer
	Err      error
}

// All reads one segment of the table by a parallel scan. With segments of 0 or 1 it reads the whole table. An error
// means that the table could not be read.
func (r *Reader) All(ctx context.Context, segment, segments int) ([]Loaded, error) {
	input := &dynamodb.ScanInput{TableName: &r.table, ConsistentRead: aws.Bool(true)}
	if segments > 1 {
		//nolint:gosec // an event names a million segments at most
		input.Segment, input.TotalSegments = aws.Int32(int32(segment)), aws.Int32(int32(segments))
	}
	var all []Loaded
	d := newDecoder(r.hosts)
	for pages := dynamodb.NewScanPaginator(r.api, input); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, r.unreadable("Scan", err)
		}
		for _, item := range page.Items {
			all = append(all, load(item, d))
		}
	}
	return all, nil
}

// Named reads the customers with these ids, in the same order, with overrides, which can be nil.
func (r *Reader) Named(ctx context.Context, ids []string, o Overrides) ([]Loaded, error) {
	named := make([]Loaded, 0, len(ids))
	for _, id := range ids {
		l, err := r.named(ctx, id, o)
		if err != nil {
			return nil, err
		}
		named = append(named, l)
	}
	return named, nil
}

func (r *Reader) named(ctx context.Context, id string, o Overrides) (Loaded, error) {
	if !ValidID(id) {
		return blocked(id, "%q is not a customerId", errclass.Shorten(id)), nil
	}
	out, err := r.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      &r.table,
		Key:            map[string]types.AttributeValue{naming.PartitionKey: dynamoattr.Text(id)},
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return Loaded{}, r.unreadable("GetItem", err)
	}
	if len(out.Item) == 0 {
		return blocked(id, "no settings item with customerId %q in table %s", id, r.table), nil
	}
	return load(o.on(out.Item), newDecoder(r.hosts)), nil
}

func load(item map[string]types.AttributeValue, d *decoder) Loaded {
	c, err := d.decode(item)
	c.Fingerprint = fingerprint(item)
	return Loaded{ID: c.ID, Customer: c, Err: err}
}

// fingerprint identifies the content of an item.
func fingerprint(item map[string]types.AttributeValue) string {
	var content map[string]any
	if attributevalue.UnmarshalMap(item, &content) != nil {
		return "" // Decode has refused it
	}
	return plan.Fingerprint(content)
}

func blocked(id, format string, args ...any) Loaded {
	return Loaded{ID: id, Customer: Customer{ID: id}, Err: errclass.New(errclass.Settings, "settings", format, args...)}
}

// unreadable returns the error of a failed call. The SDK's text names the call and DynamoDB's error and quotes nothing
// from the table.
func (r *Reader) unreadable(call string, err error) error {
	op := "dynamodb: " + call + " " + r.table
	return &errclass.Error{Class: errclass.Transient, Op: op, Message: err.Error(), Err: err}
}
