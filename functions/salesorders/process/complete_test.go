package process

import (
	"testing"

	"ongoing24so/shared/ongoing"
)

func TestOrderSentByUsIsRecognised(t *testing.T) {
	t.Parallel()
	body := ongoing.OrderBody{
		GoodsOwnerOrderID: "40557", OrderLines: []ongoing.OrderLine{{RowNumber: "91822", ExternalID: "91822"}},
	}
	for reason, test := range map[string]struct {
		goodsOwnerOrderID string
		lines             []ongoing.Line
		want              bool
	}{
		"it has our order id":                  {"40557", nil, true},
		"it has another order id, but our row": {"7", []ongoing.Line{{RowNumber: "91822"}}, false},
		"it has no order id, but our row":      {"", []ongoing.Line{{RowNumber: "91822"}}, true},
		"it has no order id, but our external id": {
			"", []ongoing.Line{{RowNumber: "1", ExternalID: "91822"}}, true,
		},
		"created by hand, with rows counted from one": {"", []ongoing.Line{{RowNumber: "1"}, {RowNumber: "2"}}, false},
		"created by hand, without a row":              {"", nil, false},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			live := ongoing.Order{Lines: test.lines, Info: ongoing.OrderInfo{GoodsOwnerOrderID: test.goodsOwnerOrderID}}
			if got := sentByUs(live, body); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
