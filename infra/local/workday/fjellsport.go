package workday

import (
	"strings"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
)

// Fjellsport's products. The first two digits are the customer's.
const (
	tent         office24.ProductID = 7101
	cooker       office24.ProductID = 7102
	redJacket    office24.ProductID = 7103
	blueJacket   office24.ProductID = 7104
	sleepingBag  office24.ProductID = 7105
	unnumbered   office24.ProductID = 7106 // no product number
	knife        office24.ProductID = 7107 // has the same number as otherKnife
	otherKnife   office24.ProductID = 7108
	oldSkis      office24.ProductID = 7109 // expired
	freight      office24.ProductID = 7110 // not stock-controlled
	rope         office24.ProductID = 7111 // sold by the metre
	primusBurner office24.ProductID = 7112 // added together with its first order
)

// Fjellsport's orders, named after what happens to them.
const (
	shippedInFull     office24.OrderID = 40551
	shippedShort      office24.OrderID = 40552
	pickedOnly        office24.OrderID = 40553
	withoutDate       office24.OrderID = 40554
	tooLong           office24.OrderID = 40555
	unlistedMethod    office24.OrderID = 40556
	onlyAnOffer       office24.OrderID = 40557
	orderOfNewProduct office24.OrderID = 40558
	orderOfUnnumbered office24.OrderID = 40559
	editedLater       office24.OrderID = 40560
)

// Fjellsport's suppliers.
const (
	tentMaker               office24.CompanyID = 5012
	supplierWithoutProducts office24.CompanyID = 5013 // no product names it
)

func fjellsportSettings() map[string]any {
	return map[string]any{
		"name": "Fjellsport & Fritid AS",
		"articles": map[string]any{"variations": map[string]any{
			"field": "No", "pattern": `^(?P<base>[^-]+)-(?P<color>[^-]+)-(?P<size>[^-]+)$`,
		}},
		"salesOrders": map[string]any{
			"statuses": []any{"Confirmed", "Rest"}, "orderNumberPrefix": "FS-", "textRows": "comment",
			"deliveryMethods": map[string]any{
				"4": map[string]any{"code": "BRING-HENT", "name": "Bring pakke til hentested"},
				"7": map[string]any{"transporterCode": "PLAB", "transporterServiceCode": "P19"},
			},
		},
		"shipments": map[string]any{"restOrders": true, "tracking": "invoiceText"},
		"suppliers": map[string]any{"enabled": true},
		"extraFields": []any{
			map[string]any{"from": "row.Price", "to": "line.prices.linePrice"},
			map[string]any{"from": "product.StockLocation", "to": "article.freeValues.freeText1"},
		},
	}
}

func fillFjellsport(c customer) {
	fjellsportProducts(c)
	fjellsportCompanies(c)
	fjellsportOrders(c)
}

func fjellsportProducts(c customer) {
	addProducts(c, map[office24.ProductID]office24.Product{
		tent: {
			No: "TELT-2", Name: "Telt «Jotunheimen», 2 pers.", EAN1: "7090000000017",
			Description: "Kuppeltelt for vår, sommer & høst. Tåler 30 m/s.",
			Weight:      decimal("2.85"), Stock: decimal("12"), Price: decimal("3499"),
			StockLocation: "A-03-2", SupplierID: tentMaker, SupplierProductCode: "JT2",
		},
		cooker: {
			No: "KOK-85", Name: "Gasskoker & kjele, 85 g", EAN1: "7090000000024",
			Weight: decimal("0.085"), Stock: decimal("50"), Price: decimal("449.50"),
			SupplierID: tentMaker, SupplierProductCode: "GK<85>",
		},
		redJacket: {
			No: "JAKKE-RØD-M", Name: "Skalljakke «Rondane» rød, str. M",
			Weight: decimal("0.64"), Stock: decimal("5"), Price: decimal("2199"),
		},
		blueJacket: {
			No: "JAKKE-BLÅ-L", Name: "Skalljakke «Rondane» blå, str. L",
			Weight: decimal("0.64"), Stock: decimal("5"), Price: decimal("2199"),
		},
		sleepingBag: {
			No: "SOVEPOSE-3", Name: repeat("Sovepose for tre årstider, dun, æ ø å ", 125),
			Description: repeat("Varm og lett. ", 500),
			Weight:      decimal("1.1"), Stock: decimal("4"), Price: decimal("1890"),
		},
		unnumbered: {Name: "Vare uten nummer", Stock: decimal("1"), Price: decimal("99")},
		knife:      {No: "KNIV", Name: "Turkniv, bjørk", Stock: decimal("7"), Price: decimal("399")},
		otherKnife: {No: "KNIV", Name: "Turkniv, valnøtt", Stock: decimal("3"), Price: decimal("499")},
		oldSkis: {
			No: "SKI-93", Name: "Treski fra 1993", StatusID: new(0), Stock: decimal("0"), Price: decimal("10"),
		},
		freight: {
			No: "FRAKT", Name: "Frakt og ekspedisjon", StockControlled: new(false), Price: decimal("149"),
		},
		rope: {
			No: "TAU-10", Name: "Klatretau 10 mm, per meter",
			Weight: decimal("0.063"), Stock: decimal("80.5"), Price: decimal("24.90"),
		},
	})
}

func fjellsportCompanies(c customer) {
	c.Company.AddCompany(office24.Company{
		ID: tentMaker, Name: "Teltmakeren Ødegård & Sønn AS", Type: office24.CompanySupplier,
		OrganizationNumber: "999000111", Country: "NO",
		Addresses: office24.Addresses{Post: &office24.Address{
			Street: "Gamle Dalsveg 12", PostalCode: "2635", PostalArea: "TRETTEN", Country: "NO",
		}},
	})
	c.Company.AddCompany(office24.Company{
		ID: supplierWithoutProducts, Name: "Vidda Våpen & Verktøy", Type: office24.CompanySupplier, Country: "NO",
	})
	c.Company.AddDeliveryMethod(office24.DeliveryMethod{ID: 4, Description: "Pakke til hentested"})
	c.Company.AddDeliveryMethod(office24.DeliveryMethod{ID: 7, Description: "Bedriftspakke, dør til dør"})
	c.Company.AddDeliveryMethod(office24.DeliveryMethod{ID: 9, Description: "Hentes på lageret"})
}

func fjellsportOrders(c customer) {
	complete := office24.Order{
		CustomerID: 5120, CustomerName: "Ås Turlag", CustomerDeliveryName: "Ås Turlag v/ hyttestyret",
		CustomerDeliveryPhone: "+47 900 00 000", Status: office24.StatusConfirmed,
		DateOrdered: date("2026-11-02"), DeliveryDate: date("2026-11-25"),
		YourReference: "Bjørn Ærlig", ReferenceNumber: "PO-7788", InvoiceTitle: "Leveres ved bakdøren & ring på",
		Addresses: office24.Addresses{Delivery: &office24.Address{
			Street: "Hyttevegen 1\nPortkode 4711", PostalCode: "1430", PostalArea: "ÅS", Country: "NO",
		}},
		DeliveryMethod: &office24.DeliveryMethod{ID: 4, Description: "Pakke til hentested"},
	}
	addOrder(c, complete, shippedInFull, goods(tent, "2", "3499"), goods(cooker, "3", "449.50"),
		text("Ring før levering – hunden er løs <ikke farlig>"), goods(freight, "1", "149"))
	addOrder(c, complete, shippedShort, goods(redJacket, "5", "2199"), goods(rope, "12.5", "24.90"))
	addOrder(c, complete, pickedOnly, goods(sleepingBag, "1", "1890"))
	addOrder(c, complete, editedLater, goods(cooker, "1", "449.50"))
	addOrder(c, complete, orderOfUnnumbered, goods(unnumbered, "1", "99"))

	minimal := complete
	minimal.DeliveryDate, minimal.CustomerDeliveryName, minimal.DeliveryMethod = time.Time{}, "", nil
	minimal.Addresses = office24.Addresses{
		Post: &office24.Address{Street: "Postboks 8", PostalCode: "1431", PostalArea: "ÅS"},
	}
	addOrder(c, minimal, withoutDate, goods(tent, "1", "3499"))

	long := complete
	long.CustomerDeliveryName = repeat("Værslitte-gapahukers-venner-", 250)
	long.Addresses = office24.Addresses{Delivery: &office24.Address{
		Street:     repeat("Den lange grusvegen innover Østmarka ", 250),
		PostalCode: "0690", PostalArea: "OSLO", Country: "NO",
	}}
	addOrder(c, long, tooLong, goods(blueJacket, "1", "2199"),
		text(repeat("Kjør forbi det røde huset. ", 300)), text(repeat("Så til høyre. ", 300)))

	collected := complete
	collected.DeliveryMethod = &office24.DeliveryMethod{ID: 9, Description: "Hentes på lageret"}
	addOrder(c, collected, unlistedMethod, goods(cooker, "1", "449.50"))

	offer := complete
	offer.Status = office24.StatusOffer
	addOrder(c, offer, onlyAnOffer, goods(tent, "20", "2999"))
}

// repeat repeats a text up to a length in characters.
func repeat(s string, length int) string {
	r := []rune(strings.Repeat(s, length/len([]rune(s))+1))
	return strings.TrimSpace(string(r[:length]))
}

// addProducts adds products by id. They are active and stock-controlled unless they say otherwise.
func addProducts(c customer, products map[office24.ProductID]office24.Product) {
	for id, p := range products {
		p.ID, p.CategoryID = id, 1
		if p.StatusID == nil {
			p.StatusID = new(1)
		}
		if p.StockControlled == nil {
			p.StockControlled = new(true)
		}
		c.Company.AddProduct(p)
	}
}

func addOrder(c customer, o office24.Order, id office24.OrderID, rows ...office24.Row) {
	o.ID, o.Rows = id, rows
	var total number.Decimal
	for _, r := range rows {
		if r.Price != nil {
			total = total.Add(r.Price.Mul(*r.Quantity).Mul(number.MustParse("1.25"))) // with VAT
		}
	}
	total = total.Round(2)
	o.OrderTotalIncVat, o.Currency = &total, &office24.Currency{Symbol: "NOK"}
	c.Company.AddOrder(o)
}

func goods(id office24.ProductID, quantity, price string) office24.Row {
	return office24.Row{ProductID: id, Quantity: decimal(quantity), Price: decimal(price), Type: office24.RowNormal}
}

func text(s string) office24.Row { return office24.Row{Name: s, Type: office24.RowText} }

func decimal(s string) *number.Decimal { d := number.MustParse(s); return &d }

// date returns midnight UTC of a day, which is how 24SevenOffice answers a date.
func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}
