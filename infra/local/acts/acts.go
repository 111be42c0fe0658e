// Package acts is what people do in both systems, what an operator does, and what can break: one function for each, in
// a table that the page and the control route share. Incidents and the fleet are made of them.
package acts

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/infra/local/localstack"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv"
)

// An Act is something that a person does to a record, or to a customer as a whole.
type Act struct {
	// Name is its name in addresses, Title what its button says.
	Name, Title string
	// System and Kind say to which records it can be done. The kind is empty if it is done to the customer, and the
	// system too if an operator does it.
	System localstack.System
	Kind   localstack.Kind
	// About says what to know before.
	About string
	// Fields returns what it asks for.
	Fields func(Target) []Field

	do func(context.Context, Target) error
}

// A Field is a value that an act asks for.
type Field struct {
	Name, Label string
	// Value is what it is at first.
	Value string
	// Choices are the only allowed values, if there are any.
	Choices []Choice
	// Decimal asks for a decimal number.
	Decimal bool
}

// A Choice is an allowed value and what it is called.
type Choice struct{ Value, Label string }

// A Target is the record that an act is done to, with the values of its fields.
type Target struct {
	Stack *localstack.Stack
	*testenv.Merchant
	Key    string
	Values map[string]string
}

// All lists the acts in the order of the page.
func All() []Act { return slices.Concat(salesActs(), warehouseActs(), operatorActs()) }

// On lists the acts that can be done to records of a kind in a system.
func On(system localstack.System, kind localstack.Kind) []Act {
	return slices.DeleteFunc(All(), func(a Act) bool { return a.System != system || a.Kind != kind })
}

// Named returns the act of that name.
func Named(name string) (Act, bool) {
	i := slices.IndexFunc(All(), func(a Act) bool { return a.Name == name })
	if i < 0 {
		return Act{}, false
	}
	return All()[i], true
}

// Asks returns the fields of an act for a target.
func (a Act) Asks(t Target) []Field {
	if a.Fields == nil {
		return nil
	}
	return a.Fields(t)
}

// Do does an act and adds it to the history. Fields that are not given have the value that they have at first.
func Do(ctx context.Context, name string, t Target) (Act, error) {
	a, ok := Named(name)
	if !ok {
		return a, fmt.Errorf("there is no act %q; GET /control lists all", name)
	}
	given := t.Values
	t.Values = map[string]string{}
	for _, f := range a.Asks(t) {
		value, has := given[f.Name]
		if !has {
			value = f.Value
		}
		if err := f.check(strings.TrimSpace(value)); err != nil {
			return a, err
		}
		t.Values[f.Name] = strings.TrimSpace(value)
	}
	for name := range given {
		if _, known := t.Values[name]; !known {
			return a, fmt.Errorf("%s has no field %q", a.Name, name)
		}
	}
	if err := t.Stack.History.Act(t.Merchant, func() error { return a.do(ctx, t) }); err != nil {
		return a, err
	}
	if a.System == "" {
		t.Stack.History.Say(localstack.Operator, t.ID, a.Title+listed(a.Asks(t), t.Values))
	}
	return a, nil
}

// listed returns the values of an act's fields for people.
func listed(fields []Field, values map[string]string) string {
	var parts []string
	for _, f := range fields {
		value := values[f.Name]
		for _, c := range f.Choices {
			if c.Value == value {
				value = c.Label
			}
		}
		parts = append(parts, f.Label+" "+value)
	}
	if parts == nil {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

func (f Field) check(value string) error {
	if f.Decimal && value != "" {
		if _, err := number.Parse(value); err != nil {
			return fmt.Errorf("%s is %q; it must be a decimal number such as 2.5", f.Label, value)
		}
	}
	if f.Choices == nil || slices.ContainsFunc(f.Choices, func(c Choice) bool { return c.Value == value }) {
		return nil
	}
	var allowed []string
	for _, c := range f.Choices {
		allowed = append(allowed, c.Value)
	}
	return fmt.Errorf("%s is %q; allowed: %s", f.Label, value, strings.Join(allowed, ", "))
}

// fields returns a function that always returns these fields.
func fields(all ...Field) func(Target) []Field { return func(Target) []Field { return all } }

func (t Target) decimal(name string) (number.Decimal, error) {
	d, err := number.Parse(t.Values[name])
	if err != nil {
		return d, fmt.Errorf("%s is %q; it must be a decimal number such as 2.5", name, t.Values[name])
	}
	return d, nil
}

func (t Target) number() int { n, _ := strconv.Atoi(t.Key); return n }

// order returns the order of 24SevenOffice that the key names.
func (t Target) order() (office24.Order, error) {
	o, ok := t.Company.Order(office24.OrderID(t.number()))
	if !ok {
		return o, fmt.Errorf("24SevenOffice has no order %q", t.Key)
	}
	return o, nil
}

func (t Target) product() (office24.Product, error) {
	p, ok := t.Company.Product(office24.ProductID(t.number()))
	if !ok {
		return p, fmt.Errorf("24SevenOffice has no product %q", t.Key)
	}
	return p, nil
}

// ongoingOrder returns the order of Ongoing that the key names; without lines if there is none.
func (t Target) ongoingOrder() ongoingtest.OrderState {
	o, _ := t.GoodsOwner.Order(t.Key)
	return o
}

func (t Target) rows() []Choice {
	o, _ := t.order()
	var all []Choice
	for _, r := range o.Rows {
		label := r.Name
		if r.Quantity != nil {
			label = r.Quantity.String() + " × " + r.ProductNo
		}
		all = append(all, Choice{id(r.ID), label})
	}
	return all
}

func (t Target) lines() []Choice {
	var all []Choice
	for _, l := range t.ongoingOrder().Lines {
		all = append(all, Choice{l.Row, l.Ordered.String() + " × " + l.Article})
	}
	return all
}

func (t Target) products() []Choice {
	var all []Choice
	for _, p := range t.Company.Products() {
		all = append(all, Choice{id(p.ID), strings.TrimSpace(p.No + " " + shorten(p.Name))})
	}
	return all
}

func (t Target) articles() []Choice {
	var all []Choice
	for _, a := range t.GoodsOwner.Articles() {
		all = append(all, Choice{a.Number, a.Number})
	}
	return all
}

// same returns choices that are called what they are.
func same(values ...string) []Choice {
	var all []Choice
	for _, v := range values {
		all = append(all, Choice{v, v})
	}
	return all
}

func first(choices []Choice) string {
	if len(choices) == 0 {
		return ""
	}
	return choices[0].Value
}

func id[T ~int](n T) string { return strconv.Itoa(int(n)) }

func shorten(s string) string {
	const longest = 40
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}
