package process

import (
	"strings"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// A payload is a supplier to be written.
type payload struct {
	// todo is settled when the supplier is written. With settleOnly, that is all that happens.
	todo       state.SupplierTodo
	settleOnly bool
	link       state.SupplierLink
	address    ongoing.SupplierAddress
	// lookedBefore says that its products were not found before, or that it waits already.
	lookedBefore bool
	// notes say what of the supplier was cut.
	notes []string
	// carriers are the products whose articles can carry the supplier, the preferred one first. Without any, the
	// supplier waits for one.
	carriers []office24.ProductID
}

// settled is the decision about a supplier that needs nothing, but was to be looked at.
func settled(id office24.CompanyID, link state.SupplierLink, todo state.SupplierTodo) decision {
	return decision{Verdict: planner.Changed, Change: plan.Change[payload]{
		Key: key(id), Action: plan.Update, LinkOnly: true, Payload: payload{settleOnly: true, link: link, todo: todo},
	}}
}

// Nothing is completed from the other system: a supplier cannot be read back from Ongoing.
type decision = planner.Decision[struct{}, payload]

// decide decides about one company without a call. Again says that a supplier is written even if it has not changed
// since it was last written. A supplier without an article waits, which is not an error: only its link says so.
func decide(c office24.Company, link state.SupplierLink, carriers []office24.ProductID, s settings.Customer,
	again bool) decision {
	if c.Type != office24.CompanySupplier && len(carriers) == 0 {
		return decision{Verdict: planner.Skipped, Why: plan.Why{
			Reason: "it is not a supplier, and no article names it as one",
		}}
	}
	address, notes := articles.SupplierAddress(c, s.DefaultCountry)
	fingerprint := plan.Fingerprint(address)
	change := plan.Change[payload]{
		Key:         key(c.ID),
		Action:      plan.Update,
		Fields:      plan.Diff(nil, address, func(string) bool { return false }),
		Fingerprint: plan.Fingerprint(address, carriers),
	}
	switch {
	case strings.TrimSpace(c.Name) == "":
		return refuse(change.Fingerprint,
			errclass.New(errclass.Rejected, "", "supplier %d has no name; give it one", c.ID))
	case fingerprint == link.Fingerprint && !link.Waiting && !(again && len(carriers) > 0):
		return decision{Verdict: planner.Unchanged}
	case len(carriers) == 0 && link.Waiting:
		return decision{Verdict: planner.Skipped, Why: plan.Why{
			Reason: "it waits: no product that names it has an article yet",
		}}
	case len(carriers) == 0:
		change.LinkOnly = true // the link stores that it waits
	}
	if link.ArticleProductID == 0 {
		change.Action = plan.Create
	}
	link.CompanyID, link.Fingerprint, link.ArticleProductID = int(c.ID), fingerprint, 0
	link.ChangedAt = c.DateChanged
	link.Waiting = len(carriers) == 0
	change.Payload = payload{link: link, address: address, notes: notes, carriers: carriers}
	return decision{Verdict: planner.Changed, Change: change}
}

func refuse(fingerprint string, err error) decision {
	return decision{Verdict: planner.Refused, Fingerprint: fingerprint, Err: err}
}
