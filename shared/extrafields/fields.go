package extrafields

import (
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
)

type (
	decimal     = *number.Decimal
	articleBody = ongoing.ArticleBody
	orderBody   = ongoing.OrderBody
	orderLine   = ongoing.OrderLine
)

var productSources = map[string]source[office24.Product]{
	"product.DescriptionLong":     textFrom(func(p office24.Product) string { return p.DescriptionLong }),
	"product.StockLocation":       textFrom(func(p office24.Product) string { return p.StockLocation }),
	"product.SupplierProductCode": textFrom(func(p office24.Product) string { return p.SupplierProductCode }),
	"product.SupplierProductName": textFrom(func(p office24.Product) string { return p.SupplierProductName }),
	"product.ProductCode":         textFrom(func(p office24.Product) string { return p.ProductCode }),
	"product.CategoryId":          idFrom(func(p office24.Product) int { return p.CategoryID }),
	"product.Price":               numberFrom(func(p office24.Product) decimal { return p.Price }),
	"product.InPrice":             numberFrom(func(p office24.Product) decimal { return p.InPrice }),
	"product.Cost":                numberFrom(func(p office24.Product) decimal { return p.Cost }),
	"product.WebPrice":            numberFrom(func(p office24.Product) decimal { return p.WebPrice }),
	"product.MinimumStock":        numberFrom(func(p office24.Product) decimal { return p.MinimumStock }),
	"product.OrderProposal":       numberFrom(func(p office24.Product) decimal { return p.OrderProposal }),
}

var orderSources = map[string]source[office24.Order]{
	"order.CustomerName":          textFrom(func(o office24.Order) string { return o.CustomerName }),
	"order.CustomerReferenceNo":   textFrom(func(o office24.Order) string { return o.CustomerReferenceNo }),
	"order.CustomerDeliveryPhone": textFrom(func(o office24.Order) string { return o.CustomerDeliveryPhone }),
	"order.YourReference":         textFrom(func(o office24.Order) string { return o.YourReference }),
	"order.ReferenceNumber":       textFrom(func(o office24.Order) string { return o.ReferenceNumber }),
	"order.InvoiceTitle":          textFrom(func(o office24.Order) string { return o.InvoiceTitle }),
	"order.InvoiceText":           textFrom(func(o office24.Order) string { return o.InvoiceText }),
	"order.InvoiceEmailAddress":   textFrom(func(o office24.Order) string { return o.InvoiceEmailAddress }),
	"order.DeliveryAlternative":   textFrom(func(o office24.Order) string { return o.DeliveryAlternative }),
	"order.GLNNumber":             textFrom(func(o office24.Order) string { return o.GLNNumber }),
	"order.Currency":              textFrom(currencySymbol),
	"order.DateOrdered":           timeFrom(func(o office24.Order) time.Time { return o.DateOrdered }),
	"order.OrderTotalIncVat":      numberFrom(func(o office24.Order) decimal { return o.OrderTotalIncVat }),
	"order.OrderTotalVat":         numberFrom(func(o office24.Order) decimal { return o.OrderTotalVat }),
	"order.ProjectId":             idFrom(func(o office24.Order) int { return o.ProjectID }),
	"order.DepartmentId":          idFrom(func(o office24.Order) int { return o.DepartmentID }),
	"order.OurReference":          idFrom(func(o office24.Order) int { return o.OurReference }),
}

// An orderRow is a row with its order, which has the currency.
type orderRow struct {
	order office24.Order
	row   office24.Row
}

var rowSources = map[string]source[orderRow]{
	"row.Name":         textFrom(func(r orderRow) string { return r.row.Name }),
	"row.ProductNo":    textFrom(func(r orderRow) string { return r.row.ProductNo }),
	"row.SerialNumber": textFrom(func(r orderRow) string { return r.row.SerialNumber }),
	"row.Currency":     textFrom(func(r orderRow) string { return currencySymbol(r.order) }),
	"row.Price":        numberFrom(func(r orderRow) decimal { return r.row.Price }),
	"row.LineTotal":    numberFrom(func(r orderRow) decimal { return lineTotal(r.row) }),
	"row.DiscountRate": numberFrom(func(r orderRow) decimal { return r.row.DiscountRate }),
	"row.Cost":         numberFrom(func(r orderRow) decimal { return r.row.Cost }),
	"row.InPrice":      numberFrom(func(r orderRow) decimal { return r.row.InPrice }),
	"row.VatRate":      numberFrom(func(r orderRow) decimal { return r.row.VatRate }),
	"row.ProjectId":    idFrom(func(r orderRow) int { return r.row.ProjectID }),
	"row.DepartmentId": idFrom(func(r orderRow) int { return r.row.DepartmentID }),
}

func currencySymbol(o office24.Order) string {
	if o.Currency == nil {
		return ""
	}
	return o.Currency.Symbol
}

// lineTotal returns price × quantity less the discount (a percentage), rounded to two decimals, or nil without a price
// or quantity.
func lineTotal(r office24.Row) decimal {
	if r.Price == nil || r.Quantity == nil {
		return nil
	}
	total := r.Price.Mul(*r.Quantity)
	if r.DiscountRate != nil {
		total = total.Sub(total.Mul(*r.DiscountRate).Mul(number.MustParse("0.01")))
	}
	total = total.Round(2)
	return &total
}

var articleTargets = map[string]target[articleBody]{
	"article.articleNameTranslations.no": {kind: textKind, limit: 200, set: func(b *articleBody, v value) {
		b.NameTranslations = []ongoing.Translation{{LanguageCode: "no", ArticleName: v.cut(200)}}
	}},
	"article.customerPrice":                 numberTo(func(b *articleBody) *decimal { return &b.CustomerPrice }),
	"article.purchasePrice":                 numberTo(func(b *articleBody) *decimal { return &b.PurchasePrice }),
	"article.stockValuationPrice":           numberTo(func(b *articleBody) *decimal { return &b.StockValuationPrice }),
	"article.stockLimit":                    wholeNumberTo(func(b *articleBody) **int { return &b.StockLimit }),
	"article.statisticsNumber":              textTo(100, func(b *articleBody) *string { return &b.StatisticsNumber }),
	"article.countryOfOriginCode":           countryTo(func(b *articleBody) *string { return &b.CountryOfOriginCode }),
	"article.customsDescription":            textTo(200, func(b *articleBody) *string { return &b.CustomsDescription }),
	"article.linkToPicture":                 textTo(500, func(b *articleBody) *string { return &b.LinkToPicture }),
	"article.articlePickingHandlingComment": textTo(500, func(b *articleBody) *string { return &b.PickingComment }),
	"article.articlePackingHandlingComment": textTo(500, func(b *articleBody) *string { return &b.PackingComment }),

	"article.freeValues.freeText1":    textTo(300, func(b *articleBody) *string { return &b.FreeValues.FreeText1 }),
	"article.freeValues.freeText2":    textTo(300, func(b *articleBody) *string { return &b.FreeValues.FreeText2 }),
	"article.freeValues.freeText3":    textTo(300, func(b *articleBody) *string { return &b.FreeValues.FreeText3 }),
	"article.freeValues.freeDecimal1": numberTo(func(b *articleBody) *decimal { return &b.FreeValues.FreeDecimal1 }),
	"article.freeValues.freeDecimal2": numberTo(func(b *articleBody) *decimal { return &b.FreeValues.FreeDecimal2 }),
}

var orderTargets = map[string]target[orderBody]{
	"order.consigneeOrderNumber": textTo(150, func(b *orderBody) *string { return &b.ConsigneeOrderNumber }),
	"order.warehouseInstruction": textTo(ongoing.MaxWarehouseInstruction, func(b *orderBody) *string {
		return &b.WarehouseInstruction
	}),
	"order.deliveryInstruction": textTo(300, func(b *orderBody) *string { return &b.DeliveryInstruction }),
	"order.servicePointCode": textTo(ongoing.MaxServicePointCode, func(b *orderBody) *string {
		return &b.ServicePointCode
	}),
	"order.freeText1":              textTo(300, func(b *orderBody) *string { return &b.FreeText1 }),
	"order.freeText2":              textTo(300, func(b *orderBody) *string { return &b.FreeText2 }),
	"order.freeText3":              textTo(300, func(b *orderBody) *string { return &b.FreeText3 }),
	"order.freeText4":              textTo(300, func(b *orderBody) *string { return &b.FreeText4 }),
	"order.orderFreeDecimal1":      numberTo(func(b *orderBody) *decimal { return &b.OrderFreeDecimal1 }),
	"order.orderFreeDateTime1":     dateTo(func(b *orderBody) *string { return &b.OrderFreeDateTime1 }),
	"order.customerPrice":          numberTo(func(b *orderBody) *decimal { return &b.CustomerPrice }),
	"order.advanced.communication": textTo(500, func(b *orderBody) *string { return &b.Advanced.Communication }),
	"order.customsInfo.customsValueCurrencyCode": textTo(20, func(b *orderBody) *string {
		return &b.CustomsInfo.ValueCurrencyCode
	}),
	"order.emailNotification.value": {kind: textKind, limit: 200, set: func(b *orderBody, v value) {
		b.EmailNotification = &ongoing.Notification{Value: v.cut(200)} // without asking for notifications
	}},
}

var lineTargets = map[string]target[orderLine]{
	"line.prices.linePrice":            numberTo(func(l *orderLine) *decimal { return &l.Prices.LinePrice }),
	"line.prices.customerLinePrice":    numberTo(func(l *orderLine) *decimal { return &l.Prices.CustomerLinePrice }),
	"line.prices.currencyCode":         textTo(20, func(l *orderLine) *string { return &l.Prices.CurrencyCode }),
	"line.prices.discountPercentage":   numberTo(func(l *orderLine) *decimal { return &l.Prices.DiscountPercentage }),
	"line.lineTotalCustomsValue":       numberTo(func(l *orderLine) *decimal { return &l.LineTotalCustomsValue }),
	"line.serialNumber":                textTo(100, func(l *orderLine) *string { return &l.SerialNumber }),
	"line.batchNumber":                 textTo(100, func(l *orderLine) *string { return &l.BatchNumber }),
	"line.customerArticleNumber":       textTo(100, func(l *orderLine) *string { return &l.CustomerArticleNumber }),
	"line.warehouseInstruction":        textTo(300, func(l *orderLine) *string { return &l.WarehouseInstruction }),
	"line.comment":                     textTo(300, func(l *orderLine) *string { return &l.Comment }),
	"line.lineFreeValues.freeText1":    textTo(300, func(l *orderLine) *string { return &l.LineFreeValues.FreeText1 }),
	"line.lineFreeValues.freeText2":    textTo(300, func(l *orderLine) *string { return &l.LineFreeValues.FreeText2 }),
	"line.lineFreeValues.freeDecimal1": numberTo(func(l *orderLine) *decimal { return &l.LineFreeValues.FreeDecimal1 }),
	"line.lineFreeValues.freeDecimal2": numberTo(func(l *orderLine) *decimal { return &l.LineFreeValues.FreeDecimal2 }),
}
