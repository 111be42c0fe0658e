// Package rights checks what a process needs of the two vendors, with calls that change nothing, and lists what their
// systems have that settings can name.
package rights

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/runner"
)

// A Checker makes the checks of one process for one customer. Its methods add to Checks and Found.
type Checker struct {
	lambdahost.Dependencies
	Checks []runner.Check
	Found  []runner.Finding
}

// New checks both logins: which company and which goods owner they lead to.
func New(ctx context.Context, d lambdahost.Dependencies) *Checker {
	c := &Checker{Dependencies: d}
	identity, err := d.Office24.Identity(ctx)
	c.add("24SevenOffice: log in", err)
	if err == nil {
		c.find("identity", identity.ID, "", "in use")
		c.find("company", strconv.FormatInt(identity.Client.ID, 10), identity.Client.Name, "in use")
	}
	c.add("Ongoing WMS: read articles", d.Ongoing.Check(ctx))
	owners, err := d.Ongoing.GoodsOwners(ctx)
	for _, o := range owners {
		note := ""
		if int(o.ID) == d.Settings.Ongoing.GoodsOwnerID {
			note = "in use"
		}
		if o.Training {
			note = strings.TrimPrefix(note+", for training", ", ")
		}
		c.find("goods owner", strconv.Itoa(int(o.ID)), o.Name, note)
	}
	c.list("goods owners", err)
	return c
}

func (c *Checker) add(name string, err error) {
	check := runner.Check{Name: name, OK: err == nil}
	if err != nil {
		check.Detail = err.Error()
	}
	c.Checks = append(c.Checks, check)
}

func (c *Checker) find(kind, id, name, note string) {
	c.Found = append(c.Found, runner.Finding{Kind: kind, ID: id, Name: name, Note: note})
}

// list notes that a list could not be read. No process needs it, so it is no check.
func (c *Checker) list(kind string, err error) {
	if err != nil {
		c.find(kind, "", "", "cannot be read: "+err.Error())
	}
}

// ReadProducts reads the products that have changed just now, which are few.
func (c *Checker) ReadProducts(ctx context.Context) {
	search := office24.ProductSearch{ChangedAfter: c.Now()}
	c.add("24SevenOffice: read products", first(c.Office24.Products(ctx, search, "Id")))
}

// ReadOrders reads the orders that have changed just now.
func (c *Checker) ReadOrders(ctx context.Context) {
	search := office24.OrderSearch{ChangedAfter: c.Now()}
	c.add("24SevenOffice: read orders", first(c.Office24.Orders(ctx, search)))
}

// ReadCompanies reads the companies that have changed just now.
func (c *Checker) ReadCompanies(ctx context.Context) {
	search := office24.CompanySearch{ChangedAfter: c.Now()}
	c.add("24SevenOffice: read companies", first(c.Office24.Companies(ctx, search)))
}

// first returns the error of a search that ends it at its beginning. That one record cannot be read is no matter here.
func first[T any](records iter.Seq2[T, error]) error {
	for _, err := range records {
		return err
	}
	return nil
}

// SaveOrders checks the right to save orders.
func (c *Checker) SaveOrders(ctx context.Context) {
	c.add("24SevenOffice: save orders", c.Office24.CheckSaveOrders(ctx))
}

// SetStock checks the right to set stock quantities.
func (c *Checker) SetStock(ctx context.Context) {
	c.add("24SevenOffice: set stock quantities", c.Office24.CheckSetStock(ctx))
}

// ReadOngoingOrders reads an order that does not exist.
func (c *Checker) ReadOngoingOrders(ctx context.Context) {
	_, _, err := c.Ongoing.OrderNumbered(ctx, "0")
	c.add("Ongoing WMS: read orders", err)
}

// WriteOngoing checks a right to write to Ongoing WMS.
func (c *Checker) WriteOngoing(ctx context.Context, name string, r ongoing.Right) {
	c.add("Ongoing WMS: "+name, c.Ongoing.CheckRight(ctx, r))
}

// Statuses lists the warehouse's statuses of orders, and checks that each status in shipments.reportAt is one of them.
func (c *Checker) Statuses(ctx context.Context) {
	statuses, err := c.Ongoing.OrderStatuses(ctx)
	if err != nil {
		c.list("order status", err)
		return
	}
	var missing []string
	for _, at := range c.Settings.Shipments.ReportAt {
		if !slices.ContainsFunc(statuses, func(s ongoing.OrderStatus) bool { return s.Number == at }) {
			missing = append(missing, strconv.Itoa(at))
		}
	}
	for _, s := range statuses {
		note := ""
		if slices.Contains(c.Settings.Shipments.ReportAt, s.Number) {
			note = "shipped (shipments.reportAt)"
		}
		c.find("order status", strconv.Itoa(s.Number), s.Text, note)
	}
	for _, number := range missing {
		c.find("order status", number, "", "does not exist in this warehouse, but is in shipments.reportAt")
	}
	if len(missing) == len(c.Settings.Shipments.ReportAt) {
		c.add("Ongoing WMS: statuses of shipped orders", fmt.Errorf(
			"none of the statuses in shipments.reportAt (%s) exists in this warehouse; name its own for shipped orders",
			strings.Join(missing, ", ")))
		return
	}
	c.add("Ongoing WMS: statuses of shipped orders", nil)
}

// Deliveries lists how goods are delivered in both systems, and what the settings make of each delivery method.
func (c *Checker) Deliveries(ctx context.Context) {
	methods, err := c.Office24.DeliveryMethods(ctx)
	c.list("delivery method", err)
	mapping := c.Settings.SalesOrders.DeliveryMethods
	for _, m := range methods {
		note := "sent as it is"
		if mapping != nil {
			to, mapped := mapping[m.ID]
			switch {
			case !mapped:
				note = "not in salesOrders.deliveryMethods: orders with it are held"
			case to.TransporterCode != "":
				note = "sent as transporter " + to.TransporterCode + " " + to.TransporterServiceCode
			default:
				note = "sent as way of delivery " + to.Code
			}
		}
		c.find("delivery method", strconv.Itoa(int(m.ID)), m.Description, strings.TrimSpace(note))
	}
	ways, err := c.Ongoing.WaysOfDelivery(ctx)
	c.list("way of delivery", err)
	for _, w := range ways {
		c.find("way of delivery", w.Code, w.Name, "")
	}
	contracts, err := c.Ongoing.TransporterContracts(ctx)
	c.list("transporter", err)
	for _, t := range contracts {
		var services []string
		for _, s := range t.Services {
			services = append(services, s.Code)
		}
		c.find("transporter", t.TransporterCode, t.TransporterName, "services "+strings.Join(services, ", "))
	}
}

// mostListed is how many records of Ongoing are counted, and mostNamed how many of them are named.
const mostListed, mostNamed = 5_000, 10

// Articles counts the articles that the goods owner has, whoever has made them.
func (c *Checker) Articles(ctx context.Context) {
	name := func(a ongoing.Article) string { return a.Number }
	listed(c, "articles", c.Ongoing.Articles(ctx, ongoing.ArticleQuery{}), name)
}

// OpenOrders counts the orders that the goods owner has and that are not shipped, whoever has made them.
func (c *Checker) OpenOrders(ctx context.Context) {
	name := func(o ongoing.Order) string { return o.Info.Number }
	open := ongoing.OrderQuery{StatusTo: slices.Min(c.Settings.Shipments.ReportAt) - 1}
	listed(c, "open orders", c.Ongoing.Orders(ctx, open), name)
}

// listed adds how many records there are, with the first of them by name. It is only a count, so it is no check.
func listed[T any](c *Checker, kind string, records iter.Seq2[T, error], name func(T) string) {
	var names []string
	n := 0
	for record, err := range records {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			c.list(kind, err)
			return
		}
		if n++; n <= mostNamed {
			names = append(names, name(record))
		}
		if n == mostListed {
			break
		}
	}
	count, note := strconv.Itoa(n), "there already"
	if n == mostListed {
		count = "at least " + count
	}
	if n > mostNamed {
		note = "there already; these are the first"
	}
	c.find(kind, count, strings.Join(names, ", "), note)
}

// At formats a time of a record for a fact; empty if there is none.
func At(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04 MST")
}
