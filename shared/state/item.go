package state

import (
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
)

// An item is a record as DynamoDB stores it.
type item = map[string]types.AttributeValue

// encode makes the item of a record from a struct with dynamodbav tags. Every optional field must have omitempty.
func encode(customer, record string, v any) (item, error) {
	it, err := encodeMap(record, v)
	if err != nil {
		return nil, err
	}
	it[naming.PartitionKey], it[naming.SortKey] = dynamoattr.Text(customer), dynamoattr.Text(record)
	return it, nil
}

// encodeMap makes the attributes of a struct.
func encodeMap(record string, v any) (item, error) {
	it, err := attributevalue.MarshalMapWithOptions(v, func(o *attributevalue.EncoderOptions) {
		o.OmitEmptyTime = true
		o.EncodeTime = func(t time.Time) (types.AttributeValue, error) { return dynamoattr.Text(formatTime(t)), nil }
	})
	if err != nil {
		return nil, cannotStore(record, err)
	}
	return it, nil
}

// decode reads an item into a struct. An item that does not fit is a defect, which names the record: a person edited
// it, or another version of this program wrote it.
func decode(it item, v any) error {
	if err := checkFormat(it); err != nil {
		return err
	}
	if err := attributevalue.UnmarshalMap(it, v); err != nil {
		return &errclass.Error{
			Class: errclass.Defect, Op: "state: read " + recordOf(it), Message: ErrUnreadable.Error(),
			Err: errors.Join(ErrUnreadable, err),
		}
	}
	return nil
}

func cannotStore(record string, err error) error {
	return &errclass.Error{
		Class: errclass.Defect, Op: "state: encode " + record, Message: "this record cannot be stored", Err: err,
	}
}
