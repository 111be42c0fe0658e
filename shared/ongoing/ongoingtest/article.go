package ongoingtest

import (
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/number"
)

// An article is what was written of it, and its stock.
type article struct {
	id                            int
	body                          object
	kind                          string // "Stock", "Structure", "Production"
	parts                         []piece
	stock                         number.Decimal
	created, updated, stockChange time.Time
	lastIn                        time.Time
}

// A piece is a part of a kit.
type piece struct {
	article *article
	per     number.Decimal
}

func (a *article) number() string { return textOf(a.body, "articleNumber") }

func (a *article) isKit() bool { return a.kind == "Structure" }

func (g *GoodsOwner) articleNumbered(number string) *article { return g.byNumber[number] }

// --- what the API does ---

func listArticles(r *request) reply {
	g, q, figures := r.owner, r.URL.Query(), r.owner.figures()
	if q.Get("maxArticlesToGet") == "" {
		g.warehouse.server.violations = append(g.warehouse.server.violations, "GET /articles: asked for without a page size")
	}
	for _, name := range []string{"articleNameContains", "articleClassIds", "onlyArticlesBelowStockLimit", "onlyArticlesBelowStockLimitConsideringNumberOfBookedItems", "isObsolete"} {
		if q.Has(name) {
			return failed(http.StatusNotImplemented, "%s is not simulated", name)
		}
	}
	return rows(page(r, g.articleIDs, "articleSystemIdFrom", "maxArticlesToGet", func(id int) (object, bool) {
		a := g.articles[id]
		wanted := anyOf(q["articleNumber"], a.number()) && anyOf(q["articleNumbers"], a.number()) &&
			anyOf(q["productCode"], textOf(a.body, "productCode")) && anyOf(q["productCodes"], textOf(a.body, "productCode")) &&
			anyOf(q["barCodes"], textOf(part(a.body, "barCodeInfo"), "barCode")) &&
			since(q.Get("stockInfoChangedFrom"), a.stockChange) && since(q.Get("articleDataLastUpdatedFrom"), a.updated) &&
			(q.Get("onlyArticlesInStock") != "true" || a.stock.Sign() > 0)
		if !wanted {
			return nil, false
		}
		return g.articleAnswer(a, figures), true
	}))
}

func getArticle(r *request) reply {
	if r.owner == nil {
		return failed(http.StatusNotFound, "ArticleSystemId %d not found", r.operation.ids[0])
	}
	return reply{status: http.StatusOK, body: r.owner.articleAnswer(r.owner.articles[r.operation.ids[0]], r.owner.figures())}
}

func putArticle(r *request) reply {
	a := r.owner.articleNumbered(textOf(r.document, "articleNumber"))
	if a == nil {
		a = r.owner.newArticle()
	}
	return r.owner.writeArticle(a, r.document)
}

func updateArticle(r *request) reply {
	if r.owner == nil || r.owner.articles[r.operation.ids[0]] == nil {
		return failed(http.StatusNotFound, "ArticleSystemId %d not found", r.operation.ids[0])
	}
	a, number := r.owner.articles[r.operation.ids[0]], textOf(r.document, "articleNumber")
	if other := r.owner.articleNumbered(number); other != nil && other != a {
		return failed(http.StatusBadRequest, "Article number '%s' is already used by another article.", number)
	}
	return r.owner.writeArticle(a, r.document)
}

func (g *GoodsOwner) newArticle() *article {
	a := &article{id: g.warehouse.server.nextID(), body: object{}, kind: "Stock", created: g.now()}
	g.articles[a.id] = a
	g.articleIDs = append(g.articleIDs, a.id)
	return a
}

// writeArticle stores the fields that are given; the others stay as they are (assumed: the API has explicit flags to
// clear some of them).
func (g *GoodsOwner) writeArticle(a *article, body object) reply {
	delete(g.byNumber, a.number())
	g.byNumber[textOf(body, "articleNumber")] = a
	for name, value := range body {
		if value != nil {
			a.body[name] = value
		}
	}
	a.body["unitCode"] = lower(a.body["unitCode"])
	a.updated = g.now()
	message := fmt.Sprintf("Article %s %s Updated/Created<br/>", a.number(), textOf(a.body, "articleName"))
	if info := part(body, "supplierInfo"); textOf(info, "supplierNumber") != "" {
		g.writeSupplier(info)
		message += fmt.Sprintf("Supplier %s %s Created", textOf(info, "supplierNumber"), textOf(info, "supplierName"))
	}
	return reply{status: http.StatusOK, body: object{"articleSystemId": a.id, "message": message}}
}

// lower makes a unit look like the register's: "St" comes back as "st".
func lower(unit any) any {
	if text, ok := unit.(string); ok {
		return strings.ToLower(text)
	}
	return unit
}

// A Supplier is an entry of the register that grows out of articles. The API never shows its address.
type Supplier struct {
	Number, Name string
	Address      map[string]any // as it was sent; nil if never
}

func (g *GoodsOwner) writeSupplier(info object) {
	number := textOf(info, "supplierNumber")
	s, known := g.suppliers[number]
	operation := textOf(part(info, "advanced"), "supplierOperation")
	if known && operation != "CreateOrUpdate" {
		return
	}
	s.Number, s.Name = number, textOf(info, "supplierName")
	if address := part(part(info, "advanced"), "supplierAddress"); address != nil {
		s.Address = clone(address)
	}
	g.suppliers[number] = s
}

// articleAnswer is an article as it is read.
func (g *GoodsOwner) articleAnswer(a *article, all map[*article]figures) object {
	b := a.body
	out := only(b, "articleNumber", "articleName", "productCode", "unitCode", "description", "isStockArticle", "isActive", "barCodeInfo",
		"quantityPerPackage", "quantityPerPallet", "purcaseCurrencyCode", "countryOfOriginCode", "statisticsNumber", "articleGroup", "articleCategory",
		"articleColor", "articleSize", "stockLimit", "customsDescription", "linkToPicture", "storageProperties", "minDaysToExpiryDateAllowedOnDelivery",
		"additionalStatisticsNumber", "customsExportConditions", "articleNameTranslations", "storageClass")
	for _, name := range []string{"isStockArticle", "isActive"} {
		if out[name] == nil {
			out[name] = true
		}
	}
	for name, places := range map[string]int{
		"weight": 4, "netWeight": 4, "length": 2, "width": 2, "height": 2, "volume": 7, "purchasePrice": 2, "stockValuationPrice": 2,
		"customerPrice": 2, "minimumReorderQuantity": 3, "subQuantityPerItem": 3,
	} {
		out[name] = scaledOrNull(b, name, places)
	}
	out["goodsOwner"] = object{"id": g.ID, "name": g.Name}
	out["articleSystemId"], out["articleKind"] = a.id, a.kind
	out["supplierInfo"] = orNil(only(part(b, "supplierInfo"), "supplierNumber", "supplierName", "supplierArticleNumber"))
	out["freeValues"] = orNil(freeValues(part(b, "freeValues"), "freeDateTime1"))
	out["articleHandlingComments"] = only(b, "articleInboundHandlingComment", "articlePickingHandlingComment", "articleReturnHandlingComment")
	out["classes"], out["taricNumbersInfo"], out["defaultLocation"] = nil, nil, nil
	out["articleDataLastUpdated"], out["created"] = stamp(a.updated), stamp(a.created)
	out["inventoryInfo"] = a.inventory(all)
	return out
}

// freeValues reads free fields back: decimals with their scale, and without the fields that are never read.
func freeValues(fields object, unread ...string) object {
	if fields == nil {
		return nil
	}
	out := clone(fields)
	for name := range out {
		if strings.HasPrefix(name, "freeDecimal") {
			out[name] = scaledOrNull(fields, name, 2)
		}
	}
	for _, name := range unread {
		delete(out, name)
	}
	return out
}

// figures are the quantities of an article that stand on orders.
type figures struct{ booked, left, allocated, toCollect, toReport number.Decimal }

// figures adds up the lines of all orders.
func (g *GoodsOwner) figures() map[*article]figures {
	all := map[*article]figures{}
	for _, o := range g.orders {
		for _, l := range o.allLines() {
			f := all[l.article]
			open := atLeast0(l.ordered.Sub(l.picked))
			if l.toBePicked() && o.status < statusSent && o.status != statusCancelled {
				f.booked = f.booked.Add(open)
				f.allocated = f.allocated.Add(l.allocated)
			}
			if l.toBePicked() && o.status < statusPicked {
				f.left = f.left.Add(atLeast0(open.Sub(l.allocated)))
			}
			if o.status < statusCollected {
				f.toCollect = f.toCollect.Add(l.picked)
			}
			f.toReport = f.toReport.Add(atLeast0(l.picked.Sub(l.reportedOr0())))
			all[l.article] = f
		}
	}
	return all
}

func atLeast0(d number.Decimal) number.Decimal {
	if d.Sign() < 0 {
		return number.Decimal{}
	}
	return d
}

// sellable is what can still be sold by the vendor's formula: there, less locked for sale, less ordered but not yet
// allocated. Of a kit it is what its scarcest part allows.
func (a *article) sellable(all map[*article]figures) number.Decimal {
	f := all[a]
	if !a.isKit() {
		return a.stock.Sub(f.allocated).Sub(f.left)
	}
	var scarcest *number.Decimal
	for _, p := range a.parts {
		kits := kitsOf(p.article.sellable(all), p.per)
		if scarcest == nil || kits.Cmp(*scarcest) < 0 {
			scarcest = &kits
		}
	}
	if scarcest == nil {
		return number.Decimal{}
	}
	return *scarcest
}

// kitsOf is how many whole kits some parts make.
func kitsOf(there, per number.Decimal) number.Decimal {
	have, _ := new(big.Rat).SetString(there.String())
	need, _ := new(big.Rat).SetString(per.String())
	if need.Sign() <= 0 {
		return number.Decimal{}
	}
	kits := have.Quo(have, need)
	return number.MustParse(new(big.Int).Div(kits.Num(), kits.Denom()).String())
}

func (a *article) inventory(all map[*article]figures) object {
	f := all[a]
	return object{
		"numberOfItems": items(a.stock), "numberOfBookedItems": items(f.booked), "numberOfLockedItems": items(number.Decimal{}),
		"toReceiveNumberOfItems": items(number.Decimal{}), "allocatedNumberOfItems": items(f.allocated),
		"lockedForSaleNumberOfItems": items(f.allocated), "pickedToBeCollectedNumberOfItems": items(f.toCollect),
		"receivedToBeFinishedNumberOfItems": nil, "lastInDate": stamp(a.lastIn), "sellableNumberOfItems": items(a.sellable(all)),
		"totalStockValue": nil,
		"reported": object{
			"pickedToBeReportedNumberOfItems": items(f.toReport), "returnedToBeReportedNumberOfItems": items(number.Decimal{}),
			"receivedToBeReportedNumberOfItems": items(number.Decimal{}),
		},
	}
}

// --- what the staff does ---

// NewArticle is an article made by hand.
type NewArticle struct {
	Number, Name, ProductCode string
	NotStock, Inactive        bool
	Stock                     number.Decimal
	// Parts makes it a kit: quantity for each article number.
	Parts map[string]number.Decimal
}

// AddArticle makes an article by hand and returns its id.
func (g *GoodsOwner) AddArticle(n NewArticle) (int, error) {
	defer g.lock()()
	if g.articleNumbered(n.Number) != nil {
		return 0, fmt.Errorf("article %s exists", n.Number)
	}
	pieces, err := g.pieces(n.Parts)
	if err != nil {
		return 0, err
	}
	a := g.newArticle()
	a.stock, a.parts, a.updated, a.stockChange = n.Stock, pieces, g.now(), g.now()
	a.body = object{"articleNumber": n.Number, "articleName": n.Name, "isStockArticle": !n.NotStock, "isActive": !n.Inactive}
	g.byNumber[n.Number] = a
	if n.ProductCode != "" {
		a.body["productCode"] = n.ProductCode
	}
	if len(pieces) > 0 {
		a.kind = "Structure"
	}
	return a.id, nil
}

// MakeKit turns an article into a kit of others, as the warehouse would after the article has come through the API.
func (g *GoodsOwner) MakeKit(articleNumber string, parts map[string]number.Decimal) error {
	defer g.lock()()
	kit := g.articleNumbered(articleNumber)
	if kit == nil {
		return fmt.Errorf("no article %s", articleNumber)
	}
	pieces, err := g.pieces(parts)
	if err == nil {
		kit.kind, kit.parts = "Structure", pieces
	}
	return err
}

func (g *GoodsOwner) pieces(parts map[string]number.Decimal) ([]piece, error) {
	var found []piece
	for number, per := range parts {
		p := g.articleNumbered(number)
		if p == nil {
			return nil, fmt.Errorf("no article %s", number)
		}
		found = append(found, piece{p, per})
	}
	slices.SortFunc(found, func(x, y piece) int { return x.article.id - y.article.id })
	return found, nil
}

// SetStock counts an article: so many are there now.
func (g *GoodsOwner) SetStock(articleNumber string, there number.Decimal) error {
	defer g.lock()()
	return g.moveStock(articleNumber, func(number.Decimal) number.Decimal { return there })
}

// AddStock receives so many items of an article; a negative number takes them out.
func (g *GoodsOwner) AddStock(articleNumber string, more number.Decimal) error {
	defer g.lock()()
	return g.moveStock(articleNumber, more.Add)
}

func (g *GoodsOwner) moveStock(articleNumber string, move func(number.Decimal) number.Decimal) error {
	a := g.articleNumbered(articleNumber)
	if a == nil {
		return fmt.Errorf("no article %s", articleNumber)
	}
	there := move(a.stock)
	if there.Sign() < 0 {
		return fmt.Errorf("article %s: stock cannot be negative", articleNumber)
	}
	if there.Cmp(a.stock) > 0 {
		a.lastIn = g.now()
	}
	a.stock, a.stockChange = there, g.now()
	return nil
}

// ArticleState is an article as it stands, for tests and for people.
type ArticleState struct {
	ID           int
	Number, Kind string
	Body         map[string]any // what was written of it
	Stock        number.Decimal // physically there
	Sellable     number.Decimal
	Booked       number.Decimal // ordered, not yet picked
	ToReport     number.Decimal // picked, not yet reported
}

// Articles returns all articles, in the order in which they were made.
func (g *GoodsOwner) Articles() []ArticleState {
	defer g.lock()()
	all := g.figures()
	var states []ArticleState
	for _, id := range g.articleIDs {
		a := g.articles[id]
		states = append(states, ArticleState{
			ID: a.id, Number: a.number(), Kind: a.kind, Body: clone(a.body), Stock: a.stock,
			Sellable: a.sellable(all), Booked: all[a].booked, ToReport: all[a].toReport,
		})
	}
	return states
}

// Article returns the article of that number.
func (g *GoodsOwner) Article(number string) (ArticleState, bool) {
	for _, a := range g.Articles() {
		if a.Number == number {
			return a, true
		}
	}
	return ArticleState{}, false
}

// Suppliers returns the register of suppliers by their numbers.
func (g *GoodsOwner) Suppliers() map[string]Supplier {
	defer g.lock()()
	found := map[string]Supplier{}
	for number, s := range g.suppliers {
		found[number] = s
	}
	return found
}
