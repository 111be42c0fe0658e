package ongoingtest

import (
	"fmt"

	"ongoing24so/shared/number"
)

// A Parcel is a parcel of an order or, if its Number is empty, a waybill of the order as a whole.
type Parcel struct {
	Number, Waybill, URL string
	Return               bool
	ID                   int // set by the server
}

func (p Parcel) answer() object {
	out := object{"id": p.ID, "parcelNumber": p.Number, "isReturnParcel": p.Return, "tracking": nil, "advanced": nil}
	if p.Waybill != "" {
		out["tracking"] = object{"waybill": p.Waybill, "trackingUrl": nullIfEmpty(p.URL), "freightPrice": nil}
	}
	return out
}

// A Shipment describes how the staff ships an order.
type Shipment struct {
	// Status is the order's status after the shipment. Default: 450.
	Status int
	// Quantities are picked before the shipment, by row number. Nil picks everything that is left.
	Quantities map[string]number.Decimal
	Waybill    string
	Parcels    []Parcel
}

// NewLine is a line of an order that the staff adds.
type NewLine struct {
	Row, Article string
	Quantity     number.Decimal
}

// SetOrderStatus sets an order's status. A status from 320 to 399 allocates its items that are in stock.
func (g *GoodsOwner) SetOrderStatus(orderNumber string, status int) error {
	return g.withOrder(orderNumber, func(o *order) error {
		g.setStatus(o, status)
		return nil
	})
}

func (g *GoodsOwner) setStatus(o *order, status int) {
	o.status, o.statusChanged, o.updated = status, g.now(), g.now()
	for _, l := range o.allLines() {
		l.allocated = number.Decimal{}
		if status >= statusAllocated && status < statusPicked && l.mustBePicked() {
			l.allocated = lesser(atLeast0(l.ordered.Sub(l.picked)), l.article.stock)
		}
	}
	g.markStockChanged(o)
}

func lesser(a, b number.Decimal) number.Decimal {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// Pick picks a quantity of a line, or the parts of that many kits. It does not change the status.
func (g *GoodsOwner) Pick(orderNumber, row string, quantity number.Decimal) error {
	return g.withOrder(orderNumber, func(o *order) error { return g.pickRow(o, row, quantity) })
}

// PickPart picks a quantity of one part of a kit.
func (g *GoodsOwner) PickPart(orderNumber, row, article string, quantity number.Decimal) error {
	return g.withOrder(orderNumber, func(o *order) error {
		for _, l := range o.lines {
			for _, sub := range l.sub {
				if l.row == row && sub.article.number() == article {
					return g.pick(o, sub, quantity)
				}
			}
		}
		return fmt.Errorf("order %s: row %s has no part %s", orderNumber, row, article)
	})
}

func (g *GoodsOwner) pickRow(o *order, row string, quantity number.Decimal) error {
	for _, l := range o.lines {
		if l.row != row {
			continue
		}
		if len(l.sub) == 0 {
			return g.pick(o, l, quantity)
		}
		return g.pickKit(o, l, quantity)
	}
	return fmt.Errorf("order %s: no row %s", o.number(), row)
}

func (g *GoodsOwner) pickKit(o *order, kit *line, quantity number.Decimal) error {
	onParent := g.warehouse.server.options.KitsPickedOnParent
	for i, p := range kit.article.parts {
		items, sub := quantity.Mul(p.per), kit.sub[i]
		if err := g.pick(o, sub, items); err != nil {
			return err
		}
		if onParent {
			sub.picked, sub.pickedItems = sub.picked.Sub(items), nil
		}
	}
	if onParent {
		kit.picked = kit.picked.Add(quantity)
	}
	return nil
}

// pick takes items out of stock: numberOfItems decreases when items are picked, not when they are collected. That is an
// assumption.
func (g *GoodsOwner) pick(o *order, l *line, quantity number.Decimal) error {
	left := l.article.stock.Sub(quantity)
	if left.Sign() < 0 {
		return fmt.Errorf("order %s: article %s has %s in stock, but %s are picked",
			o.number(), l.article.number(), l.article.stock, quantity)
	}
	l.article.stock, l.article.stockChange = left, g.now()
	l.picked = l.picked.Add(quantity)
	l.allocated = atLeast0(l.allocated.Sub(quantity))
	l.pickedItems = append(l.pickedItems, object{
		"articleItemId": g.warehouse.nextID(), "numberOfItems": formatItems(quantity),
		"serial": "", "batchNumber": nil, "isPicked": true, "isReturned": false,
		"pickedTime": formatTime(g.now()), "expiryDate": nil, "parcel": nil,
	})
	o.picked, o.updated = g.now(), g.now()
	return nil
}

// Ship picks an order, sets its shipped time, waybill and parcels, and sets its status.
func (g *GoodsOwner) Ship(orderNumber string, s Shipment) error {
	return g.withOrder(orderNumber, func(o *order) error {
		if err := g.pickQuantities(o, s.Quantities); err != nil {
			return err
		}
		if s.Status == 0 {
			s.Status = statusSent
		}
		if o.shipped.IsZero() {
			o.shipped = g.now()
		}
		if s.Waybill != "" {
			o.waybill = s.Waybill
		}
		g.addParcels(o, s.Parcels)
		g.setStatus(o, s.Status)
		return nil
	})
}

func (g *GoodsOwner) pickQuantities(o *order, quantities map[string]number.Decimal) error {
	for _, l := range o.lines {
		quantity, given := quantities[l.row]
		if quantities == nil {
			quantity, given = l.leftToPick(), l.mustBePicked() || len(l.sub) > 0
		}
		if !given || quantity.IsZero() {
			continue
		}
		if err := g.pickRow(o, l.row, quantity); err != nil {
			return err
		}
	}
	return nil
}

// leftToPick returns the quantity of a line that is not picked yet; for a kit, all or nothing.
func (l *line) leftToPick() number.Decimal {
	for _, sub := range l.sub {
		if sub.picked.Sign() > 0 {
			return number.Decimal{}
		}
	}
	return atLeast0(l.ordered.Sub(l.picked))
}

// AddParcels adds parcels or waybills to an order, also after it was shipped.
func (g *GoodsOwner) AddParcels(orderNumber string, parcels ...Parcel) error {
	return g.withOrder(orderNumber, func(o *order) error {
		g.addParcels(o, parcels)
		return nil
	})
}

func (g *GoodsOwner) addParcels(o *order, parcels []Parcel) {
	for _, p := range parcels {
		if p.Number == "" {
			o.tracking = append(o.tracking, p)
			continue
		}
		p.ID = g.warehouse.nextID()
		o.parcels = append(o.parcels, p)
	}
	o.updated = g.now()
}

// CancelOrder cancels an order, whatever its status.
func (g *GoodsOwner) CancelOrder(orderNumber string) error {
	return g.SetOrderStatus(orderNumber, statusCancelled)
}

// AddOrder adds an order as the staff does at the screen, with status 200 and without fields of another system.
func (g *GoodsOwner) AddOrder(orderNumber string, lines ...NewLine) (int, error) {
	defer g.lock()()
	return g.addOrder(orderNumber, statusOpen, 0, lines)
}

// BackOrder adds an order with the quantities of another order that are not picked yet, and nothing else of it. See
// AddBackOrder for other kinds.
func (g *GoodsOwner) BackOrder(orderNumber, newNumber string) (int, error) {
	defer g.lock()()
	o := g.orderNumbered(orderNumber)
	if o == nil {
		return 0, fmt.Errorf("no order %s", orderNumber)
	}
	var lines []NewLine
	for _, l := range o.lines {
		if left := l.leftToPick(); left.Sign() > 0 {
			lines = append(lines, NewLine{Row: l.row, Article: l.article.number(), Quantity: left})
		}
	}
	return g.addOrder(newNumber, statusReleased, o.id, lines)
}

func (g *GoodsOwner) addOrder(orderNumber string, status, backOrderFor int, lines []NewLine) (int, error) {
	id, err := g.enterOrder(newBody(orderNumber, g.now()), status, lines)
	if err == nil {
		g.orders[id].backOrderFor = backOrderFor
	}
	return id, err
}

// enterOrder adds an order with the lines of its body and these.
func (g *GoodsOwner) enterOrder(body object, status int, lines []NewLine) (int, error) {
	rows, _ := body["orderLines"].([]any)
	for _, l := range lines {
		rows = append(rows, l.body())
	}
	body["orderLines"] = rows
	if refusal := g.bodyRefusal(body); refusal != "" {
		return 0, fmt.Errorf("order %s: %s", textOf(body, "orderNumber"), refusal)
	}
	o := g.newOrder(status)
	g.writeOrder(o, body, 0)
	o.readsWithoutLines = 0
	return o.id, nil
}

// withOrder calls do with an order, under the lock.
func (g *GoodsOwner) withOrder(orderNumber string, do func(*order) error) error {
	defer g.lock()()
	o := g.orderNumbered(orderNumber)
	if o == nil {
		return fmt.Errorf("no order %s", orderNumber)
	}
	return do(o)
}

// OrderState is the current state of an order.
type OrderState struct {
	ID, Status   int
	Number       string
	Body         map[string]any // as last written
	Lines        []LineState
	Waybill      string
	Parcels      []Parcel
	BackOrderFor int
	Shipped      bool
}

// LineState is the current state of an order line.
type LineState struct {
	ID              int
	Row, Article    string
	Ordered, Picked number.Decimal
	Returned        number.Decimal
	Reported        *number.Decimal // nil if never reported
	Parts           []LineState
}

// Orders returns all orders in the order of their creation.
func (g *GoodsOwner) Orders() []OrderState {
	defer g.lock()()
	var states []OrderState
	for _, id := range g.orderIDs {
		o := g.orders[id]
		states = append(states, OrderState{
			ID: o.id, Number: o.number(), Status: o.status, Body: clone(o.body), Lines: lineStates(o.lines),
			Waybill: o.waybill, Parcels: append([]Parcel(nil), o.parcels...),
			BackOrderFor: o.backOrderFor, Shipped: !o.shipped.IsZero(),
		})
	}
	return states
}

func lineStates(lines []*line) []LineState {
	var states []LineState
	for _, l := range lines {
		states = append(states, LineState{
			ID: l.id, Row: l.row, Article: l.article.number(),
			Ordered: l.ordered, Picked: l.picked, Returned: l.returned, Reported: l.reported, Parts: lineStates(l.sub),
		})
	}
	return states
}

// Order returns the order of that number.
func (g *GoodsOwner) Order(number string) (OrderState, bool) {
	for _, o := range g.Orders() {
		if o.Number == number {
			return o, true
		}
	}
	return OrderState{}, false
}
