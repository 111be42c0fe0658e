package ongoing

import (
	"context"
	"net/http"
	"net/url"
)

// OrderStatus is a status of orders. Texts are in the warehouse's language and numbers may be changed by it: decide by
// numbers, and let people choose which.
type OrderStatus struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
}

// WayOfDelivery is a way of delivery of the goods owner.
type WayOfDelivery struct {
	ID   int    `json:"id"`
	Code string `json:"code"`
	Name string `json:"name"`
}

// TransporterContract is a carrier that the goods owner may name in an order, with its services.
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

// GoodsOwner is a goods owner that the API user may act for.
type GoodsOwner struct {
	ID       GoodsOwnerID `json:"goodsOwnerId"`
	Name     string       `json:"goodsOwnerName"`
	Training bool         `json:"isTrainingGoodsOwner"`
}

// OrderStatuses lists the warehouse's order statuses. It needs no goods owner, so it also tells whether a user is accepted.
func (c *Client) OrderStatuses(ctx context.Context) ([]OrderStatus, error) {
	read, err := get[struct {
		Statuses []OrderStatus `json:"orderStatuses"`
	}](ctx, c, call{method: http.MethodGet, route: "/orders/statuses"})
	return read.Statuses, err
}

// WaysOfDelivery lists the goods owner's ways of delivery.
func (c *Client) WaysOfDelivery(ctx context.Context) ([]WayOfDelivery, error) {
	read, err := get[struct {
		Ways []WayOfDelivery `json:"wayOfDeliveryTypes"`
	}](ctx, c, call{method: http.MethodGet, route: "/orders/wayOfDeliveryTypes", query: c.owner()})
	return read.Ways, err
}

// TransporterContracts lists the carriers and services an order may name.
func (c *Client) TransporterContracts(ctx context.Context) ([]TransporterContract, error) {
	return get[[]TransporterContract](ctx, c, call{method: http.MethodGet, route: "/transporterContracts", query: c.owner()})
}

// GoodsOwners lists the goods owners the user may act for.
func (c *Client) GoodsOwners(ctx context.Context) ([]GoodsOwner, error) {
	read, err := get[struct {
		GoodsOwners []GoodsOwner `json:"goodsOwners"`
	}](ctx, c, call{method: http.MethodGet, route: "/goodsOwners"})
	return read.GoodsOwners, err
}

func (c *Client) owner() url.Values {
	q := url.Values{}
	setInt(q, "goodsOwnerId", c.goodsOwner)
	return q
}
