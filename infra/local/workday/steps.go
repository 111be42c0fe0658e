package workday

import (
	"context"

	"ongoing24so/shared/naming"
)

// A Step is a part of the day: what people do, which processes run afterwards, and what is then so.
type Step struct {
	Title string
	// People says what people do before the processes run, Look what to look for afterwards.
	People string
	Look   []Look
	// Runs are the processes that run.
	Runs []Run

	people func(context.Context, *Day) error
	check  func(context.Context, *Day)
}

// A Run runs a process for all customers or, with keys, for those records of Fjellsport.
type Run struct {
	Process naming.Process
	Keys    []string
}

// A Look points at something to look for: a record in one of the two systems.
type Look struct {
	Text string
	// Order and Product are of 24SevenOffice, 0 if there is none; Rest is the order made for what was not delivered.
	Order, Product int
	Rest           bool
}

// Steps returns the day's steps.
func Steps() []Step {
	return []Step{
		{
			Title: "Products become articles",
			People: "Fjellsport & Fritid has products in 24SevenOffice, with suppliers, sizes and colours. " +
				"The warehouse's system is still empty.",
			Look: []Look{
				{Text: "The tent has become an article, with its bar code and its weight", Product: int(tent)},
				{Text: "Two knives share a number, so neither is sent, and the reason says so", Product: int(knife)},
				{Text: "Torv og Tang has a mistake in its settings: it is blocked, and nobody else is"},
			},
			Runs: []Run{{Process: naming.Articles}}, check: checkArticles,
		},
		{
			Title: "An order is confirmed and goes to the warehouse",
			People: "The warehouse receives goods and counts them. Sales confirms orders, one of them for a product " +
				"that was added a minute ago.",
			Look: []Look{
				{Text: "Order 40551 is in Ongoing as FS-40551, with address, remark and way of delivery",
					Order: int(shippedInFull)},
				{Text: "The new product has become an article together with its order", Order: int(orderOfNewProduct)},
				{Text: "An order with a delivery method that is not listed is held", Order: int(unlistedMethod)},
				{Text: "Nordsjø's order has become Pack, because its settings ask for a status on import"},
			},
			Runs: []Run{{Process: naming.SalesOrders}}, people: receiveGoodsAndOrder, check: checkOrders,
		},
		{
			Title: "The warehouse ships: one order in full, one short",
			People: "FS-40551 leaves in full. Of FS-40552, two jackets and 2.5 m of rope are missing. FS-40553 is " +
				"picked and still in the house.",
			Look: []Look{
				{Text: "Order 40551 is Sent, with its waybill in the invoice text", Order: int(shippedInFull)},
				{
					Text:  "Order 40552 is Sent with what was delivered; a rest order has the rest",
					Order: int(shippedShort),
				},
				{Text: "Order 40553 is only picked, so it stays Confirmed", Order: int(pickedOnly)},
			},
			Runs: []Run{{Process: naming.Shipments}}, people: shipOrders, check: checkShipments,
		},
		{
			Title:  "The rest order goes to the warehouse",
			People: "The warehouse adds a late parcel to FS-40551.",
			Look: []Look{
				{Text: "The rest order is in Ongoing: 2 jackets, 2.5 m of rope", Rest: true},
				{Text: "The late parcel's waybill is in the invoice text, too", Order: int(shippedInFull)},
			},
			Runs:   []Run{{Process: naming.SalesOrders}, {Process: naming.Shipments}},
			people: addLateParcel, check: checkRestOrder,
		},
		{
			Title: "Stock is counted, and a supplier moves",
			People: "The warehouse counts 9 tents instead of 10, and receives jackets. The tent maker has a new name " +
				"and address.",
			Look: []Look{
				{Text: "24SevenOffice has 9 tents", Product: int(tent)},
				{Text: "A sleeping bag that is picked and not shipped still counts", Product: int(sleepingBag)},
				{Text: "The tent's article has the supplier's new name", Product: int(tent)},
			},
			Runs:   []Run{{Process: naming.Stock}, {Process: naming.Suppliers}},
			people: countAndMoveSupplier, check: checkStockAndSupplier,
		},
		{
			Title: "People correct things, one of them too late",
			People: "Sales renumbers a product, gives two others the numbers that they lacked, and edits two orders. " +
				"The warehouse has already picked one of them.",
			Look: []Look{
				{Text: "The article has its new number; there is no second one", Product: int(cooker)},
				{Text: "The edited order was sent again", Order: int(editedLater)},
				{Text: "The edit of 40553 came too late: the reason says what to do", Order: int(pickedOnly)},
				{Text: "What was refused for want of a number is written now", Order: int(orderOfUnnumbered)},
			},
			Runs: []Run{
				{Process: naming.Articles}, {Process: naming.SalesOrders},
				{Process: naming.Articles, Keys: []string{idText(knife)}},
				{Process: naming.SalesOrders, Keys: []string{idText(orderOfUnnumbered)}},
				{Process: naming.Stock},
			},
			people: editProductsAndOrders, check: checkEditsAndRetries,
		},
		{
			Title:  "The rest order ships",
			People: "The missing jackets and the rope leave the warehouse.",
			Look: []Look{
				{Text: "The rest order is Sent; what was ordered is delivered, once", Rest: true},
				{Text: "The story of order 40552 shows both deliveries", Order: int(shippedShort)},
			},
			Runs:   []Run{{Process: naming.Shipments}, {Process: naming.Stock}},
			people: shipRestOrder, check: checkEnd,
		},
	}
}
