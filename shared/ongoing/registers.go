package ongoing

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"ongoing24so/shared/errclass"
)

// StatusCancelled is the number of a cancelled order. A warehouse can renumber its statuses; this one is assumed to be
// the same everywhere (the vendor's manual and every system seen have it).
const StatusCancelled = 1000

// StatusReturned is the number of an order that came back, in the vendor's standard statuses. A warehouse can
// renumber it.
const StatusReturned = 800

// OrderStatus is a status of orders. Texts are in the warehouse's language, and the warehouse can change the numbers:
// decide by number, and make the numbers a setting.
type OrderStatus struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
}

// WayOfDelivery is a delivery method of the goods owner.
type WayOfDelivery struct {
	ID   int    `json:"id"`
	Code string `json:"code"`
	Name string `json:"name"`
}

// TransporterContract is a carrier, with its services, that the goods owner can name in an order.
type TransporterContract struct {
	EDICode         string               `json:"ediCode"`
	TransporterName string               `json:"transporterName"`
	TransporterCode string               `json:"transporterCode"`
	Services        []TransporterService `json:"transporterServices"`
}

// TransporterService is a service of a carrier.
type TransporterService struct {
	Name string `json:"transporterServiceName"`
	Code string `json:"transporterServiceCode"`
}

// GoodsOwner is a goods owner that the API user can act for.
type GoodsOwner struct {
	ID       GoodsOwnerID `json:"goodsOwnerId"`
	Name     string       `json:"goodsOwnerName"`
	Training bool         `json:"isTrainingGoodsOwner"`
}

// OrderStatuses lists the warehouse's order statuses. It needs no goods owner, so it also checks a user's credentials.
//
// GET /orders/statuses in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) OrderStatuses(ctx context.Context) ([]OrderStatus, error) {
	read, err := get[struct {
		Statuses []OrderStatus `json:"orderStatuses"`
	}](ctx, c, call{method: http.MethodGet, route: "/orders/statuses"})
	return read.Statuses, err
}

// Check proves with one small call that the user can act for the goods owner. Its error names the settings and the
// secret if not. How the service refuses an unknown goods owner is not published, so any refusal of this call, which
// has nothing else to refuse, is about the settings.
//
// GET /articles in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) Check(ctx context.Context) error {
	k := call{method: http.MethodGet, route: "/articles", query: c.goodsOwnerQuery()}
	setInt(k.query, "maxArticlesToGet", 1)
	_, err := readPage(ctx, c, k, articleKind())
	if refused, ok := errors.AsType[*errclass.Error](err); ok && refused.Class == errclass.Rejected {
		return k.fail(errclass.Settings, err, "%s: ongoing.baseUrl must be the address of the warehouse's API, "+
			"such as https://api.ongoingsystems.se/acme/api/v1/, and ongoing.goodsOwnerId a goods owner there, not %d",
			refused.Message, c.goodsOwner)
	}
	return err
}

// WaysOfDelivery lists the goods owner's delivery methods.
//
// GET /orders/wayOfDeliveryTypes in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) WaysOfDelivery(ctx context.Context) ([]WayOfDelivery, error) {
	read, err := get[struct {
		Ways []WayOfDelivery `json:"wayOfDeliveryTypes"`
	}](ctx, c, call{method: http.MethodGet, route: "/orders/wayOfDeliveryTypes", query: c.goodsOwnerQuery()})
	return read.Ways, err
}

// TransporterContracts lists the carriers and services that an order can name.
//
// GET /transporterContracts in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) TransporterContracts(ctx context.Context) ([]TransporterContract, error) {
	k := call{method: http.MethodGet, route: "/transporterContracts", query: c.goodsOwnerQuery()}
	return get[[]TransporterContract](ctx, c, k)
}

// GoodsOwners lists the goods owners that the user can act for.
//
// GET /goodsOwners in https://developer.ongoingwarehouse.com/REST/v1/index.html
func (c *Client) GoodsOwners(ctx context.Context) ([]GoodsOwner, error) {
	read, err := get[struct {
		GoodsOwners []GoodsOwner `json:"goodsOwners"`
	}](ctx, c, call{method: http.MethodGet, route: "/goodsOwners"})
	return read.GoodsOwners, err
}

func (c *Client) goodsOwnerQuery() url.Values {
	q := url.Values{}
	setInt(q, "goodsOwnerId", c.goodsOwner)
	return q
}
