package state

import (
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/naming"
)

// The names of records: every sort key is made here.
const (
	articlePrefix  = "article#"
	orderPrefix    = "order#"
	supplierPrefix = "supplier#"
	sessionRecord  = "session"
)

func cursorRecord(p naming.Process) string  { return "cursor#" + string(p) }
func leaseRecord(p naming.Process) string   { return "lease#" + string(p) }
func failurePrefix(p naming.Process) string { return "failure#" + string(p) + "#" }

func linkRecord(prefix string, id int) string { return prefix + strconv.Itoa(id) }

func runRecord(p naming.Process, startedAt time.Time) string {
	return "run#" + string(p) + "#" + format(startedAt)
}

// linkID returns the id in a link's name, 0 where there is none.
func linkID(prefix, record string) int {
	id, _ := strconv.Atoi(strings.TrimPrefix(record, prefix)) // 0 is the id of no record
	return id
}

// An item is a record as DynamoDB has it.
type item = map[string]types.AttributeValue

func key(customer, record string) item {
	return item{naming.PartitionKey: text(customer), naming.SortKey: text(record)}
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// textOf returns an attribute's text; empty where it is missing or no text.
func textOf(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}
