package ongoing

import (
	"context"
	"net/http"

	"ongoing24so/shared/errclass"
)

// A Right is something that the API user must be allowed to do.
type Right struct{ method, route string }

// The rights that can be checked.
var (
	WriteArticles = Right{method: http.MethodPut, route: "/articles/{articleSystemId}"}
	WriteOrders   = Right{method: http.MethodPut, route: "/orders/{orderId}"}
	CancelOrders  = Right{method: http.MethodDelete, route: "/orders/{orderId}"}
	ReportOrders  = Right{
		method: http.MethodPatch, route: "/orders/{orderId}/setReportedNumberOfItemsToPickedNumberOfItems",
	}
)

// CheckRight makes a call of this kind about the record with the id 0, which does not exist, so that it changes
// nothing. It returns nil if the service answers that the record does not exist or that something is wrong with it:
// then it has let the user in. The vendor does not publish in which order it checks; assumed to be the usual one,
// rights before content.
func (c *Client) CheckRight(ctx context.Context, r Right) error {
	k := call{method: r.method, route: r.route, ids: []int{0}, checksRight: true}
	if r.method == http.MethodPut {
		k.body = struct {
			GoodsOwnerID GoodsOwnerID `json:"goodsOwnerId"`
		}{c.goodsOwner}
	}
	err := c.do(ctx, k)
	if errclass.Is(err, errclass.Rejected) {
		return nil
	}
	return err
}
