package settings

import (
	"fmt"
	"strings"

	"ongoing24so/shared/allowedhosts"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Markdown prints the settings table for the README.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| attribute | type | default | allowed | meaning |\n| --- | --- | --- | --- | --- |\n")
	writeRows(&b, "", fields(new(Customer), allowedhosts.List{}))
	return b.String()
}

func writeRows(b *strings.Builder, prefix string, fields []field) {
	for _, f := range fields {
		path := prefix + f.name
		if f.about != "" { // a section is no more than its attributes
			fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", path, f.rule.kind, fallback(f), f.rule.allowed, f.about)
		}
		writeRows(b, path+f.rule.inside, f.rule.fields)
	}
}

func fallback(f field) string {
	switch {
	case f.absent != nil:
		return "`" + literal(f.absent) + "`"
	case f.without == "":
		return "–"
	default:
		return f.without
	}
}

// literal writes a default as JSON does.
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
		s, _ := textOf(v)
		return fmt.Sprintf("%q", s)
	}
}
