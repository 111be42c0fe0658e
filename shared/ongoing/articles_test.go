package ongoing_test

import (
	"errors"
	"fmt"
	"iter"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// collect reads a list to its end.
func collect[T any](t *testing.T, rows iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for row, err := range rows {
		must(t, err)
		all = append(all, row)
	}
	return all
}

func numbers(articles []ongoing.Article) []string {
	var all []string
	for _, a := range articles {
		all = append(all, a.Number)
	}
	return all
}

func TestArticleIsReadBackAsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	active, quantity, limit := false, 12, 5
	written := ongoing.ArticleBody{
		ArticleNumber:       "SO-10442",
		ArticleName:         "Messinghengsle 60 mm æøå",
		ProductCode:         "901",
		Description:         "Blank & lakkert",
		IsActive:            &active,
		BarCodeInfo:         &ongoing.BarCodeInfo{BarCode: "7090012345678"},
		Weight:              decimal("0.085"),
		ArticleGroup:        &ongoing.CodeName{Code: "SO", Name: "SO"},
		ArticleColor:        &ongoing.CodeName{Code: "red", Name: "red"},
		ArticleSize:         &ongoing.CodeName{Code: "60", Name: "60"},
		QuantityPerPackage:  &quantity,
		StockLimit:          &limit,
		PurchasePrice:       decimal("11.4"),
		CustomerPrice:       decimal("29.9"),
		StockValuationPrice: decimal("10"),
		StatisticsNumber:    "8302",
		PurchaseCurrency:    "NOK",
		CountryOfOriginCode: "NO",
		CustomsDescription:  "hinge",
		LinkToPicture:       "https://pictures.example/1",
		NameTranslations:    []ongoing.Translation{{LanguageCode: "no", ArticleName: "Hengsle"}},
		PickingComment:      "careful",
		PackingComment:      "wrap",
		FreeValues: ongoing.ArticleFreeValue{
			FreeText1:    "x",
			FreeText2:    "y",
			FreeText3:    "z",
			FreeDecimal1: decimal("1.5"),
			FreeDecimal2: decimal("2"),
		},
		SupplierInfo: ongoing.SupplierInfo{
			SupplierNumber:        "20017",
			SupplierName:          "Hengsle AS",
			SupplierArticleNumber: "H60-B",
			Advanced: ongoing.SupplierAdvanced{
				SupplierOperation: ongoing.SupplierCreateOrUpdate,
				SupplierAddress: ongoing.SupplierAddress{
					Name:        "Hengsle AS",
					Address:     "Gata 1",
					Address2:    "2",
					Address3:    "3",
					PostCode:    "0150",
					City:        "Oslo",
					CountryCode: "NO",
					StateCode:   "03",
					Telephone:   "22000000",
					MobilePhone: "90000000",
					Email:       "post@hengsle.example",
					Remark:      "r",
				},
			},
		},
	}
	id, err := w.client.PutArticle(t.Context(), written)
	must(t, err)
	read, err := w.client.Article(t.Context(), id)
	must(t, err)
	if read.LastUpdated.IsZero() || read.Created.IsZero() {
		t.Error("times are missing")
	}
	stock := true // the service's default
	want := ongoing.Article{
		ID:                  id,
		Number:              "SO-10442",
		Name:                "Messinghengsle 60 mm æøå",
		ProductCode:         "901",
		Description:         "Blank & lakkert",
		Kind:                "Stock",
		IsStockArticle:      &stock,
		IsActive:            &active,
		BarCodeInfo:         ongoing.BarCodeInfo{BarCode: "7090012345678"},
		Weight:              decimal("0.085"),
		Group:               ongoing.CodeName{Code: "SO", Name: "SO"},
		Color:               ongoing.CodeName{Code: "red", Name: "red"},
		Size:                ongoing.CodeName{Code: "60", Name: "60"},
		QuantityPerPackage:  &quantity,
		PurchasePrice:       decimal("11.4"),
		CustomerPrice:       decimal("29.9"),
		StockValuationPrice: decimal("10"),
		SupplierInfo: ongoing.SupplierInfo{
			SupplierNumber:        "20017",
			SupplierName:          "Hengsle AS",
			SupplierArticleNumber: "H60-B",
		},
		Inventory:   read.Inventory,
		LastUpdated: read.LastUpdated,
		Created:     read.Created,
	}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if city := w.owner.Suppliers()["20017"].Address["city"]; city != "Oslo" {
		t.Errorf("the supplier's city is %v", city)
	}
}

func TestFieldsWithoutValueAreNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	_, err := w.client.PutArticle(t.Context(), ongoing.ArticleBody{ArticleNumber: "A"})
	must(t, err)
	_, err = w.client.PutOrder(t.Context(),
		ongoing.OrderBody{OrderNumber: "1", DeliveryDate: "2026-11-25", EmailNotification: &ongoing.Notification{}})
	must(t, err)
	order, _ := w.owner.Order("1")
	want := map[string]any{
		"goodsOwnerId": order.Body["goodsOwnerId"], "orderNumber": "1", "deliveryDate": "2026-11-25",
		"consignee":         map[string]any{},
		"emailNotification": map[string]any{"toBeNotified": false},
	}
	if diff := cmp.Diff(want, order.Body); diff != "" {
		t.Errorf("order (-want +got)\n%s", diff)
	}
	article, _ := w.owner.Article("A")
	delete(article.Body, "unitCode") // set by the simulator
	want = map[string]any{"goodsOwnerId": article.Body["goodsOwnerId"], "articleNumber": "A"}
	if diff := cmp.Diff(want, article.Body); diff != "" {
		t.Errorf("article (-want +got)\n%s", diff)
	}
}

func TestUpdateArticleRenamesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	id, _ := w.seed(t)
	renamed, err := w.client.UpdateArticle(t.Context(), id,
		ongoing.ArticleBody{ArticleNumber: "A2", ArticleName: "Hengsle"})
	if err != nil || renamed != id {
		t.Fatalf("got %d, %v", renamed, err)
	}
	both := ongoing.ArticleQuery{Numbers: []string{"A", "A2"}}
	if got := numbers(collect(t, w.client.Articles(t.Context(), both))); !cmp.Equal(got, []string{"A2"}) {
		t.Errorf("articles are %v", got)
	}
	_, err = w.client.UpdateArticle(t.Context(), id, ongoing.ArticleBody{ArticleNumber: "B"})
	if !errclass.Is(err, errclass.Rejected) {
		t.Errorf("a number that is in use: %v", err)
	}
	_, err = w.client.UpdateArticle(t.Context(), 9, ongoing.ArticleBody{ArticleNumber: "C"})
	if !errors.Is(err, ongoing.ErrNotFound) || !errclass.Is(err, errclass.Rejected) {
		t.Errorf("an unknown id: %v", err)
	}
}

func TestArticleQuerySelectsArticles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{PageCap: 3})
	var all []string
	for i := range 300 {
		// Long numbers with escaped characters need several queries.
		name := fmt.Sprintf("Skrue & mutter æøå, nr. %03d", i)
		all = append(all, name)
		_, err := w.owner.AddArticle(ongoingtest.NewArticle{Number: name, ProductCode: fmt.Sprint(i % 100)})
		must(t, err)
	}
	tests := map[string]struct {
		query ongoing.ArticleQuery
		want  []string
	}{
		"everything, with pages shorter than requested": {ongoing.ArticleQuery{}, all},
		"many numbers, in several calls":                {ongoing.ArticleQuery{Numbers: all}, all},
		"a number with a comma is one number":           {ongoing.ArticleQuery{Numbers: all[7:8]}, all[7:8]},
		"a number twice and one that does not exist": {
			ongoing.ArticleQuery{Numbers: []string{all[1], "none", all[1]}},
			all[1:2],
		},
		"an empty number matches nothing": {ongoing.ArticleQuery{Numbers: []string{""}}, nil},
		"no numbers select nothing":       {ongoing.ArticleQuery{Numbers: []string{}}, nil},
		"a product code that three articles share": {
			ongoing.ArticleQuery{ProductCodes: []string{"5"}},
			[]string{all[5], all[105], all[205]},
		},
		"stock that has changed since": {
			ongoing.ArticleQuery{StockChangedFrom: time.Now().Add(-time.Hour)},
			all,
		},
		"stock that has not changed since": {
			ongoing.ArticleQuery{StockChangedFrom: time.Now().Add(time.Hour)},
			nil,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := numbers(collect(t, w.client.Articles(t.Context(), tt.query)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if v := w.server.Violations(); len(v) > 0 {
		t.Error(v)
	}
}

func TestQueriesStayShorterThanTheServerAllows(t *testing.T) {
	t.Parallel()
	var longest int
	server := answering(t, func(q url.Values) string {
		longest = max(longest, len(q.Encode()))
		return "null"
	})
	var many []string
	for i := range 500 {
		many = append(many, fmt.Sprintf("æøå %d", i))
	}
	query := ongoing.ArticleQuery{ProductCodes: many, StockChangedFrom: time.Now()}
	collect(t, newClient(t, config(server)).Articles(t.Context(), query))
	if longest == 0 || longest > 2048 {
		t.Errorf("the longest query has %d bytes, want at most 2048", longest)
	}
}

func TestLookUpByNumberEndsWithTheLastHit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	w.seed(t)
	collect(t, w.client.Articles(t.Context(), ongoing.ArticleQuery{Numbers: []string{"A", "B"}}))
	if calls := len(w.server.Journal()); calls != 1 {
		t.Errorf("%d calls, want 1: the first page has all numbers", calls)
	}
}

// The service may compare without regard to case or by prefix.
func TestOnlyExactMatchesAreReturned(t *testing.T) {
	t.Parallel()
	server := answering(t, func(q url.Values) string {
		if q.Get("articleSystemIdFrom") != "0" {
			return "null"
		}
		return `[{"articleSystemId":1,"articleNumber":"ab-1","productCode":"5"},
			{"articleSystemId":2,"articleNumber":"AB-1","productCode":"55"}]`
	})
	client := newClient(t, config(server))
	byNumber := ongoing.ArticleQuery{Numbers: []string{"AB-1"}}
	if got := numbers(collect(t, client.Articles(t.Context(), byNumber))); !cmp.Equal(got, []string{"AB-1"}) {
		t.Errorf("by number: %v", got)
	}
	byCode := ongoing.ArticleQuery{ProductCodes: []string{"5"}}
	if got := numbers(collect(t, client.Articles(t.Context(), byCode))); !cmp.Equal(got, []string{"ab-1"}) {
		t.Errorf("by product code: %v", got)
	}
}

func TestNumbersAndProductCodesTogetherAreADefect(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	both := ongoing.ArticleQuery{Numbers: []string{"A"}, ProductCodes: []string{"1"}}
	for _, err := range w.client.Articles(t.Context(), both) {
		if !errclass.Is(err, errclass.Defect) {
			t.Errorf("got %v", err)
		}
	}
	if calls := len(w.server.Journal()); calls != 0 {
		t.Errorf("%d calls were made", calls)
	}
}

func TestTimeFiltersTooFarBackAreRejected(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{Record: unrecorded})
	old := time.Now().Add(-49 * time.Hour)
	for _, err := range w.client.Articles(t.Context(), ongoing.ArticleQuery{StockChangedFrom: old}) {
		if !errclass.Is(err, errclass.Rejected) {
			t.Errorf("stock changes older than a day: %v", err)
		}
	}
	for _, err := range w.client.Orders(t.Context(), ongoing.OrderQuery{UpdatedFrom: old}) {
		if !errclass.Is(err, errclass.Rejected) {
			t.Errorf("order changes older than two days: %v", err)
		}
	}
	unlimited := ongoing.OrderQuery{StatusChangedFrom: old, ShippedFrom: old, PickedFrom: old}
	collect(t, w.client.Orders(t.Context(), unlimited))
	if calls := len(w.server.Journal()); calls != 3 {
		t.Errorf("%d calls, want 3: a refusal is not repeated", calls)
	}
}

func TestInventoryHasTheServicesQuantities(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	_, err := w.owner.AddArticle(ongoingtest.NewArticle{Number: "P", Stock: number.FromInt(7)})
	must(t, err)
	_, err = w.owner.AddArticle(ongoingtest.NewArticle{Number: "A", Stock: number.FromInt(100)})
	must(t, err)
	kit, err := w.owner.AddArticle(
		ongoingtest.NewArticle{
			Number: "K",
			Parts:  map[string]number.Decimal{"P": number.FromInt(2), "A": number.FromInt(1)},
		},
	)
	must(t, err)
	_, err = w.owner.AddOrder("1", ongoingtest.NewLine{Row: "1", Article: "A", Quantity: number.FromInt(30)})
	must(t, err)
	must(t, w.owner.Pick("1", "1", number.FromInt(10)))

	article := func(n string) ongoing.Article {
		return collect(t, w.client.Articles(t.Context(), ongoing.ArticleQuery{Numbers: []string{n}}))[0]
	}
	a := article("A").Inventory
	want := ongoing.Inventory{
		NumberOfItems:       decimal("90"),
		Booked:              decimal("20"),
		Sellable:            decimal("70"),
		Locked:              decimal("0"),
		Allocated:           decimal("0"),
		LockedForSale:       decimal("0"),
		ToReceive:           decimal("0"),
		PickedToBeCollected: decimal("10"),
		Reported:            ongoing.Unreported{Picked: decimal("10"), Returned: decimal("0"), Received: decimal("0")},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("A (-want +got)\n%s", diff)
	}
	k := article("K")
	if k.ID != ongoing.ArticleID(kit) || !k.IsKit() || !k.Inventory.Sellable.Equal(number.FromInt(3)) {
		t.Errorf("the kit is %+v", k)
	}
	if k.Kind = "structure"; !k.IsKit() {
		t.Error("a kit in lower case is none")
	}
	if article("A").IsKit() {
		t.Error("A is a kit")
	}
	must(t, w.owner.SetOrderStatus("1", 320))
	if got := article("A").Inventory; !got.Allocated.Equal(number.FromInt(20)) ||
		!got.Sellable.Equal(number.FromInt(70)) {
		t.Errorf("allocating changed the sellable quantity: %+v", got)
	}
}
