package process

import (
	"cmp"
	"reflect"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/harness"
)

func oslo(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// plain returns the settings of a customer with defaults only.
func plain(t testing.TB) settings.Customer {
	return settings.Customer{
		Location: oslo(t), DefaultCountry: "NO",
		SalesOrders: settings.SalesOrders{Statuses: []office24.OrderStatus{office24.StatusConfirmed}},
	}
}

const today = "2026-12-24"

// order40557 returns an order with as many fields as usual.
func order40557() office24.Order {
	return office24.Order{
		ID: 40557, CustomerID: 5120, CustomerName: "Blåbær & Sønn AS", CustomerDeliveryName: "Blåbær & Sønn, avd. Nord",
		CustomerDeliveryPhone: "+47 90 00 00 00", CustomerOrgNo: "999000111", Status: office24.StatusConfirmed,
		DateOrdered: time.Date(2026, 11, 20, 9, 30, 0, 0,
			time.UTC), DeliveryDate: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC),
		InvoiceTitle: "Ring før levering", YourReference: "Åse Ødegård", ReferenceNumber: "PO-7788",
		Addresses: office24.Addresses{Delivery: &office24.Address{Street: "Testveien 1", PostalCode: "0001",
			PostalArea: "TESTBY", City: "ikke denne", Country: "NO"}},
		DeliveryMethod: &office24.DeliveryMethod{ID: 4, Description: "Pakke til døren"},
		Rows: []office24.Row{
			{ID: 91822, ProductID: 7001, Name: "Kjele 1,7 l", Quantity: harness.Dec("3"), Type: office24.RowNormal},
		},
	}
}

func body40557() ongoing.OrderBody {
	return ongoing.OrderBody{
		OrderNumber: "40557", GoodsOwnerOrderID: "40557", DeliveryDate: "2026-11-25", ReferenceNumber: "PO-7788",
		SalesCode: "Åse Ødegård", OrderRemark: "Ring før levering",
		WayOfDelivery: &ongoing.CodeName{Code: "4", Name: "Pakke til døren"},
		Advanced:      ongoing.OrderAdvanced{WayOfDeliveryString: "Pakke til døren"},
		Consignee: ongoing.Consignee{
			CustomerNumber: "5120", Name: "Blåbær & Sønn, avd. Nord", Address1: "Testveien 1", PostCode: "0001",
			City: "TESTBY", CountryCode: "NO", OrganisationNumber: "999000111",
		},
		SMSNotification:       &ongoing.Notification{Value: "+47 90 00 00 00"},
		TelephoneNotification: &ongoing.Notification{Value: "+47 90 00 00 00"},
		OrderLines: []ongoing.OrderLine{{RowNumber: "91822", ExternalID: "91822", ArticleNumber: "KJE-17",
			NumberOfItems: number.FromInt(3)}},
	}
}

// goods returns the products of the tests.
func goods() *products {
	all := map[office24.ProductID]*lineProduct{
		7001: {ArticleNumber: "KJE-17", Name: "Kjele 1,7 l"},
		7002: {ArticleNumber: "FRAKT", Name: "Frakt", NonStock: true},
		7003: {
			Name: "uten nummer",
			Err:  errclass.New(errclass.Rejected, "", "product 7003 has no number (No); give it one"),
		},
		7004: {
			Name: "rabatt uten nummer", NonStock: true,
			Err: errclass.New(errclass.Rejected, "", "product 7004 has no number (No); give it one"),
		},
	}
	numbered := map[string][]office24.ProductID{"KJE-17": {7001}, "TVILLING": {7001, 7002}, "UTGÅTT": nil}
	return &products{byID: all, numbered: numbered}
}

// mapped maps an order and completes it with its articles.
func mapped(o office24.Order, link state.OrderLink, s settings.Customer) (ongoing.OrderBody, error) {
	m, err := mapOrder(o, link, s, today)
	if err != nil {
		return ongoing.OrderBody{}, err
	}
	c, err := m.withArticles(goods(), s)
	return c.body, err
}

// Each case changes one thing of an order and expects one thing to change in what is sent.
func TestOrderIsMapped(t *testing.T) {
	t.Parallel()
	rows := func(rows ...office24.Row) func(*office24.Order) {
		return func(o *office24.Order) {
			o.Rows = rows
			for i := range o.Rows {
				o.Rows[i].ID, o.Rows[i].SequenceNumber = office24.RowID(i+1), i
			}
		}
	}
	address := func(a office24.Address) func(*office24.Order) {
		return func(o *office24.Order) { o.Addresses.Delivery = &a }
	}
	street := func(street string) func(*office24.Order) {
		return func(o *office24.Order) { o.Addresses.Delivery.Street = street }
	}
	kettles := func(quantity string) office24.Row {
		return office24.Row{ProductID: 7001, Quantity: harness.Dec(quantity), Name: "Kjele 1,7 l"}
	}
	line := func(row, article, quantity string) ongoing.OrderLine {
		return ongoing.OrderLine{
			RowNumber: row, ExternalID: row, ArticleNumber: article, NumberOfItems: number.MustParse(quantity),
		}
	}
	lines := func(lines ...ongoing.OrderLine) func(*ongoing.OrderBody) {
		return func(b *ongoing.OrderBody) { b.OrderLines = lines }
	}
	for name, test := range map[string]struct {
		order    func(*office24.Order)
		link     state.OrderLink
		settings func(*settings.Customer)
		want     func(*ongoing.OrderBody)
	}{
		"as it is": {},

		// Numbers and texts.
		"a prefix keeps the numbers of several systems apart": {
			settings: func(s *settings.Customer) { s.SalesOrders.OrderNumberPrefix = "SO-" },
			want:     func(b *ongoing.OrderBody) { b.OrderNumber = "SO-40557" },
		},
		"a prefix that is set later does not change the number": {
			link:     state.OrderLink{OrderNumber: "40557"},
			settings: func(s *settings.Customer) { s.SalesOrders.OrderNumberPrefix = "SO-" },
		},
		"long texts are cut, but not in the middle of a character": {
			order: func(o *office24.Order) {
				o.ReferenceNumber, o.InvoiceTitle = strings.Repeat("x", 49)+"🚚", strings.Repeat("ø", 501)
			},
			want: func(b *ongoing.OrderBody) {
				b.ReferenceNumber, b.OrderRemark = strings.Repeat("x", 49), strings.Repeat("ø", 500)
			},
		},
		"empty fields are not sent": {
			order: func(o *office24.Order) {
				o.ReferenceNumber, o.InvoiceTitle, o.YourReference = "", " ", ""
				o.CustomerOrgNo, o.CustomerDeliveryPhone, o.DeliveryMethod = "", " ", nil
			},
			want: func(b *ongoing.OrderBody) {
				b.ReferenceNumber, b.OrderRemark, b.SalesCode, b.Consignee.OrganisationNumber = "", "", "", ""
				b.SMSNotification, b.TelephoneNotification = nil, nil
				b.WayOfDelivery, b.Advanced = nil, ongoing.OrderAdvanced{}
			},
		},
		"the invoice's text is not the order's remark": {
			order: func(o *office24.Order) { o.InvoiceText = "Faktura følger" },
		},

		// Delivery date: no zone on the wire means UTC.
		"midnight in Oslo, winter": {
			order: func(o *office24.Order) { o.DeliveryDate = time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC) },
		},
		"midnight in Oslo, summer": {
			order: func(o *office24.Order) { o.DeliveryDate = time.Date(2026, 6, 30, 22, 0, 0, 0, time.UTC) },
			want:  func(b *ongoing.OrderBody) { b.DeliveryDate = "2026-07-01" },
		},
		"midnight in Helsinki, winter": {
			order: func(o *office24.Order) { o.DeliveryDate = time.Date(2026, 11, 24, 22, 0, 0, 0, time.UTC) },
		},
		"midnight in Helsinki, summer": {
			order: func(o *office24.Order) { o.DeliveryDate = time.Date(2026, 6, 30, 21, 0, 0, 0, time.UTC) },
			want:  func(b *ongoing.OrderBody) { b.DeliveryDate = "2026-07-01" },
		},
		"midnight in UTC, summer": {
			order: func(o *office24.Order) { o.DeliveryDate = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC) },
			want:  func(b *ongoing.OrderBody) { b.DeliveryDate = "2026-07-01" },
		},
		"midnight before the clocks go forward": {
			order: func(o *office24.Order) { o.DeliveryDate = time.Date(2026, 3, 28, 23, 0, 0, 0, time.UTC) },
			want:  func(b *ongoing.OrderBody) { b.DeliveryDate = "2026-03-29" },
		},
		"midnight after they went forward": {
			order: func(o *office24.Order) { o.DeliveryDate = time.Date(2026, 3, 29, 22, 0, 0, 0, time.UTC) },
			want:  func(b *ongoing.OrderBody) { b.DeliveryDate = "2026-03-30" },
		},
		"midnight before the clocks go back": {
			order: func(o *office24.Order) { o.DeliveryDate = time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC) },
			want:  func(b *ongoing.OrderBody) { b.DeliveryDate = "2026-10-25" },
		},
		"midnight after they went back": {
			order: func(o *office24.Order) { o.DeliveryDate = time.Date(2026, 10, 25, 23, 0, 0, 0, time.UTC) },
			want:  func(b *ongoing.OrderBody) { b.DeliveryDate = "2026-10-26" },
		},
		"without one, the day of the order": {
			order: func(o *office24.Order) { o.DeliveryDate = time.Time{} },
			want:  func(b *ongoing.OrderBody) { b.DeliveryDate = "2026-11-20" },
		},
		"the order date is a day in the customer's time zone": {
			order: func(o *office24.Order) {
				o.DeliveryDate, o.DateOrdered = time.Time{}, time.Date(2026, 11, 20, 23, 30, 0, 0, oslo(t))
			},
			want: func(b *ongoing.OrderBody) { b.DeliveryDate = "2026-11-20" },
		},
		"without any date, the day of the import": {
			order: func(o *office24.Order) { o.DeliveryDate, o.DateOrdered = time.Time{}, time.Time{} },
			want:  func(b *ongoing.OrderBody) { b.DeliveryDate = today },
		},
		"the day of the import stays the same": {
			order: func(o *office24.Order) { o.DeliveryDate, o.DateOrdered = time.Time{}, time.Time{} },
			link:  state.OrderLink{DeliveryDate: "2026-11-21"},
			want:  func(b *ongoing.OrderBody) { b.DeliveryDate = "2026-11-21" },
		},
		"a date of 1900 is none": {
			order: func(o *office24.Order) { o.DeliveryDate = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC) },
			want:  func(b *ongoing.OrderBody) { b.DeliveryDate = "2026-11-20" },
		},
		"two dates of 1900 are none": {
			order: func(o *office24.Order) {
				o.DeliveryDate = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
				o.DateOrdered = o.DeliveryDate
			},
			want: func(b *ongoing.OrderBody) { b.DeliveryDate = today },
		},
		"a date that is entered later replaces the day of the import": {
			link: state.OrderLink{DeliveryDate: "2026-11-21"},
		},

		// Consignee.
		"without a delivery name, the customer's": {
			order: func(o *office24.Order) { o.CustomerDeliveryName = "  " },
			want:  func(b *ongoing.OrderBody) { b.Consignee.Name = "Blåbær & Sønn AS" },
		},
		"without a delivery name, that in the delivery address": {
			order: func(o *office24.Order) {
				o.CustomerDeliveryName, o.Addresses.Delivery.Name = "", "Byggeplass Nord v/ Mottak"
			},
			want: func(b *ongoing.OrderBody) { b.Consignee.Name = "Byggeplass Nord v/ Mottak" },
		},
		"the name in the delivery address, though it has no street": {
			order: func(o *office24.Order) {
				o.CustomerDeliveryName = ""
				o.Addresses.Post = o.Addresses.Delivery
				o.Addresses.Delivery = &office24.Address{Name: "Byggeplass Nord"}
			},
			want: func(b *ongoing.OrderBody) { b.Consignee.Name = "Byggeplass Nord" },
		},
		"without customer names, the name in the address": {
			order: func(o *office24.Order) {
				o.CustomerDeliveryName, o.CustomerName, o.Addresses.Delivery.Name = "", "", "Lageret"
			},
			want: func(b *ongoing.OrderBody) { b.Consignee.Name = "Lageret" },
		},
		"without any name, the customer's number": {
			order: func(o *office24.Order) { o.CustomerDeliveryName, o.CustomerName = "", "" },
			want:  func(b *ongoing.OrderBody) { b.Consignee.Name = "5120" },
		},
		"without PostalArea, the city is City": {
			order: address(office24.Address{Street: "Testveien 1", PostalCode: "0001", City: "Testby"}),
			want:  func(b *ongoing.OrderBody) { b.Consignee.City = "Testby" },
		},
		"without a usable delivery address, the one for visits": {
			order: func(o *office24.Order) {
				o.Addresses = office24.Addresses{Delivery: &office24.Address{Country: "SE"}, Visit: &office24.Address{
					Street: "Besøksveien 2", PostalCode: "0002", PostalArea: "BESØK",
				},
					Post: &office24.Address{Street: "Postboks 3"}}
			},
			want: func(b *ongoing.OrderBody) {
				b.Consignee.Address1, b.Consignee.PostCode, b.Consignee.City = "Besøksveien 2", "0002", "BESØK"
				b.Consignee.CountryCode = "SE" // what the delivery address does say counts
			},
		},
		"else the one for post": {
			order: func(o *office24.Order) {
				o.Addresses = office24.Addresses{
					Post:    &office24.Address{Street: "Postboks 3", PostalCode: "0003", PostalArea: "POST"},
					Invoice: &office24.Address{Street: "Fakturaveien 4"},
				}
			},
			want: func(b *ongoing.OrderBody) {
				b.Consignee.Address1, b.Consignee.PostCode, b.Consignee.City = "Postboks 3", "0003", "POST"
			},
		},
		"else the one for invoices": {
			order: func(o *office24.Order) {
				o.Addresses = office24.Addresses{
					Invoice: &office24.Address{Street: "Fakturaveien 4", PostalCode: "0004", PostalArea: "FAKTURA"},
				}
			},
			want: func(b *ongoing.OrderBody) {
				b.Consignee.Address1, b.Consignee.PostCode, b.Consignee.City = "Fakturaveien 4", "0004", "FAKTURA"
			},
		},
		"no address": {
			order: func(o *office24.Order) { o.Addresses = office24.Addresses{} },
			want: func(b *ongoing.OrderBody) {
				b.Consignee.Address1, b.Consignee.PostCode, b.Consignee.City = "", "", ""
			},
		},
		"a street of two lines": {
			order: street("Testveien 1\r\n2. etasje"),
			want:  func(b *ongoing.OrderBody) { b.Consignee.Address2 = "2. etasje" },
		},
		"a street of three lines, with space and a blank line": {
			order: street(" Testveien 1 \n\n v/ Åse \n2. etasje\n"),
			want:  func(b *ongoing.OrderBody) { b.Consignee.Address2, b.Consignee.Address3 = "v/ Åse", "2. etasje" },
		},
		"a street of more lines than Ongoing has": {
			order: street("Testveien 1\nA\nB\nC"),
			want:  func(b *ongoing.OrderBody) { b.Consignee.Address2, b.Consignee.Address3 = "A", "B, C" },
		},
		"no country, so the default country": {
			order:    address(office24.Address{Street: "Testveien 1", PostalCode: "0001", PostalArea: "TESTBY"}),
			settings: func(s *settings.Customer) { s.DefaultCountry = "SE" },
			want:     func(b *ongoing.OrderBody) { b.Consignee.CountryCode = "SE" },
		},
		"a country in lower case": {
			order: func(o *office24.Order) { o.Addresses.Delivery.Country = " dk " },
			want:  func(b *ongoing.OrderBody) { b.Consignee.CountryCode = "DK" },
		},
		"a country in words": {
			order: func(o *office24.Order) { o.Addresses.Delivery.Country = "Sverige" },
			want:  func(b *ongoing.OrderBody) { b.Consignee.CountryCode = "SE" },
		},
		"a street in one country, a delivery address in another": {
			order: func(o *office24.Order) {
				o.Addresses = office24.Addresses{Delivery: &office24.Address{Country: "DK"}, Post: &office24.Address{
					Street: "Testveien 1", PostalCode: "0001", PostalArea: "TESTBY", Country: "FI",
				}}
			},
			want: func(b *ongoing.OrderBody) { b.Consignee.CountryCode = "FI" },
		},
		"a long street flows on at spaces": {
			order: street("Testveien 1 " + strings.Repeat("spør etter vakta ", 15)),
			want: func(b *ongoing.OrderBody) {
				b.Consignee.Address1 = "Testveien 1" + strings.Repeat(" spør etter vakta", 11)
				b.Consignee.Address2 = strings.TrimSpace(strings.Repeat("spør etter vakta ", 4))
			},
		},
		"a long name flows into a free line": {
			order: func(o *office24.Order) { o.CustomerDeliveryName = strings.Repeat("Blåbær & Sønn ", 15) },
			want: func(b *ongoing.OrderBody) {
				b.Consignee.Name = strings.TrimSpace(strings.Repeat("Blåbær & Sønn ", 14))
				b.Consignee.Address1, b.Consignee.Address2 = "Blåbær & Sønn", "Testveien 1"
			},
		},
		"a state that is a code": {
			order: func(o *office24.Order) { o.Addresses.Delivery.State = "ny" },
			want:  func(b *ongoing.OrderBody) { b.Consignee.CountryStateCode = "NY" },
		},
		"a state that is a name": {
			order: func(o *office24.Order) { o.Addresses.Delivery.State = "Viken" },
		},
		"a state of two letters, three bytes": {order: func(o *office24.Order) { o.Addresses.Delivery.State = "Ås" }},
		"a state that is a number":            {order: func(o *office24.Order) { o.Addresses.Delivery.State = "03" }},

		// Way of delivery.
		"a listed delivery method as a way of delivery": {
			settings: func(s *settings.Customer) {
				s.SalesOrders.DeliveryMethods = map[office24.DeliveryMethodID]settings.DeliveryMethod{
					4: {Code: "HJEM", Name: "Hjemlevering"},
				}
			},
			want: func(b *ongoing.OrderBody) {
				b.WayOfDelivery = &ongoing.CodeName{Code: "HJEM", Name: "Hjemlevering"}
			},
		},
		"a listed delivery method as a transporter": {
			settings: func(s *settings.Customer) {
				s.SalesOrders.DeliveryMethods = map[office24.DeliveryMethodID]settings.DeliveryMethod{
					4: {TransporterCode: "PLAB", TransporterServiceCode: "P19"},
				}
			},
			want: func(b *ongoing.OrderBody) {
				b.WayOfDelivery, b.Transporter = nil, &ongoing.Transporter{Code: "PLAB", ServiceCode: "P19"}
			},
		},
		"no delivery method": {
			order: func(o *office24.Order) { o.DeliveryMethod = nil },
			settings: func(s *settings.Customer) {
				s.SalesOrders.DeliveryMethods = map[office24.DeliveryMethodID]settings.DeliveryMethod{4: {Code: "HJEM"}}
			},
			want: func(b *ongoing.OrderBody) { b.WayOfDelivery, b.Advanced = nil, ongoing.OrderAdvanced{} },
		},

		// Rows.
		"text rows and rows without a product are left out": {
			order: rows(kettles("3"),
				office24.Row{Type: office24.RowText, Name: "Ring på"},
				office24.Row{Type: office24.RowTextBold, Name: "FORSIKTIG"},
				office24.Row{Quantity: harness.Dec("1"), Name: "Løs tekst"}),
			want: lines(line("1", "KJE-17", "3")),
		},
		"text rows are joined to the remark": {
			order: rows(office24.Row{Type: office24.RowText, Name: " Ring på "},
				kettles("3"),
				office24.Row{Type: office24.RowText, Name: " "},
				office24.Row{Type: office24.RowTextBold, Name: "FORSIKTIG"}),
			settings: func(s *settings.Customer) { s.SalesOrders.TextRowsAsComment = true },
			want: func(b *ongoing.OrderBody) {
				b.OrderRemark = "Ring før levering\nRing på\nFORSIKTIG"
				b.OrderLines = []ongoing.OrderLine{line("2", "KJE-17", "3")}
			},
		},
		"a row with quantity zero is left out": {
			order: rows(kettles("0"), kettles("0.5")),
			want:  lines(line("2", "KJE-17", "0.5")),
		},
		"QuantityOrdered if there is no Quantity": {
			order: rows(office24.Row{ProductID: 7001, QuantityOrdered: harness.Dec("2")}),
			want:  lines(line("1", "KJE-17", "2")),
		},
		"rows are in the order of the document": {
			order: func(o *office24.Order) {
				o.Rows = []office24.Row{
					{ID: 8, SequenceNumber: 2, ProductID: 7001, Quantity: harness.Dec("1")},
					{ID: 9, SequenceNumber: 1, ProductID: 7001, Quantity: harness.Dec("2")},
				}
			},
			want: lines(line("9", "KJE-17", "2"), line("8", "KJE-17", "1")),
		},
		"a row name that differs from the product's is the comment": {
			order: func(o *office24.Order) { o.Rows[0].Name = "Kjele, uten lokk" },
			want:  func(b *ongoing.OrderBody) { b.OrderLines[0].Comment = "Kjele, uten lokk" },
		},
		"the product's name, with space around it, is not a comment": {
			order: func(o *office24.Order) { o.Rows[0].Name = " Kjele 1,7 l " },
		},
		"services are sent as not to be picked": {
			order: rows(office24.Row{ProductID: 7002, Quantity: harness.Dec("1"), Name: "Frakt"}),
			want: func(b *ongoing.OrderBody) {
				b.OrderLines = []ongoing.OrderLine{line("1", "FRAKT", "1")}
				b.OrderLines[0].ShouldBePicked = new(false)
			},
		},
		"services are left out": {
			order:    rows(kettles("3"), office24.Row{ProductID: 7002, Quantity: harness.Dec("1")}),
			settings: func(s *settings.Customer) { s.SalesOrders.SkipNonStockRows = true },
			want:     lines(line("1", "KJE-17", "3")),
		},
		"a product that is named by its number": {
			order: rows(office24.Row{ProductNo: " KJE-17 ", Quantity: harness.Dec("4"), Name: "Kjele 1,7 l"}),
			want:  lines(line("1", "KJE-17", "4")),
		},
		"a rebate is left out and needs no article": {
			order: rows(kettles("3"),
				office24.Row{ProductID: 7002, Quantity: harness.Dec("-1")},
				office24.Row{ProductID: 7004, Quantity: harness.Dec("-1")}),
			want: lines(line("1", "KJE-17", "3")),
		},

		// Extra fields.
		"extra fields of order and row": {
			order: func(o *office24.Order) {
				o.InvoiceText, o.Currency = "Kun hverdager", &office24.Currency{Symbol: "SEK"}
				o.Rows[0].Price = harness.Dec("399")
			},
			settings: func(s *settings.Customer) {
				s.ExtraFields = []extrafields.Field{
					{From: "order.InvoiceText", To: "order.deliveryInstruction"},
					{From: "row.LineTotal", To: "line.prices.linePrice"},
					{From: "row.Currency", To: "line.prices.currencyCode"},
				}
			},
			want: func(b *ongoing.OrderBody) {
				b.DeliveryInstruction = "Kun hverdager"
				b.OrderLines[0].Prices = ongoing.LinePrices{LinePrice: harness.Dec("1197"), CurrencyCode: "SEK"}
			},
		},
	} {
		o, s, want := order40557(), plain(t), body40557()
		if test.order != nil {
			test.order(&o)
		}
		if test.settings != nil {
			test.settings(&s)
		}
		if test.want != nil {
			test.want(&want)
		}
		for i := range o.Rows {
			o.Rows[i].Type = cmp.Or(o.Rows[i].Type, office24.RowNormal) // as the client reads an absent one
		}
		got, err := mapped(o, test.link, s)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

func TestOrderThatCannotBeMappedIsRefusedWithAReason(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		order func(*office24.Order)
		class errclass.Class
		want  string
	}{
		"a country that is a name that nobody knows": {
			order: func(o *office24.Order) { o.Addresses.Delivery.Country = "Norgge" },
			class: errclass.Rejected,
			want:  "the country of the delivery address must have two letters, such as NO, or be a country's name",
		},
		"a country of letters other than A to Z": {
			order: func(o *office24.Order) { o.Addresses.Delivery.Country = "ØØ" },
			class: errclass.Rejected,
			want:  "must have two letters",
		},
		"a delivery method that is not listed": {
			order: func(o *office24.Order) { o.DeliveryMethod.ID = 5 },
			class: errclass.Held,
			want:  "delivery method 5 is not listed in salesOrders.deliveryMethods",
		},
		"no quantity": {
			order: func(o *office24.Order) { o.Rows[0].Quantity = nil },
			class: errclass.Rejected,
			want:  "row 91822 has no quantity; enter one",
		},
		"a negative quantity of goods": {
			order: func(o *office24.Order) { o.Rows[0].Quantity = harness.Dec("-1") },
			class: errclass.Rejected,
			want:  "row 91822 has a negative quantity",
		},
		"a row without an id": {
			order: func(o *office24.Order) { o.Rows[0].ID = 0 },
			class: errclass.Rejected,
			want:  "a row of product 7001 has no id",
		},
		"a product that was deleted": {
			order: func(o *office24.Order) { o.Rows[0].ProductID = 9999 },
			class: errclass.Rejected,
			want:  "row 91822: product 9999 no longer exists",
		},
		"a number that no product has": {
			order: func(o *office24.Order) { o.Rows[0].ProductID, o.Rows[0].ProductNo = 0, "UTGÅTT" },
			class: errclass.Rejected,
			want:  `row 91822 names product number "UTGÅTT", which no product in 24SevenOffice has; choose a product`,
		},
		"a number that two products have": {
			order: func(o *office24.Order) { o.Rows[0].ProductID, o.Rows[0].ProductNo = 0, "TVILLING" },
			class: errclass.Rejected,
			want:  `row 91822 names product number "TVILLING", which products 7001 and 7002 have; choose one`,
		},
		"a product whose article is refused": {
			order: func(o *office24.Order) { o.Rows[0].ProductID = 7003 },
			class: errclass.Rejected,
			want:  "row 91822: its article cannot be written: product 7003 has no number",
		},
	} {
		o, s := order40557(), plain(t)
		s.SalesOrders.DeliveryMethods = map[office24.DeliveryMethodID]settings.DeliveryMethod{4: {Code: "HJEM"}}
		test.order(&o)
		_, err := mapped(o, state.OrderLink{}, s)
		if !errclass.Is(err, test.class) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v; want class %s and %q", name, err, test.class, test.want)
		}
	}
}

func TestMissingArticleIsReturnedOnceAndOnlyForRowsThatAreSent(t *testing.T) {
	t.Parallel()
	products := goods()
	products.byID[7001].Missing = &articles.Write{Link: state.ArticleLink{ProductID: 7001}}
	products.byID[7002].Missing = &articles.Write{Link: state.ArticleLink{ProductID: 7002}}
	o := order40557()
	o.Rows = append(o.Rows, o.Rows[0], office24.Row{
		ID: 2, ProductID: 7002, Quantity: harness.Dec("-1"), Type: office24.RowNormal,
	})
	m, err := mapOrder(o, state.OrderLink{}, plain(t), today)
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.withArticles(products, plain(t))
	if err != nil || len(c.articles) != 1 || c.articles[0].Link.ProductID != 7001 {
		t.Errorf("got %+v, %v", c.articles, err)
	}
}

func TestFingerprintIdentifiesWhatIsSent(t *testing.T) {
	t.Parallel()
	s := plain(t)
	orders := rapid.Custom(func(t *rapid.T) office24.Order {
		o := order40557()
		text := rapid.StringN(0, 60, -1)
		o.CustomerDeliveryName = text.Draw(t, "name")
		o.InvoiceTitle, o.YourReference = text.Draw(t, "title"), text.Draw(t, "reference")
		o.Addresses.Delivery.Street = text.Draw(t, "street")
		o.Rows[0].Quantity = new(number.FromInt(rapid.Int64Range(1, 9).Draw(t, "quantity")))
		o.DeliveryDate = o.DeliveryDate.AddDate(0, 0, rapid.IntRange(0, 9).Draw(t, "days"))
		return o
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := orders.Draw(t, "a"), orders.Draw(t, "b")
		first, err := mapOrder(a, state.OrderLink{}, s, today)
		again, errAgain := mapOrder(a, state.OrderLink{}, s, "2027-01-01")
		other, errOther := mapOrder(b, state.OrderLink{}, s, today)
		if err != nil || errAgain != nil || errOther != nil {
			t.Fatal(err, errAgain, errOther)
		}
		if diff := gocmp.Diff(first, again); diff != "" || first.fingerprint() != again.fingerprint() {
			t.Fatalf("the same order was mapped in two ways\n%s", diff)
		}
		if same := reflect.DeepEqual(first.Body, other.Body); same != (first.fingerprint() == other.fingerprint()) {
			t.Fatalf("fingerprints %s and %s; bodies equal: %t", first.fingerprint(), other.fingerprint(), same)
		}
	})
}
