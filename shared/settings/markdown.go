package settings

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/dynamoattr"
)

// Markdown returns the table of all attributes for SETTINGS.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| attribute | type | default | allowed | meaning |\n| --- | --- | --- | --- | --- |\n")
	for _, a := range Describe() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", a.Path, a.Type, a.Default, a.Allowed, a.Meaning)
	}
	return b.String()
}

func defaultOf(f field) string {
	switch {
	case f.fallback != nil:
		return "`" + literal(f.fallback) + "`"
	case f.missing == "":
		return "–"
	default:
		return f.missing
	}
}

// literal returns a default in JSON.
func literal(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberN:
		return v.Value
	case *types.AttributeValueMemberBOOL:
		return fmt.Sprint(v.Value)
	case *types.AttributeValueMemberL:
		elements := make([]string, len(v.Value))
		for i, e := range v.Value {
			elements[i] = literal(e)
		}
		return "[" + strings.Join(elements, ", ") + "]"
	default:
		s, _ := dynamoattr.TextOf(v)
		return fmt.Sprintf("%q", s)
	}
}
