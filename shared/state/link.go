package state

import (
	"context"
	"iter"
	"time"

	"ongoing24so/shared/naming"
)

// An ArticleLink links a product of 24SevenOffice to its article in Ongoing WMS.
type ArticleLink struct {
	ProductID     int    `dynamodbav:"productId"`
	ArticleNumber string `dynamodbav:"articleNumber,omitempty"`
	// ArticleID is Ongoing's own id (articleSystemId).
	ArticleID int `dynamodbav:"articleId,omitempty"`
	// Fingerprint is the fingerprint of what was last written.
	Fingerprint string `dynamodbav:"fingerprint,omitempty"`
	// SupplierID is the product's supplier in 24SevenOffice. SupplierFingerprint is the fingerprint of what was last
	// written of the supplier.
	SupplierID          int    `dynamodbav:"supplierId,omitempty"`
	SupplierFingerprint string `dynamodbav:"supplierFingerprint,omitempty"`
	// StockWritten is the stock quantity last written to 24SevenOffice if that has kept another one, which is
	// StockKept: it keeps fewer decimal places. Both are decimals.
	StockWritten string `dynamodbav:"stockWritten,omitempty"`
	StockKept    string `dynamodbav:"stockKept,omitempty"`
	Version      int    `dynamodbav:"version,omitempty"`
	Past
}

// Articles returns the links of these products, as far as they exist.
func (p *Partition) Articles(ctx context.Context, ids []int) (map[int]ArticleLink, error) {
	found, err := links[ArticleLink](ctx, p, articleLinks, ids)
	for _, l := range found {
		p.remember(l)
	}
	return found, err
}

// EachArticle yields all article links of the customer, in no useful order. It ends after an error.
func (p *Partition) EachArticle(ctx context.Context) iter.Seq2[ArticleLink, error] {
	return eachLink[ArticleLink](ctx, p, articleLinks, false)
}

// AllArticles returns what Articles returns for all products with a link. It reads them in one query, which costs a
// small part of reading each.
func (p *Partition) AllArticles(ctx context.Context) (map[int]ArticleLink, error) {
	all := map[int]ArticleLink{}
	for l, err := range eachLink[ArticleLink](ctx, p, articleLinks, true) {
		if err != nil {
			return nil, err
		}
		p.remember(l)
		all[l.ProductID] = l
	}
	return all, nil
}

// PutArticle stores a link and sets its new Version, so that the caller can store it again. It returns ErrChanged if
// the stored link does not have the Version that was read, which is 0 for a link that did not exist. If the link names
// another article or supplier than before, what is indexed of it is stored first; see index.go.
func (p *Partition) PutArticle(ctx context.Context, l *ArticleLink) error {
	if err := p.index(ctx, *l); err != nil {
		return err
	}
	err := p.putVersion(ctx, linkRecord(articlePrefix, l.ProductID), l, &l.Version)
	if err == nil {
		p.remember(*l)
	}
	return err
}

// DeleteArticle deletes a link. It returns ErrChanged if the link was written since it was read, and nil if it does not
// exist any more.
func (p *Partition) DeleteArticle(ctx context.Context, l ArticleLink) error {
	return p.deleteVersion(ctx, linkRecord(articlePrefix, l.ProductID), l.Version)
}

// HasLinks reports whether there is a link of the records that a process reads. After a move it looks at the first ones
// only, most of which can be of another binding.
func (p *Partition) HasLinks(ctx context.Context, process naming.Process) (bool, error) {
	prefix := map[naming.Process]string{
		naming.Articles: articlePrefix, naming.Stock: articlePrefix, naming.Suppliers: supplierPrefix,
		naming.SalesOrders: orderPrefix, naming.Shipments: orderPrefix,
	}[process]
	const first = maxBatchKeys
	n := 0
	for it, err := range p.queryInPages(ctx, prefix, first) {
		if err != nil || !p.isForeign(it) {
			return err == nil, err
		}
		if n++; n == first {
			break
		}
	}
	return false, nil
}

// An OrderLink links an order of 24SevenOffice to its order in Ongoing WMS and says how far it has got. Each step is
// stored after it was done, except the two that create something: the order number is stored before the order is sent,
// and the intent to make a rest order before it is made. However the run ends, both are recognised as ours.
type OrderLink struct {
	OrderID int `dynamodbav:"orderId"`
	// OrderNumber is Ongoing's order number, stored before the order is first sent. OngoingID is Ongoing's own id
	// (orderId there), 0 until the order is known to exist in Ongoing.
	OrderNumber string `dynamodbav:"orderNumber,omitempty"`
	OngoingID   int    `dynamodbav:"ongoingId,omitempty"`
	// Fingerprint is the fingerprint of what was last sent.
	Fingerprint string `dynamodbav:"fingerprint,omitempty"`
	// DeliveryDate is the date that was sent for an order without one, so that every run sends the same date.
	DeliveryDate string `dynamodbav:"deliveryDate,omitempty"`
	// Status is the status last set in 24SevenOffice, at StatusSetAt.
	Status     string    `dynamodbav:"status,omitempty"`
	ImportedAt time.Time `dynamodbav:"importedAt,omitempty"`
	// SentAt is when the order was last sent, or found in Ongoing as it would be sent. Links that older versions have
	// stored lack it.
	SentAt      time.Time `dynamodbav:"sentAt,omitempty"`
	StatusSetAt time.Time `dynamodbav:"statusSetAt,omitempty"`
	CancelledAt time.Time `dynamodbav:"cancelledAt,omitempty"`
	ShippedAt   time.Time `dynamodbav:"shippedAt,omitempty"`
	// DeliveredAt is when the order was first seen delivered or invoiced in 24SevenOffice without a booking of ours.
	DeliveredAt time.Time `dynamodbav:"deliveredAt,omitempty"`
	// MissingSince is when the order was first not found in 24SevenOffice.
	MissingSince time.Time `dynamodbav:"missingSince,omitempty"`
	// Booked is what was booked as delivered in 24SevenOffice: Ongoing's order line id → quantity, a decimal. It is
	// stored after the booking and before the report to Ongoing.
	Booked    map[string]string `dynamodbav:"booked,omitempty"`
	RestOrder *RestOrder        `dynamodbav:"restOrder,omitempty"`
	// Waybills are the waybill and tracking numbers that were already written to the order.
	Waybills []string `dynamodbav:"waybills,omitempty"`
	// RestOf is the order whose rest order this is.
	RestOf int `dynamodbav:"restOf,omitempty"`
	// Total is the order's total with VAT, a decimal, when it was last sent, and Currency its symbol. Both are empty if
	// 24SevenOffice does not give them; links that older versions have stored lack them.
	Total    string `dynamodbav:"total,omitempty"`
	Currency string `dynamodbav:"currency,omitempty"`
	// Indexed means that the order is in the index of open orders. It belongs to this package.
	Indexed bool `dynamodbav:"indexed,omitempty"`
	Version int  `dynamodbav:"version,omitempty"`
	Past
}

// A RestOrder is the order for what an order did not deliver, made or about to be made. It is stored without OrderID
// before the order is created. After a crash the next run looks for an order with the mark before it creates one.
type RestOrder struct {
	// Mark is a text in the new order by which it is recognised.
	Mark       string    `dynamodbav:"mark"`
	IntendedAt time.Time `dynamodbav:"intendedAt,omitempty"`
	// OrderID is the id of the new order, 0 until the order is known to exist.
	OrderID int        `dynamodbav:"orderId,omitempty"`
	Lines   []RestLine `dynamodbav:"lines,omitempty"`
}

// A RestLine says how one row of the order is split. Both quantities are absolute, so an interrupted split can be
// repeated.
type RestLine struct {
	RowID int `dynamodbav:"rowId"`
	// ProductID is the row's product when the order was split. The row can be gone from the order since.
	ProductID int `dynamodbav:"productId,omitempty"`
	// Delivered stays in the order, Remaining goes to the rest order. Both are decimals.
	Delivered string `dynamodbav:"delivered"`
	Remaining string `dynamodbav:"remaining"`
	// InRest is what the rest order had of the row when it was made or last reduced, a decimal; empty if that is not
	// known.
	InRest string `dynamodbav:"inRest,omitempty"`
}

// Orders returns the links of these orders, as far as they exist.
func (p *Partition) Orders(ctx context.Context, ids []int) (map[int]OrderLink, error) {
	return links[OrderLink](ctx, p, orderLinks, ids)
}

// EachOrder yields all order links of the customer, in no useful order. It ends after an error.
func (p *Partition) EachOrder(ctx context.Context) iter.Seq2[OrderLink, error] {
	return eachLink[OrderLink](ctx, p, orderLinks, false)
}

// A SupplierLink says what was last written of a supplier to Ongoing WMS. Ongoing has no register of suppliers: their
// data is part of articles.
type SupplierLink struct {
	CompanyID int `dynamodbav:"companyId"`
	// Fingerprint is that of what was written, as far as it is still known to be in Ongoing. After a move it is empty:
	// another company on the same goods owner can have written a supplier with the same number since, and Ongoing does
	// not show what it has. BoundAt is since when the customer was bound then.
	Fingerprint string    `dynamodbav:"fingerprint,omitempty"`
	BoundAt     time.Time `dynamodbav:"boundAt,omitempty"`
	// ChangedAt is when the company that was written had last changed, by 24SevenOffice. It is zero in links of
	// versions before 1.4.0.
	ChangedAt time.Time `dynamodbav:"changedAt,omitempty"`
	// ArticleProductID is the product through whose article the supplier was written.
	ArticleProductID int `dynamodbav:"articleProductId,omitempty"`
	// Waiting means that the supplier has no article yet. It is written as soon as it has one.
	Waiting bool `dynamodbav:"waiting,omitempty"`
	Version int  `dynamodbav:"version,omitempty"`
	Past
}

// Suppliers returns the links of these companies, as far as they exist.
func (p *Partition) Suppliers(ctx context.Context, ids []int) (map[int]SupplierLink, error) {
	found, err := links[SupplierLink](ctx, p, supplierLinks, ids)
	for id, l := range found {
		found[id] = p.sinceMove(l)
	}
	return found, err
}

// sinceMove takes the fingerprint out of a link that was stored before the last move. A link of an older version does
// not say when that was; if the id has links under other bindings, the customer has moved.
func (p *Partition) sinceMove(l SupplierLink) SupplierLink {
	b, bound := p.Binding()
	moved := formatTime(l.BoundAt) != formatTime(b.BoundAt)
	if l.BoundAt.IsZero() {
		moved = len(l.earlier()) > 0
	}
	if bound && moved {
		l.Fingerprint = ""
	}
	return l
}

// EachSupplier yields all supplier links of the customer, in no useful order. It ends after an error.
func (p *Partition) EachSupplier(ctx context.Context) iter.Seq2[SupplierLink, error] {
	return func(yield func(SupplierLink, error) bool) {
		for l, err := range eachLink[SupplierLink](ctx, p, supplierLinks, false) {
			if !yield(p.sinceMove(l), err) {
				return
			}
		}
	}
}

// PutSupplier stores a link under the same condition as PutArticle. That a supplier waits is indexed first.
func (p *Partition) PutSupplier(ctx context.Context, l *SupplierLink) error {
	if l.Waiting {
		todo, err := p.encodeIndex(todoRecord(l.CompanyID, todoWaits), indexRecord{})
		if err == nil {
			err = p.putItem(ctx, todo, condition{}, nil)
		}
		if err != nil {
			return err
		}
	}
	b, _ := p.Binding()
	l.BoundAt = b.BoundAt
	return p.putVersion(ctx, linkRecord(supplierPrefix, l.CompanyID), l, &l.Version)
}
