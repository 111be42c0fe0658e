package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/dynamoattr"
)

// Overrides are settings that count instead of those in a customer's item, so that a dry run shows what they would do.
// They are values in JSON by path, such as {"shipments.restOrders": true}; null is for a setting that is removed. What
// says whose records these are cannot be overridden: nobody is to see another company's records by a dry run, or to
// send credentials elsewhere.
type Overrides map[string]any

// AllowedOverrides says what overrides can be.
const AllowedOverrides = `settings by path such as {"stock.quantity": "sellable"}, ` +
	`but not customerId, ongoing or office24`

var errOverrides = errors.New("must be " + AllowedOverrides)

// UnmarshalJSON reads overrides. Numbers keep their digits.
func (o *Overrides) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var values map[string]any
	if d.Decode(&values) != nil || values == nil {
		return errOverrides
	}
	for path := range values {
		switch section, _, _ := strings.Cut(path, "."); section {
		case "", "customerId", "ongoing", "office24":
			return errOverrides
		}
	}
	*o = values
	return nil
}

// on returns an item with the overrides. What is wrong with them, Decode finds.
func (o Overrides) on(item map[string]types.AttributeValue) map[string]types.AttributeValue {
	for _, path := range slices.Sorted(maps.Keys(o)) {
		item = override(item, strings.Split(path, "."), o[path])
	}
	return item
}

// override returns a copy of a map with a value at a path, and without a map that loses its last value.
func override(m map[string]types.AttributeValue, path []string, value any) map[string]types.AttributeValue {
	m = maps.Clone(m)
	name := path[0]
	switch {
	case len(path) > 1:
		inner, ok := m[name].(*types.AttributeValueMemberM)
		if !ok && value == nil {
			break // there is nothing to remove
		}
		if !ok {
			inner = &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{}}
		}
		changed := override(inner.Value, path[1:], value)
		if m[name] = (&types.AttributeValueMemberM{Value: changed}); len(changed) == 0 {
			delete(m, name)
		}
	case value == nil:
		delete(m, name)
	default:
		m[name] = attributeOf(value)
	}
	return m
}

// attributeOf returns the attribute of a value in JSON.
func attributeOf(value any) types.AttributeValue {
	switch v := value.(type) {
	case string:
		return dynamoattr.Text(v)
	case json.Number:
		return &types.AttributeValueMemberN{Value: v.String()}
	case bool:
		return &types.AttributeValueMemberBOOL{Value: v}
	case []any:
		list := &types.AttributeValueMemberL{}
		for _, element := range v {
			list.Value = append(list.Value, attributeOf(element))
		}
		return list
	case map[string]any:
		m := &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{}}
		for name, member := range v {
			m.Value[name] = attributeOf(member)
		}
		return m
	default:
		return &types.AttributeValueMemberNULL{Value: true}
	}
}
