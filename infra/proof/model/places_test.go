package model

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// places are the companies and goods owners that the customer can be moved to, and what they held when it left them.
type places struct {
	companies []*office24test.Tenant
	owners    []*ongoingtest.GoodsOwner
	left      map[string]ledger // by stamp
}

// newPlaces adds a second company and a second goods owner with the same ids as the first ones.
func newPlaces(w *world) places {
	p := places{left: map[string]ledger{}}
	second := w.env.AddCompany(w.merchant, 4711)
	p.owners = append(p.owners, w.owner, w.env.AddGoodsOwner(w.merchant, "nord", w.owner.ID))
	p.companies = append(p.companies, w.company, second)
	first := w.company
	w.company = second
	w.seed()
	w.company = first
	return p
}

// stamp names the place that the settings name, as in the state table.
func (w *world) stamp() string {
	return fmt.Sprintf("%d %s %d", w.company.ClientID(), w.owner.Warehouse().BaseURL(), w.owner.ID)
}

// move makes the settings name another place. Until a person has deleted the record binding, nothing is written.
func (w *world) move(pick pick) {
	bound := w.state()["binding"] != nil
	company, owner := pickOne(pick, w.places.companies), pickOne(pick, w.places.owners)
	if company == w.company && owner == w.owner {
		owner = w.places.owners[1-slices.Index(w.places.owners, owner)]
	}
	w.ledger.linked = w.linkedArticles()
	w.places.left[w.stamp()] = w.ledger
	if err := w.env.Move(context.Background(), w.merchant, company, owner); err != nil {
		panic(err)
	}
	w.company, w.owner = company, owner
	known, wasHere := w.places.left[w.stamp()]
	w.ledger = newLedger(w)
	if wasHere {
		w.ledger.histories, w.ledger.made, w.ledger.owned = known.histories, known.made, known.owned
	}
	w.meetAgain()
	err := w.storeSettings()
	w.expect(err == nil, "the settings cannot be stored: %v", err)
	counted.add("act: move")
	w.tracef("settings: move to %s", w.stamp())
	if w.undecided = bound && !w.set.preview; w.undecided {
		for _, e := range naming.Entries() {
			w.traceRun(e.Process, map[string]any{"customers": []string{customer}}, trouble{})
		}
	}
	w.undecided = false
	err = w.env.DeleteRecord(context.Background(), customer, "binding")
	w.expect(err == nil, "the record binding cannot be deleted: %v", err)
	w.tracef("the record binding is deleted")
}

// meetAgain brings the histories of a place up to date with what happened while the customer was elsewhere.
func (w *world) meetAgain() {
	for _, o := range w.ledger.erp.Orders {
		s := w.ledger.histories[o.ID]
		if s == nil {
			s = &history{}
			w.ledger.histories[o.ID] = s
		}
		s.contents = append(s.contents, contentOf(o))
		s.pulled = s.pulled || w.set.pulls(o.Status)
		s.inactive = s.inactive || o.Status == office24.StatusInactive
		s.finished = s.finished || o.Status == office24.StatusSent || o.Status.Invoices()
		s.editedByPeople, s.editedSince = true, true // perhaps
	}
}

// linkedArticles returns the articles that the links of the present place name.
func (w *world) linkedArticles() map[int]bool {
	linked := map[int]bool{}
	for name, r := range w.state() {
		if id, ok := r["articleId"].(float64); ok && strings.HasPrefix(name, "article#") {
			linked[int(id)] = true
		}
	}
	return linked
}

// ofOtherCompany reports whether an article of the goods owner was made for another company, or linked by it.
func (w *world) ofOtherCompany(article int) bool {
	for stamp, l := range w.places.left {
		_, owned := l.owned[article]
		if (owned || l.linked[article]) && stamp != w.stamp() && sameOwner(stamp, w.stamp()) {
			return true
		}
	}
	return false
}

// hasOtherCompanys reports whether the goods owner has an order of another company with the same id.
func (w *world) hasOtherCompanys(id office24.OrderID) bool {
	for stamp, l := range w.places.left {
		if stamp == w.stamp() || !sameOwner(stamp, w.stamp()) {
			continue
		}
		for _, made := range l.made {
			if made == id {
				return true
			}
		}
	}
	return false
}

func sameOwner(stamp, other string) bool {
	_, a, _ := strings.Cut(stamp, " ")
	_, b, _ := strings.Cut(other, " ")
	return a == b
}

// elsewhere returns what the places hold that the settings do not name.
func (w *world) elsewhere() []any {
	var held []any
	for _, c := range w.places.companies {
		if c != w.company {
			held = append(held, c.Snapshot())
		}
	}
	for _, g := range w.places.owners {
		if g != w.owner {
			held = append(held, g.Orders(), g.Articles(), g.Suppliers())
		}
	}
	return held
}

// judgeElsewhere checks that a run has left alone what the settings do not name.
func (w *world) judgeElsewhere(before []any) {
	if now := w.elsewhere(); !reflect.DeepEqual(before, now) {
		w.expect(false, "we wrote to a place that the settings do not name: %s", cmp.Diff(before, now))
	}
}
