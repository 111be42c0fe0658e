package ongoingtest

import (
	"fmt"

	"ongoing24so/shared/number"
)

// A Parcel is a parcel of an order, or a waybill of the order as a whole where Number is empty.
type Parcel struct {
	Number, Waybill, URL string
	Return               bool
	ID                   int // given by the server
}

func (p Parcel) answer() object {
	out := object{"id": p.ID, "parcelNumber": p.Number, "isReturnParcel": p.Return, "tracking": nil, "advanced": nil}
	if p.Waybill != "" {
		out["tracking"] = object{"waybill": p.Waybill, "trackingUrl": orNothing(p.URL), "freightPrice": nil}
	}
	return out
}

// A Shipment is how an order leaves the warehouse.
type Shipment struct {
	// Status is the order's status afterwards. Default: 450.
	Status int
	// Quantities are picked before, by row number. nil picks all that is left of every line.
	Quantities map[string]number.Decimal
	Waybill    string
	Parcels    []Parcel
}

// NewLine is a line of an order made by hand.
type NewLine struct {
	Row, Article string
	Quantity     number.Decimal
}

// SetOrderStatus moves an order to a status. From 320 up to below 400 what is in stock of it is allocated.
func (g *GoodsOwner) SetOrderStatus(orderNumber string, status int) error {
	return g.work(orderNumber, func(o *order) error {
		g.setStatus(o, status)
		return nil
	})
}

func (g *GoodsOwner) setStatus(o *order, status int) {
	o.status, o.statusChanged, o.updated = status, g.now(), g.now()
	for _, l := range o.allLines() {
		l.allocated = number.Decimal{}
		if status >= statusAllocated && status < statusPicked && l.toBePicked() {
			l.allocated = least(atLeast0(l.ordered.Sub(l.picked)), l.article.stock)
		}
	}
	g.touchStock(o)
}

func least(a, b number.Decimal) number.Decimal {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// Pick takes so many items of a line out of stock; of a kit, the parts of so many kits. The status stays as it is.
func (g *GoodsOwner) Pick(orderNumber, row string, quantity number.Decimal) error {
	return g.work(orderNumber, func(o *order) error { return g.pickRow(o, row, quantity) })
}

// PickPart takes items of one part of a kit.
func (g *GoodsOwner) PickPart(orderNumber, row, article string, quantity number.Decimal) error {
	return g.work(orderNumber, func(o *order) error {
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
			sub.picked, sub.taken = sub.picked.Sub(items), nil
		}
	}
	if onParent {
		kit.picked = kit.picked.Add(quantity)
	}
	return nil
}

// pick takes items out of stock at once: numberOfItems falls when they are picked, not when they are collected (assumed).
func (g *GoodsOwner) pick(o *order, l *line, quantity number.Decimal) error {
	left := l.article.stock.Sub(quantity)
	if left.Sign() < 0 {
		return fmt.Errorf("order %s: article %s has %s in stock, %s are to be picked", o.number(), l.article.number(), l.article.stock, quantity)
	}
	l.article.stock, l.article.stockChange = left, g.now()
	l.picked = l.picked.Add(quantity)
	l.allocated = atLeast0(l.allocated.Sub(quantity))
	l.taken = append(l.taken, object{
		"articleItemId": g.warehouse.server.nextID(), "numberOfItems": items(quantity), "serial": "", "batchNumber": nil,
		"isPicked": true, "isReturned": false, "pickedTime": stamp(g.now()), "expiryDate": nil, "parcel": nil,
	})
	o.picked, o.updated = g.now(), g.now()
	return nil
}

// Ship picks, sets the shipped time, waybill and parcels, and moves the order to a status of those shipped.
func (g *GoodsOwner) Ship(orderNumber string, s Shipment) error {
	return g.work(orderNumber, func(o *order) error {
		if err := g.pickFor(o, s.Quantities); err != nil {
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

func (g *GoodsOwner) pickFor(o *order, quantities map[string]number.Decimal) error {
	for _, l := range o.lines {
		quantity, given := quantities[l.row]
		if quantities == nil {
			quantity, given = l.left(), l.toBePicked() || len(l.sub) > 0
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

// left is what is still to be picked of a line; of a kit, all of it or nothing.
func (l *line) left() number.Decimal {
	for _, sub := range l.sub {
		if sub.picked.Sign() > 0 {
			return number.Decimal{}
		}
	}
	return atLeast0(l.ordered.Sub(l.picked))
}

// AddParcels adds parcels, or waybills of the whole order, perhaps long after it was shipped.
func (g *GoodsOwner) AddParcels(orderNumber string, parcels ...Parcel) error {
	return g.work(orderNumber, func(o *order) error {
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
		p.ID = g.warehouse.server.nextID()
		o.parcels = append(o.parcels, p)
	}
	o.updated = g.now()
}

// CancelOrder cancels an order, whatever its status.
func (g *GoodsOwner) CancelOrder(orderNumber string) error {
	return g.SetOrderStatus(orderNumber, statusCancelled)
}

// AddOrder makes an order as staff does at a screen: status 200, nothing of any other system in it.
func (g *GoodsOwner) AddOrder(orderNumber string, lines ...NewLine) (int, error) {
	defer g.lock()()
	return g.makeOrder(orderNumber, statusOpen, 0, lines)
}

// BackOrder makes a new order of what is left to pick of another one.
func (g *GoodsOwner) BackOrder(orderNumber, newNumber string) (int, error) {
	defer g.lock()()
	o := g.orderNumbered(orderNumber)
	if o == nil {
		return 0, fmt.Errorf("no order %s", orderNumber)
	}
	var lines []NewLine
	for _, l := range o.lines {
		if left := l.left(); left.Sign() > 0 {
			lines = append(lines, NewLine{l.row, l.article.number(), left})
		}
	}
	return g.makeOrder(newNumber, statusReleased, o.id, lines)
}

func (g *GoodsOwner) makeOrder(orderNumber string, status, backOrderFor int, lines []NewLine) (int, error) {
	body := object{"orderNumber": orderNumber, "deliveryDate": g.now().UTC().Format("2006-01-02"), "consignee": object{}}
	var rows []any
	for _, l := range lines {
		rows = append(rows, object{"rowNumber": l.Row, "articleNumber": l.Article, "numberOfItems": items(l.Quantity)})
	}
	body["orderLines"] = rows
	if refusal := g.refuseBody(body); refusal != "" {
		return 0, fmt.Errorf("order %s: %s", orderNumber, refusal)
	}
	o := g.newOrder(status)
	g.writeOrder(o, body, 0)
	o.backOrderFor, o.hidden = backOrderFor, 0
	return o.id, nil
}

// work lets the staff work on an order.
func (g *GoodsOwner) work(orderNumber string, do func(*order) error) error {
	defer g.lock()()
	o := g.orderNumbered(orderNumber)
	if o == nil {
		return fmt.Errorf("no order %s", orderNumber)
	}
	return do(o)
}

// OrderState is an order as it stands, for tests and for people.
type OrderState struct {
	ID, Status   int
	Number       string
	Body         map[string]any // what was written of it
	Lines        []LineState
	Waybill      string
	Parcels      []Parcel
	BackOrderFor int
	Shipped      bool
}

// LineState is an order line as it stands.
type LineState struct {
	ID              int
	Row, Article    string
	Ordered, Picked number.Decimal
	Reported        *number.Decimal // nil: never
	Parts           []LineState
}

// Orders returns all orders, in the order in which they were made.
func (g *GoodsOwner) Orders() []OrderState {
	defer g.lock()()
	var states []OrderState
	for _, id := range g.orderIDs {
		o := g.orders[id]
		states = append(states, OrderState{
			ID: o.id, Number: o.number(), Status: o.status, Body: clone(o.body), Lines: lineStates(o.lines), Waybill: o.waybill,
			Parcels: append([]Parcel(nil), o.parcels...), BackOrderFor: o.backOrderFor, Shipped: !o.shipped.IsZero(),
		})
	}
	return states
}

func lineStates(lines []*line) []LineState {
	var states []LineState
	for _, l := range lines {
		states = append(states, LineState{
			ID: l.id, Row: l.row, Article: l.article.number(), Ordered: l.ordered, Picked: l.picked, Reported: l.reported, Parts: lineStates(l.sub),
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
