// Package document reads a customer's settings from YAML or JSON as an item of the settings table, prints items, and
// compares them. It knows no setting: what is allowed is decided by shared/settings.
package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"go.yaml.in/yaml/v3"
)

// An Item is an item of the settings table, or any map in it.
type Item = map[string]types.AttributeValue

// Read reads one or more documents, divided by lines of ---. JSON is YAML, too. Errors name the line and quote no
// value, because a document can contain a secret.
func Read(text []byte) ([]Item, error) {
	var items []Item
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var root yaml.Node
		err := decoder.Decode(&root)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the document is neither YAML nor JSON: %s", withoutValues(err))
		}
		value, err := attribute(root.Content[0])
		if err != nil {
			return nil, err
		}
		m, ok := value.(*types.AttributeValueMemberM)
		if !ok {
			return nil, fmt.Errorf("line %d: must be a map of settings, such as customerId: acme", root.Content[0].Line)
		}
		items = append(items, m.Value)
	}
	if len(items) == 0 {
		return nil, errors.New("the document is empty; it must be a map of settings, such as customerId: acme")
	}
	return items, nil
}

// Value reads a value as it is written on a command line: Rest, 15, true, [Confirmed, Rest] or {code: A}.
func Value(text string) (types.AttributeValue, error) {
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		return nil, fmt.Errorf("is neither YAML nor JSON: %s", withoutValues(err))
	}
	if len(root.Content) == 0 {
		return &types.AttributeValueMemberS{}, nil
	}
	return attribute(root.Content[0])
}

// withoutValues cuts what a parser quotes from the document.
func withoutValues(err error) string {
	return regexp.MustCompile("[`'\"].*").ReplaceAllString(strings.TrimPrefix(err.Error(), "yaml: "), "…")
}

// attribute turns a node into an attribute. Numbers keep their digits, and a date stays the text that it is.
func attribute(node *yaml.Node) (types.AttributeValue, error) {
	switch node.Kind {
	case yaml.MappingNode:
		return mapping(node)
	case yaml.SequenceNode:
		list := &types.AttributeValueMemberL{Value: []types.AttributeValue{}}
		for _, element := range node.Content {
			value, err := attribute(element)
			if err != nil {
				return nil, err
			}
			list.Value = append(list.Value, value)
		}
		return list, nil
	case yaml.ScalarNode:
		return scalar(node)
	default:
		return nil, fmt.Errorf("line %d: anchors and aliases are not allowed; write the value out", node.Line)
	}
}

func mapping(node *yaml.Node) (types.AttributeValue, error) {
	m := Item{}
	for i := 0; i < len(node.Content); i += 2 {
		name, line := node.Content[i].Value, node.Content[i].Line
		if node.Content[i].Kind != yaml.ScalarNode || node.Content[i].Tag == "!!merge" {
			return nil, fmt.Errorf("line %d: the name of a setting must be a text", line)
		}
		if _, repeated := m[name]; repeated {
			return nil, fmt.Errorf("line %d: %s occurs twice; leave one", line, name)
		}
		value, err := attribute(node.Content[i+1])
		if err != nil {
			return nil, err
		}
		m[name] = value
	}
	return &types.AttributeValueMemberM{Value: m}, nil
}

var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

func scalar(node *yaml.Node) (types.AttributeValue, error) {
	switch node.ShortTag() {
	case "!!bool":
		return &types.AttributeValueMemberBOOL{Value: strings.EqualFold(node.Value, "true")}, nil
	case "!!null":
		return &types.AttributeValueMemberNULL{Value: true}, nil
	case "!!int", "!!float":
		if !number.MatchString(node.Value) {
			return nil, fmt.Errorf(
				"line %d: a number must be written in decimal digits, such as 15; put a text in quotes", node.Line)
		}
		return &types.AttributeValueMemberN{Value: node.Value}, nil
	default: // texts, and dates such as 2026-11-01
		return &types.AttributeValueMemberS{Value: node.Value}, nil
	}
}
