package settings

import "ongoing24so/shared/allowedhosts"

// An Attribute describes one attribute of the settings to people. Its texts can contain Markdown's code spans.
type Attribute struct {
	// Path leads to the attribute: stock.quantity, salesOrders.deliveryMethods.<id>.code, extraFields[].to.
	Path string
	// Type is DynamoDB's: S, N, BOOL, M, or L of one of them.
	Type string
	// Default is what a missing attribute means.
	Default string
	// Allowed describes the allowed values.
	Allowed string
	Meaning string
}

// Describe returns all attributes in the order of the table in SETTINGS.md.
func Describe() []Attribute { return describe("", fields(new(Customer), allowedhosts.List{})) }

func describe(prefix string, fields []field) (all []Attribute) {
	for _, f := range fields {
		path := prefix + f.name
		if f.meaning != "" { // a section is not described itself, only its attributes are
			all = append(all, Attribute{
				Path: path, Type: f.rule.kind, Default: defaultOf(f), Allowed: f.rule.allowed, Meaning: f.meaning,
			})
		}
		all = append(all, describe(path+f.rule.inside, f.rule.fields)...)
	}
	return all
}
