package workday

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv"
)

// The functions of this file describe a record of one of the two systems in one line of text, for checks and tables.

// missing describes a record that does not exist.
const missing = "–"

// A customer is one of the seeded customers.
type customer struct{ *testenv.Merchant }

func (c customer) order(id office24.OrderID) office24.Order {
	o, _ := c.Company.Order(id)
	return o
}

func (c customer) orderStatus(id office24.OrderID) string { return c.order(id).Status.Name() }

// orderRows lists the goods of an order in 24SevenOffice.
func (c customer) orderRows(id office24.OrderID) string { return rowsText(c.order(id)) }

func rowsText(o office24.Order) string {
	var goods []string
	for _, r := range o.Rows {
		if r.Type == office24.RowNormal && r.Quantity != nil {
			goods = append(goods, r.Quantity.String()+" "+r.ProductNo)
		}
	}
	return strings.Join(goods, ", ")
}

// orderIn returns the only order with a status, and the zero order if there are several.
func (c customer) orderIn(status office24.OrderStatus) office24.Order {
	found := slices.DeleteFunc(c.Company.Orders(), func(o office24.Order) bool { return o.Status != status })
	if len(found) != 1 {
		return office24.Order{}
	}
	return found[0]
}

func (c customer) stock(id office24.ProductID) string {
	p, ok := c.Company.Product(id)
	if !ok || p.Stock == nil {
		return missing
	}
	return p.Stock.String()
}

// row returns the row number in Ongoing of an order's product.
func (c customer) row(id office24.OrderID, product office24.ProductID) string {
	for _, r := range c.order(id).Rows {
		if r.ProductID == product {
			return idText(r.ID)
		}
	}
	return missing
}

func articleText(g *ongoingtest.GoodsOwner, number string) string {
	if _, ok := g.Article(number); !ok {
		return missing
	}
	var parts []string
	for _, field := range []string{"productCode", "articleName", "description", "barCodeInfo.barCode"} {
		parts = append(parts, articleField(g, number, field))
	}
	return strings.Join(parts, " | ") + " | " + articleField(g, number, "weight") + " kg"
}

func articleField(g *ongoingtest.GoodsOwner, number, path string) string {
	a, ok := g.Article(number)
	if !ok {
		return missing
	}
	return field(a.Body, path)
}

// variation returns an article's group, colour and size.
func variation(g *ongoingtest.GoodsOwner, number string) string {
	return strings.Join([]string{
		articleField(g, number, "articleGroup.name"),
		articleField(g, number, "articleColor.name"),
		articleField(g, number, "articleSize.name"),
	}, " ")
}

// orderText returns an order's status and lines in Ongoing.
func orderText(g *ongoingtest.GoodsOwner, number string) string {
	o, ok := g.Order(number)
	if !ok {
		return missing
	}
	var lines []string
	for _, l := range o.Lines {
		lines = append(lines, l.Ordered.String()+" "+l.Article)
	}
	return fmt.Sprintf("%d: %s", o.Status, strings.Join(lines, ", "))
}

func orderField(g *ongoingtest.GoodsOwner, number, path string) string {
	o, ok := g.Order(number)
	if !ok {
		return missing
	}
	return field(o.Body, path)
}

func consignee(g *ongoingtest.GoodsOwner, number string) string {
	var lines []string
	for _, name := range []string{"name", "address1", "address2", "address3"} {
		if line := orderField(g, number, "consignee."+name); line != "" {
			lines = append(lines, line)
		}
	}
	place := orderField(g, number, "consignee.postCode") + " " + orderField(g, number, "consignee.city")
	return strings.Join(append(lines, place, orderField(g, number, "consignee.countryCode")), ", ")
}

// unreported lists the lines of an order whose reported quantity differs from the picked one.
func unreported(g *ongoingtest.GoodsOwner, number string) string {
	o, ok := g.Order(number)
	if !ok {
		return missing
	}
	var lines []string
	for _, l := range o.Lines {
		reported := "0"
		if l.Reported != nil {
			reported = l.Reported.String()
		}
		if reported != l.Picked.String() {
			lines = append(lines, fmt.Sprintf("%s of %s %s", reported, l.Picked, l.Article))
		}
	}
	return strings.Join(lines, ", ")
}

// field returns the value at a path of a document, empty if it is missing.
func field(document map[string]any, path string) string {
	var value any = document
	for name := range strings.SplitSeq(path, ".") {
		inner, _ := value.(map[string]any)
		value = inner[name]
	}
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

func runes(s string) int { return utf8.RuneCountInString(s) }

func idText[ID ~int](id ID) string { return strconv.Itoa(int(id)) }
