package workday

import (
	"ongoing24so/shared/office24"
)

// Products and orders of the other customers. The first two digits are the customer's.
const (
	cod       office24.ProductID = 7201 // Nordsjø
	shrimp    office24.ProductID = 7202
	fishOrder office24.OrderID   = 41001

	jam      office24.ProductID = 7301 // Blåbær
	jamOrder office24.OrderID   = 42001

	peat office24.ProductID = 7401 // Torv
)

func nordsjoSettings() map[string]any {
	return map[string]any{
		"name":        "Nordsjø Sjømat AS",
		"salesOrders": map[string]any{"importedStatus": "Pack"},
		"stock":       map[string]any{"quantity": "sellable"},
	}
}

func fillNordsjo(c customer) {
	addProducts(c, map[office24.ProductID]office24.Product{
		cod: {
			No: "TORSK-1", Name: "Røykt torskefilet, 1 kg",
			Weight: decimal("1"), Stock: decimal("0"), Price: decimal("189"),
		},
		shrimp: {
			No: "REKE-05", Name: "Reker i lake, ½ kg",
			Weight: decimal("0.5"), Stock: decimal("40"), Price: decimal("129"),
		},
	})
	addOrder(c, office24.Order{
		CustomerID: 5220, CustomerName: "Kafé Blåskjell",
		Status: office24.StatusConfirmed, DateOrdered: date("2026-11-03"),
		Addresses: office24.Addresses{
			Visit: &office24.Address{Street: "Brygga 3", PostalCode: "6002", PostalArea: "ÅLESUND"},
		},
	}, fishOrder, goods(cod, "10", "189"), goods(shrimp, "4", "129"))
}

func blabaerSettings() map[string]any {
	return map[string]any{
		"name": "Blåbær & Bringebær DA", "mode": "preview", "suppliers": map[string]any{"enabled": true},
	}
}

func fillBlabaer(c customer) {
	addProducts(c, map[office24.ProductID]office24.Product{
		jam: {
			No: "SYLT-400", Name: "Blåbærsyltetøy, 400 g",
			Weight: decimal("0.4"), Stock: decimal("100"), Price: decimal("59"),
		},
	})
	addOrder(c, office24.Order{
		CustomerID: 5320, CustomerName: "Bjørnebær Kolonial", Status: office24.StatusConfirmed,
		DateOrdered: date("2026-11-03"), DeliveryDate: date("2026-11-20"),
		Addresses: office24.Addresses{
			Delivery: &office24.Address{Street: "Skogstien 9", PostalCode: "3070", PostalArea: "SANDE I VESTFOLD"},
		},
	}, jamOrder, goods(jam, "24", "59"))
}

// torvSettings has a value that textRows does not allow.
func torvSettings() map[string]any {
	return map[string]any{"name": "Torv og Tang ANS", "salesOrders": map[string]any{"textRows": "kommentar"}}
}

func fillTorv(c customer) {
	addProducts(c, map[office24.ProductID]office24.Product{
		peat: {No: "TORV", Name: "Torv, 50 l", Weight: decimal("11.5"), Stock: decimal("9")},
	})
}
