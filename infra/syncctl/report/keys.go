package report

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// Keys returns the keys by which a process knows the records that a person names: by their ids in 24SevenOffice, by
// product numbers, or by Ongoing's order numbers.
func (r Reader) Keys(
	ctx context.Context, customer string, process naming.Process, given []string,
) (keys []string, err error) {
	if len(given) == 0 {
		return nil, nil
	}
	item, err := r.Stack.SettingsOf(ctx, customer)
	if err != nil {
		return nil, err
	}
	c, _ := r.Stack.Decode(item) // of a customer who is blocked, the id is still right
	c.ID = customer
	for _, name := range given {
		name = strings.TrimSpace(name)
		key := ""
		switch {
		case plan.IsChangedKey(name): // the id could not be read
			key = name
		case process == naming.SalesOrders:
			key, err = r.orderID(ctx, c, name)
		case process == naming.Shipments:
			key, err = r.orderNumber(ctx, c, name)
		case process == naming.Suppliers:
			key, err = supplierID(name)
		default:
			key, err = r.productID(ctx, c, name)
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func isID(name string) bool {
	n, err := strconv.ParseInt(name, 10, 32)
	return err == nil && n > 0 && strconv.FormatInt(n, 10) == name
}

func supplierID(name string) (string, error) {
	if isID(name) {
		return name, nil
	}
	return "", fmt.Errorf("%q is not a supplier's id; give the number that its company has in 24SevenOffice, "+
		"such as 5012", name)
}

// orderID returns the id of an order. Its number in Ongoing is the prefix of the settings and the id, unless the order
// was taken over, imported under another prefix, or renumbered.
func (r Reader) orderID(ctx context.Context, c settings.Customer, name string) (string, error) {
	if isID(name) {
		return name, nil
	}
	links, err := r.Stack.Orders(ctx, c.ID)
	if err != nil {
		return "", err
	}
	for _, l := range links {
		if strings.EqualFold(l.OrderNumber, name) {
			return strconv.Itoa(l.OrderID), nil
		}
	}
	prefix := c.SalesOrders.OrderNumberPrefix
	if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) && isID(name[len(prefix):]) {
		return name[len(prefix):], nil
	}
	found, err := r.find(ctx, c, naming.SalesOrders, name)
	if err == nil && found == "" {
		err = fmt.Errorf("no order of customer %s has the number %q in Ongoing WMS; give that number, or the order's "+
			"number in 24SevenOffice (OrderId), such as 40557", c.ID, name)
	}
	return found, err
}

// orderNumber returns the number of an order in Ongoing. For an id in 24SevenOffice, it is that of the link.
func (r Reader) orderNumber(ctx context.Context, c settings.Customer, name string) (string, error) {
	if !isID(name) {
		return name, nil
	}
	var link state.OrderLink
	if _, err := r.Stack.Link(ctx, c.ID, "order#"+name, &link); err != nil || link.OrderNumber == "" {
		return name, err
	}
	return link.OrderNumber, nil
}

// productID returns the id of a product. Digits are an id, unless only an article has them as its number.
func (r Reader) productID(ctx context.Context, c settings.Customer, name string) (string, error) {
	if isID(name) {
		var link state.ArticleLink
		if known, err := r.Stack.Link(ctx, c.ID, "article#"+name, &link); err != nil || known {
			return name, err
		}
	}
	links, err := r.Stack.Articles(ctx, c.ID)
	if err != nil {
		return "", err
	}
	for _, l := range links {
		if l.ArticleNumber != "" && strings.EqualFold(l.ArticleNumber, name) {
			return strconv.Itoa(l.ProductID), nil
		}
	}
	if isID(name) {
		return name, nil
	}
	found, err := r.find(ctx, c, naming.Articles, name)
	if err == nil && found == "" {
		err = fmt.Errorf("no product of customer %s has the number %q; give a product number of 24SevenOffice, or the "+
			"product's id, which is the product code of its article in Ongoing WMS", c.ID, name)
	}
	return found, err
}

// find asks the function of a process for the id of the one record that has a number; "" if there is none, or the
// process is off.
func (r Reader) find(ctx context.Context, c settings.Customer, process naming.Process, number string) (string, error) {
	// Neither vendor says whether its search minds the case.
	event := cloud.Event{
		Customers: []string{c.ID}, Find: slices.Compact([]string{number, strings.ToUpper(number)}),
	}
	runs, err := r.Invoke(ctx, []naming.Process{process}, event)
	if err != nil || len(runs) == 0 {
		return "", err
	}
	found := slices.Compact(runs[0].Found)
	switch {
	case len(found) == 0 && runs[0].Reason != "":
		return "", fmt.Errorf("%q cannot be looked for: %s", number, WithRemedy(c.ID, runs[0].Reason))
	case len(found) == 0:
		return "", nil
	case len(found) == 1:
		return found[0].ID, nil
	}
	var ids []string
	for _, f := range found {
		ids = append(ids, f.ID)
	}
	return "", fmt.Errorf("%s have the number %q; name one of them by its id: %s",
		Count(len(found), found[0].Kind), number, ShortList(ids, 10))
}
