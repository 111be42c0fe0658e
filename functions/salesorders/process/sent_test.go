package process

import (
	"testing"

	"ongoing24so/shared/ongoing"
)

func TestSentByUs(t *testing.T) {
	t.Parallel()
	body := ongoing.OrderBody{GoodsOwnerOrderID: "40557", OrderLines: []ongoing.OrderLine{{RowNumber: "91822", ExternalID: "91822"}}}
	for reason, test := range map[string]struct {
		goodsOwnerOrderID string
		lines             []ongoing.Line
		want              bool
	}{
		"it names our order":                        {"40557", nil, true},
		"it names another order, whatever its rows": {"7", []ongoing.Line{{RowNumber: "91822"}}, false},
		"it names none, but has our row":            {"", []ongoing.Line{{RowNumber: "91822"}}, true},
		"it names none, but has our external id":    {"", []ongoing.Line{{RowNumber: "1", ExternalID: "91822"}}, true},
		"made by hand: rows are counted from one":   {"", []ongoing.Line{{RowNumber: "1"}, {RowNumber: "2"}}, false},
		"made by hand, without a row":               {"", nil, false},
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
