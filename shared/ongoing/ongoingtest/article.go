package ongoingtest

import (
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/number"
)

// An article is its last body and its stock.
type article struct {
	id                            int
	body                          object
	kind                          string // "Stock", "Structure", "Production"
	parts                         []kitPart
	stock                         number.Decimal
	created, updated, stockChange time.Time
	lastIn                        time.Time
}

// A kitPart is a part of a kit.
type kitPart struct {
	article *article
	per     number.Decimal
}

func (a *article) number() string { return textOf(a.body, "articleNumber") }

func (a *article) isKit() bool { return a.kind == "Structure" }

func (g *GoodsOwner) articleNumbered(number string) *article { return g.byNumber[number] }

// The handlers of the API.

func listArticles(r *request) reply {
	g, q, onOrders := r.owner, r.URL.Query(), r.owner.quantities()
	if q.Get("maxArticlesToGet") == "" {
		g.warehouse.server.addViolation("GET /articles: requested without a page size")
	}
	for _, name := range []string{
		"articleNameContains", "articleClassIds", "onlyArticlesBelowStockLimit",
		"onlyArticlesBelowStockLimitConsideringNumberOfBookedItems", "isObsolete",
	} {
		if q.Has(name) {
			return errorReply(http.StatusNotImplemented, "%s is not simulated", name)
		}
	}
	return rows(page(r, g.articleIDs, "articleSystemIdFrom", "maxArticlesToGet", func(id int) (object, bool) {
		a := g.articles[id]
		wanted := matchesAny(q["articleNumber"], a.number()) && matchesAny(q["articleNumbers"], a.number()) &&
			matchesAny(q["productCode"], textOf(a.body, "productCode")) &&
			matchesAny(q["productCodes"], textOf(a.body, "productCode")) &&
			matchesAny(q["barCodes"], textOf(part(a.body, "barCodeInfo"), "barCode")) &&
			atOrAfter(q.Get("stockInfoChangedFrom"), a.stockChange) &&
			atOrAfter(q.Get("articleDataLastUpdatedFrom"), a.updated) &&
			(q.Get("onlyArticlesInStock") != "true" || a.stock.Sign() > 0)
		if !wanted {
			return nil, false
		}
		return g.damage(a.id, g.articleAnswer(a, onOrders)), true
	}))
}

func getArticle(r *request) reply {
	if r.owner == nil {
		return errorReply(http.StatusNotFound, "ArticleSystemId %d not found", r.operation.ids[0])
	}
	a := r.owner.articles[r.operation.ids[0]]
	return reply{status: http.StatusOK, body: r.owner.damage(a.id, r.owner.articleAnswer(a, r.owner.quantities()))}
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
		return errorReply(http.StatusNotFound, "ArticleSystemId %d not found", r.operation.ids[0])
	}
	a, number := r.owner.articles[r.operation.ids[0]], textOf(r.document, "articleNumber")
	if other := r.owner.articleNumbered(number); other != nil && other != a {
		return errorReply(http.StatusBadRequest, "Article number '%s' is already used by another article.", number)
	}
	return r.owner.writeArticle(a, r.document)
}

func (g *GoodsOwner) newArticle() *article {
	a := &article{id: g.warehouse.nextID(), body: object{}, kind: "Stock", created: g.now()}
	g.articles[a.id] = a
	g.articleIDs = append(g.articleIDs, a.id)
	return a
}

// writeArticle stores the given fields and keeps the others. That is an assumption: the API has explicit flags to clear
// some fields.
func (g *GoodsOwner) writeArticle(a *article, body object) reply {
	delete(g.byNumber, a.number())
	g.byNumber[textOf(body, "articleNumber")] = a
	for name, value := range body {
		if value != nil {
			a.body[name] = value
		}
	}
	a.body["unitCode"] = lowerUnit(a.body["unitCode"])
	a.updated = g.now()
	message := fmt.Sprintf("Article %s %s Updated/Created<br/>", a.number(), textOf(a.body, "articleName"))
	if info := part(body, "supplierInfo"); textOf(info, "supplierNumber") != "" {
		g.writeSupplier(info)
		message += fmt.Sprintf("Supplier %s %s Created", textOf(info, "supplierNumber"), textOf(info, "supplierName"))
	}
	return reply{status: http.StatusOK, body: object{"articleSystemId": a.id, "message": message}}
}

// lowerUnit returns a unit as the service does: "St" comes back as "st".
func lowerUnit(unit any) any {
	if text, ok := unit.(string); ok {
		return strings.ToLower(text)
	}
	return unit
}

// A Supplier is a supplier that was sent with an article. The API never returns its address.
type Supplier struct {
	Number, Name string
	Address      map[string]any // as sent; nil if never sent
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

// articleAnswer returns an article as the API returns it.
func (g *GoodsOwner) articleAnswer(a *article, onOrders map[*article]quantities) object {
	b := a.body
	out := only(b,
		"articleNumber", "articleName", "productCode", "unitCode", "description", "isStockArticle", "isActive",
		"barCodeInfo", "quantityPerPackage", "quantityPerPallet", "purcaseCurrencyCode", "countryOfOriginCode",
		"statisticsNumber", "articleGroup", "articleCategory", "articleColor", "articleSize", "stockLimit",
		"customsDescription", "linkToPicture", "storageProperties", "minDaysToExpiryDateAllowedOnDelivery",
		"additionalStatisticsNumber", "customsExportConditions", "articleNameTranslations", "storageClass")
	for _, name := range []string{"isStockArticle", "isActive"} {
		if out[name] == nil {
			out[name] = true
		}
	}
	for name, places := range map[string]int{
		"weight": 4, "netWeight": 4, "length": 2, "width": 2, "height": 2, "volume": 7, "purchasePrice": 2,
		"stockValuationPrice": 2, "customerPrice": 2, "minimumReorderQuantity": 3, "subQuantityPerItem": 3,
	} {
		out[name] = scaledOrNull(b, name, places)
	}
	out["goodsOwner"] = object{"id": g.ID, "name": g.Name}
	out["articleSystemId"], out["articleKind"] = a.id, a.kind
	out["supplierInfo"] = nullIfNil(
		only(part(b, "supplierInfo"), "supplierNumber", "supplierName", "supplierArticleNumber"))
	out["freeValues"] = nullIfNil(freeValues(part(b, "freeValues"), "freeDateTime1"))
	out["articleHandlingComments"] = only(b,
		"articleInboundHandlingComment", "articlePickingHandlingComment", "articleReturnHandlingComment")
	out["classes"], out["taricNumbersInfo"], out["defaultLocation"] = nil, nil, nil
	out["articleDataLastUpdated"], out["created"] = formatTime(a.updated), formatTime(a.created)
	out["inventoryInfo"] = a.inventory(onOrders)
	return out
}

// freeValues returns free fields as the API returns them: decimals with their scale, and without the fields that it
// never returns.
func freeValues(fields object, hidden ...string) object {
	if fields == nil {
		return nil
	}
	out := clone(fields)
	for name := range out {
		if strings.HasPrefix(name, "freeDecimal") {
			out[name] = scaledOrNull(fields, name, 2)
		}
	}
	for _, name := range hidden {
		delete(out, name)
	}
	return out
}

// quantities are the quantities of an article on all orders.
type quantities struct{ booked, left, allocated, toCollect, toReport, returned number.Decimal }

// quantities adds up the lines of all orders by article.
func (g *GoodsOwner) quantities() map[*article]quantities {
	all := map[*article]quantities{}
	for _, o := range g.orders {
		for _, l := range o.allLines() {
			f := all[l.article]
			open := atLeast0(l.ordered.Sub(l.picked))
			if l.mustBePicked() && o.status < statusSent && o.status != statusCancelled {
				f.booked = f.booked.Add(open)
				f.allocated = f.allocated.Add(l.allocated)
			}
			if l.mustBePicked() && o.status < statusPicked {
				f.left = f.left.Add(atLeast0(open.Sub(l.allocated)))
			}
			if o.status < statusCollected {
				f.toCollect = f.toCollect.Add(l.picked)
			}
			f.toReport = f.toReport.Add(atLeast0(l.picked.Sub(l.reportedOr0())))
			f.returned = f.returned.Add(l.returned)
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

// sellable returns the sellable quantity by the vendor's formula: stock, less locked for sale, less ordered but not yet
// allocated. For a kit it is the number of kits that the scarcest part allows.
func (a *article) sellable(onOrders map[*article]quantities) number.Decimal {
	f := onOrders[a]
	if !a.isKit() {
		return a.stock.Sub(f.allocated).Sub(f.left)
	}
	var scarcest *number.Decimal
	for _, p := range a.parts {
		kits := wholeKits(p.article.sellable(onOrders), p.per)
		if scarcest == nil || kits.Cmp(*scarcest) < 0 {
			scarcest = &kits
		}
	}
	if scarcest == nil {
		return number.Decimal{}
	}
	return *scarcest
}

// wholeKits returns the number of whole kits that a stock of parts allows.
func wholeKits(stock, per number.Decimal) number.Decimal {
	have, _ := new(big.Rat).SetString(stock.String())
	need, _ := new(big.Rat).SetString(per.String())
	if need.Sign() <= 0 {
		return number.Decimal{}
	}
	kits := have.Quo(have, need)
	return number.MustParse(new(big.Int).Div(kits.Num(), kits.Denom()).String())
}

func (a *article) inventory(onOrders map[*article]quantities) object {
	f := onOrders[a]
	return object{
		"numberOfItems":                     formatItems(a.stock),
		"numberOfBookedItems":               formatItems(f.booked),
		"numberOfLockedItems":               formatItems(number.Decimal{}),
		"toReceiveNumberOfItems":            formatItems(number.Decimal{}),
		"allocatedNumberOfItems":            formatItems(f.allocated),
		"lockedForSaleNumberOfItems":        formatItems(f.allocated),
		"pickedToBeCollectedNumberOfItems":  formatItems(f.toCollect),
		"receivedToBeFinishedNumberOfItems": nil,
		"lastInDate":                        formatTime(a.lastIn),
		"sellableNumberOfItems":             formatItems(a.sellable(onOrders)),
		"totalStockValue":                   nil,
		"reported": object{
			"pickedToBeReportedNumberOfItems":   formatItems(f.toReport),
			"returnedToBeReportedNumberOfItems": formatItems(f.returned),
			"receivedToBeReportedNumberOfItems": formatItems(number.Decimal{}),
		},
	}
}

// The methods of the warehouse's staff.

// NewArticle is an article that the staff adds.
type NewArticle struct {
	Number, Name, ProductCode string
	NotStock, Inactive        bool
	Stock                     number.Decimal
	// Parts makes the article a kit: the quantity of each part by article number.
	Parts map[string]number.Decimal
}

// AddArticle adds an article and returns its id.
func (g *GoodsOwner) AddArticle(n NewArticle) (int, error) {
	defer g.lock()()
	if g.articleNumbered(n.Number) != nil {
		return 0, fmt.Errorf("article %s already exists", n.Number)
	}
	kitParts, err := g.kitParts(n.Parts)
	if err != nil {
		return 0, err
	}
	a := g.newArticle()
	a.stock, a.parts, a.updated, a.stockChange = n.Stock, kitParts, g.now(), g.now()
	a.body = object{
		"articleNumber": n.Number, "articleName": n.Name, "isStockArticle": !n.NotStock, "isActive": !n.Inactive,
	}
	g.byNumber[n.Number] = a
	if n.ProductCode != "" {
		a.body["productCode"] = n.ProductCode
	}
	if len(kitParts) > 0 {
		a.kind = "Structure"
	}
	return a.id, nil
}

// MakeKit turns an article into a kit of others, as a warehouse does with an article from the API.
func (g *GoodsOwner) MakeKit(articleNumber string, parts map[string]number.Decimal) error {
	defer g.lock()()
	kit := g.articleNumbered(articleNumber)
	if kit == nil {
		return fmt.Errorf("no article %s", articleNumber)
	}
	kitParts, err := g.kitParts(parts)
	if err == nil {
		kit.kind, kit.parts = "Structure", kitParts
	}
	return err
}

func (g *GoodsOwner) kitParts(parts map[string]number.Decimal) ([]kitPart, error) {
	var found []kitPart
	for number, per := range parts {
		p := g.articleNumbered(number)
		if p == nil {
			return nil, fmt.Errorf("no article %s", number)
		}
		found = append(found, kitPart{article: p, per: per})
	}
	slices.SortFunc(found, func(x, y kitPart) int { return x.article.id - y.article.id })
	return found, nil
}

// SetStock sets the stock of an article, as after a count.
func (g *GoodsOwner) SetStock(articleNumber string, stock number.Decimal) error {
	defer g.lock()()
	return g.changeStock(articleNumber, func(number.Decimal) number.Decimal { return stock })
}

// AddStock adds items to the stock of an article; a negative quantity takes them out.
func (g *GoodsOwner) AddStock(articleNumber string, more number.Decimal) error {
	defer g.lock()()
	return g.changeStock(articleNumber, more.Add)
}

func (g *GoodsOwner) changeStock(articleNumber string, change func(number.Decimal) number.Decimal) error {
	a := g.articleNumbered(articleNumber)
	if a == nil {
		return fmt.Errorf("no article %s", articleNumber)
	}
	stock := change(a.stock)
	if stock.Sign() < 0 {
		return fmt.Errorf("article %s: stock cannot be negative", articleNumber)
	}
	if stock.Cmp(a.stock) > 0 {
		a.lastIn = g.now()
	}
	a.stock, a.stockChange = stock, g.now()
	return nil
}

// ArticleState is the current state of an article.
type ArticleState struct {
	ID           int
	Number, Kind string
	Body         map[string]any // the fields that were written
	Stock        number.Decimal // physical stock
	Sellable     number.Decimal
	Booked       number.Decimal // ordered, not yet picked
	ToReport     number.Decimal // picked, not yet reported
}

// Articles returns all articles in the order of their creation.
func (g *GoodsOwner) Articles() []ArticleState {
	defer g.lock()()
	onOrders := g.quantities()
	var states []ArticleState
	for _, id := range g.articleIDs {
		a := g.articles[id]
		states = append(states, ArticleState{
			ID: a.id, Number: a.number(), Kind: a.kind, Body: clone(a.body), Stock: a.stock,
			Sellable: a.sellable(onOrders), Booked: onOrders[a].booked, ToReport: onOrders[a].toReport,
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

// Suppliers returns all suppliers by their numbers.
func (g *GoodsOwner) Suppliers() map[string]Supplier {
	defer g.lock()()
	return maps.Clone(g.suppliers)
}
