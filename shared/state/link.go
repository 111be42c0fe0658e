package state

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"ongoing24so/shared/naming"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// An ArticleLink ties a product of 24SevenOffice to its article in Ongoing WMS.
type ArticleLink struct {
	ProductID     int    `dynamodbav:"productId"`
	ArticleNumber string `dynamodbav:"articleNumber,omitempty"`
	// ArticleID is Ongoing's own id (articleSystemId).
	ArticleID int `dynamodbav:"articleId,omitempty"`
	// Fingerprint is that of what was last written.
	Fingerprint string `dynamodbav:"fingerprint,omitempty"`
	// SupplierID is the product's supplier in 24SevenOffice, SupplierFingerprint that of what was last written of it.
	SupplierID          int    `dynamodbav:"supplierId,omitempty"`
	SupplierFingerprint string `dynamodbav:"supplierFingerprint,omitempty"`
	Version             int    `dynamodbav:"version,omitempty"`
}

// Articles returns the links of these products that there are.
func (c *Partition) Articles(ctx context.Context, ids []int) (map[int]ArticleLink, error) {
	return links[ArticleLink](ctx, c, articlePrefix, ids)
}

// EachArticle yields all links of the customer's articles, in no useful order. It ends after an error.
func (c *Partition) EachArticle(ctx context.Context) iter.Seq2[ArticleLink, error] {
	return eachLink[ArticleLink](ctx, c, articlePrefix)
}

// PutArticle stores a link, if it stands as it was read (Version 0: if there is none), else ErrChanged. It gives the
// link its new Version, so that it can be written again.
func (c *Partition) PutArticle(ctx context.Context, l *ArticleLink) error {
	return c.putVersion(ctx, linkRecord(articlePrefix, l.ProductID), l, &l.Version)
}

// DeleteArticle removes a link, if it stands as it was read, else ErrChanged. One that is gone already is no error.
func (c *Partition) DeleteArticle(ctx context.Context, l ArticleLink) error {
	return c.deleteVersion(ctx, linkRecord(articlePrefix, l.ProductID), l.Version)
}

// An OrderLink ties an order of 24SevenOffice to its order in Ongoing WMS and says how far it got. Each step is
// written down after it was done, but for the two that make something: the order's number is stored before the order is
// sent, and the intent to make a rest order before it is made. Whatever becomes of the run, both are known for ours.
type OrderLink struct {
	OrderID int `dynamodbav:"orderId"`
	// OrderNumber is Ongoing's order number, stored before the order is sent for the first time. OngoingID is Ongoing's
	// own id (orderId there), 0 as long as it is not known whether the order stands there.
	OrderNumber string `dynamodbav:"orderNumber,omitempty"`
	OngoingID   int    `dynamodbav:"ongoingId,omitempty"`
	// Fingerprint is that of what was last sent.
	Fingerprint string `dynamodbav:"fingerprint,omitempty"`
	// DeliveryDate is the date that was sent where the order has none of its own: the same in every run.
	DeliveryDate string `dynamodbav:"deliveryDate,omitempty"`
	// Status is the status last set in 24SevenOffice, at StatusSetAt.
	Status      string    `dynamodbav:"status,omitempty"`
	ImportedAt  time.Time `dynamodbav:"importedAt,omitempty"`
	StatusSetAt time.Time `dynamodbav:"statusSetAt,omitempty"`
	CancelledAt time.Time `dynamodbav:"cancelledAt,omitempty"`
	ShippedAt   time.Time `dynamodbav:"shippedAt,omitempty"`
	// MissingSince: since then the order has not been found in 24SevenOffice.
	MissingSince time.Time `dynamodbav:"missingSince,omitempty"`
	// Booked is what 24SevenOffice has been told was delivered: Ongoing's order line id → quantity, a decimal. It is
	// written after the booking and before the report to Ongoing.
	Booked    map[string]string `dynamodbav:"booked,omitempty"`
	RestOrder *RestOrder        `dynamodbav:"restOrder,omitempty"`
	// Waybills are the waybill and tracking numbers written to the order already.
	Waybills []string `dynamodbav:"waybills,omitempty"`
	Version  int      `dynamodbav:"version,omitempty"`
}

// A RestOrder is the order made, or about to be made, for what an order did not deliver. It is stored without OrderID
// before the order is created: on the way back from a crash the order is looked for by its mark before it is made.
type RestOrder struct {
	// Mark is the text in the new order by which it is found again.
	Mark       string    `dynamodbav:"mark"`
	IntendedAt time.Time `dynamodbav:"intendedAt,omitempty"`
	// OrderID is the new order's; 0 as long as it is not known to exist.
	OrderID int        `dynamodbav:"orderId,omitempty"`
	Lines   []RestLine `dynamodbav:"lines,omitempty"`
}

// A RestLine says how one row of the order is split. Both quantities are absolute, so that a half done split can be
// done again.
type RestLine struct {
	RowID int `dynamodbav:"rowId"`
	// Delivered stays in the order, Remaining goes into the rest order; decimals.
	Delivered string `dynamodbav:"delivered"`
	Remaining string `dynamodbav:"remaining"`
}

// Orders returns the links of these orders that there are.
func (c *Partition) Orders(ctx context.Context, ids []int) (map[int]OrderLink, error) {
	return links[OrderLink](ctx, c, orderPrefix, ids)
}

// EachOrder yields all links of the customer's orders, in no useful order. It ends after an error.
func (c *Partition) EachOrder(ctx context.Context) iter.Seq2[OrderLink, error] {
	return eachLink[OrderLink](ctx, c, orderPrefix)
}

// PutOrder stores a link under the rule of PutArticle.
func (c *Partition) PutOrder(ctx context.Context, l *OrderLink) error {
	return c.putVersion(ctx, linkRecord(orderPrefix, l.OrderID), l, &l.Version)
}

// A SupplierLink says what Ongoing WMS was last told of a supplier. It has no register of suppliers: their data ride
// on the articles.
type SupplierLink struct {
	CompanyID   int    `dynamodbav:"companyId"`
	Fingerprint string `dynamodbav:"fingerprint,omitempty"`
	// ArticleProductID is the product through whose article it was written.
	ArticleProductID int `dynamodbav:"articleProductId,omitempty"`
	// Waiting: the supplier has no article yet and goes out when it gets one.
	Waiting bool `dynamodbav:"waiting,omitempty"`
	Version int  `dynamodbav:"version,omitempty"`
}

// Suppliers returns the links of these companies that there are.
func (c *Partition) Suppliers(ctx context.Context, ids []int) (map[int]SupplierLink, error) {
	return links[SupplierLink](ctx, c, supplierPrefix, ids)
}

// EachSupplier yields all links of the customer's suppliers, in no useful order. It ends after an error.
func (c *Partition) EachSupplier(ctx context.Context) iter.Seq2[SupplierLink, error] {
	return eachLink[SupplierLink](ctx, c, supplierPrefix)
}

// PutSupplier stores a link under the rule of PutArticle.
func (c *Partition) PutSupplier(ctx context.Context, l *SupplierLink) error {
	return c.putVersion(ctx, linkRecord(supplierPrefix, l.CompanyID), l, &l.Version)
}

func links[L any](ctx context.Context, c *Partition, prefix string, ids []int) (map[int]L, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids))) // DynamoDB refuses a batch that names a key twice
	keys := make([]item, len(ids))
	for i, id := range ids {
		keys[i] = key(c.id, linkRecord(prefix, id))
	}
	items, err := c.s.batchGet(ctx, prefix, keys)
	if err != nil {
		return nil, err
	}
	found := make(map[int]L, len(items))
	for _, it := range items {
		var l L
		if err := decode(it, &l); err != nil {
			return nil, err
		}
		found[linkID(prefix, textOf(it[naming.SortKey]))] = l
	}
	return found, nil
}

func eachLink[L any](ctx context.Context, c *Partition, prefix string) iter.Seq2[L, error] {
	return func(yield func(L, error) bool) {
		for it, err := range c.query(ctx, prefix) {
			var l L
			if err == nil {
				err = decode(it, &l)
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}

const versionName = "version"

// putVersion writes a record if its version is still the one that was read. The next version is the clock's, at least
// one more: a record that was deleted and made again does not come to a version it had before.
func (c *Partition) putVersion(ctx context.Context, record string, v any, version *int) error {
	read := *version
	*version = max(read+1, int(c.s.now().UnixMilli()))
	err := c.put(ctx, record, v, stands(read), ErrChanged)
	if err != nil {
		*version = read
	}
	return err
}

// deleteVersion removes a record if its version is still the one that was read. One that is gone is no error: it may
// have been our own request, its answer lost, repeated by the SDK.
func (c *Partition) deleteVersion(ctx context.Context, record string, version int) error {
	when := stands(version)
	when.names["#record"] = naming.SortKey
	expression := "attribute_not_exists(#record) OR " + when.expression
	_, err := c.s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &c.s.table, Key: key(c.id, record), ConditionExpression: &expression,
		ExpressionAttributeNames: when.names, ExpressionAttributeValues: when.values,
	})
	switch {
	case conditionFailed(err):
		return conflict("state: DeleteItem "+record, ErrChanged)
	case err != nil:
		return failed("state: DeleteItem "+record, err)
	}
	return nil
}

// stands is the condition that a record still has a version; 0: that there is no such record.
func stands(version int) condition {
	if version == 0 {
		return condition{expression: "attribute_not_exists(#record)", names: map[string]string{"#record": naming.SortKey}}
	}
	return condition{
		expression: "#version = :version", names: map[string]string{"#version": versionName},
		values: item{":version": &types.AttributeValueMemberN{Value: strconv.Itoa(version)}},
	}
}
