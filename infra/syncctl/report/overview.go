package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"ongoing24so/shared/digest"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// An Overview says what happened to a customer's orders day by day, what the last runs did, and how far the first load
// is. It comes from the state table; the first load is asked of the functions.
type Overview struct {
	Customer string    `json:"customerId"`
	At       time.Time `json:"at"`
	TimeZone string    `json:"timeZone"`
	Days     []Day     `json:"days"` // oldest first
	// Open are the orders that are in the warehouse, oldest first, at most mostOpen; OpenCount counts all.
	Open      []OpenOrder `json:"open"`
	OpenCount int         `json:"openCount"`
	LastRuns  []LastRun   `json:"lastRuns"`
	Loads     []Load      `json:"firstLoads"`
	// Usage is what was used of 24SevenOffice in this month.
	Usage state.MonthUsage `json:"office24Usage"`
}

// A Day counts orders by what happened to them on a day, in the customer's time zone. The state table knows when an
// order was booked in 24SevenOffice, which follows its shipping within an interval.
type Day struct {
	Date string `json:"date"`
	// Imported came to the warehouse, Booked were shipped and booked, Cancelled were cancelled in the warehouse, and
	// Elsewhere were delivered without us.
	Imported  int `json:"imported"`
	Booked    int `json:"booked"`
	Cancelled int `json:"cancelled"`
	Elsewhere int `json:"elsewhere"`
	// Open were in the warehouse at the end of the day.
	Open int `json:"open"`
}

// An OpenOrder is in the warehouse.
type OpenOrder struct {
	OrderID     int       `json:"orderId"`
	OrderNumber string    `json:"orderNumber"`
	Since       time.Time `json:"since"`
	// Booked means that a part of it was shipped, and the rest is awaited.
	Booked bool `json:"booked,omitempty"`
	// Worth is what it is worth with VAT, by currency, if that is known.
	Worth digest.Worth `json:"worth,omitempty"`
}

// A LastRun is what the last recorded run of a process did. A run in which nothing happened leaves no record.
type LastRun struct {
	Process naming.Process `json:"process"`
	runner.RunRecord
	// VerifiedAt is when the process has last compared everything.
	VerifiedAt time.Time `json:"verifiedAt,omitzero"`
}

// A Load is a first load that is not finished: Done of All records, and Left until it will be done as fast as in the
// last run; 0 if that is not known.
type Load struct {
	Process naming.Process `json:"process"`
	Done    int            `json:"done"`
	All     int            `json:"all"`
	Left    time.Duration  `json:"leftNanoseconds"`
}

const mostOpen = 10

// Overview reports on the last days of a customer.
func (r Reader) Overview(ctx context.Context, customer string, days int) (Overview, error) {
	o := Overview{
		Customer: customer, At: r.Stack.Now(), Days: []Day{}, Open: []OpenOrder{}, LastRuns: []LastRun{},
		Loads: []Load{},
	}
	item, err := r.Stack.SettingsOf(ctx, customer)
	if err != nil {
		return o, err
	}
	c, err := r.Stack.Decode(item)
	if err != nil {
		return o, fmt.Errorf("customer %s is blocked: %w", customer, err)
	}
	o.TimeZone = c.Location.String()
	links, err := r.Stack.Orders(ctx, customer)
	if err != nil {
		return o, err
	}
	o.addOrders(links, c.Location, days)
	marks, err := r.Stack.Marks(ctx, customer)
	if err != nil {
		return o, err
	}
	used, err := r.Stack.Usage(ctx, customer, o.At, marks)
	if err != nil {
		return o, err
	}
	o.Usage = used
	for _, entry := range naming.Entries() {
		if !c.ProcessEnabled(entry.Process) {
			continue
		}
		if err := r.addRun(ctx, &o, c, entry.Process, links); err != nil {
			return o, err
		}
	}
	return o, nil
}

// addOrders counts orders by day.
func (o *Overview) addOrders(links []state.OrderLink, zone *time.Location, days int) {
	today := o.At.In(zone)
	index := map[string]int{}
	for i := range days {
		date := today.AddDate(0, 0, i+1-days).Format(time.DateOnly)
		index[date] = i
		o.Days = append(o.Days, Day{Date: date})
	}
	count := func(at time.Time, add func(*Day)) {
		if i, ok := index[at.In(zone).Format(time.DateOnly)]; ok && !at.IsZero() {
			add(&o.Days[i])
		}
	}
	for _, l := range links {
		count(l.ImportedAt, func(d *Day) { d.Imported++ })
		count(l.ShippedAt, func(d *Day) { d.Booked++ })
		count(l.CancelledAt, func(d *Day) { d.Cancelled++ })
		if l.ShippedAt.IsZero() {
			count(l.DeliveredAt, func(d *Day) { d.Elsewhere++ })
		}
		if l.ImportedAt.IsZero() {
			continue
		}
		came, left := l.ImportedAt.In(zone).Format(time.DateOnly), leftOn(l, zone)
		for i := range o.Days {
			if d := &o.Days[i]; came <= d.Date && (left == "" || d.Date < left) {
				d.Open++
			}
		}
		if !l.IsClosed() {
			o.OpenCount++
			o.Open = append(o.Open, OpenOrder{
				OrderID: l.OrderID, OrderNumber: l.OrderNumber, Since: l.ImportedAt, Booked: !l.ShippedAt.IsZero(),
				Worth: digest.WorthOf(l),
			})
		}
	}
	slices.SortFunc(o.Open, func(a, b OpenOrder) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.OrderID, b.OrderID))
	})
	o.Open = o.Open[:min(len(o.Open), mostOpen)]
}

// leftOn returns the day on which an order left the warehouse, "" if it is there.
func leftOn(l state.OrderLink, zone *time.Location) string {
	var left time.Time
	for _, at := range []time.Time{l.ShippedAt, l.CancelledAt, l.DeliveredAt} {
		if !at.IsZero() && (left.IsZero() || at.Before(left)) {
			left = at
		}
	}
	if left.IsZero() {
		return ""
	}
	return left.In(zone).Format(time.DateOnly)
}

// addRun adds the last run of a process, and how far its first load is.
func (r Reader) addRun(
	ctx context.Context, o *Overview, c settings.Customer, process naming.Process, links []state.OrderLink,
) error {
	cursor, err := r.Stack.Cursor(ctx, c.ID, process)
	if err != nil {
		return err
	}
	runs, err := r.Stack.Runs(ctx, c.ID, process, 1)
	if err != nil || len(runs) == 0 {
		return err
	}
	last := runs[0]
	o.LastRuns = append(o.LastRuns, LastRun{process, last, cursor.VerifiedAt})
	if !cursor.Since.IsZero() || last.DryRun {
		return nil
	}
	load := Load{Process: process}
	switch process {
	case naming.Articles:
		var articles []state.ArticleLink
		articles, err = r.Stack.Articles(ctx, c.ID)
		load.Done = len(articles)
	case naming.SalesOrders:
		for _, l := range links {
			if l.OngoingID != 0 {
				load.Done++
			}
		}
	default:
		return nil // it writes what the others have brought
	}
	if err != nil {
		return err
	}
	planned, err := r.dryRun(ctx, c.ID, process, false)
	if err != nil {
		return err
	}
	load.All = load.Done + planned.Planned
	if last.Written > 0 {
		load.Left = time.Duration(float64(planned.Planned) / float64(last.Written) * float64(pace(c, last)))
	}
	o.Loads = append(o.Loads, load)
	return nil
}

// pace is how long it takes to write as much as the last run did: to the next run, which follows at the next tick if
// the last one ran out of time.
func pace(c settings.Customer, last runner.RunRecord) time.Duration {
	took := last.FinishedAt.Sub(last.StartedAt)
	if last.CutShort {
		return max(took, naming.Period)
	}
	return max(took, c.Interval)
}

// Percent is how much of a load is done.
func (l Load) Percent() int {
	if l.All == 0 {
		return 100
	}
	return l.Done * 100 / l.All
}
