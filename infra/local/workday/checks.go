package workday

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
)

func checkArticles(_ context.Context, d *Day) {
	owner := d.fjellsport.GoodsOwner
	d.Expect("the tent is an article with all its fields", articleText(owner, "TELT-2"),
		"7101 | Telt «Jotunheimen», 2 pers. | "+
			"Kuppeltelt for vår, sommer & høst. Tåler 30 m/s. | 7090000000017 | 2.85 kg")
	d.Expect("the weight keeps its three decimals", articleText(owner, "KOK-85"),
		"7102 | Gasskoker & kjele, 85 g |  | 7090000000024 | 0.085 kg")
	d.Expect("the red jacket has group, colour and size", variation(owner, "JAKKE-RØD-M"), "JAKKE RØD M")
	d.Expect("freight is not a stock article", articleField(owner, "FRAKT", "isStockArticle"), "false")
	d.Expect("the expired skis are not active", articleField(owner, "SKI-93", "isActive"), "false")
	d.Expect("the tent's stock location is in a free text",
		articleField(owner, "TELT-2", "freeValues.freeText1"), "A-03-2")
	d.Expect("… and its supplier is on the article",
		articleField(owner, "TELT-2", "supplierInfo.supplierName"), "Teltmakeren Ødegård & Sønn AS")
	d.Expect("the number that two products share is not an article", articleText(owner, "KNIV"), missing)
	d.expectFailure(naming.Articles, idText(unnumbered), "no number")
	d.expectFailure(naming.Articles, idText(knife), "products 7107 and 7108")
	d.expectFailure(naming.Articles, idText(otherKnife), "products 7107 and 7108")
	d.expectOutcome(naming.Articles, fjellsportID, runner.Partial)
	d.expectOutcome(naming.Articles, nordsjoID, runner.OK)
	d.expectOutcome(naming.Articles, blabaerID, runner.OK)
	d.expectBlocked(naming.Articles, torvID, "salesOrders.textRows")
}

func receiveGoodsAndOrder(_ context.Context, d *Day) error {
	addProducts(d.fjellsport, map[office24.ProductID]office24.Product{
		primusBurner: {
			No: "BRENNER-9", Name: "Primusbrenner",
			Weight: decimal("0.2"), Stock: decimal("6"), Price: decimal("799"),
		},
	})
	addOrder(d.fjellsport, office24.Order{
		CustomerID: 5121, CustomerName: "Kåre Øye", Status: office24.StatusConfirmed,
		DateOrdered: date("2026-11-04"), DeliveryDate: date("2026-11-26"),
		Addresses: office24.Addresses{
			Delivery: &office24.Address{Street: "Fjellvegen 4", PostalCode: "2686", PostalArea: "LOM"},
		},
		DeliveryMethod: &office24.DeliveryMethod{ID: 7, Description: "Bedriftspakke, dør til dør"},
	}, orderOfNewProduct, goods(primusBurner, "2", "799"))

	fjellsport, nordsjo := d.fjellsport.GoodsOwner, d.nordsjo.GoodsOwner
	return errors.Join(
		fjellsport.SetStock("TELT-2", quantity("12")),
		fjellsport.SetStock("KOK-85", quantity("50")),
		fjellsport.SetStock("JAKKE-RØD-M", quantity("3")),
		fjellsport.SetStock("JAKKE-BLÅ-L", quantity("5")),
		fjellsport.SetStock("SOVEPOSE-3", quantity("4")),
		fjellsport.SetStock("TAU-10", quantity("80.5")),
		nordsjo.SetStock("TORSK-1", quantity("60")),
		nordsjo.SetStock("REKE-05", quantity("40")),
	)
}

func checkOrders(_ context.Context, d *Day) {
	owner := d.fjellsport.GoodsOwner
	d.Expect("order 40551 is in Ongoing with its lines",
		orderText(owner, "FS-40551"), "300: 2 TELT-2, 3 KOK-85, 1 FRAKT")
	d.Expect("… with its delivery date", orderField(owner, "FS-40551", "deliveryDate"), "2026-11-25")
	d.Expect("… with title and text row as its remark", orderField(owner, "FS-40551", "orderRemark"),
		"Leveres ved bakdøren & ring på\nRing før levering – hunden er løs <ikke farlig>")
	d.Expect("… with its delivery address", consignee(owner, "FS-40551"),
		"Ås Turlag v/ hyttestyret, Hyttevegen 1, Portkode 4711, 1430 ÅS, NO")
	d.Expect("… with the delivery method of the settings",
		orderField(owner, "FS-40551", "wayOfDelivery.code"), "BRING-HENT")
	d.Expect("a quantity keeps its decimals", orderText(owner, "FS-40552"), "300: 5 JAKKE-RØD-M, 12.5 TAU-10")
	d.Expect("without a delivery date the order date is used",
		orderField(owner, "FS-40554", "deliveryDate"), "2026-11-02")
	d.Expect("without a delivery address the postal address is used",
		consignee(owner, "FS-40554"), "Ås Turlag, Postboks 8, 1431 ÅS, NO")
	d.Expect("a text over the limit is cut, not refused", runes(orderField(owner, "FS-40555", "consignee.name")), 200)
	d.Expect("a new product became an article with its order", orderText(owner, "FS-40558"), "300: 2 BRENNER-9")
	d.Expect("… with the transporter of the settings",
		orderField(owner, "FS-40558", "transporter.transporterCode"), "PLAB")
	d.Expect("an offer is not sent", orderText(owner, "FS-40557"), missing)
	d.expectFailure(naming.SalesOrders, idText(unlistedMethod), "delivery method 9")
	d.expectFailure(naming.SalesOrders, idText(orderOfUnnumbered), "no number")
	d.Expect("the fish order is in Ongoing", orderText(d.nordsjo.GoodsOwner, "41001"), "300: 10 TORSK-1, 4 REKE-05")
	d.Expect("… and has the status on import", d.nordsjo.orderStatus(fishOrder), "Pack")
	d.Expect("a preview writes nothing", len(d.blabaer.GoodsOwner.Articles())+len(d.blabaer.GoodsOwner.Orders()), 0)
	d.expectOutcome(naming.SalesOrders, torvID, runner.Blocked)
}

func shipOrders(_ context.Context, d *Day) error {
	owner := d.fjellsport.GoodsOwner
	_, added := owner.AddOrder("PRØVE-1", ongoingtest.NewLine{Row: "1", Article: "KOK-85", Quantity: quantity("1")})
	return errors.Join(
		added,
		owner.Ship("PRØVE-1", ongoingtest.Shipment{}),
		owner.Ship("FS-40551", ongoingtest.Shipment{
			Status: 450, Waybill: "70722150000012345",
			Parcels: []ongoingtest.Parcel{
				{Number: "370722150012", Waybill: "70722150000012345", URL: "https://sporing.example/1"},
			},
		}),
		owner.Ship("FS-40552", ongoingtest.Shipment{
			Status: 500,
			Quantities: map[string]number.Decimal{
				d.fjellsport.row(shippedShort, redJacket): quantity("3"),
				d.fjellsport.row(shippedShort, rope):      quantity("10"),
			},
		}),
		owner.Pick("FS-40553", d.fjellsport.row(pickedOnly, sleepingBag), quantity("1")),
		owner.SetOrderStatus("FS-40553", 400),
		d.nordsjo.GoodsOwner.Ship("41001", ongoingtest.Shipment{Status: 500}),
	)
}

func checkShipments(_ context.Context, d *Day) {
	c := d.fjellsport
	d.Expect("the order shipped in full is Sent", c.orderStatus(shippedInFull), "Sent")
	d.Expect("… with unchanged rows", c.orderRows(shippedInFull), "2 TELT-2, 3 KOK-85, 1 FRAKT")
	d.Expect("… with its waybill in the invoice text",
		strings.Contains(c.order(shippedInFull).InvoiceText, "70722150000012345"), true)
	d.Expect("… and its lines are reported in Ongoing", unreported(c.GoodsOwner, "FS-40551"), "")
	d.Expect("the order shipped short has the shipped quantities",
		c.orderRows(shippedShort), "3 JAKKE-RØD-M, 10 TAU-10")
	d.Expect("… and is Sent", c.orderStatus(shippedShort), "Sent")
	d.Expect("… and has one rest order", rowsText(c.orderIn(office24.StatusRest)), "2 JAKKE-RØD-M, 2.5 TAU-10")
	d.Expect("the order that is only picked is still Confirmed", c.orderStatus(pickedOnly), "Confirmed")
	d.Expect("the fish order is Sent", d.nordsjo.orderStatus(fishOrder), "Sent")
}

func addLateParcel(_ context.Context, d *Day) error {
	return d.fjellsport.GoodsOwner.AddParcels("FS-40551",
		ongoingtest.Parcel{Number: "370722150013", Waybill: "70722150000067890"})
}

func checkRestOrder(_ context.Context, d *Day) {
	rest := d.fjellsport.orderIn(office24.StatusRest)
	d.Expect("the rest order is in Ongoing",
		orderText(d.fjellsport.GoodsOwner, "FS-"+idText(rest.ID)), "300: 2 JAKKE-RØD-M, 2.5 TAU-10")
	d.Expect("the late parcel's waybill is in the invoice text",
		strings.Contains(d.fjellsport.order(shippedInFull).InvoiceText, "70722150000067890"), true)
}

func countAndMoveSupplier(_ context.Context, d *Day) error {
	d.fjellsport.Company.EditCompany(tentMaker, func(c *office24.Company) {
		c.Name = "Teltmakeren Ødegård & Døtre AS"
		c.Addresses.Post = &office24.Address{
			Street: "Nye Dalsveg 1", PostalCode: "2630", PostalArea: "RINGEBU", Country: "NO",
		}
	})
	return errors.Join(
		d.fjellsport.GoodsOwner.SetStock("TELT-2", quantity("9")), // 10 are left after the shipment; one is damaged
		d.fjellsport.GoodsOwner.AddStock("JAKKE-RØD-M", quantity("10")),
	)
}

func checkStockAndSupplier(_ context.Context, d *Day) {
	d.Expect("the tents: 9 counted", d.fjellsport.stock(tent), "9")
	d.Expect("the cookers: 50 less 3 shipped and 1 for the test order", d.fjellsport.stock(cooker), "46")
	d.Expect("the rope: 80.5 m less 10 m", d.fjellsport.stock(rope), "70.5")
	d.Expect("a sleeping bag that is picked but not shipped is still in stock", d.fjellsport.stock(sleepingBag), "4")
	d.Expect("an expired product is left alone", d.fjellsport.stock(oldSkis), "0")
	d.Expect("the sellable fish", d.nordsjo.stock(cod)+" and "+d.nordsjo.stock(shrimp), "50 and 36")
	supplier := d.fjellsport.GoodsOwner.Suppliers()[idText(tentMaker)]
	d.Expect("the supplier has its new name", supplier.Name, "Teltmakeren Ødegård & Døtre AS")
	d.Expect("… and its new address", supplier.Address["city"], "RINGEBU")
	_, found := d.fjellsport.GoodsOwner.Suppliers()[idText(supplierWithoutProducts)]
	d.Expect("a supplier without products is not in Ongoing", !found, true)
}

func editProductsAndOrders(_ context.Context, d *Day) error {
	company := d.fjellsport.Company
	company.EditProduct(cooker, func(p *office24.Product) { p.No = "KOK-85-NY" })
	company.EditProduct(unnumbered, func(p *office24.Product) { p.No = "NAVNLØS-1" })
	company.EditProduct(otherKnife, func(p *office24.Product) { p.No = "KNIV-V" })
	company.EditOrder(editedLater, func(o *office24.Order) {
		o.Rows[0].Quantity = decimal("4")
		o.Rows = append(o.Rows, goods(blueJacket, "1", "2199"))
	})
	company.EditOrder(pickedOnly, func(o *office24.Order) { o.Rows[0].Quantity = decimal("2") })
	return nil
}

func checkEditsAndRetries(_ context.Context, d *Day) {
	owner := d.fjellsport.GoodsOwner
	d.Expect("the article has its new number", articleText(owner, "KOK-85-NY"),
		"7102 | Gasskoker & kjele, 85 g |  | 7090000000024 | 0.085 kg")
	d.Expect("… and there is no second article", articleText(owner, "KOK-85"), missing)
	d.Expect("the product that had no number is an article",
		articleField(owner, "NAVNLØS-1", "productCode"), "7106")
	d.Expect("the knife with a new number is an article", articleField(owner, "KNIV-V", "productCode"), "7108")
	d.Expect("the edited order was sent again", orderText(owner, "FS-40560"), "300: 4 KOK-85-NY, 1 JAKKE-BLÅ-L")
	d.expectFailure(naming.SalesOrders, idText(pickedOnly), "started")
	d.Expect("… and the order in Ongoing is unchanged",
		strings.HasSuffix(orderText(owner, "FS-40553"), ": 1 SOVEPOSE-3"), true)
	d.Expect("the other knife is an article, because its number is unique now",
		articleField(owner, "KNIV", "productCode"), "7107")
	d.Expect("the order of the product that had no number is in Ongoing",
		orderText(owner, "FS-40559"), "300: 1 NAVNLØS-1")
}

func shipRestOrder(ctx context.Context, d *Day) error {
	return d.fjellsport.GoodsOwner.Ship(
		"FS-"+strconv.Itoa(d.Rest(ctx)),
		ongoingtest.Shipment{Waybill: "70722150000099999"},
	)
}

func checkEnd(ctx context.Context, d *Day) {
	c, rest := d.fjellsport, office24.OrderID(d.Rest(ctx))
	d.Expect("the rest order is Sent", c.orderStatus(rest), "Sent")
	d.Expect("… with what was missing", c.orderRows(rest), "2 JAKKE-RØD-M, 2.5 TAU-10")
	d.Expect("… and its lines are reported in Ongoing", unreported(c.GoodsOwner, "FS-"+idText(rest)), "")
	d.Expect("… and no further rest order was made", c.orderIn(office24.StatusRest).ID, 0)
	d.Expect("the red jackets: 10 received, 2 shipped", c.stock(redJacket), "8")
	d.Expect("the rope: 70.5 m less 2.5 m", c.stock(rope), "68")
}

func quantity(s string) number.Decimal { return number.MustParse(s) }
