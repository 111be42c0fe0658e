package orders_test

import (
	"errors"
	"fmt"
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

func TestOrdersOfOursAreRecognisedInAList(t *testing.T) {
	t.Parallel()
	s := links(t,
		state.OrderLink{OrderID: 40557, OrderNumber: "SO-40557", OngoingID: 17},
		state.OrderLink{OrderID: 40558, OrderNumber: "40558", OngoingID: 18},
		state.OrderLink{OrderID: 40560, OrderNumber: "SO-40560"},
		state.OrderLink{OrderID: 40561})
	for name, test := range map[string]struct {
		order ongoing.Order
		claim orders.Claim
		id    int // the order's id in 24SevenOffice
	}{
		"as it was sent":                            {inOngoing(17, "SO-40557", "40557"), orders.Own, 40557},
		"sent before there was a prefix":            {inOngoing(18, "40558", "40558"), orders.Own, 40558},
		"without its order id":                      {inOngoing(17, "SO-40557", ""), orders.Unproven, 40557},
		"another order with the same number":        {inOngoing(99, "SO-40557", "40557"), orders.BackOrder, 40557},
		"renumbered in Ongoing":                     {inOngoing(17, "SO-40557-B", "40557"), orders.Renumbered, 40557},
		"created by hand, with a number like ours":  {inOngoing(50, "40559", ""), orders.NotOurs, 0},
		"created by hand, with another number":      {inOngoing(51, "privat", ""), orders.NotOurs, 0},
		"by hand, under a number of ours":           {inOngoing(53, "SO-40557", ""), orders.NotOurs, 0},
		"sent by a run that died":                   {inOngoing(60, "SO-40560", "40560"), orders.Own, 40560},
		"perhaps sent by a run that died":           {inOngoing(61, "SO-40560", ""), orders.NotOurs, 0},
		"sent by a run that died, renumbered since": {inOngoing(62, "SO-40560-B", "40560"), orders.Renumbered, 40560},
		"with an order id that was never sent":      {inOngoing(63, "SO-40561", "40561"), orders.NotOurs, 0},
		"from another system":                       {inOngoing(52, "W-1", "W-1"), orders.NotOurs, 0},
		"a back order with our order id":            {backOrder(70, 17, "40557"), orders.BackOrder, 40557},
		"a back order of an order that is not here": {backOrder(70, 17, ""), orders.NotOurs, 0},
	} {
		got, err := orders.Claims(t.Context(), s, []ongoing.Order{test.order}, "SO-")
		c := got[test.order.Info.ID]
		if err != nil || c.Claim != test.claim || c.Link.OrderID != test.id {
			t.Errorf("%s: got %+v, %v", name, c, err)
		}
		ours, err := orders.Ours(t.Context(), s, []ongoing.Order{test.order}, "SO-")
		isOurs := c.Claim.IsOrder() || c.Claim == orders.Unproven
		if l := ours[test.order.Info.ID]; err != nil || len(ours) > 0 != isOurs ||
			isOurs && (l.OrderID != test.id || l.OngoingID != int(test.order.Info.ID)) {
			t.Errorf("%s: got %+v, %v", name, ours, err)
		}
	}
	several := []ongoing.Order{
		inOngoing(17, "SO-40557", "40557"), inOngoing(18, "40558", "40558"), inOngoing(50, "x", ""),
		backOrder(70, 17, ""), backOrder(71, 70, ""), backOrder(72, 50, ""),
	}
	got, err := orders.Claims(t.Context(), s, several, "SO-")
	if err != nil || len(got) != 4 || got[70].Claim != orders.BackOrder || got[71].Link.OrderID != 40557 {
		t.Errorf("several at once: %+v, %v", got, err)
	}
	if got, err := orders.Ours(t.Context(), s, nil, ""); err != nil || len(got) != 0 {
		t.Errorf("none: %+v, %v", got, err)
	}
}

func backOrder(id int, original ongoing.OrderID, goodsOwnerOrderID string) ongoing.Order {
	o := inOngoing(id, fmt.Sprintf("B-%d", id), goodsOwnerOrderID)
	o.Info.Advanced.BackOrder.For = original
	return o
}

func TestWhoseOrderItIs(t *testing.T) {
	t.Parallel()
	line := func(row, external string) []ongoing.Line {
		return []ongoing.Line{{RowNumber: row, ExternalID: external}}
	}
	with := func(o ongoing.Order, lines []ongoing.Line) ongoing.Order { o.Lines = lines; return o }
	unsent := state.OrderLink{OrderID: 40557}
	sent := state.OrderLink{OrderID: 40557, OrderNumber: "SO-40557", OngoingID: 17}
	dying := state.OrderLink{OrderID: 40557, OrderNumber: "SO-40557"}
	after := func(l state.OrderLink, number string, id int) state.OrderLink {
		l.Former = &state.Former{Company: 1, Number: number, OngoingID: id}
		return l
	}
	rows := []office24.Row{{ID: 91822}, {}}
	const (
		us, them, nobody = "40557", "web-9", ""
	)
	for name, test := range map[string]struct {
		live ongoing.Order
		link state.OrderLink
		want orders.Claim
	}{
		"our order id":                          {inOngoing(17, "SO-40557", us), sent, orders.Own},
		"our order id, with spaces":             {inOngoing(17, "SO-40557", " 40557 "), sent, orders.Own},
		"our order id, renumbered":              {inOngoing(17, "SO-40557-B", us), sent, orders.Renumbered},
		"our order id, not linked yet":          {inOngoing(17, "SO-40557", us), dying, orders.Own},
		"our order id, without a link":          {inOngoing(17, "SO-40557", us), unsent, orders.Own},
		"from before there was a prefix":        {inOngoing(17, "40557", us), unsent, orders.Renumbered},
		"from another integration":              {inOngoing(17, "WEB-9", us), unsent, orders.Renumbered},
		"somebody else's id under our number":   {inOngoing(17, "SO-40557", them), unsent, orders.NotOurs},
		"somebody else's id, whatever the link": {inOngoing(17, "SO-40557", them), sent, orders.NotOurs},
		"somebody else's id with one of our rows": {
			with(inOngoing(17, "SO-40557", them), line("91822", "")), sent, orders.NotOurs,
		},
		"no id, our row as externalId": {
			with(inOngoing(17, "SO-40557", nobody), line("1", "91822")), sent, orders.Own,
		},
		"no id, our row as rowNumber": {
			with(inOngoing(17, "SO-40557", nobody), line("91822", "")), dying, orders.Own,
		},
		"no id, our row as rowNumber, never sent": {
			with(inOngoing(17, "SO-40557", nobody), line("91822", "")), unsent, orders.NotOurs,
		},
		"no id, our row, another number": {
			with(inOngoing(17, "X", nobody), line("91822", "91822")), sent, orders.Renumbered,
		},
		"no id, another externalId": {
			with(inOngoing(17, "SO-40557", nobody), line("91822", "7")), unsent, orders.NotOurs,
		},
		"no id, a row without an id": {
			with(inOngoing(17, "SO-40557", nobody), line("0", "")), unsent, orders.NotOurs,
		},
		"no id, no row, but linked":             {inOngoing(17, "SO-40557", nobody), sent, orders.Unproven},
		"no id, no row, linked, another number": {inOngoing(17, "X", nobody), sent, orders.NotOurs},
		"no id, no row, another id than linked": {inOngoing(18, "SO-40557", nobody), sent, orders.NotOurs},
		"no id, no row, only our number":        {inOngoing(17, "SO-40557", nobody), dying, orders.NotOurs},

		"a back order that names the order":    {backOrder(18, 17, nobody), sent, orders.BackOrder},
		"a back order with an id of its own":   {backOrder(18, 17, them), sent, orders.BackOrder},
		"a back order with our id":             {backOrder(18, 16, us), sent, orders.BackOrder},
		"a back order with our id, not linked": {backOrder(18, 17, us), unsent, orders.BackOrder},
		"a back order with our row": {
			with(backOrder(18, 16, nobody), line("91822", "")), sent, orders.BackOrder,
		},
		"a second order with our id":              {inOngoing(18, "SO-40557-2", us), sent, orders.BackOrder},
		"a second order with our id and number":   {inOngoing(18, "SO-40557", us), sent, orders.BackOrder},
		"a back order of somebody else's order":   {backOrder(18, 16, them), sent, orders.NotOurs},
		"a back order, and no order is linked":    {backOrder(18, 0, nobody), unsent, orders.NotOurs},
		"a back order that we have linked itself": {backOrder(17, 16, us), sent, orders.Renumbered},

		"another company's, by Ongoing's id": {
			inOngoing(9, "SO-40557", us), after(unsent, "", 9), orders.OtherCompany,
		},
		"another company's, by its number": {
			inOngoing(9, "SO-40557", us), after(unsent, "SO-40557", 0), orders.OtherCompany,
		},
		"another company's, renumbered": {
			inOngoing(9, "X", us), after(unsent, "SO-40557", 9), orders.OtherCompany,
		},
		"another company's back order": {backOrder(10, 9, us), after(sent, "X", 9), orders.OtherCompany},
		"perhaps another company's": {
			inOngoing(10, "X", us), after(unsent, "40557", 9), orders.OtherCompany,
		},
		"perhaps another company's, beside ours": {
			inOngoing(10, "X", us), after(sent, "40557", 9), orders.OtherCompany,
		},
		"ours beside another company's": {
			inOngoing(17, "SO-40557", us), after(sent, "40557", 9), orders.Own,
		},
		"ours beside another company's, not yet": {
			inOngoing(17, "SO-40557", us), after(dying, "40557", 9), orders.Own,
		},
		"a back order of ours, beside theirs": {
			backOrder(18, 17, us), after(sent, "40557", 9), orders.BackOrder,
		},
		"linked, though theirs had its number": {
			inOngoing(17, "SO-40557", us), after(sent, "SO-40557", 9), orders.Own,
		},
		"somebody else's beside another company's": {
			inOngoing(50, "X", them), after(unsent, "40557", 9), orders.NotOurs,
		},
	} {
		if got := orders.Whose(test.live, test.link, rows, "SO-"); got != test.want {
			t.Errorf("%s: got %q; want %q", name, got, test.want)
		}
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
