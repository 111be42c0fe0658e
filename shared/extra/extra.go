// Package extra holds the further fields that a customer may ask for in the setting extraFields: two published lists
// of names, `from` in 24SevenOffice and `to` in Ongoing, and how a value travels from one to the other.
package extra

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Field is one further field, e.g. row.Price → line.prices.linePrice.
type Field struct{ From, To string }

// Check tells whether both names are published and fit one another: of the same level (product → article,
// order → order, row → line), and of kinds that can be turned into each other.
func Check(f Field) error {
	from, ok := sources[f.From]
	if !ok {
		return fmt.Errorf("from %q is not one of %s", f.From, strings.Join(Sources(), ", "))
	}
	to, ok := targets[f.To]
	if !ok {
		return fmt.Errorf("to %q is not one of %s", f.To, strings.Join(Targets(), ", "))
	}
	if from.level != to.level {
		return fmt.Errorf("from %q belongs to %s, to %q to %s", f.From, from.level.source(), f.To, to.level.target())
	}
	if to.kind != text && from.kind != to.kind {
		return fmt.Errorf("from %q is a %s, to %q takes a %s", f.From, from.kind, f.To, to.kind)
	}
	return nil
}

// Sources lists the names that `from` may have, sorted.
func Sources() []string { return slices.Sorted(maps.Keys(sources)) }

// Targets lists the names that `to` may have, sorted.
func Targets() []string { return slices.Sorted(maps.Keys(targets)) }

type kind string

const (
	text   kind = "text"
	number kind = "number"
	moment kind = "date"
)

type level int

const (
	product level = iota
	order
	row
)

func (l level) source() string { return [...]string{"a product", "an order", "a row"}[l] }
func (l level) target() string { return [...]string{"an article", "an order", "a line"}[l] }

type name struct {
	level level
	kind  kind
}

var sources = map[string]name{
	"product.DescriptionLong": {product, text}, "product.StockLocation": {product, text},
	"product.SupplierProductCode": {product, text}, "product.SupplierProductName": {product, text},
	"product.ProductCode": {product, text}, "product.Price": {product, number}, "product.InPrice": {product, number},
	"product.Cost": {product, number}, "product.WebPrice": {product, number}, "product.MinimumStock": {product, number},
	"product.OrderProposal": {product, number}, "product.CategoryId": {product, number},

	"order.CustomerName": {order, text}, "order.CustomerReferenceNo": {order, text}, "order.YourReference": {order, text},
	"order.ReferenceNumber": {order, text}, "order.InvoiceTitle": {order, text}, "order.InvoiceText": {order, text},
	"order.InvoiceEmailAddress": {order, text}, "order.CustomerDeliveryPhone": {order, text},
	"order.DeliveryAlternative": {order, text}, "order.GLNNumber": {order, text}, "order.Currency": {order, text},
	"order.DateOrdered": {order, moment}, "order.OrderTotalIncVat": {order, number}, "order.OrderTotalVat": {order, number},
	"order.ProjectId": {order, number}, "order.DepartmentId": {order, number}, "order.OurReference": {order, number},
	"order.ExternalStatus": {order, number},

	"row.Price": {row, number}, "row.DiscountRate": {row, number}, "row.Cost": {row, number}, "row.InPrice": {row, number},
	"row.VatRate": {row, number}, "row.Name": {row, text}, "row.SerialNumber": {row, text}, "row.Currency": {row, text},
	"row.ProductNo": {row, text}, "row.ProjectId": {row, number}, "row.DepartmentId": {row, number},
}

var targets = map[string]name{
	"article.articleNameTranslations.no": {product, text}, "article.customerPrice": {product, number},
	"article.purchasePrice": {product, number}, "article.stockValuationPrice": {product, number},
	"article.stockLimit": {product, number}, "article.statisticsNumber": {product, text},
	"article.customsDescription": {product, text}, "article.linkToPicture": {product, text},
	"article.articlePickingHandlingComment": {product, text}, "article.articlePackingHandlingComment": {product, text},
	"article.freeValues.freeText1": {product, text}, "article.freeValues.freeText2": {product, text},
	"article.freeValues.freeText3": {product, text}, "article.freeValues.freeDecimal1": {product, number},
	"article.freeValues.freeDecimal2": {product, number},

	"order.consigneeOrderNumber": {order, text}, "order.warehouseInstruction": {order, text},
	"order.deliveryInstruction": {order, text}, "order.servicePointCode": {order, text},
	"order.freeText1": {order, text}, "order.freeText2": {order, text}, "order.freeText3": {order, text},
	"order.freeText4": {order, text}, "order.orderFreeDecimal1": {order, number},
	"order.orderFreeDateTime1": {order, moment}, "order.customerPrice": {order, number},
	"order.customsInfo.customsValueCurrencyCode": {order, text}, "order.emailNotification.value": {order, text},
	"order.advanced.communication": {order, text},

	"line.prices.linePrice": {row, number}, "line.prices.customerLinePrice": {row, number},
	"line.prices.currencyCode": {row, text}, "line.prices.discountPercentage": {row, number},
	"line.lineTotalCustomsValue": {row, number}, "line.serialNumber": {row, text}, "line.batchNumber": {row, text},
	"line.customerArticleNumber": {row, text}, "line.warehouseInstruction": {row, text}, "line.comment": {row, text},
	"line.lineFreeValues.freeText1": {row, text}, "line.lineFreeValues.freeText2": {row, text},
	"line.lineFreeValues.freeDecimal1": {row, number}, "line.lineFreeValues.freeDecimal2": {row, number},
}
