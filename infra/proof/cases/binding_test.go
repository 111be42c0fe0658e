package cases_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

func TestMoveToAnotherGoodsOwnerIsADecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]any{"salesOrders": map[string]any{"cancelWithdrawn": true}})
	kettle := w.product("KET-17", "0")
	done, withdrawn, open := w.order(map[office24.ProductID]string{kettle: "1"}),
		w.order(map[office24.ProductID]string{kettle: "2"}), w.order(map[office24.ProductID]string{kettle: "3"})
	w.tick()
	w.counted("KET-17", "14")
	w.ship(text(done), nil)
	w.tick()
	w.wantStatus(done, office24.StatusSent)

	trial, real := w.GoodsOwner, w.AddGoodsOwner(w.Merchant, "nord", 801)
	_, err := real.AddArticle(ongoingtest.NewArticle{Number: "OTHER", Stock: *harness.Dec("9")})
	must(t, err)
	for _, number := range []string{"WEB-1", "WEB-2", "WEB-3"} { // they have the ids of our orders in the old warehouse
		_, err = real.AddOtherOrder(ongoingtest.OtherOrder{Number: number})
		must(t, err)
	}
	before, others := trial.Orders(), real.Orders()
	must(t, w.Move(t.Context(), w.Merchant, nil, real))
	w.Company.SetStatus(withdrawn, office24.StatusInactive)
	calls := len(w.Ongoing.Journal())
	for range 2 {
		w.tick().wantOutcome(t, runner.Blocked, "binding", fmt.Sprint(trial.ID), fmt.Sprint(real.ID))
	}
	w.full().wantOutcome(t, runner.Blocked, "binding")
	if n := len(w.Ongoing.Journal()); n != calls {
		t.Errorf("%d calls to Ongoing although nobody has decided to move", n-calls)
	}

	must(t, w.DeleteRecord(t.Context(), w.ID, "binding"))
	w.tick().wantOutcome(t, runner.OK)
	must(t, real.SetStock("KET-17", *harness.Dec("40")))
	w.tick().wantOutcome(t, runner.OK)
	w.wantArticle("KET-17", kettle, "40")
	w.wantStock(kettle, "40")
	if o := w.ongoingOrder(text(open)); !o.Lines[0].Ordered.Equal(*harness.Dec("3")) {
		t.Errorf("the open order is %+v", o)
	}
	for _, id := range []office24.OrderID{done, withdrawn} {
		if o, found := real.Order(text(id)); found {
			t.Errorf("order %d is in the new warehouse, too: %+v", id, o)
		}
	}
	if diff := cmp.Diff(before, trial.Orders()); diff != "" {
		t.Errorf("the old goods owner was written to: %s", diff)
	}
	for i, o := range others {
		if now := real.Orders()[i]; now.Status != o.Status || now.Number != o.Number {
			t.Errorf("order %s of another integration is now %+v", o.Number, now)
		}
	}

	// The way back finds what was known there.
	must(t, w.Move(t.Context(), w.Merchant, nil, trial))
	must(t, w.DeleteRecord(t.Context(), w.ID, "binding"))
	articles, orders := len(trial.Articles()), len(trial.Orders())
	w.tick()
	w.tick().wantOutcome(t, runner.OK)
	if len(trial.Articles()) != articles || len(trial.Orders()) != orders {
		t.Errorf("%d articles and %d orders, not %d and %d",
			len(trial.Articles()), len(trial.Orders()), articles, orders)
	}
	w.wantStock(kettle, "13")
	if o := w.ongoingOrder(text(withdrawn)); o.Status != 1000 {
		t.Errorf("the withdrawn order, known again, is not cancelled: %d; %s", o.Status, w.failures())
	}
}

func TestOrdersAndArticlesOfAnotherCompanyAreNeverOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	kettle := w.product("KET-17", "0")
	shipped := w.order(map[office24.ProductID]string{kettle: "1"})
	open := w.order(map[office24.ProductID]string{kettle: "2"})
	w.tick()
	w.counted("KET-17", "14")
	w.ship(text(shipped), nil)
	w.tick()
	trial, real := w.Company, w.AddCompany(w.Merchant, 990001)
	must(t, w.Move(t.Context(), w.Merchant, real, nil))
	pot := w.product("GRYTE-3", "5") // has the id of the trial's kettle
	sameNumber := w.product("KET-17", "7")
	first, second := w.order(map[office24.ProductID]string{pot: "4"}), w.order(map[office24.ProductID]string{pot: "6"})
	if pot != kettle || first != shipped || second != open {
		t.Fatal("the ids do not coincide")
	}
	before, erp := w.GoodsOwner.Orders(), trial.Snapshot()
	w.tick().wantOutcome(t, runner.Blocked, "binding", fmt.Sprint(trial.ClientID()), fmt.Sprint(real.ClientID()))

	must(t, w.DeleteRecord(t.Context(), w.ID, "binding"))
	for range 3 {
		w.tick()
	}
	w.full()
	if diff := cmp.Diff(before, w.GoodsOwner.Orders()); diff != "" {
		t.Errorf("orders of the trial company: %s", diff)
	}
	if diff := cmp.Diff(erp, trial.Snapshot()); diff != "" {
		t.Errorf("the trial company was written to: %s", diff)
	}
	for _, id := range []office24.OrderID{first, second} {
		w.wantStatus(id, office24.StatusConfirmed)
		w.wantFailure(naming.SalesOrders, id, fmt.Sprint(trial.ClientID()))
	}
	a, _ := w.GoodsOwner.Article("KET-17")
	if !a.Stock.Equal(*harness.Dec("13")) || a.Body["articleName"] != "Vare KET-17" {
		t.Errorf("the trial's article is now %+v", a)
	}
	w.wantStock(sameNumber, "7")
	w.wantFailure(naming.Articles, sameNumber, "KET-17")
}

func TestGoodsOwnerHasOneCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	other, err := w.AddMerchant(t.Context(), "twin", nil)
	must(t, err)
	w.GoodsOwner.Warehouse().AddUser(other.Secret.Ongoing.Username, other.Secret.Ongoing.Password, w.GoodsOwner)
	must(t, w.Move(t.Context(), other, nil, w.GoodsOwner))
	kettle := w.product("KET-17", "3")
	order := w.order(map[office24.ProductID]string{kettle: "1"})
	twin := &world{&harness.Harness{}, t}
	*twin.Harness = *w.Harness
	twin.Merchant = other
	pot := twin.product("GRYTE-3", "5")
	if twins := twin.order(map[office24.ProductID]string{pot: "4"}); twins != order {
		t.Fatal("the ids do not coincide")
	}

	by := func(m *world) map[string]any { return map[string]any{"customers": []string{m.ID}} }
	w.run(by(w)).wantOutcome(t, runner.OK)
	w.counted("KET-17", "3")
	// Each in an invocation of its own, in whatever order.
	for range 2 {
		twin.run(by(twin)).wantOutcome(t, runner.Blocked, "goodsOwnerId", w.ID)
		w.run(by(w)).wantOutcome(t, runner.OK)
	}
	w.ship(text(order), nil)
	w.tick()
	w.wantStatus(order, office24.StatusSent)
	twin.wantStatus(order, office24.StatusConfirmed)
	if n := len(w.GoodsOwner.Articles()); n != 1 {
		t.Errorf("%d articles", n)
	}

	// Preview binds nothing and may look.
	twin.Settings["mode"] = "preview"
	must(t, w.PutSettings(t.Context(), twin.Settings))
	for process, row := range twin.run(by(twin)) {
		if row.Outcome == runner.Blocked && row.Outcome != runner.Off {
			t.Errorf("%s in preview: %s", process, row.Reason)
		}
	}
	delete(twin.Settings, "mode")
	must(t, w.PutSettings(t.Context(), twin.Settings))

	// Without the first one's binding the goods owner is free at once.
	w.Settings["enabled"] = false
	must(t, w.PutSettings(t.Context(), w.Settings))
	must(t, w.DeleteRecord(t.Context(), w.ID, "binding"))
	for process, row := range twin.run(by(twin)) {
		if row.Outcome == runner.Blocked {
			t.Errorf("%s of the second customer is still blocked: %s", process, row.Reason)
		}
	}
	if twin.Record("binding") == nil {
		t.Error("the second customer is not bound")
	}
}
