package main

import (
	"errors"
	"strings"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
)

// A scene is what people do, the processes that then run, and what must be so afterwards.
type scene struct {
	title string
	act   func(*stack) error
	runs  []run
	check func(*demo)
}

// A run is one invocation of a process: for all customers or, with keys, for those records of Fjellsport.
type run struct {
	process naming.Process
	keys    []string
}

// scenes is the working day.
func scenes() []scene {
	return []scene{
		{title: "Products become articles",
			runs: []run{{process: naming.Articles}}, check: checkArticles},
		{title: "Goods arrive; a new product is sold before it is an article; orders go to the warehouse",
			act: goodsArrive, runs: []run{{process: naming.SalesOrders}}, check: checkOrders},
		{title: "The warehouse ships one order in full and one short, and picks a third",
			act: warehouseShips, runs: []run{{process: naming.Shipments}}, check: checkShipments},
		{title: "The rest order follows, and a late parcel",
			act: lateParcel, runs: []run{{process: naming.SalesOrders}, {process: naming.Shipments}}, check: checkRestOrder},
		{title: "The warehouse has counted; stock goes back where the two differ",
			act: warehouseCounts, runs: []run{{process: naming.Stock}}, check: checkStock},
		{title: "A supplier moves house",
			act: supplierMoves, runs: []run{{process: naming.Suppliers}}, check: checkSupplier},
		{title: "Sales renumbers a product, mends two others, edits an order and tries to edit one too late",
			act: salesChangesItsMind, runs: []run{{process: naming.Articles}, {process: naming.SalesOrders}}, check: checkChanges},
		{title: "What was set aside is tried again at once, by its keys; stock follows",
			runs: []run{
				{process: naming.Articles, keys: []string{idText(knife)}},
				{process: naming.SalesOrders, keys: []string{idText(ofNamelessThing)}},
				{process: naming.Stock},
			}, check: checkKeys},
	}
}

func checkArticles(d *demo) {
	owner := d.fjellsport.GoodsOwner
	d.expect("the tent is an article with all its fields", articleText(owner, "TELT-2"),
		"7101 | Telt «Jotunheimen», 2 pers. | Kuppeltelt for vår, sommer & høst. Tåler 30 m/s. | 7090000000017 | 2.85 kg")
	d.expect("0.085 kg are 0.085 kg", articleText(owner, "KOK-85"), "7102 | Gasskoker & kjele, 85 g |  | 7090000000024 | 0.085 kg")
	d.expect("the red jacket is a variation", variation(owner, "JAKKE-RØD-M"), "JAKKE RØD M")
	d.expect("freight is not a stock article", articleField(owner, "FRAKT", "isStockArticle"), "false")
	d.expect("the skis of 1993 are not active", articleField(owner, "SKI-93", "isActive"), "false")
	d.expect("the tent's place went into a free text", articleField(owner, "TELT-2", "freeValues.freeText1"), "A-03-2")
	d.expect("… and its supplier came along", articleField(owner, "TELT-2", "supplierInfo.supplierName"), "Teltmakeren Ødegård & Sønn AS")
	d.expect("the number that two products share is no article", articleText(owner, "KNIV"), missing)
	d.expectReason(naming.Articles, idText(nameless), "no number")
	d.expectReason(naming.Articles, idText(knife), "unique")
	d.expectReason(naming.Articles, idText(otherKnife), "unique")
	d.expectOutcome(naming.Articles, "fjellsport", runner.Partial)
	d.expectOutcome(naming.Articles, "nordsjo-sjomat", runner.OK)
	d.expectOutcome(naming.Articles, "blabaer", runner.OK)
	d.expectBlocked(naming.Articles, "torv-og-tang", "salesOrders.textRows")
}

func goodsArrive(s *stack) error {
	addProducts(s.fjellsport, map[office24.ProductID]office24.Product{
		primusBurner: {No: "BRENNER-9", Name: "Primusbrenner", Weight: decimal("0.2"), Stock: decimal("6"), Price: decimal("799")},
	})
	addOrder(s.fjellsport, office24.Order{CustomerID: 5121, CustomerName: "Kåre Øye", Status: office24.StatusConfirmed, DateOrdered: date("2026-11-04"),
		DeliveryDate: date("2026-11-26"), Addresses: office24.Addresses{Delivery: &office24.Address{Street: "Fjellvegen 4", PostalCode: "2686", PostalArea: "LOM"}},
		DeliveryMethod: &office24.DeliveryMethod{ID: 7, Description: "Bedriftspakke, dør til dør"},
	}, ofNewProduct, goods(primusBurner, "2", "799"))

	owner := s.fjellsport.GoodsOwner
	return errors.Join(
		owner.SetStock("TELT-2", quantity("12")), owner.SetStock("KOK-85", quantity("50")), owner.SetStock("JAKKE-RØD-M", quantity("3")),
		owner.SetStock("JAKKE-BLÅ-L", quantity("5")), owner.SetStock("SOVEPOSE-3", quantity("4")), owner.SetStock("TAU-10", quantity("80.5")),
		s.nordsjo.GoodsOwner.SetStock("TORSK-1", quantity("60")), s.nordsjo.GoodsOwner.SetStock("REKE-05", quantity("40")))
}

func checkOrders(d *demo) {
	owner := d.fjellsport.GoodsOwner
	d.expect("order 40551 stands in the warehouse with its lines", orderText(owner, "FS-40551"), "300: 2 TELT-2, 3 KOK-85, 1 FRAKT")
	d.expect("… on its day", orderField(owner, "FS-40551", "deliveryDate"), "2026-11-25")
	d.expect("… with title and text row as its remark", orderField(owner, "FS-40551", "orderRemark"),
		"Leveres ved bakdøren & ring på\nRing før levering – hunden er løs <ikke farlig>")
	d.expect("… to the right place", consignee(owner, "FS-40551"), "Ås Turlag v/ hyttestyret, Hyttevegen 1, Portkode 4711, 1430 ÅS, NO")
	d.expect("… by the way of delivery of the settings", orderField(owner, "FS-40551", "wayOfDelivery.code"), "BRING-HENT")
	d.expect("half metres arrive as half metres", orderText(owner, "FS-40552"), "300: 5 JAKKE-RØD-M, 12.5 TAU-10")
	d.expect("without a delivery date the day of the order stands in", orderField(owner, "FS-40554", "deliveryDate"), "2026-11-02")
	d.expect("without a delivery address the next best stands in", consignee(owner, "FS-40554"), "Ås Turlag, Postboks 8, 1431 ÅS, NO")
	d.expect("a text over the limit is cut, not refused", runes(orderField(owner, "FS-40555", "consignee.name")), 200)
	d.expect("a new product became an article with its order", orderText(owner, "FS-40558"), "300: 2 BRENNER-9")
	d.expect("… by the carrier of the settings", orderField(owner, "FS-40558", "transporter.transporterCode"), "PLAB")
	d.expect("an offer is not sent", orderText(owner, "FS-40557"), missing)
	d.expectReason(naming.SalesOrders, idText(unlistedMethod), "delivery method 9")
	d.expectReason(naming.SalesOrders, idText(ofNamelessThing), "no number")
	d.expect("the fish is ordered", orderText(d.nordsjo.GoodsOwner, "41001"), "300: 10 TORSK-1, 4 REKE-05")
	d.expect("… and has the status on import", d.nordsjo.orderStatus(ofFish), "Pack")
	d.expect("in preview nothing is written", len(d.blabaer.GoodsOwner.Articles())+len(d.blabaer.GoodsOwner.Orders()), 0)
	d.expectOutcome(naming.SalesOrders, "torv-og-tang", runner.Blocked)
}

func warehouseShips(s *stack) error {
	owner := s.fjellsport.GoodsOwner
	_, handMade := owner.AddOrder("PRØVE-1", ongoingtest.NewLine{Row: "1", Article: "KOK-85", Quantity: quantity("1")})
	return errors.Join(handMade, owner.Ship("PRØVE-1", ongoingtest.Shipment{}),
		owner.Ship("FS-40551", ongoingtest.Shipment{Status: 450, Waybill: "70722150000012345",
			Parcels: []ongoingtest.Parcel{{Number: "370722150012", Waybill: "70722150000012345", URL: "https://sporing.example/1"}}}),
		owner.Ship("FS-40552", ongoingtest.Shipment{Status: 500, Quantities: map[string]number.Decimal{
			s.fjellsport.row(shippedShort, redJacket): quantity("3"), s.fjellsport.row(shippedShort, rope): quantity("10")}}),
		owner.Pick("FS-40553", s.fjellsport.row(pickedOnly, sleepingBag), quantity("1")), owner.SetOrderStatus("FS-40553", 400),
		s.nordsjo.GoodsOwner.Ship("41001", ongoingtest.Shipment{Status: 500}))
}

func checkShipments(d *demo) {
	d.expect("the order that left in full is Sent", d.fjellsport.orderStatus(shippedInFull), "Sent")
	d.expect("… its rows untouched", d.fjellsport.orderRows(shippedInFull), "2 TELT-2, 3 KOK-85, 1 FRAKT")
	d.expect("… with its waybill in the invoice text", strings.Contains(d.fjellsport.order(shippedInFull).InvoiceText, "70722150000012345"), true)
	d.expect("… and reported in Ongoing", unreported(d.fjellsport.GoodsOwner, "FS-40551"), "")
	d.expect("the order that left short is Sent, with what left", d.fjellsport.orderRows(shippedShort), "3 JAKKE-RØD-M, 10 TAU-10")
	d.expect("… and Sent", d.fjellsport.orderStatus(shippedShort), "Sent")
	d.expect("… and there is one rest order", rowsText(d.fjellsport.orderIn(office24.StatusRest)), "2 JAKKE-RØD-M, 2.5 TAU-10")
	d.expect("the order that is only picked is still Confirmed", d.fjellsport.orderStatus(pickedOnly), "Confirmed")
	d.expect("the fish is Sent", d.nordsjo.orderStatus(ofFish), "Sent")
}

func lateParcel(s *stack) error {
	return s.fjellsport.GoodsOwner.AddParcels("FS-40551", ongoingtest.Parcel{Number: "370722150013", Waybill: "70722150000067890"})
}

func checkRestOrder(d *demo) {
	rest := d.fjellsport.orderIn(office24.StatusRest)
	d.expect("the rest order stands in the warehouse", orderText(d.fjellsport.GoodsOwner, "FS-"+idText(rest.ID)), "300: 2 JAKKE-RØD-M, 2.5 TAU-10")
	d.expect("the late parcel's waybill follows into the invoice text", strings.Contains(d.fjellsport.order(shippedInFull).InvoiceText, "70722150000067890"), true)
}

func warehouseCounts(s *stack) error {
	return errors.Join(
		s.fjellsport.GoodsOwner.SetStock("TELT-2", quantity("9")), // one is torn
		s.fjellsport.GoodsOwner.AddStock("JAKKE-RØD-M", quantity("10")))
}

func checkStock(d *demo) {
	d.expect("the tents: nine are there", d.fjellsport.stock(tent), "9")
	d.expect("the cookers: 50 less 3 shipped and 1 for the test order", d.fjellsport.stock(cooker), "46")
	d.expect("the rope: 80.5 m less 10 m", d.fjellsport.stock(rope), "70.5")
	d.expect("the sleeping bag that is picked but has not left still counts", d.fjellsport.stock(sleepingBag), "4")
	d.expect("an expired product is left alone", d.fjellsport.stock(oldSkis), "0")
	d.expect("the fish that can be sold", d.nordsjo.stock(cod)+" and "+d.nordsjo.stock(shrimp), "50 and 36")
}

func supplierMoves(s *stack) error {
	s.fjellsport.Company.EditCompany(tentMaker, func(c *office24.Company) {
		c.Name = "Teltmakeren Ødegård & Døtre AS"
		c.Addresses.Post = &office24.Address{Street: "Nye Dalsveg 1", PostalCode: "2630", PostalArea: "RINGEBU", Country: "NO"}
	})
	return nil
}

func checkSupplier(d *demo) {
	supplier := d.fjellsport.GoodsOwner.Suppliers()[idText(tentMaker)]
	d.expect("the supplier has its new name", supplier.Name, "Teltmakeren Ødegård & Døtre AS")
	d.expect("… and its new address", supplier.Address["city"], "RINGEBU")
	_, idle := d.fjellsport.GoodsOwner.Suppliers()[idText(idleMaker)]
	d.expect("a supplier of nothing waits", idle, false)
}

func salesChangesItsMind(s *stack) error {
	company := s.fjellsport.Company
	company.EditProduct(cooker, func(p *office24.Product) { p.No = "KOK-85-NY" })
	company.EditProduct(nameless, func(p *office24.Product) { p.No = "NAVNLØS-1" })
	company.EditProduct(otherKnife, func(p *office24.Product) { p.No = "KNIV-V" })
	company.EditOrder(editedLater, func(o *office24.Order) {
		o.Rows[0].Quantity = decimal("4")
		o.Rows = append(o.Rows, goods(blueJacket, "1", "2199"))
	})
	company.EditOrder(pickedOnly, func(o *office24.Order) { o.Rows[0].Quantity = decimal("2") })
	return nil
}

func checkChanges(d *demo) {
	owner := d.fjellsport.GoodsOwner
	d.expect("the article was renamed", articleText(owner, "KOK-85-NY"), "7102 | Gasskoker & kjele, 85 g |  | 7090000000024 | 0.085 kg")
	d.expect("… not doubled", articleText(owner, "KOK-85"), missing)
	d.expect("the nameless thing went through with its number", articleField(owner, "NAVNLØS-1", "productCode"), "7106")
	d.expect("one of the knives went through with its new number", articleField(owner, "KNIV-V", "productCode"), "7108")
	d.expect("the edited order was sent again", orderText(owner, "FS-40560"), "300: 4 KOK-85-NY, 1 JAKKE-BLÅ-L")
	d.expectReason(naming.SalesOrders, idText(pickedOnly), "started")
	d.expect("… and stands as it was", strings.HasSuffix(orderText(owner, "FS-40553"), ": 1 SOVEPOSE-3"), true)
}

func checkKeys(d *demo) {
	owner := d.fjellsport.GoodsOwner
	d.expect("the other knife has the number for itself", articleField(owner, "KNIV", "productCode"), "7107")
	d.expect("the order of the nameless thing stands in the warehouse", orderText(owner, "FS-40559"), "300: 1 NAVNLØS-1")
}

func quantity(s string) number.Decimal { return number.MustParse(s) }
