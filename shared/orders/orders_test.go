package orders_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/orders"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

func now() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

// order returns a server with one order in a status, and a client for it.
func order(t *testing.T, status office24.OrderStatus) (*office24test.Server, *office24test.Tenant, *office24.Client,
	office24.OrderID) {
	t.Helper()
	credentials := office24.Credentials{
		ApplicationID: "1b0c5a52-1111-4222-8333-0000000000aa", Username: "u@example.no", Password: "p",
	}
	server := office24test.New(office24test.Options{Now: now})
	t.Cleanup(server.Close)
	tenant := server.AddTenant(4711, credentials)
	quantity := number.FromInt(3)
	id := tenant.AddOrder(office24.Order{
		CustomerID: 5120, CustomerName: "Blåbær & Sønn AS", Status: status, InvoiceTitle: "Ring før levering",
		Addresses: office24.Addresses{Delivery: &office24.Address{Street: "Testveien 1"}},
		Rows:      []office24.Row{{Name: "Kjele", Quantity: &quantity}},
	})
	client, err := office24.New(office24.Config{
		BaseURL: server.URL(), Credentials: credentials, Now: now, Backoff: time.Millisecond,
		Transport: &http.Transport{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return server, tenant, client, id
}

func fromConfirmed(s office24.OrderStatus) bool { return s == office24.StatusConfirmed }

func TestStatusIsSetOnlyFromAnAllowedStatus(t *testing.T) {
	t.Parallel()
	save := func(f office24test.Fault) func(*office24test.Server, *office24test.Tenant, office24.OrderID) {
		f.Op = "SaveInvoices"
		return func(s *office24test.Server, _ *office24test.Tenant, _ office24.OrderID) { s.Fault(f) }
	}
	for name, test := range map[string]struct {
		from    office24.OrderStatus
		arrange func(*office24test.Server, *office24test.Tenant, office24.OrderID)
		class   errclass.Class // "" for success
		reason  string
		want    office24.OrderStatus
		writes  int
	}{
		"allowed":     {from: office24.StatusConfirmed, want: office24.StatusSent, writes: 1},
		"already set": {from: office24.StatusSent, want: office24.StatusSent},
		"moved by somebody": {
			from: office24.StatusForInvoicing, class: errclass.Conflict, want: office24.StatusForInvoicing,
			reason: "order 40001 was moved to status ForInvoicing and is not set to Sent",
		},
		"invoiced": {
			from: office24.StatusInvoiced, class: errclass.Conflict, want: office24.StatusInvoiced,
			reason: "status Invoiced",
		},
		"deleted": {
			from: office24.StatusConfirmed, class: errclass.Conflict, reason: "order 40001 is gone from 24SevenOffice",
			arrange: func(_ *office24test.Server, tenant *office24test.Tenant, id office24.OrderID) {
				tenant.DeleteOrder(id)
			},
		},
		"refused": {
			from: office24.StatusConfirmed, class: errclass.Rejected, want: office24.StatusConfirmed, writes: 1,
			reason: "Project is required",
			arrange: save(office24test.Fault{
				Kind: office24test.ItemException, Type: "ProjectIsRequiredException", Text: "Project is required",
			}),
		},
		"written, but the answer is lost": {
			from: office24.StatusConfirmed, want: office24.StatusSent, writes: 1,
			arrange: save(office24test.Fault{Kind: office24test.Reset, AfterEffect: true}),
		},
		"not written, and no answer": {
			from: office24.StatusConfirmed, class: errclass.Transient, want: office24.StatusConfirmed, writes: 1,
			arrange: save(office24test.Fault{Kind: office24test.Status, Status: 502}),
		},
		"the answer repeats what was sent, not what was stored": {
			from: office24.StatusConfirmed, class: errclass.Rejected, want: office24.StatusConfirmed, writes: 1,
			reason: "was saved with status Sent but has status Confirmed",
			arrange: func(s *office24test.Server, tenant *office24test.Tenant, id office24.OrderID) {
				s.After(func(c office24test.Call) {
					if c.Operation == "SaveInvoices" {
						tenant.SetStatus(id, office24.StatusConfirmed)
					}
				})
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, tenant, client, id := order(t, test.from)
			before, _ := tenant.Order(id)
			if test.arrange != nil {
				test.arrange(server, tenant, id)
			}
			err := orders.SetStatus(t.Context(), client, id, office24.StatusSent, fromConfirmed)
			if errclass.Of(err) != test.class || err != nil && !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %v; want class %q and %q", err, test.class, test.reason)
			}
			after, _ := tenant.Order(id)
			if after.Status != test.want || len(server.Writes()) != test.writes {
				t.Errorf("status %s after %d writes; want %s after %d", after.Status, len(server.Writes()), test.want,
					test.writes)
			}
			after.Status, after.DateChanged = before.Status, before.DateChanged
			if diff := cmp.Diff(before, after); diff != "" && test.want != "" {
				t.Errorf("more than the status changed: -before +after\n%s", diff)
			}
			if v := server.Violations(); len(v) > 0 {
				t.Errorf("forbidden fields were sent: %v", v)
			}
		})
	}
}

// links returns a customer's state with these links.
func links(t *testing.T, all ...state.OrderLink) *state.Partition {
	t.Helper()
	db := dynamodbtest.For(t)
	c := state.New(db.Client, db.State, now).Partition("acme")
	for _, l := range all {
		if err := c.PutOrder(t.Context(), &l); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func inOngoing(id int, number, goodsOwnerOrderID string) ongoing.Order {
	return ongoing.Order{
		Info: ongoing.OrderInfo{ID: ongoing.OrderID(id), Number: number, GoodsOwnerOrderID: goodsOwnerOrderID},
	}
}

func TestOnlyOrdersWhoseLinkNamesNumberAndIDAreOurs(t *testing.T) {
	t.Parallel()
	s := links(t,
		state.OrderLink{OrderID: 40557, OrderNumber: "SO-40557", OngoingID: 17},
		state.OrderLink{OrderID: 40558, OrderNumber: "40558", OngoingID: 18},
		state.OrderLink{OrderID: 40560, OrderNumber: "SO-40560"})
	for name, test := range map[string]struct {
		order ongoing.Order
		ours  int // the order's id in 24SevenOffice, 0 for none
	}{
		"as it was sent":                             {inOngoing(17, "SO-40557", "40557"), 40557},
		"sent before there was a prefix":             {inOngoing(18, "40558", "40558"), 40558},
		"without its order id, recognised by number": {inOngoing(17, "SO-40557", ""), 40557},
		"another order with the same number":         {inOngoing(99, "SO-40557", "40557"), 0},
		"renumbered in Ongoing":                      {inOngoing(17, "SO-40557-B", "40557"), 0},
		"created by hand, with a number like ours":   {inOngoing(50, "40559", ""), 0},
		"created by hand, with another number":       {inOngoing(51, "privat", ""), 0},
		"sent by a run that died":                    {inOngoing(60, "SO-40560", "40560"), 40560},
		"perhaps sent by a run that died":            {inOngoing(61, "SO-40560", ""), 0},
		"sent by a run that died, renumbered since":  {inOngoing(62, "SO-40560-B", "40560"), 0},
		"from another system":                        {inOngoing(52, "W-1", "W-1"), 0},
	} {
		got, err := orders.Ours(t.Context(), s, []ongoing.Order{test.order}, "SO-")
		if err != nil || got[test.order.Info.ID].OrderID != test.ours || len(got) > 0 != (test.ours != 0) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	several := []ongoing.Order{
		inOngoing(17, "SO-40557", "40557"), inOngoing(18, "40558", "40558"), inOngoing(50, "x", ""),
	}
	got, err := orders.Ours(t.Context(), s, several, "SO-")
	if err != nil || len(got) != 2 {
		t.Errorf("several at once: %+v, %v", got, err)
	}
	if got, err := orders.Ours(t.Context(), s, nil, ""); err != nil || len(got) != 0 {
		t.Errorf("none: %+v, %v", got, err)
	}
}

func TestFirstIsTheLowestIDOfOurs(t *testing.T) {
	t.Parallel()
	some := links(t,
		state.OrderLink{OrderID: 1, OngoingID: 200},
		state.OrderLink{OrderID: 2, OngoingID: 90},
		state.OrderLink{OrderID: 3})
	for name, test := range map[string]struct {
		links *state.Partition
		place string
		want  ongoing.OrderID
	}{
		"from the links":                   {some, "", 90},
		"from the cursor":                  {some, "55", 55},
		"nothing imported yet":             {links(t), "", 0},
		"only orders that were never sent": {links(t, state.OrderLink{OrderID: 3}), "", 0},
	} {
		if got, err := orders.First(t.Context(), test.links, nil, test.place); err != nil || got != test.want {
			t.Errorf("%s: got %d, %v; want %d", name, got, err, test.want)
		}
	}
	if _, err := orders.First(t.Context(), some, nil, "ninety"); !errclass.Is(err, errclass.Defect) {
		t.Errorf("a place that is not an id: %v", err)
	}
}

func TestErrorOfTheStateIsNotTakenForNoLinks(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.Embedded(t)
	s := state.New(db.Client, db.State, now).Partition("acme")
	db.Server.Inject(dynamodbtest.Fault{Times: -1, Effect: dynamodbtest.Fail})
	_, err := orders.Ours(t.Context(), s, []ongoing.Order{inOngoing(17, "40557", "40557")}, "")
	if !errclass.Is(err, errclass.Transient) {
		t.Errorf("Ours: %v", err)
	}
	if _, err := orders.First(t.Context(), s, nil, ""); err == nil || errors.Is(err, state.ErrChanged) {
		t.Errorf("First: %v", err)
	}
}
