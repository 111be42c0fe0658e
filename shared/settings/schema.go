package settings

import (
	"maps"
	"slices"
	"strings"

	"ongoing24so/shared/allowedhosts"
)

// A schema is a JSON Schema.
type schema = map[string]any

// Schema returns the JSON Schema (draft 2020-12) of an item of the settings table in plain JSON, for editors and for
// programs that write settings.
//
// It accepts every item that Decode accepts. Decode refuses more: what a schema cannot say (which hosts are allowed,
// which time zones and dates exist, whether a pattern compiles, whether two values contradict each other).
func Schema() map[string]any {
	s := sectionSchema(fields(new(Customer), allowedhosts.List{}))
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Settings of a customer"
	return s
}

// refined returns the rule with more keywords in its schema.
func (r rule) refined(more schema) rule {
	s := maps.Clone(r.schema)
	maps.Copy(s, more)
	r.schema = s
	return r
}

// ofEach returns the rule of a list with more keywords for its elements.
func (r rule) ofEach(more schema) rule {
	items := maps.Clone(r.schema["items"].(schema))
	maps.Copy(items, more)
	return r.refined(schema{"items": items})
}

func pattern(expression string) schema { return schema{"pattern": expression} }

// schemaOf returns the schema of a DynamoDB type.
func schemaOf(kind string) schema {
	return schema{"type": map[string]string{"S": "string", "N": "integer", "BOOL": "boolean"}[kind]}
}

func listSchema(items schema) schema {
	return schema{"type": "array", "items": items, "minItems": 1, "uniqueItems": true}
}

func sectionSchema(fields []field) schema {
	properties, needed := schema{}, []string{}
	for _, f := range fields {
		properties[f.name] = f.described()
		_, hasNeeded := f.rule.schema["required"]
		if f.missing == required || f.fallback != nil && hasNeeded { // or a section that must not be left out
			needed = append(needed, f.name)
		}
	}
	s := schema{"type": "object", "additionalProperties": false, "properties": properties}
	if len(needed) > 0 {
		slices.Sort(needed)
		s["required"] = needed
	}
	return s
}

// described returns the schema of an attribute with its meaning and its default.
func (f field) described() schema {
	s := maps.Clone(f.rule.schema)
	if f.meaning == "" {
		return s
	}
	s["description"] = strings.ReplaceAll(f.meaning, "`", "")
	if f.fallback != nil {
		s["description"] = s["description"].(string) + "; default: " + literal(f.fallback)
	} else if f.missing != "" && f.missing != required {
		s["description"] = s["description"].(string) + "; if it is missing: " + f.missing
	}
	return s
}

// deliveryMethodsSchema is the schema of a map by id: each names either a way of delivery or a transporter.
func deliveryMethodsSchema(method schema) schema {
	none := func(names ...string) schema {
		var any []schema
		for _, name := range names {
			any = append(any, schema{"required": []string{name}})
		}
		return schema{"anyOf": any}
	}
	method["oneOf"] = []schema{
		{"required": []string{"code"}, "not": none("transporterCode", "transporterServiceCode")},
		{"required": []string{"transporterCode", "transporterServiceCode"}, "not": none("code", "name")},
	}
	return schema{
		"type": "object", "minProperties": 1, "additionalProperties": false,
		"patternProperties": schema{"^(0|[1-9][0-9]{0,9})$": method},
	}
}

// extraFieldsSchema is the schema of a list whose elements have either a source or a value.
func extraFieldsSchema(pair schema) schema {
	pair["oneOf"] = []schema{{"required": []string{"from"}}, {"required": []string{"value"}}}
	return schema{"type": "array", "items": pair}
}
