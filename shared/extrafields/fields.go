package extrafields

import (
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
)

var productSources = map[string]source[office24.Product]{
	"product.DescriptionLong":     {text, func(p office24.Product) value { return ofText(p.DescriptionLong) }},
	"product.StockLocation":       {text, func(p office24.Product) value { return ofText(p.StockLocation) }},
	"product.SupplierProductCode": {text, func(p office24.Product) value { return ofText(p.SupplierProductCode) }},
	"product.SupplierProductName": {text, func(p office24.Product) value { return ofText(p.SupplierProductName) }},
	"product.ProductCode":         {text, func(p office24.Product) value { return ofText(p.ProductCode) }},
	"product.CategoryId":          {amount, func(p office24.Product) value { return ofID(p.CategoryID) }},
	"product.Price":               {amount, func(p office24.Product) value { return ofNumber(p.Price) }},
	"product.InPrice":             {amount, func(p office24.Product) value { return ofNumber(p.InPrice) }},
	"product.Cost":                {amount, func(p office24.Product) value { return ofNumber(p.Cost) }},
	"product.WebPrice":            {amount, func(p office24.Product) value { return ofNumber(p.WebPrice) }},
	"product.MinimumStock":        {amount, func(p office24.Product) value { return ofNumber(p.MinimumStock) }},
	"product.OrderProposal":       {amount, func(p office24.Product) value { return ofNumber(p.OrderProposal) }},
}

var orderSources = map[string]source[office24.Order]{
	"order.CustomerName":          {text, func(o office24.Order) value { return ofText(o.CustomerName) }},
	"order.CustomerReferenceNo":   {text, func(o office24.Order) value { return ofText(o.CustomerReferenceNo) }},
	"order.CustomerDeliveryPhone": {text, func(o office24.Order) value { return ofText(o.CustomerDeliveryPhone) }},
	"order.YourReference":         {text, func(o office24.Order) value { return ofText(o.YourReference) }},
	"order.ReferenceNumber":       {text, func(o office24.Order) value { return ofText(o.ReferenceNumber) }},
	"order.InvoiceTitle":          {text, func(o office24.Order) value { return ofText(o.InvoiceTitle) }},
	"order.InvoiceText":           {text, func(o office24.Order) value { return ofText(o.InvoiceText) }},
	"order.InvoiceEmailAddress":   {text, func(o office24.Order) value { return ofText(o.InvoiceEmailAddress) }},
	"order.DeliveryAlternative":   {text, func(o office24.Order) value { return ofText(o.DeliveryAlternative) }},
	"order.GLNNumber":             {text, func(o office24.Order) value { return ofText(o.GLNNumber) }},
	"order.Currency":              {text, func(o office24.Order) value { return ofText(symbol(o)) }},
	"order.DateOrdered":           {moment, func(o office24.Order) value { return value{at: o.DateOrdered} }},
	"order.OrderTotalIncVat":      {amount, func(o office24.Order) value { return ofNumber(o.OrderTotalIncVat) }},
	"order.OrderTotalVat":         {amount, func(o office24.Order) value { return ofNumber(o.OrderTotalVat) }},
	"order.ProjectId":             {amount, func(o office24.Order) value { return ofID(o.ProjectID) }},
	"order.DepartmentId":          {amount, func(o office24.Order) value { return ofID(o.DepartmentID) }},
	"order.OurReference":          {amount, func(o office24.Order) value { return ofID(o.OurReference) }},
}

// A row is read with its order, which has the currency.
type orderRow struct {
	order office24.Order
	row   office24.Row
}

var rowSources = map[string]source[orderRow]{
	"row.Name":         {text, func(r orderRow) value { return ofText(r.row.Name) }},
	"row.ProductNo":    {text, func(r orderRow) value { return ofText(r.row.ProductNo) }},
	"row.SerialNumber": {text, func(r orderRow) value { return ofText(r.row.SerialNumber) }},
	"row.Currency":     {text, func(r orderRow) value { return ofText(symbol(r.order)) }},
	"row.Price":        {amount, func(r orderRow) value { return ofNumber(r.row.Price) }},
	"row.LineTotal":    {amount, func(r orderRow) value { return ofNumber(lineTotal(r.row)) }},
	"row.DiscountRate": {amount, func(r orderRow) value { return ofNumber(r.row.DiscountRate) }},
	"row.Cost":         {amount, func(r orderRow) value { return ofNumber(r.row.Cost) }},
	"row.InPrice":      {amount, func(r orderRow) value { return ofNumber(r.row.InPrice) }},
	"row.VatRate":      {amount, func(r orderRow) value { return ofNumber(r.row.VatRate) }},
	"row.ProjectId":    {amount, func(r orderRow) value { return ofID(r.row.ProjectID) }},
	"row.DepartmentId": {amount, func(r orderRow) value { return ofID(r.row.DepartmentID) }},
}

func symbol(o office24.Order) string {
	if o.Currency == nil {
		return ""
	}
	return o.Currency.Symbol
}

// lineTotal is price × quantity less the discount (a percentage), to two decimals; nil without price or quantity.
func lineTotal(r office24.Row) *number.Decimal {
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

var articleTargets = map[string]target[ongoing.ArticleBody]{
	"article.articleNameTranslations.no": {text, func(b *ongoing.ArticleBody, v value) {
		b.NameTranslations = []ongoing.Translation{{LanguageCode: "no", ArticleName: v.cut(200)}}
	}},
	"article.customerPrice":                 {amount, func(b *ongoing.ArticleBody, v value) { b.CustomerPrice = v.num }},
	"article.purchasePrice":                 {amount, func(b *ongoing.ArticleBody, v value) { b.PurchasePrice = v.num }},
	"article.stockValuationPrice":           {amount, func(b *ongoing.ArticleBody, v value) { b.StockValuationPrice = v.num }},
	"article.stockLimit":                    {amount, func(b *ongoing.ArticleBody, v value) { b.StockLimit = v.whole() }},
	"article.statisticsNumber":              {text, func(b *ongoing.ArticleBody, v value) { b.StatisticsNumber = v.cut(100) }},
	"article.customsDescription":            {text, func(b *ongoing.ArticleBody, v value) { b.CustomsDescription = v.cut(200) }},
	"article.linkToPicture":                 {text, func(b *ongoing.ArticleBody, v value) { b.LinkToPicture = v.cut(500) }},
	"article.articlePickingHandlingComment": {text, func(b *ongoing.ArticleBody, v value) { b.PickingComment = v.cut(500) }},
	"article.articlePackingHandlingComment": {text, func(b *ongoing.ArticleBody, v value) { b.PackingComment = v.cut(500) }},
	"article.freeValues.freeText1":          {text, func(b *ongoing.ArticleBody, v value) { b.FreeValues.FreeText1 = v.cut(300) }},
	"article.freeValues.freeText2":          {text, func(b *ongoing.ArticleBody, v value) { b.FreeValues.FreeText2 = v.cut(300) }},
	"article.freeValues.freeText3":          {text, func(b *ongoing.ArticleBody, v value) { b.FreeValues.FreeText3 = v.cut(300) }},
	"article.freeValues.freeDecimal1":       {amount, func(b *ongoing.ArticleBody, v value) { b.FreeValues.FreeDecimal1 = v.num }},
	"article.freeValues.freeDecimal2":       {amount, func(b *ongoing.ArticleBody, v value) { b.FreeValues.FreeDecimal2 = v.num }},
}

var orderTargets = map[string]target[ongoing.OrderBody]{
	"order.consigneeOrderNumber":                 {text, func(b *ongoing.OrderBody, v value) { b.ConsigneeOrderNumber = v.cut(150) }},
	"order.warehouseInstruction":                 {text, func(b *ongoing.OrderBody, v value) { b.WarehouseInstruction = v.cut(ongoing.MaxWarehouseInstruction) }},
	"order.deliveryInstruction":                  {text, func(b *ongoing.OrderBody, v value) { b.DeliveryInstruction = v.cut(300) }},
	"order.servicePointCode":                     {text, func(b *ongoing.OrderBody, v value) { b.ServicePointCode = v.cut(ongoing.MaxServicePointCode) }},
	"order.freeText1":                            {text, func(b *ongoing.OrderBody, v value) { b.FreeText1 = v.cut(300) }},
	"order.freeText2":                            {text, func(b *ongoing.OrderBody, v value) { b.FreeText2 = v.cut(300) }},
	"order.freeText3":                            {text, func(b *ongoing.OrderBody, v value) { b.FreeText3 = v.cut(300) }},
	"order.freeText4":                            {text, func(b *ongoing.OrderBody, v value) { b.FreeText4 = v.cut(300) }},
	"order.orderFreeDecimal1":                    {amount, func(b *ongoing.OrderBody, v value) { b.OrderFreeDecimal1 = v.num }},
	"order.orderFreeDateTime1":                   {moment, func(b *ongoing.OrderBody, v value) { b.OrderFreeDateTime1 = v.cut(40) }},
	"order.customerPrice":                        {amount, func(b *ongoing.OrderBody, v value) { b.CustomerPrice = v.num }},
	"order.advanced.communication":               {text, func(b *ongoing.OrderBody, v value) { b.Advanced.Communication = v.cut(500) }},
	"order.customsInfo.customsValueCurrencyCode": {text, func(b *ongoing.OrderBody, v value) { b.CustomsInfo.ValueCurrencyCode = v.cut(20) }},
	"order.emailNotification.value": {text, func(b *ongoing.OrderBody, v value) {
		b.EmailNotification = &ongoing.Notification{Value: v.cut(200)} // known, not switched on
	}},
}

var lineTargets = map[string]target[ongoing.OrderLine]{
	"line.prices.linePrice":            {amount, func(l *ongoing.OrderLine, v value) { l.Prices.LinePrice = v.num }},
	"line.prices.customerLinePrice":    {amount, func(l *ongoing.OrderLine, v value) { l.Prices.CustomerLinePrice = v.num }},
	"line.prices.currencyCode":         {text, func(l *ongoing.OrderLine, v value) { l.Prices.CurrencyCode = v.cut(20) }},
	"line.prices.discountPercentage":   {amount, func(l *ongoing.OrderLine, v value) { l.Prices.DiscountPercentage = v.num }},
	"line.lineTotalCustomsValue":       {amount, func(l *ongoing.OrderLine, v value) { l.LineTotalCustomsValue = v.num }},
	"line.serialNumber":                {text, func(l *ongoing.OrderLine, v value) { l.SerialNumber = v.cut(100) }},
	"line.batchNumber":                 {text, func(l *ongoing.OrderLine, v value) { l.BatchNumber = v.cut(100) }},
	"line.customerArticleNumber":       {text, func(l *ongoing.OrderLine, v value) { l.CustomerArticleNumber = v.cut(100) }},
	"line.warehouseInstruction":        {text, func(l *ongoing.OrderLine, v value) { l.WarehouseInstruction = v.cut(300) }},
	"line.comment":                     {text, func(l *ongoing.OrderLine, v value) { l.Comment = v.cut(300) }},
	"line.lineFreeValues.freeText1":    {text, func(l *ongoing.OrderLine, v value) { l.LineFreeValues.FreeText1 = v.cut(300) }},
	"line.lineFreeValues.freeText2":    {text, func(l *ongoing.OrderLine, v value) { l.LineFreeValues.FreeText2 = v.cut(300) }},
	"line.lineFreeValues.freeDecimal1": {amount, func(l *ongoing.OrderLine, v value) { l.LineFreeValues.FreeDecimal1 = v.num }},
	"line.lineFreeValues.freeDecimal2": {amount, func(l *ongoing.OrderLine, v value) { l.LineFreeValues.FreeDecimal2 = v.num }},
}
