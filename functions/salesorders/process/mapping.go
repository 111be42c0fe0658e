package process

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// Longest texts that Ongoing takes, in UTF-16 units: those of its SOAP interface, which writes to the same fields, and
// for REST an assumption.
const (
	maxReference = 50
	maxSalesCode = 500
	maxAddress   = 200
	maxPostCode  = 50
	maxCode      = 50
	maxName      = 100
	maxComment   = 300
)

// A draft is an order as it will be sent, but for what depends on its products: article numbers, whether a line is to
// be picked, and comments that only repeat the product's name.
type draft struct {
	Body ongoing.OrderBody
	// Products are those of the lines, in their order.
	Products []office24.ProductID
	// NoDate: the order has no date of its own, and the delivery date is that of the import.
	NoDate bool
}

// fingerprint tells whether the order was sent like this before. It leaves out what is read from the products: a
// renumbered product does not change the order.
func (d draft) fingerprint() string { return plan.Fingerprint(d.Body, d.Products) }

// mapOrder turns an order into a draft. The link is that of an earlier import, or zero; today is the date of last
// resort. An error says which record of 24SevenOffice or which setting has to be changed.
func mapOrder(o office24.Order, link state.OrderLink, s settings.Customer, today string) (draft, error) {
	b := ongoing.OrderBody{
		OrderNumber:       orderNumber(o.ID, link, s),
		GoodsOwnerOrderID: strconv.Itoa(int(o.ID)),
		DeliveryDate:      deliveryDate(o, link, s.Location, today),
		ReferenceNumber:   text(o.ReferenceNumber, maxReference),
		SalesCode:         text(o.YourReference, maxSalesCode),
		OrderRemark:       remark(o, s),
	}
	if phone := text(o.CustomerDeliveryPhone, maxCode); phone != "" {
		b.SMSNotification = &ongoing.Notification{Value: phone}
		b.TelephoneNotification = &ongoing.Notification{Value: phone}
	}
	if err := deliverBy(o, s, &b); err != nil {
		return draft{}, err
	}
	var err error
	if b.Consignee, err = consignee(o, s); err != nil {
		return draft{}, err
	}
	extrafields.Order(s.ExtraFields, o, &b)
	d := draft{Body: b, NoDate: o.DeliveryDate.IsZero() && o.DateOrdered.IsZero()}
	err = d.addLines(o, s)
	return d, err
}

// orderNumber stays what it was when the order was imported, whatever the prefix is now.
func orderNumber(id office24.OrderID, link state.OrderLink, s settings.Customer) string {
	if link.OrderNumber != "" {
		return link.OrderNumber
	}
	return s.SalesOrders.OrderNumberPrefix + strconv.Itoa(int(id))
}

// deliveryDate is the date that Ongoing requires and 24SevenOffice may not have. The day of the order stands in for
// it, because it is the same in every run; without one, the day of the import does, which the link remembers.
//
// 24SevenOffice answers in UTC. A date entered in Norway is stored either as midnight there, which is 22 or 23 o'clock
// of the day before, or as midnight UTC: seen from the customer's zone, both are the day that was meant.
func deliveryDate(o office24.Order, link state.OrderLink, zone *time.Location, today string) string {
	for _, t := range []time.Time{o.DeliveryDate, o.DateOrdered} {
		if !t.IsZero() {
			return t.In(zone).Format(time.DateOnly)
		}
	}
	return cmp.Or(link.DeliveryDate, today)
}

// remark is the order's title, and the text rows where the customer wants them.
func remark(o office24.Order, s settings.Customer) string {
	texts := []string{strings.TrimSpace(o.InvoiceTitle)}
	if s.SalesOrders.TextRowsAsComment {
		for _, r := range inSequence(o.Rows) {
			if r.Type != office24.RowNormal {
				texts = append(texts, strings.TrimSpace(r.Name))
			}
		}
	}
	texts = slices.DeleteFunc(texts, func(t string) bool { return t == "" })
	return ongoing.Trim(strings.Join(texts, "\n"), ongoing.MaxOrderRemark)
}

// deliverBy sets way of delivery or transporter. An order without a delivery method goes without: the warehouse
// chooses.
func deliverBy(o office24.Order, s settings.Customer, b *ongoing.OrderBody) error {
	m := o.DeliveryMethod
	if m == nil || m.ID == 0 && m.Description == "" {
		return nil
	}
	name := text(m.Description, maxName)
	b.Advanced.WayOfDeliveryString = name
	if s.SalesOrders.DeliveryMethods == nil {
		b.WayOfDelivery = &ongoing.CodeName{Code: strconv.Itoa(int(m.ID)), Name: name}
		return nil
	}
	to, listed := s.SalesOrders.DeliveryMethods[m.ID]
	switch {
	case !listed:
		return errclass.New(errclass.Held, "", "delivery method %d is not listed in salesOrders.deliveryMethods; add it, or change the order", m.ID)
	case to.TransporterCode != "":
		b.Transporter = &ongoing.Transporter{Code: to.TransporterCode, ServiceCode: to.TransporterServiceCode}
	default:
		b.WayOfDelivery = &ongoing.CodeName{Code: to.Code, Name: to.Name}
	}
	return nil
}

// consignee is who gets the goods. The delivery address is often missing in 24SevenOffice; the others stand in for it
// in the order in which goods are most likely welcome there.
func consignee(o office24.Order, s settings.Customer) (ongoing.Consignee, error) {
	a := deliveryAddress(o.Addresses)
	country := strings.ToUpper(strings.TrimSpace(a.Country))
	if country == "" {
		country = s.DefaultCountry
	}
	if !isCode(country, 2, 2) {
		return ongoing.Consignee{}, errclass.New(errclass.Rejected, "", "the country of the delivery address must have two letters, such as NO")
	}
	customer := strconv.Itoa(int(o.CustomerID))
	c := ongoing.Consignee{
		CustomerNumber:     customer,
		Name:               text(firstOf(o.CustomerDeliveryName, o.CustomerName, a.Name, customer), maxAddress),
		PostCode:           text(a.PostalCode, maxPostCode),
		City:               text(firstOf(a.PostalArea, a.City), maxAddress), // the place is in PostalArea; City is mostly empty
		CountryCode:        country,
		OrganisationNumber: text(o.CustomerOrgNo, maxCode),
	}
	if state := strings.ToUpper(strings.TrimSpace(a.State)); isCode(state, 2, 3) {
		c.CountryStateCode = state // anything else is a name, which is no code
	}
	c.Address1, c.Address2, c.Address3 = streetLines(a.Street)
	return c, nil
}

// isCode tells whether a text has only so many letters from A to Z.
func isCode(s string, shortest, longest int) bool {
	return len(s) >= shortest && len(s) <= longest && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func deliveryAddress(a office24.Addresses) office24.Address {
	for _, candidate := range []*office24.Address{a.Delivery, a.Visit, a.Post, a.Invoice} {
		if candidate != nil && firstOf(candidate.Street, candidate.PostalCode, candidate.PostalArea) != "" {
			return *candidate
		}
	}
	return office24.Address{}
}

// streetLines splits a street of several lines into the three that Ongoing has.
func streetLines(street string) (first, second, third string) {
	lines := strings.FieldsFunc(street, func(r rune) bool { return r == '\n' || r == '\r' })
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	lines = slices.DeleteFunc(lines, func(l string) bool { return l == "" })
	if len(lines) > 3 {
		lines = append(lines[:2], strings.Join(lines[2:], ", "))
	}
	lines = append(lines, "", "", "")
	return text(lines[0], maxAddress), text(lines[1], maxAddress), text(lines[2], maxAddress)
}

// addLines maps the rows that are goods. A row without a product is none; a row without a quantity, or with a negative
// one, cannot be sent, and then neither can the order: half an order is worse than a question.
func (d *draft) addLines(o office24.Order, s settings.Customer) error {
	for _, r := range inSequence(o.Rows) {
		if r.Type != office24.RowNormal || r.ProductID == 0 {
			continue
		}
		quantity := r.Quantity
		if quantity == nil {
			quantity = r.QuantityOrdered
		}
		switch {
		case r.ID == 0:
			return errclass.New(errclass.Rejected, "", "a row of product %d has no id", r.ProductID)
		case quantity == nil:
			return errclass.New(errclass.Rejected, "", "row %d has no quantity", r.ID)
		case quantity.IsZero():
			continue
		}
		line := ongoing.OrderLine{
			RowNumber:     strconv.Itoa(int(r.ID)),
			ExternalID:    strconv.Itoa(int(r.ID)),
			NumberOfItems: *quantity,
			Comment:       text(r.Name, maxComment),
		}
		extrafields.Row(s.ExtraFields, o, r, &line)
		d.Body.OrderLines = append(d.Body.OrderLines, line)
		d.Products = append(d.Products, r.ProductID)
	}
	return nil
}

// inSequence is the rows in the order of the document.
func inSequence(rows []office24.Row) []office24.Row {
	return slices.SortedStableFunc(slices.Values(rows), func(a, b office24.Row) int {
		return cmp.Compare(a.SequenceNumber, b.SequenceNumber)
	})
}

// A lineProduct is what a line has to know of its product.
type lineProduct struct {
	ArticleNumber string
	Name          string
	NonStock      bool
	// Missing is the article that has to be written before the order; nil if it stands already.
	Missing *articles.Write
	// Err says why there is no article and cannot be one.
	Err error
}

// body completes the draft, and names the articles that are missing for it. Products without stock control are sent as
// not to be picked, or left out.
func (d draft) body(products map[office24.ProductID]*lineProduct, s settings.Customer) (b ongoing.OrderBody, missing []articles.Write, err error) {
	b = d.Body
	b.OrderLines = nil
	for i, line := range d.Body.OrderLines {
		p, known := products[d.Products[i]]
		switch {
		case !known:
			return b, nil, errclass.New(errclass.Rejected, "", "row %s: product %d does not exist in 24SevenOffice any more", line.RowNumber, d.Products[i])
		case p.NonStock && (s.SalesOrders.SkipNonStockRows || line.NumberOfItems.Sign() < 0):
			continue // a negative row of a service is a rebate
		case line.NumberOfItems.Sign() < 0:
			return b, nil, errclass.New(errclass.Rejected, "", "row %s has a negative quantity, which cannot be picked", line.RowNumber)
		case p.Err != nil:
			return b, nil, errclass.New(errclass.Of(p.Err), "", "row %s: its article cannot be made: %s", line.RowNumber, p.Err.Error())
		case p.NonStock:
			line.ShouldBePicked = new(bool)
		}
		line.ArticleNumber = p.ArticleNumber
		if line.Comment == text(p.Name, maxComment) {
			line.Comment = ""
		}
		b.OrderLines = append(b.OrderLines, line)
		same := func(w articles.Write) bool { return p.Missing != nil && w.Link.ProductID == p.Missing.Link.ProductID }
		if p.Missing != nil && !slices.ContainsFunc(missing, same) {
			missing = append(missing, *p.Missing)
		}
	}
	return b, missing, nil
}

// text is a text without space around it, cut to limit UTF-16 units.
func text(s string, limit int) string { return ongoing.Trim(strings.TrimSpace(s), limit) }

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			return t
		}
	}
	return ""
}
