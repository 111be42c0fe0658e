package process

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/addresses"
	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// Longest texts that Ongoing takes, in UTF-16 units. These are the limits of its SOAP interface, which writes to the
// same fields; for REST they are an assumption.
const (
	maxReference = 50
	maxSalesCode = 500
	maxAddress   = 200
	maxPostCode  = 50
	maxCode      = 50
	maxName      = 100
	maxComment   = 300
)

// A mappedOrder is an order as mapped, before its articles are known.
type mappedOrder struct {
	// Body lacks what depends on the products: article numbers, and whether a line is to be picked. Its comments
	// include those that only repeat the product's name.
	Body ongoing.OrderBody
	// Products are those of the lines, in the same order.
	Products []office24.ProductID
	// NoDate: the order has no date, and the delivery date is the day of the import.
	NoDate bool
}

// fingerprint identifies what is sent. It does not cover what is read from the products: a renumbered product does not
// change the order.
func (m mappedOrder) fingerprint() string { return plan.Fingerprint(m.Body, m.Products) }

// mapOrder maps an order. The link is that of an earlier import, or zero; today is the delivery date of an order that
// has no date. An error says which record of 24SevenOffice or which setting has to be changed.
func mapOrder(o office24.Order, link state.OrderLink, s settings.Customer, today string) (mappedOrder, error) {
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
	if err := setDelivery(o, s, &b); err != nil {
		return mappedOrder{}, err
	}
	var err error
	if b.Consignee, err = consignee(o, s); err != nil {
		return mappedOrder{}, err
	}
	extrafields.Order(s.ExtraFields, o, &b)
	m := mappedOrder{Body: b, NoDate: o.DeliveryDate.IsZero() && o.DateOrdered.IsZero()}
	err = m.addLines(o, s)
	return m, err
}

// orderNumber returns Ongoing's order number. It stays what it was when the order was imported, even if the prefix has
// changed since.
func orderNumber(id office24.OrderID, link state.OrderLink, s settings.Customer) string {
	if link.OrderNumber != "" {
		return link.OrderNumber
	}
	return s.SalesOrders.OrderNumberPrefix + strconv.Itoa(int(id))
}

// deliveryDate returns the delivery date, which Ongoing requires and an order of 24SevenOffice may lack. The order date
// replaces it, because it is the same in every run; if that is missing too, the day of the import does, which the link
// keeps.
//
// 24SevenOffice answers in UTC. A date entered in Norway is stored either as midnight there, which is 22:00 or 23:00
// UTC of the day before, or as midnight UTC. In the customer's time zone both are the day that was meant.
func deliveryDate(o office24.Order, link state.OrderLink, zone *time.Location, today string) string {
	for _, t := range []time.Time{o.DeliveryDate, o.DateOrdered} {
		if !t.IsZero() {
			return t.In(zone).Format(time.DateOnly)
		}
	}
	return cmp.Or(link.DeliveryDate, today)
}

// remark returns the order's title and, if the customer wants them, its text rows.
func remark(o office24.Order, s settings.Customer) string {
	texts := []string{strings.TrimSpace(o.InvoiceTitle)}
	if s.SalesOrders.TextRowsAsComment {
		for _, r := range inDocumentOrder(o.Rows) {
			if r.Type != office24.RowNormal {
				texts = append(texts, strings.TrimSpace(r.Name))
			}
		}
	}
	texts = slices.DeleteFunc(texts, func(t string) bool { return t == "" })
	return ongoing.Trim(strings.Join(texts, "\n"), ongoing.MaxOrderRemark)
}

// setDelivery sets the way of delivery or the transporter. If the order has no delivery method, the warehouse chooses.
func setDelivery(o office24.Order, s settings.Customer, b *ongoing.OrderBody) error {
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
		return errclass.New(errclass.Held, "",
			"delivery method %d is not listed in salesOrders.deliveryMethods; add it, or change the order", m.ID)
	case to.TransporterCode != "":
		b.Transporter = &ongoing.Transporter{Code: to.TransporterCode, ServiceCode: to.TransporterServiceCode}
	default:
		b.WayOfDelivery = &ongoing.CodeName{Code: to.Code, Name: to.Name}
	}
	return nil
}

// consignee returns the receiver of the goods. The delivery address is often missing in 24SevenOffice; the other
// addresses replace it, the most likely place to receive goods first.
func consignee(o office24.Order, s settings.Customer) (ongoing.Consignee, error) {
	a := addresses.FirstUsable(o.Addresses.Delivery, o.Addresses.Visit, o.Addresses.Post, o.Addresses.Invoice)
	country, ok := addresses.CountryCode(a.Country, s.DefaultCountry)
	if !ok {
		return ongoing.Consignee{}, errclass.New(errclass.Rejected, "",
			"the country of the delivery address must have two letters, such as NO")
	}
	customer := strconv.Itoa(int(o.CustomerID))
	name := addresses.FirstText(o.CustomerDeliveryName, o.CustomerName, a.Name, customer)
	street, _ := addresses.SplitStreet(a.Street, maxAddress)
	c := ongoing.Consignee{
		CustomerNumber:     customer,
		Name:               text(name, maxAddress),
		Address1:           street[0],
		Address2:           street[1],
		Address3:           street[2],
		PostCode:           text(a.PostalCode, maxPostCode),
		City:               text(addresses.City(a), maxAddress),
		CountryCode:        country,
		OrganisationNumber: text(o.CustomerOrgNo, maxCode),
	}
	if state := strings.ToUpper(strings.TrimSpace(a.State)); addresses.IsCode(state, 2, 3) {
		c.CountryStateCode = state // anything else is a name
	}
	return c, nil
}

// addLines maps the rows that are goods, that is, those with a product. If one of them cannot be sent, the order is
// refused as a whole, because nobody would notice that a row is missing.
func (m *mappedOrder) addLines(o office24.Order, s settings.Customer) error {
	for _, r := range inDocumentOrder(o.Rows) {
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
			return errclass.New(errclass.Rejected, "", "row %d has no quantity; enter one", r.ID)
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
		m.Body.OrderLines = append(m.Body.OrderLines, line)
		m.Products = append(m.Products, r.ProductID)
	}
	return nil
}

// inDocumentOrder returns the rows in the order of the document.
func inDocumentOrder(rows []office24.Row) []office24.Row {
	return slices.SortedStableFunc(slices.Values(rows), func(a, b office24.Row) int {
		return cmp.Compare(a.SequenceNumber, b.SequenceNumber)
	})
}

// withArticles completes the body, and returns the articles that have to be written before it. Products without stock
// control are sent as not to be picked, or left out.
func (m mappedOrder) withArticles(products map[office24.ProductID]*lineProduct, s settings.Customer) (
	b ongoing.OrderBody, missing []articles.Write, err error) {
	b = m.Body
	b.OrderLines = nil
	for i, line := range m.Body.OrderLines {
		p, exists := products[m.Products[i]]
		switch {
		case !exists:
			return b, nil, errclass.New(errclass.Rejected, "",
				"row %s: product %d no longer exists in 24SevenOffice; change the row", line.RowNumber, m.Products[i])
		case p.NonStock && (s.SalesOrders.SkipNonStockRows || line.NumberOfItems.Sign() < 0):
			continue // a negative row of a service is a rebate
		case line.NumberOfItems.Sign() < 0:
			return b, nil, errclass.New(errclass.Rejected, "",
				"row %s has a negative quantity, which cannot be picked; change it", line.RowNumber)
		case p.Err != nil:
			return b, nil, errclass.New(errclass.Of(p.Err), "",
				"row %s: its article cannot be written: %s", line.RowNumber, p.Err.Error())
		case p.NonStock:
			line.ShouldBePicked = new(bool)
		}
		line.ArticleNumber = p.ArticleNumber
		if line.Comment == text(p.Name, maxComment) {
			line.Comment = ""
		}
		b.OrderLines = append(b.OrderLines, line)
		same := func(w articles.Write) bool { return w.Link.ProductID == p.Missing.Link.ProductID }
		if p.Missing != nil && !slices.ContainsFunc(missing, same) {
			missing = append(missing, *p.Missing)
		}
	}
	return b, missing, nil
}

// text removes the space around a text and cuts it to limit UTF-16 units.
func text(s string, limit int) string { return ongoing.Trim(strings.TrimSpace(s), limit) }
