package settings

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
)

// API is what is used of the SDK's DynamoDB client.
type API interface {
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
}

// A Reader reads the settings table. Reads are consistent: a customer who was switched off stays off. Throttling is
// left to the SDK's own retries.
type Reader struct {
	api   API
	table string
	hosts allowedhosts.List
}

// NewReader returns a reader of a table. hosts are those that a customer's Ongoing URL may name.
func NewReader(api API, table string, hosts allowedhosts.List) *Reader {
	return &Reader{api: api, table: table, hosts: hosts}
}

// Loaded is one customer, or why there is none. The error is of class Settings and blocks this customer only.
type Loaded struct {
	ID       string
	Customer Customer
	Err      error
}

// All reads a segment of the table by a parallel scan; one segment of one is the whole table. An error means that the
// table could not be read.
func (r *Reader) All(ctx context.Context, segment, segments int) ([]Loaded, error) {
	input := &dynamodb.ScanInput{TableName: &r.table, ConsistentRead: aws.Bool(true)}
	if segments > 1 {
		input.Segment, input.TotalSegments = aws.Int32(int32(segment)), aws.Int32(int32(segments))
	}
	var all []Loaded
	for pages := dynamodb.NewScanPaginator(r.api, input); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, r.failed("Scan", err)
		}
		for _, item := range page.Items {
			all = append(all, r.load(item))
		}
	}
	return all, nil
}

// Named reads the customers of these ids, in this order.
func (r *Reader) Named(ctx context.Context, ids []string) ([]Loaded, error) {
	named := make([]Loaded, 0, len(ids))
	for _, id := range ids {
		l, err := r.one(ctx, id)
		if err != nil {
			return nil, err
		}
		named = append(named, l)
	}
	return named, nil
}

func (r *Reader) one(ctx context.Context, id string) (Loaded, error) {
	if !ValidID(id) {
		return missing(id, "%q is not a customerId", errclass.Shorten(id)), nil
	}
	out, err := r.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      &r.table,
		Key:            map[string]types.AttributeValue{naming.PartitionKey: str(id)},
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return Loaded{}, r.failed("GetItem", err)
	}
	if len(out.Item) == 0 {
		return missing(id, "no settings item with customerId %q in table %s", id, r.table), nil
	}
	return r.load(out.Item), nil
}

func (r *Reader) load(item map[string]types.AttributeValue) Loaded {
	c, err := Decode(item, r.hosts)
	return Loaded{ID: c.ID, Customer: c, Err: err}
}

func missing(id, format string, args ...any) Loaded {
	return Loaded{ID: id, Customer: Customer{ID: id}, Err: errclass.New(errclass.Settings, "settings", format, args...)}
}

// failed is the table's own trouble. The SDK's text names the call and the table's error, and none of its content.
func (r *Reader) failed(call string, err error) error {
	return &errclass.Error{Class: errclass.Transient, Op: "dynamodb: " + call + " " + r.table, Message: err.Error(), Err: err}
}
