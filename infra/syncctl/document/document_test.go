package document_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"ongoing24so/infra/syncctl/document"
	"ongoing24so/shared/dynamoattr"
)

func TestValuesAreReadAsPeopleMeanThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"country: NO":                 "NO", // not a bool
		"date: 2026-11-01":            "2026-11-01",
		"id: 9223372036854775807":     types.AttributeValueMemberN{Value: "9223372036854775807"},
		"share: 1.50":                 types.AttributeValueMemberN{Value: "1.50"},
		"text: '15'":                  "15",
		`{"json": true}`:              true,
		"nothing:":                    nil,
		"prefix: ''":                  "",
		"pattern: '^(?P<base>[^-]+)'": "^(?P<base>[^-]+)",
	} {
		items, err := document.Read([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for _, got := range items[0] {
			if n, ok := want.(types.AttributeValueMemberN); ok {
				if document.Text(got) != n.Value {
					t.Errorf("%s: got %s", text, document.Text(got))
				}
			} else if diff := cmp.Diff(want, dynamoattr.Plain(got)); diff != "" {
				t.Errorf("%s: %s", text, diff)
			}
		}
	}
}

func TestDocumentThatCannotBeReadIsRefusedWithoutQuotingIt(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "- hunter2", "a: 1\na: hunter2", "a: &x hunter2\nb: *x", "a: 0x1F", "a: 1e3", "a: [hunter2",
		"? [hunter2]\n: 1", "<<: {a: hunter2}", "a: hunter2: b",
	} {
		_, err := document.Read([]byte(text))
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestShownValueCanBeTypedAgain(t *testing.T) {
	t.Parallel()
	for _, v := range []types.AttributeValue{
		dynamoattr.Text("Confirmed"), dynamoattr.Text("15"), dynamoattr.Text("true"), dynamoattr.Text(""),
		dynamoattr.Text(" x"), dynamoattr.Text("[a]"), dynamoattr.Text("2026-11-01"), dynamoattr.Number(15),
		&types.AttributeValueMemberBOOL{Value: true},
		&types.AttributeValueMemberL{Value: []types.AttributeValue{dynamoattr.Text("<&>"), dynamoattr.Number(4)}},
		&types.AttributeValueMemberM{Value: document.Item{"a": dynamoattr.Text("b")}},
	} {
		again, err := document.Value(document.Text(v))
		if err != nil || !cmp.Equal(dynamoattr.Plain(v), dynamoattr.Plain(again)) {
			t.Errorf("%s: read again as %v, %v", document.Text(v), dynamoattr.Plain(again), err)
		}
	}
}

func TestUnsetLeavesNoEmptyMap(t *testing.T) {
	t.Parallel()
	it := document.Set(document.Item{"customerId": dynamoattr.Text("acme")}, "a.b.c", dynamoattr.Number(1))
	left := document.Unset(it, "a.b.c")
	if diff := cmp.Diff([]document.Setting{{Path: "customerId", Value: "acme"}}, document.List(left)); diff != "" {
		t.Error(diff)
	}
	if got := document.String(it, "a.b.c"); got != "1" {
		t.Errorf("the item itself was changed: %q", got)
	}
	if diff := cmp.Diff([]document.Change{{Path: "a.b.c", Old: "1"}}, document.Diff(it, left)); diff != "" {
		t.Error(diff)
	}
}
