package main

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
	}
	if i.WayOfDelivery != (ongoing.CodeName{}) {
		b.WayOfDelivery = &i.WayOfDelivery
	}
	if o.Transporter != (ongoing.ChosenTransporter{}) {
		b.Transporter = &ongoing.Transporter{Code: o.Transporter.Code, ServiceCode: o.Transporter.ServiceCode}
	}
	for _, l := range o.Lines {
		line := ongoing.OrderLine{RowNumber: l.RowNumber, ArticleNumber: l.Article.Number, Comment: l.Comment,
			ExternalID: l.ExternalID, ShouldBePicked: l.ShouldBePicked}
		if l.Ordered != nil {
			line.NumberOfItems = *l.Ordered
		}
		b.OrderLines = append(b.OrderLines, line)
	}
	return b
}

// legible is the part of a body that can be read back and compared; whole tells whether that is all that counts.
func legible(b ongoing.OrderBody) (part ongoing.OrderBody, whole bool) {
	part = ongoing.OrderBody{
		OrderNumber: b.OrderNumber, DeliveryDate: b.DeliveryDate, ReferenceNumber: b.ReferenceNumber,
		GoodsOwnerOrderID: b.GoodsOwnerOrderID, SalesCode: b.SalesCode, OrderRemark: b.OrderRemark, Consignee: b.Consignee,
		WayOfDelivery: b.WayOfDelivery, Transporter: b.Transporter,
	}
	whole = b.ConsigneeOrderNumber+b.WarehouseInstruction+b.DeliveryInstruction+b.ServicePointCode+b.FreeText1+
		b.FreeText2+b.FreeText3+b.FreeText4+b.OrderFreeDateTime1+b.Advanced.Communication == "" &&
		b.OrderFreeDecimal1 == nil && b.CustomerPrice == nil && b.EmailNotification == nil && b.CustomsInfo == (ongoing.CustomsInfo{})
	for _, l := range b.OrderLines {
		line := ongoing.OrderLine{RowNumber: l.RowNumber, ArticleNumber: l.ArticleNumber, NumberOfItems: l.NumberOfItems,
			Comment: l.Comment, ExternalID: l.ExternalID, ShouldBePicked: l.ShouldBePicked}
		part.OrderLines = append(part.OrderLines, line)
		whole = whole && l.Prices == (ongoing.LinePrices{}) && l.LineFreeValues == (ongoing.LineFreeValues{}) &&
			l.LineTotalCustomsValue == nil && l.SerialNumber+l.BatchNumber+l.CustomerArticleNumber+l.WarehouseInstruction == ""
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
	return strings.HasPrefix(path, "wayOfDelivery.") || strings.HasPrefix(path, "transporter.") ||
		strings.HasPrefix(path, "orderLines[") && !strings.HasSuffix(path, ".comment") && !strings.Contains(path, "freeText")
}
