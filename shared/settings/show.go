package settings

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/errclass"
)

// show returns a value in a form that its author recognises, shortened and with its DynamoDB type.
func show(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return strconv.Quote(errclass.Shorten(v.Value)) + " (S)"
	case *types.AttributeValueMemberN:
		return errclass.Shorten(v.Value) + " (N)"
	case *types.AttributeValueMemberBOOL:
		return strconv.FormatBool(v.Value) + " (BOOL)"
	case *types.AttributeValueMemberNULL:
		return "empty (NULL)"
	case *types.AttributeValueMemberM:
		return fmt.Sprintf("a map of %d (M)", len(v.Value))
	case *types.AttributeValueMemberL:
		return fmt.Sprintf("a list of %d (L)", len(v.Value))
	default:
		return "a set or binary value"
	}
}

// showName returns the name of an attribute, shortened. It is quoted if it could be mistaken for text of the reason.
func showName(name string) string {
	name = errclass.Shorten(name)
	if q := strconv.Quote(name); len(q) != len(name)+2 || strings.ContainsAny(name, " ,:;.") {
		return q
	}
	return name
}
