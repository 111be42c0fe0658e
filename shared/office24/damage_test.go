package office24_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
)

// What a person or an old import wrote into one product must not stop the others.
func TestDamagedProductIsTheTroubleOfThatProduct(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		member, text string
		want         string // of the member, if the product is read
		reason       string // if it is refused
	}{
		"a vertical tab":     {member: "Description", text: "Kopp\x0bnr 3", want: "Koppnr 3"},
		"a null character":   {member: "Description", text: "\x00Kopp", want: "Kopp"},
		"no character":       {member: "Description", text: "Kopp\ufffe", want: "Kopp"},
		"a long description": {member: "DescriptionLong", text: strings.Repeat("æ", 600_000)},
		"a longer one":       {member: "DescriptionLong", text: strings.Repeat("x", 20<<20)},
		"a control character that we do not read": {member: "StockLocation", text: "\x1f"},
		"a name of a megabyte": {
			member: "Name", text: strings.Repeat("x", 1_200_046), reason: "Name is longer than 65536 bytes",
		},
		"a weight with a comma": {member: "Weight", text: "1,5", reason: "Weight is not a decimal number"},
		"a weight of many digits": {
			member: "Weight", text: strings.Repeat("9", 200_000), reason: "Weight is longer than 65536 bytes",
		},
		"a weight with a character that nobody sees": {
			member: "Weight", text: "1\x1f5", reason: "Weight has a character that XML forbids",
		},
		"a time without a year": {member: "DateChanged", text: "08:03", reason: "DateChanged is not a date and time"},
		"an exception": {
			member: "APIException", text: "Ola Nordmann", reason: "Office24Seven.Library.Core.SomeException",
		},
		"a time-out of this product alone": {
			member: "APIException", text: "Timeout expired", reason: "Office24Seven.Library.Core.SomeException",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, tenant := start(t, office24test.Options{})
			for id := range 5 {
				tenant.AddProduct(office24.Product{
					ID: office24.ProductID(id + 1), Name: fmt.Sprint("Kopp ", id), Description: "Blå",
					DescriptionLong: "Lang", Weight: decimal("1"), StockLocation: "A",
				})
			}
			tenant.Damage("Product", 3, tt.member, tt.text)
			client := connect(t, server.URL())
			var read []office24.ProductID
			for p, err := range client.Products(t.Context(), allProducts(),
				"Name", "Description", "DescriptionLong", "Weight", "DateChanged") {
				read = append(read, p.ID)
				switch {
				case p.ID != 3 && err != nil, tt.reason == "" && err != nil:
					t.Errorf("product %d: %v", p.ID, err)
				case p.ID == 3 && tt.reason != "" &&
					(!errclass.Is(err, errclass.Rejected) || !strings.Contains(fmt.Sprint(err), tt.reason) ||
						!strings.Contains(fmt.Sprint(err), "product 3")):
					t.Errorf("product 3: %v, want %q", err, tt.reason)
				case p.ID == 3 && tt.want != "" && p.Description != tt.want:
					t.Errorf("read as %q, want %q", p.Description, tt.want)
				case len(p.DescriptionLong) > 1<<16 || !strings.HasPrefix(tt.text, p.DescriptionLong) &&
					p.ID == 3 && tt.member == "DescriptionLong":
					t.Errorf("%d bytes of DescriptionLong", len(p.DescriptionLong))
				}
			}
			if diff := cmp.Diff([]office24.ProductID{1, 2, 3, 4, 5}, read); diff != "" {
				t.Errorf("products (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDamagedHeadIsUnreadableAndTheOthersAreNot(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	for _, id := range []office24.OrderID{1, 2, 3} {
		tenant.AddOrder(office24.Order{ID: id, CustomerID: 9, Status: office24.StatusConfirmed})
	}
	tenant.Damage("InvoiceOrder", 1, "APIException", "no access")
	tenant.Damage("InvoiceOrder", 2, "DateChanged", "yesterday")
	heads, err := connect(t, server.URL()).OrderHeads(t.Context(), []office24.OrderID{1, 2, 3, 4})
	if err != nil || len(heads) != 3 {
		t.Fatalf("%d heads, %v", len(heads), err)
	}
	for id, head := range heads {
		if (head.Unreadable != nil) != (id != 3) || head.ID != id {
			t.Errorf("order %d: %v", id, head.Unreadable)
		}
	}
}

func TestDamagedRowsAndCompaniesAreTheirTrouble(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	two := decimal("2")
	for _, id := range []office24.OrderID{1, 2} {
		tenant.AddOrder(office24.Order{
			ID: id, CustomerID: 9, Status: office24.StatusConfirmed, InvoiceTitle: "Ring\x1fførst",
			Rows: []office24.Row{{Name: "Kopp\x0b", Quantity: two}},
		})
	}
	tenant.Damage("InvoiceOrder", 1, "InvoiceRows.Quantity", "123,4567")
	tenant.AddCompany(office24.Company{ID: 7, Name: "E\x03AS", Type: office24.CompanySupplier})
	tenant.Damage("Company", 9, "DateChanged", "yesterday")
	client := connect(t, server.URL())
	got := map[string]bool{}
	for o, err := range client.Orders(t.Context(), office24.OrderSearch{ChangedAfter: now().Add(-time.Hour)}) {
		got[fmt.Sprint("order ", o.ID, " ", o.InvoiceTitle, " ", o.Rows[0].Name)] = err == nil
	}
	for c, err := range client.Companies(t.Context(), office24.CompanySearch{ChangedAfter: now().Add(-time.Hour)}) {
		got[fmt.Sprint("company ", c.ID, " ", c.Name)] = err == nil
	}
	want := map[string]bool{
		"order 1 Ringførst Kopp": false, "order 2 Ringførst Kopp": true, "company 7 EAS": true, "company 9 ": false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("readable (-want +got):\n%s", diff)
	}
}

// The vendor asks for GetOrderSyncList where one GetInvoices is too much.
func TestSearchThatIsTooMuchIsDivided(t *testing.T) {
	t.Parallel()
	timeout := office24test.Fault{Op: "GetInvoices", Kind: office24test.SOAPFault, Text: "Timeout expired."}
	late := office24test.Fault{Op: "GetInvoices", Kind: office24test.Hang}
	down := office24test.Fault{Op: "GetInvoices", Kind: office24test.Status, Status: 503, Times: 3}
	slow := office24test.Fault{Op: "GetInvoices", Kind: office24test.Drip, Delay: time.Millisecond}
	twice := timeout
	twice.Times = 2
	for name, tt := range map[string]struct {
		search office24.OrderSearch
		fault  *office24test.Fault
		calls  string // as "GetInvoices GetOrderSyncList"
	}{
		"recent":   {search: office24.OrderSearch{ChangedAfter: now().Add(-30 * 24 * time.Hour)}, calls: "1 0"},
		"far back": {search: office24.OrderSearch{ChangedAfter: now().Add(-200 * 24 * time.Hour)}, calls: "1 1"},
		"recent, but too much": {
			search: office24.OrderSearch{ChangedAfter: now().Add(-10 * 24 * time.Hour)}, fault: &timeout, calls: "2 1",
		},
		"no answer": {
			search: office24.OrderSearch{ChangedAfter: now().Add(-time.Hour)}, fault: &late, calls: "2 1",
		},
		"a part of an answer": {
			search: office24.OrderSearch{ChangedAfter: now().Add(-time.Hour)}, fault: &slow, calls: "2 1",
		},
		"an error of the server": {
			search: office24.OrderSearch{ChangedAfter: now().Add(-20 * 24 * time.Hour)}, fault: &down, calls: "4 1",
		},
		"by status alone": {search: office24.OrderSearch{}, fault: &timeout, calls: "2 1"},
		"twice too much: the batch of 24 is divided": {
			search: office24.OrderSearch{ChangedAfter: now().Add(-10 * 24 * time.Hour)}, fault: &twice, calls: "5 1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, tenant := start(t, office24test.Options{})
			for id := range 24 {
				tenant.AddOrder(office24.Order{
					ID: office24.OrderID(id + 1), CustomerID: 9, InvoiceTitle: strings.Repeat("x", 300),
					Status: []office24.OrderStatus{office24.StatusConfirmed, office24.StatusSent}[id%2],
				})
			}
			if tt.fault != nil {
				server.Fault(*tt.fault)
			}
			client := connect(t, server.URL(), func(c *office24.Config) {
				began := time.Now()
				c.Timeout, c.Now = time.Second, func() time.Time { return now().Add(time.Since(began)) }
			})
			tt.search.Statuses = []office24.OrderStatus{office24.StatusConfirmed}
			var got []office24.OrderID
			for o, err := range client.Orders(t.Context(), tt.search) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, o.ID)
			}
			if diff := cmp.Diff([]office24.OrderID{1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23}, got); diff != "" {
				t.Errorf("orders (-want +got):\n%s", diff)
			}
			calls := fmt.Sprint(server.Calls("GetInvoices"), " ", server.Calls("GetOrderSyncList"))
			if calls != tt.calls {
				t.Errorf("calls %s, want %s", calls, tt.calls)
			}
		})
	}
}

// An outage is not divided: the search for what changed in the last hours is small.
func TestSearchIsNotDividedInAnOutage(t *testing.T) {
	t.Parallel()
	server, _ := start(t, office24test.Options{})
	server.Fault(office24test.Fault{Op: "GetInvoices", Kind: office24test.Status, Status: 503, Times: -1})
	search := office24.OrderSearch{ChangedAfter: now().Add(-time.Hour)}
	_, err := collect(connect(t, server.URL()).Orders(t.Context(), search))
	if !errclass.Is(err, errclass.Transient) || server.Calls("GetOrderSyncList") != 0 {
		t.Errorf("%v, %d calls of GetOrderSyncList", err, server.Calls("GetOrderSyncList"))
	}
}

// The answer to a search by ids came in part: the missing orders are asked for.
func TestSearchByIDsGoesOnAfterAPartOfAnAnswer(t *testing.T) {
	t.Parallel()
	for _, n := range []int{24, 3} { // more than fewIDs, and fewer
		server, tenant := start(t, office24test.Options{})
		var ids, got []office24.OrderID
		for id := range office24.OrderID(n) {
			ids = append(ids, id+1)
			tenant.AddOrder(office24.Order{
				ID: id + 1, CustomerID: 9, InvoiceTitle: strings.Repeat("x", 300), Status: office24.StatusConfirmed,
			})
		}
		server.Fault(office24test.Fault{Op: "GetInvoices", Kind: office24test.Drip, Delay: time.Millisecond})
		client := connect(t, server.URL(), func(c *office24.Config) {
			began := time.Now()
			c.Timeout, c.Now = time.Second, func() time.Time { return now().Add(time.Since(began)) }
		})
		for o, err := range client.Orders(t.Context(), office24.OrderSearch{IDs: ids}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, o.ID)
		}
		if diff := cmp.Diff(ids, got); diff != "" {
			t.Errorf("orders (-want +got):\n%s", diff)
		}
	}
}

// What is not XML in one record is that record's trouble, as long as its end is found.
func TestRecordThatIsNotWellFormedIsRefusedAlone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		xml    string
		whole  bool // the answer cannot be used
		fourth bool // it makes one more product
	}{
		"a bare <":                        {xml: "Rør < 5 mm"},
		"a tag that is not closed":        {xml: "Rør <br> 5 mm"},
		"an end tag too many":             {xml: "Rør</b>"},
		"an attribute without a value":    {xml: "<font size>Rør</font>"},
		"a document type":                 {xml: "<!DOCTYPE a>"},
		"a processing instruction":        {xml: "<?php ?>"},
		"the record's end in a member":    {xml: "</Product><Product><Id>4</Id><Name>", fourth: true},
		"the record's end too early":      {xml: "</Product>", whole: true},
		"a tag of the same start":         {xml: "a < b <Productx></ProductDescription>"},
		"another record in it":            {xml: "a < b <Product><Id>9</Id></Product>", whole: true},
		"another record before the error": {xml: "<Product><Id>9 < </Id></Product>", whole: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, tenant := start(t, office24test.Options{})
			for id := range 3 {
				tenant.AddProduct(office24.Product{ID: office24.ProductID(id + 1), Name: "Kopp", Description: "Blå"})
			}
			tenant.Break("Product", 2, "Name", tt.xml)
			read := map[office24.ProductID]bool{}
			var failed error
			for p, err := range connect(t, server.URL()).Products(t.Context(), allProducts(), "Name", "Description") {
				if err != nil && !errclass.Is(err, errclass.Rejected) {
					failed = err
					continue
				}
				if read[p.ID] = err == nil; err != nil && !strings.Contains(err.Error(), "product 2 cannot be read") {
					t.Errorf("product %d: %v", p.ID, err)
				}
			}
			if (failed != nil) != tt.whole {
				t.Errorf("got %v", failed)
			}
			want := map[office24.ProductID]bool{1: true, 2: false, 3: true}
			if tt.fourth {
				want[4] = true
			}
			if diff := cmp.Diff(want, read); !tt.whole && diff != "" {
				t.Errorf("readable (-want +got):\n%s", diff)
			}
		})
	}
}

// A search by ids tells which records it can be; none of those passes for deleted.
func TestRecordWithoutAReadableIDMakesTheMissingOnesUnreadable(t *testing.T) {
	t.Parallel()
	server, tenant := start(t, office24test.Options{})
	for _, id := range []office24.OrderID{1, 2, 3} {
		tenant.AddOrder(office24.Order{ID: id, CustomerID: 9, Status: office24.StatusConfirmed})
	}
	tenant.Damage("InvoiceOrder", 2, "OrderId", "2,0")
	client := connect(t, server.URL())
	heads, err := client.OrderHeads(t.Context(), []office24.OrderID{1, 2, 3, 4})
	if err != nil || len(heads) != 4 {
		t.Fatalf("%d heads, %v", len(heads), err)
	}
	for id, head := range heads {
		if (head.Unreadable != nil) != (id == 2 || id == 4) {
			t.Errorf("order %d: %v", id, head.Unreadable)
		}
	}
	nameless := 0
	for o, err := range client.Orders(t.Context(), office24.OrderSearch{ChangedAfter: now().Add(-time.Hour)}) {
		switch {
		case o.ID == 0 && errclass.Is(err, errclass.Rejected) && !o.DateChanged.IsZero():
			nameless++
		case err != nil:
			t.Errorf("order %d: %v", o.ID, err)
		}
	}
	if nameless != 1 {
		t.Errorf("%d orders without an id", nameless)
	}
}
