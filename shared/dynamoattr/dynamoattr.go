// Package dynamoattr builds and reads the DynamoDB attribute values of the settings and state tables.
package dynamoattr

import (
	"encoding/json"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Text returns an attribute of type S.
func Text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// Number returns an attribute of type N.
func Number(n int) types.AttributeValue { return &types.AttributeValueMemberN{Value: strconv.Itoa(n)} }

// TextOf returns the text of an attribute of type S. ok is false for any other type and for nil.
func TextOf(v types.AttributeValue) (s string, ok bool) {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value, true
	}
	return "", false
}

// Plain returns a value in the types that encoding/json makes.
func Plain(v types.AttributeValue) any {
	switch v := v.(type) {
	case *types.AttributeValueMemberM:
		object := map[string]any{}
		for name, member := range v.Value {
			object[name] = Plain(member)
		}
		return object
	case *types.AttributeValueMemberL:
		list := []any{}
		for _, element := range v.Value {
			list = append(list, Plain(element))
		}
		return list
	case *types.AttributeValueMemberN:
		return json.Number(v.Value)
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberBOOL:
		return v.Value
	case *types.AttributeValueMemberSS:
		return v.Value
	case *types.AttributeValueMemberNS:
		return v.Value
	default:
		return nil
	}
}
