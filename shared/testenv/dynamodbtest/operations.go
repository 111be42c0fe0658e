package dynamodbtest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/truora/minidyn/interpreter"
)

type readInput struct {
	TableName            string
	Key                  item
	ConsistentRead       bool
	ProjectionExpression string
	expressions
}

func (e *engine) getItem(in readInput) (any, *failure) {
	t, err := e.table(in.TableName)
	if err != nil {
		return nil, err
	}
	hash, sort, err := t.exactKey(in.Key)
	if err != nil {
		return nil, err
	}
	found, ok := t.get(hash, sort)
	e.consumeRead(in.TableName, in.ConsistentRead, found.size)
	if !ok {
		return struct{}{}, nil
	}
	projected, err := in.project(in.ProjectionExpression, found.item)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Item": projected}, nil
}

// A writeInput is a PutItem, an UpdateItem or a DeleteItem, alone or in a transaction.
type writeInput struct {
	TableName                           string
	Item, Key                           item
	UpdateExpression                    string
	ConditionExpression                 string
	ReturnValues                        string
	ReturnValuesOnConditionCheckFailure string
	expressions
}

// A write is a write that can be made.
type write struct {
	table      *table
	hash, sort string
	before     stored
	after      stored // without an item: it is deleted
}

// prepare checks a write and its condition.
func (e *engine) prepare(operation string, in writeInput) (write, *failure) {
	t, err := e.table(in.TableName)
	if err != nil {
		return write{}, err
	}
	w := write{table: t}
	if operation == "PutItem" {
		w.hash, w.sort, err = t.keyOf(in.Item)
	} else {
		w.hash, w.sort, err = t.exactKey(in.Key)
	}
	if err != nil {
		return w, err
	}
	w.before, _ = t.get(w.hash, w.sort)
	matched, err := in.matches(interpreter.ExpressionTypeConditional, in.ConditionExpression, w.before.item)
	if err != nil {
		return w, err
	}
	if !matched {
		if in.ReturnValuesOnConditionCheckFailure != "ALL_OLD" {
			return w, conditionFailed(nil)
		}
		return w, conditionFailed(w.before.item)
	}
	switch operation {
	case "PutItem":
		w.after.item = in.Item
	case "UpdateItem":
		from := w.before.item
		if from == nil {
			from = in.Key
		}
		if w.after.item, err = in.update(in.UpdateExpression, from); err != nil {
			return w, err
		}
	default:
		return w, nil
	}
	if w.after.size, err = sizeOf(w.after.item); err != nil {
		return w, err
	}
	if w.after.size > maxItem {
		return w, invalid("Item size has exceeded the maximum allowed size")
	}
	return w, nil
}

func (w write) make() {
	if w.after.item == nil {
		w.table.remove(w.hash, w.sort)
		return
	}
	w.table.put(w.hash, w.sort, w.after)
}

func (e *engine) writeItem(operation string, in writeInput) (any, *failure) {
	w, err := e.prepare(operation, in)
	if err == nil || err.kind == "ConditionalCheckFailedException" {
		e.consumeWrite(in.TableName, 1, max(w.before.size, w.after.size))
	}
	if err != nil {
		return nil, err
	}
	w.make()
	var out item
	switch in.ReturnValues {
	case "ALL_OLD":
		out = w.before.item
	case "ALL_NEW":
		out = w.after.item
	case "UPDATED_OLD":
		out = changed(w.before.item, w.after.item)
	case "UPDATED_NEW":
		out = changed(w.after.item, w.before.item)
	}
	if out == nil {
		return struct{}{}, nil
	}
	return map[string]any{"Attributes": out}, nil
}

// A searchInput is a Query or a Scan.
type searchInput struct {
	TableName                                string
	KeyConditionExpression, FilterExpression string
	ProjectionExpression, Select             string
	Segment, TotalSegments                   uint32
	Limit                                    int
	ExclusiveStartKey                        item
	ScanIndexForward                         *bool
	ConsistentRead                           bool
	expressions
}

// A place is where an item is.
type place struct{ hash, sort string }

func (e *engine) search(operation string, in searchInput) (any, *failure) {
	t, err := e.table(in.TableName)
	if err != nil {
		return nil, err
	}
	var places []place
	if operation == "Query" {
		places, err = in.queried(t)
	} else {
		places = in.scanned(t)
	}
	if err != nil {
		return nil, err
	}
	items, size, scanned := []item{}, 0, 0
	var last item
	for i, p := range places {
		s, _ := t.get(p.hash, p.sort)
		size += s.size
		scanned++
		matched, err := in.matches(interpreter.ExpressionTypeFilter, in.FilterExpression, s.item)
		if err != nil {
			return nil, err
		}
		if matched {
			projected, err := in.project(in.ProjectionExpression, s.item)
			if err != nil {
				return nil, err
			}
			items = append(items, projected)
		}
		if more := i+1 < len(places); more && (size >= maxPage || scanned == in.Limit) {
			last = item{}
			for _, name := range t.keys {
				last[name] = s.item[name]
			}
			break
		}
	}
	e.consumeRead(in.TableName, in.ConsistentRead, size)
	out := map[string]any{"Count": len(items), "ScannedCount": scanned}
	if in.Select != "COUNT" {
		out["Items"] = items
	}
	if last != nil {
		out["LastEvaluatedKey"] = last
	}
	return out, nil
}

// scanned returns the places of a scan after its start.
func (in searchInput) scanned(t *table) (places []place) {
	fromHash, fromSort, _ := t.keyOf(in.ExclusiveStartKey)
	for _, hash := range slices.Sorted(maps.Keys(t.partitions)) {
		if hash < fromHash || !inSegment(hash, in.Segment, in.TotalSegments) {
			continue
		}
		for _, sort := range t.partitions[hash].order {
			if hash > fromHash || sort > fromSort {
				places = append(places, place{hash, sort})
			}
		}
	}
	return places
}

var (
	partitionCondition = regexp.MustCompile(`^\s*([#\w]+)\s*=\s*(:\w+)\s*(?:(?i:AND)\s+(.*))?$`)
	prefixCondition    = regexp.MustCompile(`^\s*(?i:begins_with)\s*\(\s*([#\w]+)\s*,\s*(:\w+)\s*\)\s*$`)
	betweenCondition   = regexp.MustCompile(`^\s*([#\w]+)\s+(?i:BETWEEN)\s+(:\w+)\s+(?i:AND)\s+(:\w+)\s*$`)
)

// queried returns the places of a query after its start. The condition on the partition key comes first.
func (in searchInput) queried(t *table) (places []place, err *failure) {
	parts := partitionCondition.FindStringSubmatch(in.KeyConditionExpression)
	if parts == nil || in.name(parts[1]) != t.keys[0] {
		return nil, invalid("Query condition missed key schema element: " + t.keys[0])
	}
	hash, err := in.text(parts[2])
	if err != nil {
		return nil, err
	}
	p := t.partitions[hash]
	if p == nil {
		return nil, nil
	}
	order, condition, err := in.sortKeys(p.order, parts[3])
	if err != nil {
		return nil, err
	}
	forward := in.ScanIndexForward == nil || *in.ScanIndexForward
	_, start, _ := t.keyOf(in.ExclusiveStartKey)
	for _, sort := range order {
		matched := true
		if condition != "" {
			if matched, err = in.matches(interpreter.ExpressionTypeKey, condition, p.items[sort].item); err != nil {
				return nil, err
			}
		}
		if matched && (in.ExclusiveStartKey == nil || forward && sort > start || !forward && sort < start) {
			places = append(places, place{hash, sort})
		}
	}
	if !forward {
		slices.Reverse(places)
	}
	return places, nil
}

// sortKeys returns the sort keys that a condition selects. A condition that is neither a prefix nor a range is left to
// be evaluated on each item.
func (in searchInput) sortKeys(order []string, condition string) ([]string, string, *failure) {
	if prefix := prefixCondition.FindStringSubmatch(condition); prefix != nil {
		begin, err := in.text(prefix[2])
		if err != nil {
			return nil, "", err
		}
		from, _ := slices.BinarySearch(order, begin)
		end := from
		for end < len(order) && strings.HasPrefix(order[end], begin) {
			end++
		}
		return order[from:end], "", nil
	}
	if between := betweenCondition.FindStringSubmatch(condition); between != nil {
		first, err := in.text(between[2])
		if err != nil {
			return nil, "", err
		}
		last, err := in.text(between[3])
		if err != nil {
			return nil, "", err
		}
		from, _ := slices.BinarySearch(order, first)
		end, found := slices.BinarySearch(order, last)
		if found {
			end++
		}
		return order[from:max(from, end)], "", nil
	}
	return order, condition, nil
}

// name returns the attribute of a name or a placeholder, text the value of one.
func (x expressions) name(name string) string {
	if alias, ok := x.ExpressionAttributeNames[name]; ok {
		return alias
	}
	return name
}

func (x expressions) text(placeholder string) (string, *failure) {
	values, err := typed(item{placeholder: x.ExpressionAttributeValues[placeholder]})
	if err != nil || values[placeholder].S == nil {
		return "", invalid("ExpressionAttributeValues: " + placeholder + " is missing or not a text")
	}
	return *values[placeholder].S, nil
}

type batchKeys struct {
	Keys                     []item
	ConsistentRead           bool              `json:",omitempty"`
	ProjectionExpression     string            `json:",omitempty"`
	ExpressionAttributeNames map[string]string `json:",omitempty"`
}

func (e *engine) batchGet(in struct{ RequestItems map[string]batchKeys }) (any, *failure) {
	responses, unprocessed := map[string][]item{}, map[string]batchKeys{}
	keys, total := 0, 0
	for name, batch := range in.RequestItems {
		t, err := e.table(name)
		if err != nil {
			return nil, err
		}
		responses[name] = []item{}
		if keys += len(batch.Keys); keys > maxBatchKeys || len(batch.Keys) == 0 {
			return nil, invalid(fmt.Sprintf("A batch has 1 to %d keys, not %d", maxBatchKeys, keys))
		}
		var sizes []int
		left := batch
		left.Keys = nil
		seen := map[place]bool{}
		for n, key := range batch.Keys {
			hash, sort, err := t.exactKey(key)
			if err != nil {
				return nil, err
			}
			if at := (place{hash, sort}); seen[at] {
				return nil, invalid("Provided list of item keys contains duplicates")
			} else {
				seen[at] = true
			}
			s, ok := t.get(hash, sort)
			skip := e.unprocessed[name]
			if total+s.size > maxBatchRead || skip != nil && skip(n) {
				left.Keys = append(left.Keys, key)
				continue
			}
			total += s.size
			sizes = append(sizes, s.size)
			if ok {
				projected, err := expressions{batch.ExpressionAttributeNames, nil}.
					project(batch.ProjectionExpression, s.item)
				if err != nil {
					return nil, err
				}
				responses[name] = append(responses[name], projected)
			}
		}
		e.consumeRead(name, batch.ConsistentRead, sizes...)
		if left.Keys != nil {
			unprocessed[name] = left
		}
	}
	return map[string]any{"Responses": responses, "UnprocessedKeys": unprocessed}, nil
}

type batchWrites map[string][]struct {
	PutRequest    *struct{ Item item }
	DeleteRequest *struct{ Key item }
}

func (e *engine) batchWrite(in struct{ RequestItems batchWrites }) (any, *failure) {
	var writes []write
	seen := map[place]bool{}
	for name, requests := range in.RequestItems {
		var sizes []int
		for _, r := range requests {
			operation, one := "DeleteItem", writeInput{TableName: name}
			if r.PutRequest != nil {
				operation, one.Item = "PutItem", r.PutRequest.Item
			} else if r.DeleteRequest != nil {
				one.Key = r.DeleteRequest.Key
			}
			w, err := e.prepare(operation, one)
			if err != nil {
				return nil, err
			}
			at := place{name + "/" + w.hash, w.sort}
			if seen[at] {
				return nil, invalid("Provided list of item keys contains duplicates")
			}
			seen[at] = true
			writes, sizes = append(writes, w), append(sizes, max(w.before.size, w.after.size))
		}
		e.consumeWrite(name, 1, sizes...)
	}
	if len(writes) == 0 || len(writes) > maxBatchWrites {
		return nil, invalid(fmt.Sprintf("A batch has 1 to %d writes, not %d", maxBatchWrites, len(writes)))
	}
	for _, w := range writes {
		w.make()
	}
	return map[string]any{"UnprocessedItems": struct{}{}}, nil
}

type transaction struct {
	TransactItems []struct{ Put, Update, Delete, ConditionCheck *writeInput }
}

func (e *engine) transact(in transaction) (any, *failure) {
	if n := len(in.TransactItems); n == 0 || n > maxTransaction {
		return nil, invalid(fmt.Sprintf("A transaction has 1 to %d items, not %d", maxTransaction, n))
	}
	reasons := make([]reason, len(in.TransactItems))
	writes := make([]write, 0, len(in.TransactItems))
	sizes := map[string][]int{}
	cancelled := false
	for i, one := range in.TransactItems {
		operation, request := "PutItem", one.Put
		switch {
		case one.Update != nil:
			operation, request = "UpdateItem", one.Update
		case one.Delete != nil:
			operation, request = "DeleteItem", one.Delete
		case one.ConditionCheck != nil:
			operation, request = "ConditionCheck", one.ConditionCheck
		}
		w, err := e.prepare(operation, *request)
		sizes[request.TableName] = append(sizes[request.TableName], max(w.before.size, w.after.size))
		switch {
		case err == nil:
			reasons[i].Code = "None"
			if operation != "ConditionCheck" {
				writes = append(writes, w)
			}
		case err.kind == "ConditionalCheckFailedException":
			cancelled, reasons[i] = true, reason{"ConditionalCheckFailed", err.message, err.item}
		default:
			return nil, err
		}
	}
	for name, sizes := range sizes {
		e.consumeWrite(name, 2, sizes...)
	}
	if cancelled {
		return nil, &failure{
			kind: "TransactionCanceledException", reasons: reasons,
			message: "Transaction cancelled, please refer cancellation reasons for specific reasons",
		}
	}
	for _, w := range writes {
		w.make()
	}
	return struct{}{}, nil
}
