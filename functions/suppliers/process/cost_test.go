package process

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/state"
)

// readsAll reports whether all links were read.
func readsAll(reads []string) bool {
	return slices.Contains(reads, "Query acme/article#") || slices.Contains(reads, "Query acme/supplier#")
}

func TestRunReadsNotAllLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for id := office24.CompanyID(1); id <= 3; id++ {
		w.company(id, office24.CompanySupplier)
		w.product(fmt.Sprint("A-", id), id)
		w.product(fmt.Sprint("B-", id), id)
	}
	w.company(4, office24.CompanyBusiness)
	w.ok()
	w.Clock.Forward(24 * time.Hour)
	w.ok()
	for name, do := range map[string]func(){
		"nothing changed":                func() {},
		"a supplier changed":             func() { w.moveTo(2, "NYSTAD") },
		"a customer changed":             func() { w.moveTo(4, "NYSTAD") },
		"a supplier got another article": func() { w.product("C-3", 3) },
		"the cursor is lost":             func() { w.Delete("cursor#suppliers") },
	} {
		w.Clock.Forward(24 * time.Hour)
		do()
		if reads := w.DynamoDB.Reads(func() { w.ok() }); readsAll(reads) {
			t.Errorf("%s: got reads %v", name, reads)
		}
	}
	w.Clock.Forward(24 * time.Hour)
	w.ok()
	for record := range w.Records() {
		if strings.HasPrefix(record, "supplier-todo#") && record != "supplier-todo#indexed#2" {
			t.Errorf("%s is left", record)
		}
	}
}

// The share of 24SevenOffice's calls that suppliers has in an hour is then enough for any number.
func TestSuppliersTakeOneCallOf24SevenOfficeTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const all = 10
	for id := office24.CompanyID(1); id <= all; id++ {
		w.company(id, office24.CompanySupplier)
		w.product(fmt.Sprint("A-", id), id)
	}
	w.ok()
	for id := office24.CompanyID(1); id <= all; id++ {
		w.moveTo(id, "NYSTAD")
	}
	before, _, _ := w.VendorCalls()
	w.ok()
	if after, _, _ := w.VendorCalls(); after-before > 2 { // the search for companies, and their products
		t.Errorf("%d calls for %d suppliers", after-before, all)
	}
	if w.city(all) != "NYSTAD" {
		t.Errorf("supplier %d is in %s", all, w.city(all))
	}
}

// Links of the version before are not indexed; nor is what one wrote after a roll-back, until a full run.
func TestLinksOfAnOlderVersionAreIndexedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(1, office24.CompanySupplier)
	w.company(2, office24.CompanySupplier)
	w.product("A", 1)
	w.ok()
	forget := func() {
		for record := range w.Records() {
			if strings.HasPrefix(record, "supplier-todo#") || strings.HasPrefix(record, "supplier-carrier#") {
				w.Delete(record)
			}
		}
	}
	forget()
	for i, want := range []bool{true, false} {
		w.moveTo(1, fmt.Sprint("BY-", i))
		if got := readsAll(w.DynamoDB.Reads(func() { w.ok() })); got != want || w.city(1) != fmt.Sprint("BY-", i) {
			t.Errorf("run %d: read all links: %t, want %t; supplier 1 in %s", i, got, want, w.city(1))
		}
		if !w.link(2).Waiting {
			t.Errorf("run %d: supplier 2 does not wait", i)
		}
	}
	w.product("B", 2)
	w.Delete("supplier-todo#2#named")
	w.run(map[string]any{"full": true})
	if w.city(2) != "PROVSTAD" {
		t.Errorf("supplier 2: %s", w.city(2))
	}
}

// The index is written before the link. The supplier is not settled while a run is between the two.
func TestSupplierThatWasNamedBeforeTheLinkWasStoredIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.company(1, office24.CompanySupplier)
	w.ok()
	w.Clock.Forward(time.Minute)
	id := w.product("A", 1)
	links, err := w.Partition().Articles(t.Context(), []int{int(id)})
	w.must(err)
	stored := links[int(id)]
	without := state.ArticleLink{ProductID: int(id), ArticleNumber: "A", Version: stored.Version}
	w.must(w.Partition().PutArticle(t.Context(), &without))
	if w.ok(); !w.link(1).Waiting {
		t.Fatal("it does not wait")
	}
	stored.Version = without.Version
	w.must(w.Partition().PutArticle(t.Context(), &stored))
	w.Clock.Forward(time.Minute)
	if w.ok(); w.link(1).Waiting || w.city(1) != "PROVSTAD" {
		t.Errorf("link %+v, city %s", w.link(1), w.city(1))
	}
}
