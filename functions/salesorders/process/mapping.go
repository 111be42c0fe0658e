package process

import (
	"cmp"
	"fmt"
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
	"ongoing24so/shared/orders"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// Longest texts that Ongoing takes, in UTF-16 units. These are the limits of its SOAP interface, which writes to the
// same fields; for REST they are an assumption.
const (
	maxRemark    = ongoing.MaxOrderRemark
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
	// Products are those of the lines, in the same order. It is 0 for a row that names its product only by number: that
	// is in the line as its article number.
	Products []office24.ProductID
	// NoDate: the order has no date, and the delivery date is the day of the import.
	NoDate bool
	// Cut are the fields whose text was cut, with the length that Ongoing takes.
	Cut []cutField
}

// A cutField is a field of the body, and the longest text for it in UTF-16 units.
type cutField struct {
	Name  string
	Limit int
}

// text removes the space around a text and cuts it to limit UTF-16 units. It remembers the field if that was too short.
func (m *mappedOrder) text(field, s string, limit int) string {
	s = strings.TrimSpace(s)
	short := ongoing.Trim(s, limit)
	if short != s {
		m.Cut = append(m.Cut, cutField{field, limit})
	}
	return short
}

// fingerprint identifies what is sent. It does not cover what is read from the products: a renumbered product does not
// change the order.
func (m mappedOrder) fingerprint() string { return plan.Fingerprint(m.Body, m.Products) }

// mapOrder maps an order. The link is that of an earlier import, or zero; today is the delivery date of an order that
// has no date. An error says which record of 24SevenOffice or which setting has to be changed.
func mapOrder(o office24.Order, link state.OrderLink, s settings.Customer, today string) (mappedOrder, error) {
	var m mappedOrder
	link.OrderID = int(o.ID)
	b := &m.Body
	*b = ongoing.OrderBody{
		OrderNumber:       orders.Number(link, s.SalesOrders.OrderNumberPrefix),
		GoodsOwnerOrderID: strconv.Itoa(int(o.ID)),
		DeliveryDate:      deliveryDate(o, link, s.Location, today),
		ReferenceNumber:   m.text("referenceNumber", o.ReferenceNumber, maxReference),
		SalesCode:         m.text("salesCode", o.YourReference, maxSalesCode),
		OrderRemark:       m.text("orderRemark", remark(o, s), maxRemark),
	}
	if phone := m.text("smsNotification.value", o.CustomerDeliveryPhone, maxCode); phone != "" {
		b.SMSNotification = &ongoing.Notification{Value: phone}
		b.TelephoneNotification = &ongoing.Notification{Value: phone}
	}
	if err := m.setDelivery(o, s); err != nil {
		return mappedOrder{}, err
	}
	if err := m.setConsignee(o, s); err != nil {
		return mappedOrder{}, err
	}
	for _, cut := range extrafields.Order(s.ExtraFields, o, b) {
		m.Cut = append(m.Cut, cutField{strings.TrimPrefix(cut.To, "order."), cut.Limit})
	}
	m.NoDate = !isDate(o.DeliveryDate) && !isDate(o.DateOrdered)
	err := m.addLines(o, s)
	return m, err
}

// isDate reports whether a date was entered. An empty one can come as the year 1 or 1900, the empty date of databases;
// nobody delivers what was ordered before 1990.
func isDate(t time.Time) bool { return t.Year() >= 1990 }

// deliveryDate returns the delivery date, which Ongoing requires and an order of 24SevenOffice may lack. The order date
// replaces it, because it is the same in every run; if that is missing too, the day of the import does, which the link
// keeps.
func deliveryDate(o office24.Order, link state.OrderLink, zone *time.Location, today string) string {
	for _, t := range []time.Time{o.DeliveryDate, o.DateOrdered} {
		if isDate(t) {
			return dayOf(t, zone)
		}
	}
	return cmp.Or(link.DeliveryDate, today)
}

// dayOf returns the day that a date of an order means.
//
// 24SevenOffice answers in UTC. A date entered in Norway is stored either as midnight there, which is 22:00 or 23:00
// UTC of the day before, or as midnight UTC. In the customer's time zone both are the day that was meant. Another
// integrator says that the service itself runs in Helsinki's time, an hour ahead: its midnight is 23:00 here, on the
// second. That counts as the next day.
func dayOf(t time.Time, zone *time.Location) string {
	local := t.In(zone)
	if local.Hour() == 23 && local.Minute() == 0 && local.Second() == 0 {
		local = local.Add(time.Hour)
	}
	return local.Format(time.DateOnly)
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
	return strings.Join(texts, "\n")
}

// setDelivery sets the way of delivery or the transporter. If the order has no delivery method, the warehouse chooses.
func (m *mappedOrder) setDelivery(o office24.Order, s settings.Customer) error {
	method, b := o.DeliveryMethod, &m.Body
	if method == nil || method.ID == 0 && method.Description == "" {
		return nil
	}
	name := m.text("wayOfDelivery.name", method.Description, maxName)
	b.Advanced.WayOfDeliveryString = name
	if s.SalesOrders.DeliveryMethods == nil {
		b.WayOfDelivery = &ongoing.CodeName{Code: strconv.Itoa(int(method.ID)), Name: name}
		return nil
	}
	to, listed := s.SalesOrders.DeliveryMethods[method.ID]
	switch {
	case !listed:
		return errclass.New(errclass.Held, "",
			"delivery method %d is not listed in salesOrders.deliveryMethods; add it, or change the order",
			method.ID)
	case to.TransporterCode != "":
		b.Transporter = &ongoing.Transporter{Code: to.TransporterCode, ServiceCode: to.TransporterServiceCode}
	default:
		b.WayOfDelivery = &ongoing.CodeName{Code: to.Code, Name: to.Name}
	}
	return nil
}

// setConsignee sets the receiver of the goods. The delivery address is often missing in 24SevenOffice; the other
// addresses replace it, the most likely place to receive goods first. What the delivery address does say, its name and
// country, is used in any case.
func (m *mappedOrder) setConsignee(o office24.Order, s settings.Customer) error {
	a := addresses.FirstUsable(o.Addresses.Delivery, o.Addresses.Visit, o.Addresses.Post, o.Addresses.Invoice)
	var delivery office24.Address
	if o.Addresses.Delivery != nil {
		delivery = *o.Addresses.Delivery
	}
	country, ok := addresses.CountryCode(a.Country, delivery.Country, s.DefaultCountry)
	if !ok {
		return errclass.New(errclass.Rejected, "",
			"the country of the delivery address must have two letters, such as NO, or be a country's name")
	}
	customer := strconv.Itoa(int(o.CustomerID))
	m.Body.Consignee = ongoing.Consignee{
		CustomerNumber:     customer,
		PostCode:           m.text("consignee.postCode", a.PostalCode, maxPostCode),
		City:               m.text("consignee.city", addresses.City(a), maxAddress),
		CountryCode:        country,
		OrganisationNumber: m.text("consignee.organisationNumber", o.CustomerOrgNo, maxCode),
	}
	m.setNameAndStreet(
		addresses.FirstText(o.CustomerDeliveryName, delivery.Name, o.CustomerName, a.Name, customer), a.Street)
	if state := strings.ToUpper(strings.TrimSpace(a.State)); addresses.IsCode(state, 2, 3) {
		m.Body.Consignee.CountryStateCode = state // anything else is a name
	}
	return nil
}

// setNameAndStreet sets the name and the address lines, and notes what had to be cut.
func (m *mappedOrder) setNameAndStreet(name, street string) {
	c := &m.Body.Consignee
	short, lines, nameCut, streetCut := addresses.NameAndStreet(name, street, maxAddress)
	if streetCut {
		m.Cut = append(m.Cut, cutField{"consignee.address3", maxAddress})
	}
	if nameCut {
		m.Cut = append(m.Cut, cutField{"consignee.name", maxAddress})
	}
	c.Name, c.Address1, c.Address2, c.Address3 = short, lines[0], lines[1], lines[2]
}

// addLines maps the rows that are goods, that is, those with a product or a product's number. If one of them cannot be
// sent, the order is refused as a whole, because nobody would notice that a row is missing.
func (m *mappedOrder) addLines(o office24.Order, s settings.Customer) error {
	for _, r := range inDocumentOrder(o.Rows) {
		productNo := strings.TrimSpace(r.ProductNo)
		if r.Type != office24.RowNormal || r.ProductID == 0 && productNo == "" {
			continue
		}
		quantity := r.Quantity
		if quantity == nil {
			quantity = r.QuantityOrdered
		}
		switch {
		case r.ID == 0:
			product := cmp.Or(strings.TrimPrefix(strconv.Itoa(int(r.ProductID)), "0"), productNo)
			return errclass.New(errclass.Rejected, "", "a row of product %s has no id", product)
		case quantity == nil:
			return errclass.New(errclass.Rejected, "", "row %d has no quantity; enter one", r.ID)
		case quantity.IsZero():
			continue
		}
		line := ongoing.OrderLine{
			RowNumber:     strconv.Itoa(int(r.ID)),
			ExternalID:    strconv.Itoa(int(r.ID)),
			NumberOfItems: *quantity,
			Comment:       m.text(lineField(strconv.Itoa(int(r.ID)), "comment"), r.Name, maxComment),
		}
		if r.ProductID == 0 {
			line.ArticleNumber = productNo
		}
		for _, cut := range extrafields.Row(s.ExtraFields, o, r, &line) {
			m.Cut = append(m.Cut, cutField{lineField(line.RowNumber, strings.TrimPrefix(cut.To, "line.")), cut.Limit})
		}
		m.Body.OrderLines = append(m.Body.OrderLines, line)
		m.Products = append(m.Products, r.ProductID)
	}
	return nil
}

func lineField(rowNumber, name string) string { return "orderLines[" + rowNumber + "]." + name }

// notes says which texts of the order, as it is sent, were cut.
func (m mappedOrder) notes(sent ongoing.OrderBody) []string {
	var notes []string
	for _, f := range m.Cut {
		dropped := slices.ContainsFunc(sent.OrderLines, func(l ongoing.OrderLine) bool {
			return l.Comment == "" && f.Name == lineField(l.RowNumber, "comment")
		})
		if !dropped {
			notes = append(notes, fmt.Sprintf("order %s: %s is longer than the %d characters that Ongoing takes; "+
				"the rest was cut off", sent.GoodsOwnerOrderID, f.Name, f.Limit))
		}
	}
	return notes
}

// inDocumentOrder returns the rows in the order of the document.
func inDocumentOrder(rows []office24.Row) []office24.Row {
	return slices.SortedStableFunc(slices.Values(rows), func(a, b office24.Row) int {
		return cmp.Compare(a.SequenceNumber, b.SequenceNumber)
	})
}

// A completeOrder is an order as it is sent.
type completeOrder struct {
	body ongoing.OrderBody
	// products are those of the body's lines, in the same order.
	products []office24.ProductID
	// articles have to be written before the order.
	articles []articles.Write
}

// withArticles completes the body. Products without stock control are sent as not to be picked, or left out.
func (m mappedOrder) withArticles(products *products, s settings.Customer) (c completeOrder, err error) {
	c.body = m.Body
	c.body.OrderLines = nil
	for i, line := range m.Body.OrderLines {
		p, err := products.of(m.Products[i], line)
		switch {
		case err != nil:
			return c, err
		case p.NonStock && (s.SalesOrders.SkipNonStockRows || line.NumberOfItems.Sign() < 0):
			continue // a negative row of a service is a rebate
		case line.NumberOfItems.Sign() < 0:
			return c, errclass.New(errclass.Rejected, "",
				"row %s has a negative quantity, which cannot be picked; change it", line.RowNumber)
		case p.Err != nil:
			return c, errclass.NewElsewhere(errclass.Of(p.Err),
				"row %s: its article cannot be written: %s", line.RowNumber, p.Err.Error())
		case p.NonStock:
			line.ShouldBePicked = new(bool)
		}
		line.ArticleNumber = p.ArticleNumber
		if line.Comment == ongoing.Trim(strings.TrimSpace(p.Name), maxComment) {
			line.Comment = ""
		}
		c.body.OrderLines, c.products = append(c.body.OrderLines, line), append(c.products, p.ID)
		same := func(w articles.Write) bool { return w.Link.ProductID == p.Missing.Link.ProductID }
		if p.Missing != nil && !slices.ContainsFunc(c.articles, same) {
			c.articles = append(c.articles, *p.Missing)
		}
	}
	for i, id := range c.products {
		for _, w := range c.articles {
			if err := losesTo(w, id); err != nil {
				return c, errclass.NewElsewhere(errclass.Of(err),
					"row %s: its article cannot be written: %s", c.body.OrderLines[i].RowNumber, err.Error())
			}
		}
	}
	return c, nil
}

// losesTo refuses a product whose article or number goes to another product by a write.
func losesTo(w articles.Write, id office24.ProductID) error {
	switch {
	case w.TakenFrom != 0 && w.TakenFrom == id:
		return errclass.New(errclass.Rejected, "", "number %q of product %d belongs to product %d now",
			w.Body.ArticleNumber, id, w.Link.ProductID)
	case w.Aside != nil && w.Aside.Product == id:
		return errclass.New(errclass.Conflict, "",
			"number %q of product %d goes to product %d; the next run reads it again",
			w.Body.ArticleNumber, id, w.Link.ProductID)
	default:
		return nil
	}
}
