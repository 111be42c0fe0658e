package process

import (
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/ongoing"
)

// written is an order as it would be written, so that what stands in Ongoing can be held against what we want.
func written(o ongoing.Order, zone *time.Location) ongoing.OrderBody {
	i := o.Info
	b := ongoing.OrderBody{
		OrderNumber: i.Number, DeliveryDate: i.DeliveryDate.Date(zone), ReferenceNumber: i.ReferenceNumber,
		GoodsOwnerOrderID: i.GoodsOwnerOrderID, SalesCode: i.SalesCode, OrderRemark: i.Remark, Consignee: o.Consignee,
		ConsigneeOrderNumber: i.ConsigneeOrderNumber, WarehouseInstruction: i.WarehouseInstruction,
		DeliveryInstruction: i.DeliveryInstruction, ServicePointCode: i.ServicePointCode,
		FreeText1: i.FreeText1, FreeText2: i.FreeText2, FreeText3: i.FreeText3, FreeText4: i.FreeText4, CustomerPrice: i.CustomerPrice,
	}
	if i.WayOfDelivery != (ongoing.CodeName{}) {
		b.WayOfDelivery = &i.WayOfDelivery
	}
	if o.Transporter != (ongoing.ChosenTransporter{}) {
		b.Transporter = &ongoing.Transporter{Code: o.Transporter.Code, ServiceCode: o.Transporter.ServiceCode}
	}
	for _, l := range o.Lines {
		line := ongoing.OrderLine{RowNumber: l.RowNumber, ArticleNumber: l.Article.Number, Comment: l.Comment,
			ExternalID: l.ExternalID, ShouldBePicked: l.ShouldBePicked, SerialNumber: l.SerialNumber,
			BatchNumber: l.BatchNumber, Prices: l.Prices}
		if l.Ordered != nil {
			line.NumberOfItems = *l.Ordered
		}
		b.OrderLines = append(b.OrderLines, line)
	}
	return b
}

// legible is the part of a body that can be read back and compared; whole tells whether that is all that counts. What
// follows from the rest (the delivery method as free text, the customer's phone and organisation number) does not.
func legible(b ongoing.OrderBody) (part ongoing.OrderBody, whole bool) {
	part = b
	part.GoodsOwnerID, part.Consignee.OrganisationNumber = 0, ""
	part.SMSNotification, part.TelephoneNotification, part.Advanced = nil, nil, ongoing.OrderAdvanced{}
	part.EmailNotification, part.OrderFreeDecimal1, part.OrderFreeDateTime1, part.CustomsInfo = nil, nil, "", ongoing.CustomsInfo{}
	whole = b.EmailNotification == nil && b.OrderFreeDecimal1 == nil && b.OrderFreeDateTime1+b.Advanced.Communication == "" &&
		b.CustomsInfo == (ongoing.CustomsInfo{})
	part.OrderLines = slices.Clone(b.OrderLines)
	for i := range part.OrderLines {
		l := &part.OrderLines[i]
		whole = whole && l.LineTotalCustomsValue == nil && l.CustomerArticleNumber+l.WarehouseInstruction == "" &&
			l.LineFreeValues == (ongoing.LineFreeValues{})
		l.LineTotalCustomsValue, l.CustomerArticleNumber, l.WarehouseInstruction = nil, "", ""
		l.LineFreeValues = ongoing.LineFreeValues{}
	}
	return part, whole
}

// removedRows are the rows that stand in Ongoing and are not sent any more.
func removedRows(live ongoing.Order, b ongoing.OrderBody) []string {
	var out []string
	for _, l := range live.Lines {
		if !slices.ContainsFunc(b.OrderLines, func(sent ongoing.OrderLine) bool { return sent.RowNumber == l.RowNumber }) {
			out = append(out, l.RowNumber)
		}
	}
	return out
}

// shown tells which fields a dry run may show: none that could hold personal data.
func shown(path string) bool {
	switch path {
	case "orderNumber", "goodsOwnerOrderId", "deliveryDate", "consignee.customerNumber", "consignee.countryCode":
		return true
	}
	if strings.HasPrefix(path, "wayOfDelivery.") || strings.HasPrefix(path, "transporter.") {
		return true
	}
	_, field, isLine := strings.Cut(path, "].")
	switch field {
	case "rowNumber", "externalId", "articleNumber", "numberOfItems", "shouldBePicked":
		return isLine
	}
	return strings.HasPrefix(field, "prices.")
}
