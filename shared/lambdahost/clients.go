package lambdahost

import (
	"context"
	"net/http"
	"sync"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/observe"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/secrets"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
	"ongoing24so/shared/vendorhttp"
)

// Dependencies are what a process uses to work for one customer.
type Dependencies struct {
	Settings settings.Customer
	State    *state.Partition
	Office24 *office24.Client
	Ongoing  *ongoing.Client
	Now      func() time.Time
}

// clients makes the clients of a customer from its settings and its secret. All customers share its fields.
type clients struct {
	process           naming.Process
	secrets           *secrets.Reader
	office24URL       string
	office24Transport *http.Transport
	ongoingTransport  *http.Transport
	ongoingLocks      *goodsOwnerLocks
	backoff           time.Duration
	now               func() time.Time
	meter             *observe.Meter
	tracer            *observe.Tracer
}

// A connection is what open returns.
type connection struct {
	Dependencies
	company office24.ClientInfo
	// secret is the fingerprint of the customer's secret.
	secret string
	used   func() (state.Usage, bool)
}

// open reads the secret, makes the clients and logs in to 24SevenOffice, unless a session is kept. Ongoing has no
// login. If the login fails, the connection can be used to check what else is wrong.
//
// The secret is read for each run, and a kept session is sealed with it, so a changed secret counts in the next run,
// also while a session of the old one is alive.
func (cl clients) open(ctx context.Context, c settings.Customer, s *state.Partition) (connection, error) {
	credentials, err := cl.secrets.Read(ctx, c.ID)
	if err != nil {
		return connection{}, err
	}
	usage := &usageCounter{next: cl.office24Transport, now: cl.now}
	thisHour := s.CallsThisHour()
	usage.share.hour, usage.share.earlier = thisHour.At, thisHour.Calls
	usage.share.share, usage.share.limited = hourlyShare(cl.process)
	office, wrongOffice := office24.New(office24.Config{
		BaseURL: cl.office24URL,
		Secret:  cl.secrets.Name(c.ID),
		Credentials: office24.Credentials{
			ApplicationID: credentials.Office24.ApplicationID.Reveal(),
			Username:      credentials.Office24.Username.Reveal(),
			Password:      credentials.Office24.Password.Reveal(),
		},
		IdentityID: c.Office24.IdentityID,
		ClientID:   c.Office24.ClientID,
		Sessions:   s,
		Transport:  usage,
		Now:        cl.now,
		Observe:    cl.officeObserver(ctx, usage),
		Backoff:    cl.backoff,
	})
	warehouse, wrongWarehouse := ongoing.New(ongoing.Config{
		BaseURL:    c.Ongoing.BaseURL,
		Secret:     cl.secrets.Name(c.ID),
		GoodsOwner: ongoing.GoodsOwnerID(c.Ongoing.GoodsOwnerID),
		Credentials: ongoing.Credentials{
			Username: credentials.Ongoing.Username.Reveal(),
			Password: credentials.Ongoing.Password.Reveal(),
		},
		Transport: cl.ongoingTransport,
		CallLock:  cl.ongoingLocks.lockFor(c.Ongoing),
		Now:       cl.now,
		Observe:   cl.observer(ctx, "Ongoing WMS"),
		Backoff:   cl.backoff,
	})
	if err := errclass.Join(wrongOffice, wrongWarehouse); err != nil {
		return connection{}, err
	}
	company, err := office.Connect(ctx)
	return connection{
		Dependencies: Dependencies{Settings: c, State: s, Office24: office, Ongoing: warehouse, Now: cl.now},
		company:      company,
		secret:       credentials.Fingerprint(),
		used:         usage.used,
	}, err
}

// observer returns a function that reports a vendor's calls to the metrics and the trace.
func (cl clients) observer(ctx context.Context, vendor string) func(vendorhttp.Call) {
	return func(call vendorhttp.Call) {
		cl.meter.VendorCall(call.Throttled)
		cl.tracer.VendorCall(ctx, vendor, call)
	}
}

// officeObserver is the observer of 24SevenOffice, without the calls that our own limit has refused: the vendor has
// seen none of them.
func (cl clients) officeObserver(ctx context.Context, usage *usageCounter) func(vendorhttp.Call) {
	observe := cl.observer(ctx, "24SevenOffice")
	return func(call vendorhttp.Call) {
		if call.Status != http.StatusTooManyRequests || !usage.refused.Load() {
			observe(call)
		}
	}
}

// goodsOwnerLocks have one lock for each goods owner, so that a function has one call in flight for it: customers in
// preview can look at a goods owner that another customer is bound to.
type goodsOwnerLocks struct {
	locks sync.Map // settings.Ongoing → vendorhttp.Lock
}

func (l *goodsOwnerLocks) lockFor(goodsOwner settings.Ongoing) vendorhttp.Lock {
	lock, _ := l.locks.LoadOrStore(goodsOwner, vendorhttp.NewLock())
	return lock.(vendorhttp.Lock)
}
