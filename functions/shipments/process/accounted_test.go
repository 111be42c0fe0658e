package process

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/harness"
)

// addRow adds a row to an order in 24SevenOffice that does not reach Ongoing, and returns its id.
func (w *world) addRow(id office24.OrderID, product office24.ProductID, quantity string) office24.RowID {
	w.t.Helper()
	w.Company.EditOrder(id, func(o *office24.Order) {
		row := office24.Row{ProductID: product, Quantity: harness.Dec(quantity), Price: harness.Dec("5")}
		o.Rows = append(o.Rows, row)
	})
	rows := w.erpOrder(id).Rows
	return rows[len(rows)-1].ID
}

func (w *world) removeLine(id office24.OrderID, row int) {
	w.t.Helper()
	w.must(w.GoodsOwner.RemoveLine(key(id), w.warehouseOrder(id).Lines[row].Row))
}

func TestRowWithoutLineIsNotDelivered(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		lose func(w *world, id office24.OrderID)
	}{
		{"added too late", func(w *world, id office24.OrderID) { w.addRow(id, w.products[1], "4") }},
		{"its line was removed", func(w *world, id office24.OrderID) {
			w.Company.EditOrder(id, func(o *office24.Order) { o.Rows[1].Quantity = harness.Dec("4") })
			w.removeLine(id, 1)
		}},
	}
	for _, test := range tests {
		for _, restOrders := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, rest orders %v", test.name, restOrders), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, map[string]any{"restOrders": restOrders})
				ordered := "10"
				if test.name != "added too late" {
					ordered = "10 4"
				}
				id := w.order(ordered)
				w.setWarehouseStatus(id, 320)
				test.lose(w, id)
				w.ship(id, 450, "")
				w.runOK()
				want := wantOrder{
					status: office24.StatusSent, rows: "ART-1:10 ART-2:4", reported: "10", rests: []string{},
				}
				if restOrders {
					want.rows, want.rests = "ART-1:10", []string{"ART-2:4"}
				}
				w.wantNote("0 of 4 on row")
				w.wantNote("which has no line in Ongoing")
				w.wantOrder(id, want)
				w.laterRunWritesNothing()
			})
		}
	}
}

// The vendor's samples have lines that name their article by the number alone. It is then the row's number, or the one
// that we have sent.
func TestLineThatNamesItsArticleByNumberAloneIsThatOfItsRow(t *testing.T) {
	t.Parallel()
	ids := regexp.MustCompile(`"articleSystemId":\d+|"productCode":"\d+"`)
	for _, number := range []string{"<ProductNo>ART-1</ProductNo>", "<ProductNo>NEW-1</ProductNo>"} {
		w := newWorld(t, nil)
		id := w.shipped("10 3", "8 3")
		w.Intercept(func(r *http.Request, answer string) string {
			if strings.Contains(r.URL.Path, "/orders") {
				answer = ids.ReplaceAllString(answer, `"articleKind":null`)
			}
			return strings.ReplaceAll(answer, "<ProductNo>ART-1</ProductNo>", number)
		})
		w.runOK()
		w.wantOrder(id, wantOrder{status: office24.StatusSent, reported: "8 3"})
	}
}

// Staff have picked a line that need not be picked, because its product had no stock control when it was sent.
func TestPickOfAServiceIsAPick(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	o := w.newOrder("3")
	o.Rows[0].ProductID = w.addService()
	id := w.importOrder(o)
	w.must(w.GoodsOwner.SetStock("FRAKT", number.FromInt(3)))
	w.addRow(id, w.products[1], "4")
	w.ship(id, 450, "3")
	w.runOK()
	w.wantNote("0 of 4 on row")
	w.wantOrder(id, wantOrder{
		status: office24.StatusSent, rows: "FRAKT:3 ART-2:4", reported: "3", rests: []string{},
	})
	w.laterRunWritesNothing()
}

func TestServicesTextsAndEmptyRowsNeedNoLine(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.order("10")
	w.addRow(id, w.addService(), "1")
	w.addRow(id, w.products[1], "0")
	w.Company.EditOrder(id, func(o *office24.Order) {
		o.Rows = append(o.Rows, office24.Row{Type: office24.RowText, Name: "Takk"})
	})
	before := len(w.erpOrder(id).Rows)
	w.ship(id, 450, "")
	w.runOK()
	w.wantOrder(id, wantOrder{status: office24.StatusSent, rests: []string{}})
	if got := len(w.erpOrder(id).Rows); got != before {
		t.Errorf("got %d rows, want all %d", got, before)
	}
}

// A person who adds a row to an order that is Sent means it as it is.
func TestRowAddedAfterBookingIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.booked("10 3", "8 3")
	w.addRow(id, w.products[2], "5")
	w.pick(id, 0, "1")
	w.runOK()
	w.wantOrder(id, wantOrder{rows: "ART-1:9 ART-2:3 ART-3:5", rests: []string{"ART-1:1"}})
}

// The rest order has two rows of one product, one of them without a line; more is picked of the other.
func TestRowWithoutLineStaysInRestOrderWhenMoreIsPicked(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.order("10")
	w.addRow(id, w.products[0], "4")
	w.Company.EditOrder(id, func(o *office24.Order) { o.Rows[1].Price = o.Rows[0].Price })
	w.ship(id, 450, "8")
	w.runOK()
	w.wantOrder(id, wantOrder{rows: "ART-1:8", rests: []string{"ART-1:2 ART-1:4"}})
	w.pick(id, 0, "2")
	w.runOK()
	total := number.Decimal{}
	for _, r := range w.restOrders()[0].Rows {
		total = total.Add(*r.Quantity)
	}
	if total.String() != "4" {
		t.Errorf("rest order: got %s, want 4", total)
	}
	w.wantOrder(id, wantOrder{rows: "ART-1:10"})
	w.laterRunWritesNothing()
}

// Staff removed the line of a row and added the article again, with a number of their own.
func TestLineAddedByStaffCountsForTheRowOfItsProduct(t *testing.T) {
	t.Parallel()
	w := newRestWorld(t)
	id := w.order("10 3")
	w.removeLine(id, 1)
	w.must(w.GoodsOwner.AddLine(key(id), ongoingtest.NewLine{Row: "2", Article: "ART-2", Quantity: number.FromInt(3)}))
	w.must(w.GoodsOwner.AddLine(key(id), ongoingtest.NewLine{Row: "A", Article: "ART-3", Quantity: number.FromInt(1)}))
	w.ship(id, 450, "")
	w.runOK()
	w.wantOrder(id, wantOrder{
		status: office24.StatusSent, rows: "ART-1:10 ART-2:3", reported: "10 3 1", rests: []string{},
	})
	w.wantNote(`1 of article "ART-3", which is in no row`)
}

func TestOrderWithAllLinesRemovedIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.order("3")
	w.removeLine(id, 0)
	w.setWarehouseStatus(id, 450)
	w.runHolds("nothing of it was picked")
}

func TestRowWithAnotherProductThanItsLineIsHeld(t *testing.T) {
	t.Parallel()
	tests := map[string]func(w *world, id office24.OrderID){
		"exchanged in 24SevenOffice": func(w *world, id office24.OrderID) {
			w.Company.EditOrder(id, func(o *office24.Order) { o.Rows[0].ProductID = w.products[1] })
		},
		"exchanged by the warehouse": func(w *world, id office24.OrderID) {
			w.must(w.GoodsOwner.ExchangeArticle(key(id), w.warehouseOrder(id).Lines[0].Row, "ART-2"))
		},
		"exchanged for a service": func(w *world, id office24.OrderID) {
			service := w.addService()
			w.Company.EditOrder(id, func(o *office24.Order) { o.Rows[0].ProductID = service })
		},
	}
	for name, exchange := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newRestWorld(t)
			id := w.order("3")
			exchange(w, id)
			w.ship(id, 450, "")
			w.runHolds("give the row the product that was delivered")
			w.wantOrder(id, wantOrder{status: office24.StatusConfirmed, reported: "-", rests: []string{}})
			w.Company.SetStatus(id, office24.StatusSent)
			w.Clock.Forward(time.Hour)
			w.runOK()
			w.wantOrder(id, wantOrder{reported: "3"})
		})
	}
}

// The article's code is another system's, so the link says whose it is; or the product's number has changed since.
func TestArticleWithAnotherCodeOrNumberIsStillTheRows(t *testing.T) {
	t.Parallel()
	tests := map[string]func(w *world){
		"another code":   func(w *world) { w.must(w.GoodsOwner.SetProductCode("ART-1", "7090000000017")) },
		"no code":        func(w *world) { w.must(w.GoodsOwner.SetProductCode("ART-1", "")) },
		"another number": func(w *world) { w.must(w.GoodsOwner.RenumberArticle("ART-1", "ART-9")) },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newRestWorld(t)
			id := w.shipped("3", "")
			change(w)
			w.runOK()
			w.wantOrder(id, wantOrder{status: office24.StatusSent, reported: "3", rests: []string{}})
		})
	}
}

func TestOrderThatIsReturnedOrCancelledBeforeItIsBookedIsHeldUntilSettled(t *testing.T) {
	t.Parallel()
	settle := map[string]func(w *world, id office24.OrderID){
		"Inactive": func(w *world, id office24.OrderID) { w.Company.SetStatus(id, office24.StatusInactive) },
		"Sent":     func(w *world, id office24.OrderID) { w.Company.SetStatus(id, office24.StatusSent) },
		"Invoiced": func(w *world, id office24.OrderID) { w.Company.SetStatus(id, office24.StatusInvoiced) },
		"deleted":  func(w *world, id office24.OrderID) { w.Company.DeleteOrder(id) },
		"on the way": func(w *world, id office24.OrderID) {
			w.setWarehouseStatus(id, 400)
		},
	}
	statuses := map[string]func(w *world, id office24.OrderID){
		`returned in Ongoing (status 800 "Retur")`: func(w *world, id office24.OrderID) {
			w.must(w.GoodsOwner.ReturnOrder(key(id)))
		},
		`cancelled in Ongoing (status 1000 "Annullert")`: func(w *world, id office24.OrderID) {
			w.must(w.GoodsOwner.CancelOrder(key(id)))
		},
		`has status 425 "Status 425"`: func(w *world, id office24.OrderID) { w.setWarehouseStatus(id, 425) },
		`has status 900 "Status 900"`: func(w *world, id office24.OrderID) { w.setWarehouseStatus(id, 900) },
	}
	for reason, stray := range statuses {
		for name, settle := range settle {
			t.Run(reason+", "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, nil)
				w.booked("1", "") // 24SevenOffice has other orders, too
				id := w.order("3")
				w.runOK()
				w.ship(id, 450, "")
				w.Clock.Forward(15 * time.Minute)
				stray(w, id)
				w.runHolds(reason)
				for range 3 {
					w.Clock.Forward(2 * time.Hour)
					w.runHolds(reason)
				}
				failure := "failure#shipments#" + key(id)
				if w.Record(failure) == nil {
					t.Fatal("there is no failure record")
				}
				w.wantOrder(id, wantOrder{status: office24.StatusConfirmed, reported: "-"})
				settle(w, id)
				w.Clock.Forward(2 * time.Hour)
				if row := w.run(nil); row.Held != 0 || w.Record(failure) != nil {
					t.Errorf("settled: got %+v, and record %v", row, w.Record(failure))
				}
			})
		}
	}
}

func TestStrayedOrderIsFoundByAFullRunAndByKey(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]map[string]any{
		"full": {"full": true}, "by key": {"keys": []string{"40001"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]any{"enabled": false})
			id := w.shipped("3", "")
			w.must(w.GoodsOwner.ReturnOrder(key(id)))
			w.Clock.Forward(60 * 24 * time.Hour)
			w.setShipments(map[string]any{"enabled": true})
			if row := w.run(event); row.Outcome != runner.Partial || row.Held != 1 {
				t.Errorf("got %+v, want one held", row)
			}
		})
	}
}

// Without another order that is found, an order that is not found is not deleted.
func TestStrayedOrderStaysHeldWhile24SevenOfficeFindsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.shipped("3", "")
	w.must(w.GoodsOwner.ReturnOrder(key(id)))
	w.Company.DeleteOrder(id)
	w.runHolds("returned in Ongoing")
	w.Clock.Forward(time.Hour)
	w.runHolds("returned in Ongoing")
	w.order("1")
	w.Clock.Forward(time.Hour)
	w.runOK()
}

func TestStrayedOrdersThatAreNotShipmentsMatter(t *testing.T) {
	t.Parallel()
	tests := map[string]func(w *world) office24.OrderID{
		"cancelled before a pick": func(w *world) office24.OrderID {
			id := w.order("3")
			w.must(w.GoodsOwner.CancelOrder(key(id)))
			return id
		},
		"returned after it was booked": func(w *world) office24.OrderID {
			id := w.booked("3", "")
			w.must(w.GoodsOwner.ReturnOrder(key(id)))
			return id
		},
		"another system's": func(w *world) office24.OrderID {
			w.shipForeign("BUTIKK-7")
			w.must(w.GoodsOwner.ReturnOrder("BUTIKK-7"))
			return w.order("3")
		},
	}
	for name, arrange := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			id := arrange(w)
			w.runOK()
			for _, event := range []map[string]any{{"full": true}, {"keys": []string{key(id)}}} {
				if row := w.run(event); row.Outcome != runner.OK {
					t.Errorf("got %+v, want outcome OK", row)
				}
			}
		})
	}
}

func TestIdleRunMakesNoMoreCalls(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, testenv.Options{}, nil)
	id := w.booked("10", "8")
	w.shipBackOrder(w.backOrder(key(id), ongoingtest.NewBackOrder{}))
	w.runOK()
	for range 3 {
		w.Clock.Forward(time.Hour)
		w.runOK()
	}
	w.Clock.Forward(15 * time.Minute)
	office24Calls, ongoingCalls, _ := w.VendorCalls()
	w.runWants(nil, wantRun{})
	a, b, _ := w.VendorCalls()
	// Two lists, and the proof of the credentials of a customer that is named.
	if a != office24Calls || b != ongoingCalls+3 {
		t.Errorf("got %d calls to 24SevenOffice and %d to Ongoing, want 0 and 3", a-office24Calls, b-ongoingCalls)
	}
}
