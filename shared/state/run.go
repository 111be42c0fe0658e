package state

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
)

// runLife is how long a run record is kept.
const runLife = 30 * 24 * time.Hour

// maxRun is how large a run record may be. DynamoDB refuses items above 400 kB (developer guide, quotas); the rest is
// room for what sizeOf does not count to the byte.
const maxRun = 390_000

// PutRun stores what a run did, for 30 days. Row is anything that encodes to a JSON object; its members become the
// record's attributes. Where it is too large, its longest lists lose their ends, and <list>Omitted counts what went.
func (c *Partition) PutRun(ctx context.Context, process naming.Process, startedAt time.Time, row any) error {
	record := runRecord(process, startedAt)
	it, err := native(row)
	if err != nil {
		return &errclass.Error{Class: errclass.Defect, Op: "state: encode " + record, Message: "this record cannot be stored", Err: err}
	}
	it[naming.PartitionKey], it[naming.SortKey] = text(c.id), text(record)
	it[naming.TTLAttribute] = integer(int(startedAt.Add(runLife).Unix()))
	shorten(it, maxRun)
	return c.putItem(ctx, it, condition{}, nil)
}

// native turns a JSON object into attributes, without its empty members.
func native(row any) (item, error) {
	b, err := json.Marshal(row)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber() // exact: no number passes through a float
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return nil, err
	}
	return attributes(object), nil
}

func attributes(object map[string]any) item {
	it := item{}
	for name, v := range object {
		if a := attribute(v); a != nil {
			it[name] = a
		}
	}
	return it
}

// attribute returns the attribute of a decoded JSON value, nil for what is empty.
func attribute(v any) types.AttributeValue {
	switch v := v.(type) {
	case string:
		if v != "" {
			return text(v)
		}
	case json.Number:
		return &types.AttributeValueMemberN{Value: v.String()}
	case bool:
		return &types.AttributeValueMemberBOOL{Value: v}
	case map[string]any:
		return &types.AttributeValueMemberM{Value: attributes(v)}
	case []any:
		list := make([]types.AttributeValue, 0, len(v))
		for _, e := range v {
			if a := attribute(e); a != nil {
				list = append(list, a)
			}
		}
		if len(list) > 0 {
			return &types.AttributeValueMemberL{Value: list}
		}
	}
	return nil
}

func integer(n int) types.AttributeValue { return &types.AttributeValueMemberN{Value: strconv.Itoa(n)} }

// shorten halves the largest list of an item until the item fits.
func shorten(it item, limit int) {
	for sizeOf(it) > limit {
		name, list := largest(it)
		if list == nil {
			return // nothing left to cut: DynamoDB refuses it, and that is a defect
		}
		keep := len(list.Value) / 2
		it[name+"Omitted"] = integer(number(it[name+"Omitted"]) + len(list.Value) - keep)
		if list.Value = list.Value[:keep]; keep == 0 {
			delete(it, name)
		}
	}
}

func largest(it item) (name string, list *types.AttributeValueMemberL) {
	most := 0
	for n, v := range it {
		if l, ok := v.(*types.AttributeValueMemberL); ok && valueSize(l) > most {
			name, list, most = n, l, valueSize(l)
		}
	}
	return name, list
}

func number(v types.AttributeValue) int {
	if n, ok := v.(*types.AttributeValueMemberN); ok {
		i, _ := strconv.Atoi(n.Value) // 0: not a count of ours
		return i
	}
	return 0
}

// sizeOf is the size of an item by DynamoDB's rules (developer guide, item sizes): names and texts in UTF-8, a number
// half a byte a digit and one more, a container three bytes and one for each member.
func sizeOf(it item) int {
	size := 0
	for name, v := range it {
		size += len(name) + valueSize(v)
	}
	return size
}

func valueSize(v types.AttributeValue) int {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return len(v.Value)/2 + 2
	case *types.AttributeValueMemberM:
		return 3 + len(v.Value) + sizeOf(v.Value)
	case *types.AttributeValueMemberL:
		size := 3
		for _, e := range v.Value {
			size += 1 + valueSize(e)
		}
		return size
	default:
		return 1
	}
}
