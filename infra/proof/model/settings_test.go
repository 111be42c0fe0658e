package model

import (
	"maps"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
)

// preferences are the settings that the operator edits in the model.
type preferences struct {
	off             map[naming.Process]bool
	preview         bool
	importedStatus  string // empty switches it off
	pullRest        bool   // also pull rest orders
	cancelWithdrawn bool
	methods         int // so many of the delivery methods are listed; 0 passes all through
	restOrders      bool
	tracking        bool
	sellable        bool
}

func defaults() preferences {
	return preferences{off: map[naming.Process]bool{naming.Suppliers: true}}
}

func (p preferences) clone() preferences {
	p.off = maps.Clone(p.off)
	return p
}

// item returns the settings item.
func (p preferences) item(base map[string]any) map[string]any {
	on := func(process naming.Process) map[string]any { return map[string]any{"enabled": !p.off[process]} }
	stock, sales, shipments := on(naming.Stock), on(naming.SalesOrders), on(naming.Shipments)
	item := maps.Clone(base)
	item["articles"], item["suppliers"] = on(naming.Articles), on(naming.Suppliers)
	item["stock"], item["salesOrders"], item["shipments"] = stock, sales, shipments
	if p.preview {
		item["mode"] = "preview"
	}
	if p.importedStatus != "" {
		sales["importedStatus"] = p.importedStatus
	}
	if p.pullRest {
		sales["statuses"] = []any{"Confirmed", "Rest"}
	}
	sales["cancelWithdrawn"] = p.cancelWithdrawn
	listed := map[string]any{}
	for _, m := range methods[:p.methods] {
		listed[ids(m.ID)] = map[string]any{"code": "WAY-" + ids(m.ID), "name": m.Description}
	}
	if p.methods > 0 {
		sales["deliveryMethods"] = listed
	}
	shipments["restOrders"] = p.restOrders
	if p.tracking {
		shipments["tracking"] = "invoiceText"
	}
	if p.sellable {
		stock["quantity"] = "sellable"
	}
	return item
}

var methods = []office24.DeliveryMethod{{ID: 4, Description: "Pakke til døren"}, {ID: 7, Description: "Bedriftspakke"}}

// pulls reports whether orders in a status are imported.
func (p preferences) pulls(s office24.OrderStatus) bool {
	return s == office24.StatusConfirmed || p.pullRest && s == office24.StatusRest
}

// imported reports whether a status is the one that an import sets.
func (p preferences) imported(s office24.OrderStatus) bool { return p.importedStatus == s.Name() }

// settingsEdits are what the operator does, by name.
var settingsEdits = map[string]func(*preferences, pick){
	"articles on/off":    func(p *preferences, _ pick) { p.toggle(naming.Articles) },
	"stock on/off":       func(p *preferences, _ pick) { p.toggle(naming.Stock) },
	"salesorders on/off": func(p *preferences, _ pick) { p.toggle(naming.SalesOrders) },
	"shipments on/off":   func(p *preferences, _ pick) { p.toggle(naming.Shipments) },
	"preview/live":       func(p *preferences, _ pick) { p.preview = !p.preview },
	"importedStatus": func(p *preferences, pick pick) {
		p.importedStatus = []string{"", "Pack", "Production"}[pick(3)]
	},
	"statuses":        func(p *preferences, _ pick) { p.pullRest = !p.pullRest },
	"cancelWithdrawn": func(p *preferences, _ pick) { p.cancelWithdrawn = !p.cancelWithdrawn },
	"deliveryMethods": func(p *preferences, pick pick) { p.methods = pick(3) },
	"restOrders":      func(p *preferences, _ pick) { p.restOrders = !p.restOrders },
	"tracking":        func(p *preferences, _ pick) { p.tracking = !p.tracking },
	"quantity":        func(p *preferences, _ pick) { p.sellable = !p.sellable },
}

func (p *preferences) toggle(process naming.Process) { p.off[process] = !p.off[process] }
