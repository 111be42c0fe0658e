package state

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
)

// runRetention is how long DynamoDB keeps a run record.
const runRetention = 30 * 24 * time.Hour

// maxRunSize is the largest run record in bytes. DynamoDB refuses items above 400 kB (developer guide, quotas); the
// difference allows for what sizeOf does not count to the byte.
const maxRunSize = 390_000

// PutRun stores what a run did, for 30 days. row is any value that encodes to a JSON object, whose members become the
// record's attributes. If the record is too large, its largest lists are cut, and <list>Omitted counts what was cut.
func (p *Partition) PutRun(ctx context.Context, process naming.Process, startedAt time.Time, row any) error {
	record := runRecord(process, startedAt)
	it, err := itemOf(row)
	if err != nil {
		return cannotStore(record, err)
	}
	it[naming.PartitionKey], it[naming.SortKey] = dynamoattr.Text(p.id), dynamoattr.Text(record)
	it[naming.TTLAttribute] = dynamoattr.Number(int(startedAt.Add(runRetention).Unix()))
	cutLists(it, maxRunSize)
	return p.putItem(ctx, it, condition{}, nil)
}

// A LastRun is what the newest run record of a process says; zero if there is none. A quiet run leaves no record.
type LastRun struct {
	StartedAt time.Time `dynamodbav:"startedAt"`
	Outcome   string    `dynamodbav:"outcome"`
	Reason    string    `dynamodbav:"reason"`
}

// LastRun reads the newest run record of a process.
func (p *Partition) LastRun(ctx context.Context, process naming.Process) (last LastRun, err error) {
	prefix := "run#" + string(process) + "#"
	in := p.queryInput(prefix, 1)
	in.ScanIndexForward = aws.Bool(false)
	out, err := p.store.api.Query(ctx, in)
	if err != nil {
		return last, classified("state: Query "+prefix, err)
	}
	if len(out.Items) == 0 {
		return last, nil
	}
	return last, decode(out.Items[0], &last)
}

// itemOf turns a value that encodes to a JSON object into attributes. Empty members are left out.
func itemOf(row any) (item, error) {
	b, err := json.Marshal(row)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber() // exact: numbers must not pass through a float
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

// attribute returns the attribute of a decoded JSON value, nil if the value is empty.
func attribute(v any) types.AttributeValue {
	switch v := v.(type) {
	case string:
		if v != "" {
			return dynamoattr.Text(v)
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

// cutLists halves the largest list of an item until the item fits.
func cutLists(it item, limit int) {
	for sizeOf(it) > limit {
		name, list := largestList(it)
		if list == nil {
			return // no list is left: DynamoDB refuses the item, which is reported as a defect
		}
		keep := len(list.Value) / 2
		it[name+"Omitted"] = dynamoattr.Number(integer(it[name+"Omitted"]) + len(list.Value) - keep)
		if list.Value = list.Value[:keep]; keep == 0 {
			delete(it, name)
		}
	}
}

func largestList(it item) (name string, list *types.AttributeValueMemberL) {
	most := 0
	for n, v := range it {
		if l, ok := v.(*types.AttributeValueMemberL); ok && valueSize(l) > most {
			name, list, most = n, l, valueSize(l)
		}
	}
	return name, list
}

// integer returns the value of a whole number, 0 for any other attribute.
func integer(v types.AttributeValue) int {
	if n, ok := v.(*types.AttributeValueMemberN); ok {
		i, _ := strconv.Atoi(n.Value)
		return i
	}
	return 0
}

// sizeOf returns the size of an item by DynamoDB's rules (developer guide, item sizes): the UTF-8 bytes of names and
// texts; for a number half a byte per digit and one more; for a map or list three bytes and one per member.
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
