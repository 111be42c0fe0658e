package cases_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
	"ongoing24so/shared/testenv/harness"
)

// Ongoing refuses a carrier that many orders have, and locks out callers after five refusals in a row.
func TestRefusedOrdersDoNotDelayTheOthers(t *testing.T) {
	t.Parallel()
	methods := map[string]any{
		"1": map[string]any{"transporterCode": "UKJENT", "transporterServiceCode": "P19"},
		"2": map[string]any{"transporterCode": "PLAB", "transporterServiceCode": "P19"},
	}
	for name, carriers := range map[string]string{ // a digit is the delivery method of ten orders, + is one good order
		"in front":       "111111+",
		"on both sides":  "111+111",
		"among the good": "11++11+",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{harness.NewWith(t, testenv.Options{Ongoing: ongoingtest.Options{FailureLimit: 5}},
				map[string]any{"salesOrders": map[string]any{"deliveryMethods": methods}}), t}
			kettle := w.product("KJELE-1", "1000")
			w.tick()
			var good []string
			for _, c := range carriers {
				for range map[rune]int{'1': 10, '+': 1}[c] {
					id := w.order(map[office24.ProductID]string{kettle: "1"})
					method := &office24.DeliveryMethod{ID: 1, Description: "Ukjent"}
					if c == '+' {
						method = &office24.DeliveryMethod{ID: 2, Description: "Pakke"}
						good = append(good, fmt.Sprint(id))
					} else {
						w.Ongoing.Fault(ongoingtest.Fault{
							Op: "PUT /orders", Key: fmt.Sprint(id), Times: -1, Kind: ongoingtest.Status,
							Status: http.StatusBadRequest, Body: `{"message": "Unknown transporter 'UKJENT'"}`,
						})
					}
					w.Company.EditOrder(id, func(o *office24.Order) { o.DeliveryMethod = method })
				}
			}
			row := w.tick()[naming.SalesOrders]
			if row.Outcome != runner.Partial || row.Written != len(good) || strings.Contains(row.Reason, "429") {
				t.Errorf("got %+v", row)
			}
			var sent []string
			for _, o := range w.GoodsOwner.Orders() {
				sent = append(sent, o.Number)
			}
			if slices.Sort(sent); !slices.Equal(sent, good) {
				t.Errorf("sent %v; want %v", sent, good)
			}
		})
	}
}

// What waits at go-live is more than one part of a plan.
func TestGoLiveIsDoneInOneInvocation(t *testing.T) {
	t.Parallel()
	const products, orders = 600, 1_100
	w := newWorld(t, nil)
	var some []office24.ProductID
	for n := range products {
		some = append(some, w.product(fmt.Sprintf("VARE-%04d", n), "10"))
	}
	for n := range orders {
		w.order(map[office24.ProductID]string{some[n%products]: "1"})
	}
	first := w.tick()
	for process, want := range map[naming.Process]int{naming.Articles: products, naming.SalesOrders: orders} {
		row := first[process]
		if row.Outcome != runner.OK || row.Read != want || row.Written != want || row.Planned != want {
			t.Errorf("%s: %+v", process, row)
		}
		if w.Record("cursor#"+string(process)) == nil {
			t.Errorf("%s: the cursor has not moved", process)
		}
	}
	if n := len(w.GoodsOwner.Orders()); n != orders {
		t.Errorf("%d orders in Ongoing; want %d", n, orders)
	}
	second := w.tick()
	for _, process := range []naming.Process{naming.Articles, naming.SalesOrders} {
		if row := second[process]; row.Outcome != runner.OK || row.Written != 0 {
			t.Errorf("%s: %+v", process, row)
		}
	}
}

// Each failure record takes a quarter of a second of an invocation of five minutes.
func TestRefusingManyProductsRespectsTheTime(t *testing.T) {
	t.Parallel()
	const products = 1_500
	w := newWorld(t, nil)
	for n := range products {
		w.Company.AddProduct(office24.Product{Name: fmt.Sprint("Vare ", n)}) // without a number
	}
	w.DynamoDB.Inject(dynamodbtest.Fault{
		Operation: "PutItem", Key: w.ID + "/failure#", Times: -1,
		Before: func(dynamodbtest.Request) { w.Clock.Forward(time.Second / 4) },
	})
	rowOf := func() runner.Row {
		started := w.Clock.Now()
		ctx, cancel := context.WithDeadline(t.Context(), started.Add(5*time.Minute))
		defer cancel()
		res, err := harness.Invoke(ctx, w.Harness, functions[naming.Articles], map[string]any{})
		must(t, err)
		if w.Clock.Now().Sub(started) >= 5*time.Minute {
			t.Error("the run took longer than its invocation")
		}
		return res.Customers[0]
	}
	row := rowOf()
	if row.Outcome != runner.Partial || row.Failed == 0 || row.Failed >= products ||
		!strings.Contains(row.Reason, "first in line next time") || w.Record("cursor#articles") != nil {
		t.Errorf("%d of %d kept, cursor %v: %s", row.Failed, products, w.Record("cursor#articles"), row.Reason)
	}
	if row = rowOf(); row.Failed != products || w.Record("cursor#articles") == nil {
		t.Errorf("in the end %d of %d kept, cursor %v", row.Failed, products, w.Record("cursor#articles"))
	}
}
