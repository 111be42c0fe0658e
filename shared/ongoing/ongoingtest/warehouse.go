package ongoingtest

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/number"
)

// The vendor's standard order statuses. A warehouse can define others.
const (
	statusOpen      = 200
	statusReleased  = 300
	statusAllocated = 320
	statusPicked    = 400
	statusSent      = 450
	statusCollected = 500
	statusReturned  = 800
	statusCancelled = 1000
)

// A Warehouse is one system with its goods owners and API users.
type Warehouse struct {
	Name string

	server    *Server
	owners    map[int]*GoodsOwner
	users     map[string]*user
	statuses  []object
	contracts []Contract
	lastID    int
}

// nextID returns an id that is unique in the warehouse; another warehouse has the same ids. The caller has locked the
// server.
func (w *Warehouse) nextID() int { w.lastID++; return w.lastID }

type user struct {
	name, password string
	owners         []*GoodsOwner
}

func (u *user) canActFor(g *GoodsOwner) bool { return slices.Contains(u.owners, g) }

// A Contract is a transporter and one of its services that orders can name.
type Contract struct{ TransporterCode, TransporterName, ServiceCode, ServiceName string }

func newWarehouse(s *Server, name string) *Warehouse {
	w := &Warehouse{Name: name, server: s, owners: map[int]*GoodsOwner{}, users: map[string]*user{}, lastID: 1000}
	for number, text := range map[int]string{
		150: "Feil", 200: "Åpen", 300: "Plukk", 320: "Skrevet ut", 400: "Plukket", 450: "Sendt", 500: "Hentet",
		800: "Retur", 1000: "Annullert",
	} {
		w.statuses = append(w.statuses, object{"number": number, "text": text})
	}
	slices.SortFunc(w.statuses, func(a, b object) int { return cmp.Compare(a["number"].(int), b["number"].(int)) })
	return w
}

// BaseURL returns the base URL of the warehouse's API.
func (w *Warehouse) BaseURL() string { return w.server.URL + "/" + w.Name + "/api/v1/" }

// GoodsOwner returns the goods owner of that id and creates it if it does not exist.
func (w *Warehouse) GoodsOwner(id int, name string) *GoodsOwner {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	g := w.owners[id]
	if g == nil {
		g = &GoodsOwner{
			ID: id, Name: name, warehouse: w, articles: map[int]*article{}, byNumber: map[string]*article{},
			orders: map[int]*order{}, orderByNumber: map[string]*order{}, suppliers: map[string]Supplier{},
			damaged: map[int]map[string]string{},
		}
		w.owners[id] = g
	}
	return g
}

// AddUser adds an API user who can act for these goods owners. It replaces a user of the same name.
func (w *Warehouse) AddUser(name, password string, owners ...*GoodsOwner) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	w.users[name] = &user{name: name, password: password, owners: owners}
}

// AddContract allows orders to name a transporter. Without any contract, every transporter is accepted.
func (w *Warehouse) AddContract(c Contract) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	w.contracts = append(w.contracts, c)
}

// ownerOf returns the goods owner of the record in a path, or nil.
func (w *Warehouse) ownerOf(r *request) *GoodsOwner {
	if w == nil || len(r.operation.ids) == 0 {
		return nil
	}
	for _, g := range w.owners {
		if strings.HasPrefix(r.operation.parts[0], "articles") && g.articles[r.operation.ids[0]] != nil {
			return g
		}
		if strings.HasPrefix(r.operation.parts[0], "orders") && g.orders[r.operation.ids[0]] != nil {
			return g
		}
	}
	return nil
}

// A GoodsOwner has articles, stock and orders. Its methods do what the warehouse's staff does.
type GoodsOwner struct {
	ID   int
	Name string

	warehouse     *Warehouse
	articles      map[int]*article
	articleIDs    []int // ascending
	byNumber      map[string]*article
	orders        map[int]*order
	orderIDs      []int
	orderByNumber map[string]*order
	ways          []object
	suppliers     map[string]Supplier
	damaged       map[int]map[string]string // JSON by id and path
}

// lock locks the server and returns the function that unlocks it.
func (g *GoodsOwner) lock() func() {
	g.warehouse.server.mu.Lock()
	return g.warehouse.server.mu.Unlock
}

func (g *GoodsOwner) now() time.Time { return g.warehouse.server.options.Now() }

func handlers() map[string]func(*request) reply {
	return map[string]func(*request) reply{
		"GET /articles":                   listArticles,
		"PUT /articles":                   putArticle,
		"GET /articles/{articleSystemId}": getArticle,
		"PUT /articles/{articleSystemId}": updateArticle,
		"GET /orders":                     listOrders,
		"PUT /orders":                     putOrder,
		"GET /orders/{orderId}":           getOrder,
		"PUT /orders/{orderId}":           updateOrder,
		"DELETE /orders/{orderId}":        cancelOrder,
		"PATCH /orders/{orderId}/lines/{orderLineId}/reportedNumberOfItems":     reportLine,
		"PATCH /orders/{orderId}/setReportedNumberOfItemsToPickedNumberOfItems": reportPicked,
		"GET /orders/statuses":           listStatuses,
		"GET /orders/wayOfDeliveryTypes": listWays,
		"GET /transporterContracts":      listContracts,
		"GET /goodsOwners":               listOwners,
	}
}

func listStatuses(r *request) reply {
	return reply{status: http.StatusOK, body: object{"orderStatuses": r.warehouse.statuses}}
}

func listWays(r *request) reply {
	return reply{status: http.StatusOK, body: object{"wayOfDeliveryTypes": nullIfNone(r.owner.ways)}}
}

func listContracts(r *request) reply {
	var found []object
	for _, c := range r.warehouse.contracts {
		found = append(found, object{
			"ediCode": nil, "transporterName": c.TransporterName, "transporterCode": c.TransporterCode,
			"transporterServiceCode": nil,
			"transporterServices": []object{
				{"transporterServiceName": c.ServiceName, "transporterServiceCode": c.ServiceCode},
			},
		})
	}
	return rows(found)
}

func listOwners(r *request) reply {
	var found []object
	for _, g := range r.user.owners {
		found = append(found, object{"goodsOwnerId": g.ID, "goodsOwnerName": g.Name, "isTrainingGoodsOwner": nil})
	}
	return reply{status: http.StatusOK, body: object{"goodsOwners": nullIfNone(found)}}
}

// nullIfNone returns null for an empty list.
func nullIfNone(items []object) any {
	if len(items) == 0 {
		return nil
	}
	return items
}

// page returns the page of a list that starts at an id, with the rows for which wanted reports true.
func page[T any](r *request, ids []int, fromKey, maxKey string, wanted func(id int) (T, bool)) []T {
	q := r.URL.Query()
	from, size := wholeOf(json.Number(q.Get(fromKey))), wholeOf(json.Number(q.Get(maxKey)))
	if limit := r.warehouse.server.options.PageCap; limit > 0 && (size <= 0 || size > limit) {
		size = limit
	}
	var found []T
	start, _ := slices.BinarySearch(ids, from)
	for _, id := range ids[start:] {
		if size > 0 && len(found) == size {
			break
		}
		if row, ok := wanted(id); ok {
			found = append(found, row)
		}
	}
	return found
}

// matchesAny reports whether a list parameter has a value. A missing parameter matches every value.
func matchesAny(values []string, value string) bool {
	return len(values) == 0 || slices.Contains(values, value)
}

// atOrAfter reports whether a time is at or after the time of a parameter, in whole seconds as in the service. A
// missing parameter matches every time.
func atOrAfter(text string, at time.Time) bool {
	if text == "" {
		return true
	}
	from, _ := parseTime(text)
	return !at.IsZero() && !at.Truncate(time.Second).Before(from.Truncate(time.Second))
}

// formatTime returns a time as the service does: in UTC, with at most three digits of a second's fraction.
func formatTime(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano)
}

// scaled returns a decimal with at least this number of decimal places: 2 items are "2.000".
func scaled(d number.Decimal, places int) json.Number {
	whole, fraction, _ := strings.Cut(d.String(), ".")
	return json.Number(whole + "." + fraction + strings.Repeat("0", max(0, places-len(fraction))))
}

func formatItems(d number.Decimal) json.Number { return scaled(d, 3) }

// decimalOf returns a decimal of a checked body, or nil.
func decimalOf(fields object, name string) *number.Decimal {
	var text string
	switch v := fields[name].(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	default:
		return nil
	}
	d, err := number.Parse(text)
	if err != nil {
		return nil
	}
	return &d
}

func decimalOr0(fields object, name string) number.Decimal {
	if d := decimalOf(fields, name); d != nil {
		return *d
	}
	return number.Decimal{}
}

// scaledOrNull returns a decimal of a body as the API returns it.
func scaledOrNull(fields object, name string, places int) any {
	if d := decimalOf(fields, name); d != nil {
		return scaled(*d, places)
	}
	return nil
}

func textOf(fields object, name string) string {
	text, _ := fields[name].(string)
	return text
}

// part returns an object inside a body, or nil.
func part(fields object, name string) object {
	inner, _ := fields[name].(object)
	return inner
}

// parts returns the objects of a list inside a body.
func parts(fields object, name string) []object {
	list, _ := fields[name].([]any)
	var found []object
	for _, item := range list {
		if o, ok := item.(object); ok {
			found = append(found, o)
		}
	}
	return found
}

// only returns a copy with these fields. Missing fields are null.
func only(fields object, names ...string) object {
	if fields == nil {
		return nil
	}
	out := object{}
	for _, name := range names {
		out[name] = fields[name]
	}
	return out
}

// nullIfNil returns an untyped nil for a nil object.
func nullIfNil(o object) any {
	if o == nil {
		return nil
	}
	return o
}

func clone(o object) object { return maps.Clone(o) }
