package dynamodbtest

import (
	"encoding/json"
	"hash/fnv"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/truora/minidyn/interpreter"
	"github.com/truora/minidyn/types"
)

// An engine is a DynamoDB in memory. It enforces the service's limits of items, pages, batches and transactions, scans
// in segments, and counts requests and units. Expressions are evaluated by github.com/truora/minidyn. It has
// no indexes, no expiry, and keys are texts.
type engine struct {
	mu     sync.Mutex
	tables map[string]*table
	// consumed is what was consumed, by table.
	consumed map[string]Consumed
	// unprocessed are the keys that a batch leaves out, by table; see Server.Unprocessed.
	unprocessed map[string]func(n int) bool
}

// Limits of DynamoDB (developer guide, "Service, account, and table quotas").
const (
	maxItem        = 400 << 10
	maxPage        = 1 << 20
	maxBatchRead   = 16 << 20
	maxBatchKeys   = 100
	maxBatchWrites = 25
	maxTransaction = 100
)

// An item has its attributes as they came in JSON.
type item = map[string]json.RawMessage

type table struct {
	description json.RawMessage
	keys        []string // names of the partition key and, if there is one, the sort key
	partitions  map[string]*partition
}

// A partition has the items of one partition key by sort key, and the sort keys in their order.
type partition struct {
	order []string
	items map[string]stored
}

type stored struct {
	item item
	size int
}

// copyTables returns the tables as they are. Items are never changed in place, so they are shared.
func (e *engine) copyTables() map[string]*table {
	tables := map[string]*table{}
	for name, t := range e.tables {
		c := &table{description: t.description, keys: t.keys, partitions: map[string]*partition{}}
		for hash, p := range t.partitions {
			c.partitions[hash] = &partition{order: slices.Clone(p.order), items: maps.Clone(p.items)}
		}
		tables[name] = c
	}
	return tables
}

// A failure is an error of the service.
type failure struct {
	kind, message string
	item          item
	reasons       []reason // of a transaction
}

type reason struct {
	Code    string
	Message string `json:",omitempty"`
	Item    item   `json:",omitempty"`
}

func (f *failure) Error() string { return f.kind + ": " + f.message }

func invalid(message string) *failure { return &failure{kind: "ValidationException", message: message} }

func conditionFailed(it item) *failure {
	return &failure{
		kind: "ConditionalCheckFailedException", message: "The conditional request failed", item: it,
	}
}

func newEngine() *engine {
	return &engine{
		tables: map[string]*table{}, consumed: map[string]Consumed{}, unprocessed: map[string]func(int) bool{},
	}
}

// perform answers a request. The status is that of HTTP.
func (e *engine) perform(operation string, body []byte) (status int, answer []byte) {
	e.mu.Lock()
	out, err := e.dispatch(operation, body)
	e.mu.Unlock()
	if err != nil {
		answer := map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#" + err.kind, "message": err.message}
		if err.item != nil {
			answer["Item"] = err.item
		}
		if err.reasons != nil {
			answer["CancellationReasons"] = err.reasons
		}
		encoded, _ := json.Marshal(answer) // texts and what was JSON before
		return http.StatusBadRequest, encoded
	}
	encoded, _ := json.Marshal(out)
	return http.StatusOK, encoded
}

func (e *engine) dispatch(operation string, body []byte) (any, *failure) {
	switch operation {
	case "CreateTable":
		return handle(body, e.createTable)
	case "DescribeTable":
		return handle(body, e.describeTable)
	case "DeleteTable":
		return handle(body, e.deleteTable)
	case "ListTables":
		return map[string]any{"TableNames": slices.Sorted(maps.Keys(e.tables))}, nil
	case "GetItem":
		return handle(body, e.getItem)
	case "PutItem", "UpdateItem", "DeleteItem":
		return handle(body, func(in writeInput) (any, *failure) { return e.writeItem(operation, in) })
	case "Query", "Scan":
		return handle(body, func(in searchInput) (any, *failure) { return e.search(operation, in) })
	case "BatchGetItem":
		return handle(body, e.batchGet)
	case "BatchWriteItem":
		return handle(body, e.batchWrite)
	case "TransactWriteItems":
		return handle(body, e.transact)
	default:
		return nil, &failure{kind: "UnknownOperationException", message: operation + " is not supported here"}
	}
}

func handle[In any](body []byte, do func(In) (any, *failure)) (any, *failure) {
	var in In
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, &failure{kind: "SerializationException", message: err.Error()}
	}
	return do(in)
}

type tableInput struct {
	TableName string
	KeySchema []struct{ AttributeName, KeyType string }
}

func (e *engine) createTable(in tableInput) (any, *failure) {
	if e.tables[in.TableName] != nil {
		return nil, &failure{kind: "ResourceInUseException", message: "Table already exists: " + in.TableName}
	}
	t := &table{partitions: map[string]*partition{}}
	for _, kind := range []string{"HASH", "RANGE"} {
		for _, k := range in.KeySchema {
			if k.KeyType == kind {
				t.keys = append(t.keys, k.AttributeName)
			}
		}
	}
	description := map[string]any{"TableName": in.TableName, "TableStatus": "ACTIVE", "KeySchema": in.KeySchema}
	t.description, _ = json.Marshal(description)
	e.tables[in.TableName] = t
	return map[string]any{"TableDescription": t.description}, nil
}

func (e *engine) describeTable(in tableInput) (any, *failure) {
	t, err := e.table(in.TableName)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Table": t.description}, nil
}

func (e *engine) deleteTable(in tableInput) (any, *failure) {
	t, err := e.table(in.TableName)
	if err != nil {
		return nil, err
	}
	delete(e.tables, in.TableName)
	return map[string]any{"TableDescription": t.description}, nil
}

func (e *engine) table(name string) (*table, *failure) {
	t := e.tables[name]
	if t == nil {
		return nil, &failure{kind: "ResourceNotFoundException", message: "Requested resource not found: " + name}
	}
	return t, nil
}

// keyOf returns the partition key and the sort key of an item.
func (t *table) keyOf(it item) (string, string, *failure) {
	var parts [2]string
	for i, name := range t.keys {
		var value struct{ S string }
		if json.Unmarshal(it[name], &value) != nil || value.S == "" {
			return "", "", invalid("The key " + name + " is missing, empty or not a text")
		}
		parts[i] = value.S
	}
	return parts[0], parts[1], nil
}

// exactKey is keyOf for a request that must give the key and nothing else.
func (t *table) exactKey(key item) (string, string, *failure) {
	if len(key) != len(t.keys) {
		return "", "", invalid("The provided key element does not match the schema")
	}
	return t.keyOf(key)
}

func (t *table) get(hash, sort string) (stored, bool) {
	p := t.partitions[hash]
	if p == nil {
		return stored{}, false
	}
	s, ok := p.items[sort]
	return s, ok
}

func (t *table) put(hash, sort string, s stored) {
	p := t.partitions[hash]
	if p == nil {
		p = &partition{items: map[string]stored{}}
		t.partitions[hash] = p
	}
	if _, exists := p.items[sort]; !exists {
		at, _ := slices.BinarySearch(p.order, sort)
		p.order = slices.Insert(p.order, at, sort)
	}
	p.items[sort] = s
}

func (t *table) remove(hash, sort string) {
	p := t.partitions[hash]
	if p == nil {
		return
	}
	if at, found := slices.BinarySearch(p.order, sort); found {
		p.order = slices.Delete(p.order, at, at+1)
		delete(p.items, sort)
	}
	if len(p.order) == 0 {
		delete(t.partitions, hash)
	}
}

// inSegment reports whether a partition belongs to a segment of a parallel scan.
func inSegment(hash string, segment, segments uint32) bool {
	h := fnv.New32a()
	h.Write([]byte(hash))
	return segments == 0 || h.Sum32()%segments == segment
}

// typed returns an item in the types of the interpreter.
func typed(it item) (map[string]*types.Item, *failure) {
	out := make(map[string]*types.Item, len(it))
	for name, raw := range it {
		out[name] = &types.Item{}
		if err := json.Unmarshal(raw, out[name]); err != nil {
			return nil, invalid(name + ": " + err.Error())
		}
	}
	return out, nil
}

// untyped returns what typed was given.
func untyped(v *types.Item) any {
	list := func(items []*types.Item) []any {
		out := make([]any, len(items))
		for i, v := range items {
			out[i] = untyped(v)
		}
		return out
	}
	switch {
	case v.S != nil:
		return map[string]any{"S": v.S}
	case v.N != nil:
		return map[string]any{"N": v.N}
	case v.BOOL != nil:
		return map[string]any{"BOOL": v.BOOL}
	case v.NULL != nil:
		return map[string]any{"NULL": v.NULL}
	case v.M != nil:
		out := map[string]any{}
		for name, v := range v.M {
			out[name] = untyped(v)
		}
		return map[string]any{"M": out}
	case v.L != nil:
		return map[string]any{"L": list(v.L)}
	case v.SS != nil:
		return map[string]any{"SS": v.SS}
	case v.NS != nil:
		return map[string]any{"NS": v.NS}
	case v.BS != nil:
		return map[string]any{"BS": v.BS}
	default:
		return map[string]any{"B": v.B}
	}
}

// An expression is an expression of a request with its placeholders.
type expressions struct {
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues item
}

// matches evaluates a condition on an item. An empty condition matches.
func (x expressions) matches(kind interpreter.ExpressionType, condition string, it item) (bool, *failure) {
	if condition == "" {
		return true, nil
	}
	values, err := typed(x.ExpressionAttributeValues)
	if err != nil {
		return false, err
	}
	attributes, err := typed(it)
	if err != nil {
		return false, err
	}
	matched, wrong := new(interpreter.Language).Match(interpreter.MatchInput{
		Expression: condition, ExpressionType: kind, Item: attributes, Attributes: values,
		Aliases: x.ExpressionAttributeNames,
	})
	if wrong != nil {
		return false, invalid(wrong.Error())
	}
	return matched, nil
}

// update returns the item that an update expression makes of one.
func (x expressions) update(expression string, it item) (item, *failure) {
	if expression == "" {
		return it, nil
	}
	values, err := typed(x.ExpressionAttributeValues)
	if err != nil {
		return nil, err
	}
	attributes, err := typed(it)
	if err != nil {
		return nil, err
	}
	before, err := typed(it)
	if err != nil {
		return nil, err
	}
	if wrong := new(interpreter.Language).Update(interpreter.UpdateInput{
		Expression: expression, Item: attributes, Attributes: values, Aliases: x.ExpressionAttributeNames,
	}); wrong != nil {
		return nil, invalid(wrong.Error())
	}
	for _, name := range x.removed(expression) {
		delete(attributes, name)
	}
	out := item{}
	for name, v := range attributes {
		if out[name] = it[name]; !reflect.DeepEqual(v, before[name]) {
			out[name], _ = json.Marshal(untyped(v))
		}
	}
	return out, nil
}

var removeClause = regexp.MustCompile(`(?is)\bREMOVE\s+(.*?)(?:\s+(?:SET|ADD|DELETE)\s|$)`)

// removed returns the attributes that an update expression removes as a whole, which the interpreter keeps.
func (x expressions) removed(expression string) (names []string) {
	for _, clause := range removeClause.FindAllStringSubmatch(expression, -1) {
		for name := range strings.SplitSeq(clause[1], ",") {
			name = strings.TrimSpace(name)
			if alias, ok := x.ExpressionAttributeNames[name]; ok {
				name = alias
			}
			names = append(names, name)
		}
	}
	return names
}

// project returns the named parts of an item.
func (x expressions) project(projection string, it item) (item, *failure) {
	if projection == "" {
		return it, nil
	}
	attributes, err := typed(it)
	if err != nil {
		return nil, err
	}
	parts, wrong := new(interpreter.Language).Project(interpreter.ProjectInput{
		Expression: projection, Item: attributes, Aliases: x.ExpressionAttributeNames,
	})
	if wrong != nil {
		return nil, invalid(wrong.Error())
	}
	out := item{}
	for name, v := range parts {
		out[name], _ = json.Marshal(untyped(v))
	}
	return out, nil
}

// changed returns the attributes of an item that another one lacks or has otherwise.
func changed(it, other item) item {
	out := maps.Clone(it)
	maps.DeleteFunc(out, func(name string, v json.RawMessage) bool { return string(other[name]) == string(v) })
	return out
}
