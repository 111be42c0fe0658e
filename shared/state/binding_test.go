package state_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

const (
	acmeURL = "https://api.ongoingsystems.se/acme/api/v1/"
	testURL = "https://api.ongoingsystems.se/test/api/v1/"
)

// The bindings of the tests: a trial company and the real one, on a test goods owner and on the real one.
var (
	trial     = state.Binding{Office24ClientID: 700001, OngoingBaseURL: testURL, GoodsOwnerID: 7}
	trialReal = state.Binding{Office24ClientID: 700001, OngoingBaseURL: acmeURL, GoodsOwnerID: 77}
	live      = state.Binding{Office24ClientID: 800002, OngoingBaseURL: acmeURL, GoodsOwnerID: 77}
)

// open returns the state of a customer as a run of the process stock finds it, working under a binding.
func (w *world) open(t *testing.T, customer string, b state.Binding) *state.Partition {
	t.Helper()
	p := w.load(t, customer, b)
	must(t, p.Bind(t.Context(), b))
	return p
}

func (w *world) load(t *testing.T, customer string, b state.Binding) *state.Partition {
	t.Helper()
	p := w.store.Partition(customer)
	must(t, p.Load(t.Context(), naming.Stock, b.OngoingBaseURL, b.GoodsOwnerID))
	return p
}

// move deletes the binding, as a person does who moves a customer, and opens the customer under another one.
func (w *world) move(t *testing.T, b state.Binding) *state.Partition {
	t.Helper()
	w.remove(t, "acme", "binding")
	w.now = w.now.Add(time.Hour)
	return w.open(t, "acme", b)
}

func TestBindingIsStoredAndFoundAgain(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	if _, bound := w.load(t, "acme", live).Binding(); bound {
		t.Error("bound before the first run")
	}
	w.open(t, "acme", live)
	want := map[string]any{
		"customerId": "acme", "record": "binding", "boundAt": "2026-11-02T12:00:00.000Z",
		"office24ClientId": 800002.0, "ongoingBaseUrl": acmeURL, "goodsOwnerId": 77.0,
	}
	if diff := cmp.Diff(want, w.stored(t, "binding")); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	w.now = w.now.Add(time.Hour)
	got, bound := w.open(t, "acme", live).Binding()
	if !bound || !got.Same(live) || !got.BoundAt.Equal(noon) {
		t.Errorf("got %+v, %v", got, bound)
	}
	if diff := cmp.Diff(want, w.stored(t, "binding")); diff != "" {
		t.Errorf("the second run changed it: -want +got\n%s", diff)
	}
	if got := live.String(); got != "800002 "+acmeURL+" 77" {
		t.Errorf("stamp %q", got)
	}
}

func TestRecordsOfAnotherBindingAreUnknown(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	ctx := t.Context()
	before := w.open(t, "acme", trial)
	must(t, before.PutArticle(ctx, &state.ArticleLink{ProductID: 7301, ArticleNumber: "KET-17", ArticleID: 9}))
	must(t, before.PutOrder(ctx, &state.OrderLink{OrderID: 40557, OrderNumber: "40557", OngoingID: 9001}))
	must(t, before.PutSupplier(ctx, &state.SupplierLink{CompanyID: 12, Fingerprint: "f"}))
	must(t, before.PutFailure(ctx, &state.Failure{Process: naming.Stock, Key: "7"}))
	must(t, before.MoveCursor(ctx, naming.Stock, state.Cursor{}, state.Cursor{Since: noon}))

	after := w.move(t, live)
	articles, err := after.Articles(ctx, []int{7301})
	must(t, err)
	orders, err := after.Orders(ctx, []int{40557})
	must(t, err)
	suppliers, err := after.Suppliers(ctx, []int{12})
	must(t, err)
	article, order, supplier := articles[7301], orders[40557], suppliers[12]
	if article.ArticleNumber != "" || article.ArticleID != 0 || article.ProductID != 7301 || article.Former != nil {
		t.Errorf("article %+v", article)
	}
	if order.OrderNumber != "" || order.OngoingID != 0 || order.OrderID != 40557 || order.Former != nil {
		t.Errorf("order %+v", order)
	}
	if supplier.Fingerprint != "" || supplier.CompanyID != 12 {
		t.Errorf("supplier %+v", supplier)
	}
	for l, err := range after.EachArticle(ctx) {
		t.Errorf("each yields %+v, %v", l, err)
	}
	failures, err := after.Failures(ctx, naming.Stock)
	must(t, err)
	if len(failures) != 1 || !failures[0].Foreign {
		t.Errorf("failures %+v", failures)
	}
	cursor, err := after.Cursor(ctx, naming.Stock)
	must(t, err)
	if diff := cmp.Diff(state.Cursor{}, cursor); diff != "" {
		t.Errorf("cursor: -want +got\n%s", diff)
	}
	must(t, after.MoveCursor(ctx, naming.Stock, cursor, state.Cursor{Since: w.now}))
	cursor, err = w.open(t, "acme", live).Cursor(ctx, naming.Stock)
	must(t, err)
	if !cursor.Since.Equal(w.now) {
		t.Errorf("the new cursor is %+v", cursor)
	}
}

func TestMovingBackFindsTheLinksAgain(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	ctx := t.Context()
	before := w.open(t, "acme", trial)
	for id := 1; id <= 250; id++ { // more than one lookup takes
		must(t, before.PutArticle(ctx, &state.ArticleLink{ProductID: id, ArticleNumber: fmt.Sprint("T-", id)}))
	}
	after := w.move(t, live)
	links, err := after.Articles(ctx, []int{7, 8})
	must(t, err)
	for _, id := range []int{7, 8} {
		l := links[id]
		l.ArticleNumber = fmt.Sprint("L-", id)
		must(t, after.PutArticle(ctx, &l))
		l.Fingerprint = "again"
		must(t, after.PutArticle(ctx, &l))
	}
	want := map[int]string{7: "L-7", 8: "L-8"}
	if diff := cmp.Diff(want, numbers(t, w.open(t, "acme", live))); diff != "" {
		t.Errorf("after the move: -want +got\n%s", diff)
	}
	for id := range 250 {
		want[id+1] = fmt.Sprint("T-", id+1)
	}
	back := w.move(t, trial)
	if diff := cmp.Diff(want, numbers(t, back)); diff != "" {
		t.Errorf("after moving back: -want +got\n%s", diff)
	}
	if kept := w.stored(t, "former#"+trial.String()+"#article#7"); kept["articleNumber"] != "T-7" {
		t.Errorf("people cannot read the former link: %v", kept)
	}
	links, err = back.Articles(ctx, []int{7})
	must(t, err)
	l := links[7]
	l.Fingerprint = "back"
	must(t, back.PutArticle(ctx, &l))
	if got := w.stored(t, "article#7"); got["articleNumber"] != "T-7" || got["fingerprint"] != "back" {
		t.Errorf("got %v", got)
	}
	must(t, back.DeleteArticle(ctx, l))
}

// numbers returns the article numbers of all links, and checks that each and by id agree.
func numbers(t *testing.T, p *state.Partition) map[int]string {
	t.Helper()
	found := map[int]string{}
	var ids []int
	for l, err := range p.EachArticle(t.Context()) {
		must(t, err)
		found[l.ProductID] = l.ArticleNumber
		ids = append(ids, l.ProductID)
	}
	links, err := p.Articles(t.Context(), ids)
	must(t, err)
	for id, l := range links {
		if l.ArticleNumber != found[id] {
			t.Errorf("product %d: %q by id, %q by each", id, l.ArticleNumber, found[id])
		}
	}
	return found
}

// Who lists all links does not see those of another binding, and takes a record of theirs for one that does not exist.
func TestLinkReplacesThatOfAnotherBindingUnseen(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	p := w.open(t, "acme", trial)
	must(t, p.PutSupplier(t.Context(), &state.SupplierLink{CompanyID: 6001, ArticleProductID: 1}))
	p = w.move(t, live)
	for l, err := range p.EachSupplier(t.Context()) {
		t.Errorf("%+v, %v", l, err)
	}
	l := state.SupplierLink{CompanyID: 6001, ArticleProductID: 2}
	must(t, p.PutSupplier(t.Context(), &l))
	l.ArticleProductID, l.Fingerprint = 3, "live again"
	must(t, p.PutSupplier(t.Context(), &l))
	if err := p.PutSupplier(t.Context(), &state.SupplierLink{CompanyID: 6001}); !errors.Is(err, state.ErrChanged) {
		t.Errorf("a link of this binding was replaced unseen: %v", err)
	}
	for b, want := range map[state.Binding]int{trial: 1, live: 3} {
		links, err := w.move(t, b).Suppliers(t.Context(), []int{6001})
		must(t, err)
		if l := links[6001]; l.ArticleProductID != want || l.Fingerprint != "" {
			t.Errorf("under %s: %+v, not product %d, and no fingerprint", b, l, want)
		}
	}
}

func TestLinkOfAnotherBindingWithoutAVersionStays(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	w.open(t, "acme", trial)
	byHand := map[string]any{"companyId": 6001, "binding": trial.String()}
	w.put(t, "acme", "supplier#6001", byHand)
	p := w.move(t, live)
	links, err := p.Suppliers(t.Context(), []int{6001})
	must(t, err)
	for name, l := range map[string]state.SupplierLink{"read": links[6001], "unseen": {CompanyID: 6001}} {
		if err := p.PutSupplier(t.Context(), &l); !errors.Is(err, state.ErrChanged) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if got := w.stored(t, "supplier#6001")["binding"]; got != trial.String() {
		t.Errorf("the record belongs to %v", got)
	}
}

func TestFormerNamesWhatAnotherCompanyMadeOnTheSameGoodsOwner(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	ctx := t.Context()
	before := w.open(t, "acme", trialReal)
	must(t, before.PutOrder(ctx, &state.OrderLink{OrderID: 40557, OrderNumber: "40557", OngoingID: 9001}))
	order := func(p *state.Partition) state.OrderLink {
		t.Helper()
		links, err := p.Orders(ctx, []int{40557})
		must(t, err)
		return links[40557]
	}
	want := &state.Former{Company: 700001, Number: "40557", OngoingID: 9001}

	t.Log("another goods owner in between does not make it forgotten")
	between := w.move(t, trial)
	l := order(between)
	if l.Former != nil {
		t.Errorf("the same company: %+v", l.Former)
	}
	l.OrderNumber = "T-1"
	must(t, between.PutOrder(ctx, &l))

	after := w.move(t, live)
	l = order(after)
	if diff := cmp.Diff(want, l.Former); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if !l.Former.Has("40557", 0) || !l.Former.Has("", 9001) || l.Former.Has("", 0) || l.Former.Has("40558", 9002) {
		t.Errorf("has: %+v", l.Former)
	}
	l.OrderNumber, l.OngoingID = "SO-40557", 9100
	must(t, after.PutOrder(ctx, &l))
	if diff := cmp.Diff(want, order(w.open(t, "acme", live)).Former); diff != "" {
		t.Errorf("with a link of our own: -want +got\n%s", diff)
	}
	l = order(w.move(t, trialReal))
	if l.OrderNumber != "40557" || !l.Former.Has("SO-40557", 0) || l.Former.Has("40557", 0) {
		t.Errorf("moved back: %+v, former %+v", l, l.Former)
	}
}

// The failure records that a cursor relies on can be deleted while the customer is elsewhere.
func TestMovingBackDoesNotBringACursorBack(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	for _, elsewhere := range []bool{true, false} { // or a person deletes the record binding, and changes their mind
		before := w.open(t, "acme", trial)
		old := state.Cursor{Since: w.now, Place: "1007"}
		must(t, before.MoveCursor(t.Context(), naming.Stock, state.Cursor{}, old))
		w.now = w.now.Add(time.Hour)
		if elsewhere {
			w.move(t, live)
			w.now = w.now.Add(time.Hour)
		}
		w.remove(t, "acme", "binding")
		preview := w.load(t, "acme", trial)
		preview.Under(trial)
		run := w.open(t, "acme", trial)
		for name, p := range map[string]*state.Partition{"a preview": preview, "the run": run} {
			cursor, err := p.Cursor(t.Context(), naming.Stock)
			must(t, err)
			if diff := cmp.Diff(state.Cursor{}, cursor); diff != "" {
				t.Errorf("%s, elsewhere %v: -want +got\n%s", name, elsewhere, diff)
			}
		}
		next := state.Cursor{Place: "2"} // an interrupted sweep has no time yet
		must(t, run.MoveCursor(t.Context(), naming.Stock, state.Cursor{}, next))
		cursor, err := w.open(t, "acme", trial).Cursor(t.Context(), naming.Stock)
		must(t, err)
		if cursor.Place != "2" || !cursor.Since.IsZero() {
			t.Errorf("the new cursor is %+v", cursor)
		}
		w.remove(t, "acme", "cursor#stock")
	}
}

// An older version stored records without a stamp. They belong to the first binding, also if the customer is moved
// before any of them was written again.
func TestRecordsWithoutAStampBelongToTheFirstBinding(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	ctx := t.Context()
	w.put(t, "acme", "article#7", map[string]any{"productId": 7, "articleNumber": "K-7", "version": 1})
	w.put(t, "acme", "cursor#stock", map[string]any{"since": "2026-11-02T11:00:00.000Z"})
	number := func(p *state.Partition) string {
		t.Helper()
		links, err := p.Articles(ctx, []int{7})
		must(t, err)
		return links[7].ArticleNumber
	}
	cursorOf := func(p *state.Partition) state.Cursor {
		t.Helper()
		cursor, err := p.Cursor(ctx, naming.Stock)
		must(t, err)
		return cursor
	}
	first := w.open(t, "acme", trial)
	if number(first) != "K-7" || cursorOf(first).Since.IsZero() {
		t.Error("an update of the program forgets what it knew")
	}
	w.remove(t, "acme", "binding")
	preview := w.load(t, "acme", live)
	preview.Under(live)
	for name, p := range map[string]*state.Partition{"a preview": preview, "the move": w.open(t, "acme", live)} {
		if number(p) != "" || !cursorOf(p).Since.IsZero() {
			t.Errorf("%s takes records of the first binding for its own", name)
		}
	}
	if back := w.move(t, trial); number(back) != "K-7" || cursorOf(back).Since.IsZero() {
		t.Error("moving back does not find them again")
	}
}

func TestGoodsOwnerHasOneCustomer(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	ctx := t.Context()
	w.open(t, "acme", live)
	other := live
	other.Office24ClientID = 900003
	second := w.load(t, "birk", other)
	err := second.Bind(ctx, other)
	if !errclass.Is(err, errclass.Settings) || !strings.Contains(err.Error(), `customer "acme"`) {
		t.Fatalf("got %v", err)
	}
	if len(w.of(t, "birk", "binding")) > 0 {
		t.Error("the second customer is bound")
	}

	t.Log("deleting the binding releases the goods owner at once")
	w.remove(t, "acme", "binding")
	w.open(t, "birk", other)
	if err := w.load(t, "acme", live).Bind(ctx, live); !errclass.Is(err, errclass.Settings) {
		t.Errorf("got %v", err)
	}

	t.Log("a claim without its binding claims nothing")
	w.remove(t, "birk", "binding")
	w.open(t, "birk", trial)
	w.open(t, "acme", live)

	t.Log("a claim that is lost is written again")
	w.remove(t, "goodsowner#"+acmeURL+"#77", "claim")
	w.open(t, "acme", live)
	if err := w.load(t, "birk", other).CheckOwner(ctx, other); !errclass.Is(err, errclass.Settings) {
		t.Errorf("got %v", err)
	}
}

// All processes of two customers make their first run at the same time.
func TestCustomersThatBindAtTheSameTime(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	var wg sync.WaitGroup
	errs := make([]error, 10)
	for i := range errs {
		b, customer := live, "acme"
		if i%2 == 1 {
			b.Office24ClientID, customer = 900003, "birk"
		}
		p := w.load(t, customer, b)
		wg.Go(func() { errs[i] = p.Bind(t.Context(), b) })
	}
	wg.Wait()
	winner := 0
	if len(w.of(t, "birk", "binding")) > 0 {
		winner = 1
	}
	for i, err := range errs {
		if i%2 == winner && err != nil || i%2 != winner && !errclass.Is(err, errclass.Settings) {
			t.Errorf("run %d, winner %d: %v", i, winner, err)
		}
	}
	if (len(w.of(t, "acme", "binding")) > 0) == (len(w.of(t, "birk", "binding")) > 0) {
		t.Error("not just one customer is bound")
	}
}

// A pausing API calls a function once, right before a transaction.
type pausing struct {
	state.API
	before func()
}

func (p *pausing) TransactWriteItems(
	ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options),
) (*dynamodb.TransactWriteItemsOutput, error) {
	if before := p.before; before != nil {
		p.before = nil
		before()
	}
	return p.API.TransactWriteItems(ctx, in, o...)
}

// The claim still names the first customer, whose binding a person has deleted: both may bind, and one can.
func TestReleasedGoodsOwnerIsBoundByOneOfTwoCustomers(t *testing.T) {
	t.Parallel()
	other := live
	other.Office24ClientID = 900003
	for slow, fast := range map[string]string{"acme": "birk", "birk": "acme"} {
		db := dynamodbtest.Embedded(t)
		w := worldWith(db, db.Client)
		w.open(t, "acme", live)
		w.remove(t, "acme", "binding")
		w.now = w.now.Add(time.Hour)
		of := map[string]state.Binding{"acme": live, "birk": other}
		first := w.load(t, fast, of[fast])
		api := &pausing{API: db.Client, before: func() { must(t, first.Bind(t.Context(), of[fast])) }}
		later := worldWith(db, api)
		later.now = w.now
		err := later.load(t, slow, of[slow]).Bind(t.Context(), of[slow])
		if !errclass.Is(err, errclass.Settings) || !strings.Contains(err.Error(), fmt.Sprintf("%q", fast)) {
			t.Errorf("%s binds right after %s: %v", slow, fast, err)
		}
		if len(w.of(t, slow, "binding")) > 0 || len(w.of(t, fast, "binding")) == 0 {
			t.Errorf("%s binds right after %s: not only %s is bound", slow, fast, fast)
		}
	}
}

func TestLoadMakesOneRequest(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	ctx := t.Context()
	p := w.open(t, "acme", live)
	must(t, p.SetSession(ctx, "key", "session-a"))
	must(t, p.MoveCursor(ctx, naming.Stock, state.Cursor{}, state.Cursor{Since: noon}))
	for id := range 50 { // links and their indexes cost no further request
		must(t, p.PutArticle(ctx, &state.ArticleLink{
			ProductID: id + 1, ArticleID: 1001 + id, ArticleNumber: "A", SupplierID: 9001,
		}))
		must(t, p.PutOrder(ctx, &state.OrderLink{OrderID: id + 1, OrderNumber: "1", OngoingID: 1001 + id}))
	}
	counted := &counting{API: db.Client}
	p = worldWith(db, counted).load(t, "acme", live)
	must(t, p.Bind(ctx, live))
	cursor, err := p.Cursor(ctx, naming.Stock)
	must(t, err)
	session, err := p.Session(ctx, "key")
	must(t, err)
	if session != "session-a" || !cursor.Since.Equal(noon) || counted.requests != 1 {
		t.Errorf("session %q, cursor %+v, %d requests", session, cursor, counted.requests)
	}
	must(t, p.SetSession(ctx, "key", "session-b"))
	if session, err = p.Session(ctx, "key"); err != nil || session != "session-b" {
		t.Errorf("the second time it is read from the table: %q, %v", session, err)
	}
}

// The links do not say when they were stored; that of the other binding says that the customer has moved.
func TestSupplierLinkOfAnOlderVersionAfterMovingBack(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	w := worldWith(db, db.Client)
	ctx := t.Context()
	p := w.open(t, "acme", live)
	must(t, p.PutSupplier(ctx, &state.SupplierLink{CompanyID: 6001, Fingerprint: "f", ArticleProductID: 1}))
	old := w.stored(t, "supplier#6001")
	delete(old, "boundAt")
	w.put(t, "acme", "supplier#6001", old)
	fingerprint := func(p *state.Partition) string {
		links, err := p.Suppliers(ctx, []int{6001})
		must(t, err)
		return links[6001].Fingerprint
	}
	if got := fingerprint(w.open(t, "acme", live)); got != "f" {
		t.Errorf("without a move: %q", got)
	}
	must(t, w.move(t, trialReal).PutSupplier(ctx, &state.SupplierLink{CompanyID: 6001, Fingerprint: "g"}))
	if got := fingerprint(w.move(t, live)); got != "" {
		t.Errorf("after moving back: %q", got)
	}
}
