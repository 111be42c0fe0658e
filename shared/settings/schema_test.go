package settings_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/settings"
)

// beyond are the refused values that a JSON Schema cannot refuse, as the beginnings of their reasons.
var beyond = []string{
	`timeZone is "Europe/Bergen"`, `timeZone is "../../etc/passwd"`, // which zones exist
	`ongoing.baseUrl is refused`, `ongoing.baseUrl has a path`, // which addresses are allowed
	`articles.variations.pattern`,                   // whether it compiles, and its groups
	`salesOrders.startDate is "2026-02-30"`,         // which dates exist
	`extraFields[0]: `, `extraFields[1].to repeats`, // which fields fit each other
	`salesOrders.importedStatus is "Confirmed"`, `shipments.status is "Confirmed"`, // contradictions
}

func compileSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(settings.Schema())
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("settings.json", readJSON(t, text)); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("settings.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func readJSON(t testing.TB, text []byte) any {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// inJSON returns a settings document as the schema's validator reads it.
func inJSON(t testing.TB, d document) any {
	t.Helper()
	item, err := attributevalue.MarshalMap(d)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(dynamoattr.Plain(&types.AttributeValueMemberM{Value: item}))
	if err != nil {
		t.Fatal(err)
	}
	return readJSON(t, text)
}

func TestSchemaRefusesWhatDecodeRefuses(t *testing.T) {
	t.Parallel()
	compiled := compileSchema(t)
	used := map[string]bool{}
	for _, tt := range refused {
		refusedBySchema := compiled.Validate(inJSON(t, with(tt.path, marshaler(tt.value)))) != nil
		i := slices.IndexFunc(beyond, func(begin string) bool { return strings.HasPrefix(tt.reason, begin) })
		if i >= 0 && !refusedBySchema {
			used[beyond[i]] = true
		}
		if i < 0 && !refusedBySchema {
			t.Errorf("%s: %s: the schema accepts what Decode refuses: %s", tt.path, tt.why, tt.reason)
		}
	}
	for _, begin := range beyond {
		if !used[begin] {
			t.Errorf("the schema refuses what it is said not to be able to: %s", begin)
		}
	}
}

// pool are values for random documents: right ones, wrong ones, and those at the limits.
var pool = map[string][]any{
	"customerId":                  {"acme", "Acme", ""},
	"name":                        {"Blåbær & Sønn", strings.Repeat("ø", 100), strings.Repeat("ø", 101), "a\u00a0b"},
	"mode":                        {"live", "preview", "dry"},
	"intervalMinutes":             {5, 1440, 4, "15"},
	"timeZone":                    {"Europe/Oslo", "UTC", "Local", ""},
	"defaultCountry":              {"SE", "se"},
	"office24.identityId":         {"7E1F0D00-1111-4222-8333-0000000000BB", "x"},
	"office24.clientId":           {1, 9223372036854775807, 0},
	"ongoing.baseUrl":             {"HTTPS://API.ongoingsystems.se/a/api/v1", "http://127.0.0.1:8443/a/api/v1/", "x"},
	"articles.categoryIds":        {[]int{3, 1}, []int{1, 1}, []int{}, []int{0}},
	"articles.variations":         {document{"field": "No", "pattern": "(?<base>x)"}, document{"field": "No"}},
	"stock":                       {document{}, document{"quantity": "sellable"}, document{"x": 1}},
	"stock.brakePercent":          {0, 100, 101},
	"salesOrders.statuses":        {[]string{"Invoiced", "Web"}, []string{"Gone"}},
	"salesOrders.startDate":       {"2028-02-29", "0000-01-01", "29.02.2028"},
	"salesOrders.importedStatus":  {"Pack", "Invoiced", "None"},
	"salesOrders.deliveryMethods": {document{"0": document{"code": "A"}}, document{"00": document{"code": "A"}}},
	"salesOrders.deliveryMethods.4": {
		document{"code": "A", "name": "B"}, document{"name": "B"}, document{"code": "A", "transporterCode": "B"},
		document{"transporterCode": "B", "transporterServiceCode": "C"}, document{},
	},
	"salesOrders.orderNumberPrefix": {"", " x", "x y", strings.Repeat("Å", 40), strings.Repeat("Å", 41)},
	"shipments.reportAt":            {[]int{1, 999}, []int{1000}},
	"shipments.status":              {"Sent", "ForInvoicing", "Invoiced"},
	"shipments.tracking":            {"invoiceText", "off"},
	"suppliers.enabled":             {true, "true"},
	"extraFields": {
		[]document{}, []document{{"from": "row.Price", "to": "line.prices.linePrice"}},
		[]document{{"value": "NO", "to": "article.countryOfOriginCode"}}, []document{{"to": "line.comment"}},
		[]document{{"from": "row.Price", "value": "1", "to": "line.prices.linePrice"}},
	},
}

func TestSchemaAcceptsWhatDecodeAccepts(t *testing.T) {
	t.Parallel()
	compiled := compileSchema(t)
	accepted := 0
	rapid.Check(t, func(r *rapid.T) {
		d := smallest()
		all := rapid.SampledFrom(slices.Sorted(maps.Keys(pool)))
		paths := rapid.SliceOfNDistinct(all, 0, 4, rapid.ID).Draw(r, "paths")
		for _, path := range paths {
			one := with(path, rapid.SampledFrom(pool[path]).Draw(r, path))
			top, _, _ := strings.Cut(path, ".")
			d[top] = one[top]
		}
		if _, err := decode(t, d); err != nil {
			return
		}
		accepted++
		if err := compiled.Validate(inJSON(t, d)); err != nil {
			r.Fatalf("Decode accepts %v, the schema does not: %v", d, err)
		}
	})
	if accepted < 10 {
		t.Errorf("only %d documents were accepted", accepted)
	}
}

func TestSchemaNamesEveryAttribute(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(settings.Schema())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range settings.Describe() {
		name := a.Path[strings.LastIndexByte(a.Path, '.')+1:]
		if !strings.Contains(string(text), `"`+name+`"`) {
			t.Errorf("the schema lacks %s", a.Path)
		}
	}
}
