package process

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing"
)

// bodyOf returns an order in the form in which it is written, so that it can be compared with what is wanted.
func bodyOf(o ongoing.Order, zone *time.Location) ongoing.OrderBody {
	i := o.Info
	b := ongoing.OrderBody{
		OrderNumber:          i.Number,
		GoodsOwnerOrderID:    i.GoodsOwnerOrderID,
		DeliveryDate:         i.DeliveryDate.Date(zone),
		ReferenceNumber:      i.ReferenceNumber,
		SalesCode:            i.SalesCode,
		OrderRemark:          i.Remark,
		Consignee:            o.Consignee,
		ConsigneeOrderNumber: i.ConsigneeOrderNumber,
		WarehouseInstruction: i.WarehouseInstruction,
		DeliveryInstruction:  i.DeliveryInstruction,
		ServicePointCode:     i.ServicePointCode,
		FreeText1:            i.FreeText1,
		FreeText2:            i.FreeText2,
		FreeText3:            i.FreeText3,
		FreeText4:            i.FreeText4,
		CustomerPrice:        i.CustomerPrice,
	}
	if i.WayOfDelivery != (ongoing.CodeName{}) {
		b.WayOfDelivery = &i.WayOfDelivery
	}
	if o.Transporter != (ongoing.ChosenTransporter{}) {
		b.Transporter = &ongoing.Transporter{Code: o.Transporter.Code, ServiceCode: o.Transporter.ServiceCode}
	}
	for _, l := range o.Lines {
		line := ongoing.OrderLine{
			RowNumber: l.RowNumber, ArticleNumber: l.Article.Number, Comment: l.Comment,
			ExternalID: l.ExternalID, ShouldBePicked: l.ShouldBePicked, SerialNumber: l.SerialNumber,
			BatchNumber: l.BatchNumber, Prices: l.Prices,
		}
		if l.Ordered != nil {
			line.NumberOfItems = *l.Ordered
		}
		b.OrderLines = append(b.OrderLines, line)
	}
	return b
}

// readablePart returns the part of a body that can be read back, and reports whether the rest can be ignored. The
// delivery method as free text and the customer's phone and organisation number follow from readable fields and are
// ignored.
func readablePart(b ongoing.OrderBody) (part ongoing.OrderBody, complete bool) {
	part = b
	part.GoodsOwnerID, part.Consignee.OrganisationNumber = 0, ""
	part.SMSNotification, part.TelephoneNotification, part.Advanced = nil, nil, ongoing.OrderAdvanced{}
	part.EmailNotification, part.OrderFreeDecimal1, part.OrderFreeDateTime1 = nil, nil, ""
	part.CustomsInfo = ongoing.CustomsInfo{}
	complete = b.EmailNotification == nil && b.OrderFreeDecimal1 == nil &&
		b.OrderFreeDateTime1+b.Advanced.Communication == "" &&
		b.CustomsInfo == (ongoing.CustomsInfo{})
	part.OrderLines = slices.Clone(b.OrderLines)
	for i := range part.OrderLines {
		l := &part.OrderLines[i]
		complete = complete && l.LineTotalCustomsValue == nil && l.CustomerArticleNumber+l.WarehouseInstruction == "" &&
			l.LineFreeValues == (ongoing.LineFreeValues{})
		l.LineTotalCustomsValue, l.CustomerArticleNumber, l.WarehouseInstruction = nil, "", ""
		l.LineFreeValues = ongoing.LineFreeValues{}
	}
	return part, complete
}

// removedRows returns the rows of the order in Ongoing that are not sent any more, as a message names them.
func removedRows(live ongoing.Order, b ongoing.OrderBody) []string {
	var out []string
	for _, l := range live.Lines {
		same := func(sent ongoing.OrderLine) bool { return sent.RowNumber == l.RowNumber }
		if !slices.ContainsFunc(b.OrderLines, same) {
			out = append(out, errclass.Shorten(l.RowNumber))
		}
	}
	return out
}

// hasLines reports whether an order in Ongoing has exactly the lines of our rows, with their articles and quantities.
func hasLines(live ongoing.Order, b ongoing.OrderBody) bool {
	lacks := func(want ongoing.OrderLine) bool {
		return !slices.ContainsFunc(live.Lines, func(l ongoing.Line) bool {
			return cmp.Or(l.ExternalID, l.RowNumber) == want.RowNumber && l.Article.Number == want.ArticleNumber &&
				l.Ordered != nil && l.Ordered.Equal(want.NumberOfItems)
		})
	}
	return len(live.Lines) == len(b.OrderLines) && !slices.ContainsFunc(b.OrderLines, lacks)
}

// sameGoods reports whether an order that another system may have made is about the same goods: it has a line of one of
// our rows, or our articles in our quantities. A goodsOwnerOrderId of another system can be an id of ours by chance.
func sameGoods(live ongoing.Order, b ongoing.OrderBody) bool {
	goods := map[string]number.Decimal{}
	for _, l := range live.Lines {
		number := articles.FoldNumber(l.Article.Number)
		if l.Ordered != nil {
			goods[number] = goods[number].Add(*l.Ordered)
		}
	}
	for _, want := range b.OrderLines {
		number := articles.FoldNumber(want.ArticleNumber)
		goods[number] = goods[number].Sub(want.NumberOfItems)
		if slices.ContainsFunc(live.Lines, func(l ongoing.Line) bool {
			return l.ExternalID == want.RowNumber || l.ExternalID == "" && l.RowNumber == want.RowNumber &&
				articles.SameNumber(l.Article.Number, want.ArticleNumber)
		}) {
			return true
		}
	}
	for _, difference := range goods {
		if !difference.IsZero() {
			return len(live.Lines) == 0
		}
	}
	return true
}

// shown reports whether a dry run may show a field: none that could contain personal data.
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
