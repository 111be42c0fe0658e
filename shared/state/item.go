package state

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
)

// timeLayout is RFC 3339 of one width: two times compare as text as they do in time.
const timeLayout = "2006-01-02T15:04:05.000Z"

func format(t time.Time) string { return t.UTC().Format(timeLayout) }

// encode makes the item of a record out of a struct with dynamodbav tags. All fields carry omitempty.
func encode(customer, record string, v any) (item, error) {
	it, err := attributevalue.MarshalMapWithOptions(v, func(o *attributevalue.EncoderOptions) {
		o.OmitEmptyTime = true
		o.EncodeTime = func(t time.Time) (types.AttributeValue, error) { return text(format(t)), nil }
	})
	if err != nil {
		return nil, &errclass.Error{Class: errclass.Defect, Op: "state: encode " + record, Message: "this record cannot be stored", Err: err}
	}
	it[naming.PartitionKey], it[naming.SortKey] = text(customer), text(record)
	return it, nil
}

// decode reads an item into a struct. What it cannot read is a defect that names the record: somebody changed it by
// hand, or another version of this program wrote it.
func decode(it item, v any) error {
	if err := attributevalue.UnmarshalMap(it, v); err != nil {
		return &errclass.Error{Class: errclass.Defect, Op: "state: read " + textOf(it[naming.SortKey]),
			Message: "the stored record cannot be understood", Err: err}
	}
	return nil
}
