package digest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/naming"
)

// This file puts equal troubles together, so that the mail names each once.

// together puts those together, the worst first, that are the same in several processes of a customer: a wrong password
// blocks all of them.
func together(troubles []Trouble) (all [][]Trouble) {
	troubles = slices.Clone(troubles)
	slices.SortStableFunc(troubles, func(x, y Trouble) int {
		return cmp.Compare(slices.Index(severity, x.Kind), slices.Index(severity, y.Kind))
	})
	for _, t := range troubles {
		i := slices.IndexFunc(all, func(same []Trouble) bool {
			return t.Count == 0 && t.Kind == same[0].Kind && WithoutCall(t.Reason) == WithoutCall(same[0].Reason)
		})
		if i < 0 {
			all = append(all, []Trouble{t})
			continue
		}
		if all[i] = append(all[i], t); t.Reason != all[i][0].Reason {
			all[i][0].Reason = WithoutCall(t.Reason)
		}
	}
	return all
}

// A common is one trouble of several customers.
type common struct {
	customers []string
	troubles  []Trouble // of all of them, with the general reason
}

// names names the first few.
func (c common) names() string {
	const named = 3
	ids := slices.Sorted(slices.Values(c.customers))
	if left := len(ids) - named; left > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:named], ", "), left)
	}
	return strings.Join(ids, ", ")
}

// inCommon returns what several customers have in common, such as an outage: runs fail, are late or are blocked for the
// same reason, whatever the process; what stops most of them is first. rest are the customers that have other trouble,
// with only that.
//
// Records stay with their customer: the reason of many is that of the oldest.
func inCommon(customers []Customer) (shared []common, rest []Customer) {
	type key struct {
		kind   Kind
		reason string
	}
	keyOf := func(c Customer, same []Trouble) key {
		return key{same[0].Kind, General(c.ID, same[0].Reason)}
	}
	found := map[key]common{}
	var order []key
	for _, c := range customers {
		for _, same := range together(c.Troubles) {
			if same[0].Count > 0 || remedy(c.ID, same[0]) != "" { // it is about this customer's records or pause
				continue
			}
			k := keyOf(c, same)
			f, has := found[k]
			if !has {
				order = append(order, k)
			}
			for _, t := range same {
				t.Reason = k.reason
				f.troubles = append(f.troubles, t)
			}
			if !slices.Contains(f.customers, c.ID) {
				f.customers = append(f.customers, c.ID)
			}
			found[k] = f
		}
	}
	for _, k := range order {
		if len(found[k].customers) > 1 {
			shared = append(shared, found[k])
		}
	}
	slices.SortStableFunc(shared, func(a, b common) int { return len(b.customers) - len(a.customers) })
	for _, c := range customers {
		var own []Trouble
		for _, same := range together(c.Troubles) {
			if len(found[keyOf(c, same)].customers) < 2 {
				own = append(own, same...)
			}
		}
		if c.Troubles = own; len(own) > 0 {
			rest = append(rest, c)
		}
	}
	return shared, rest
}

// processes lists the processes of troubles, each once, in the order in which they run.
func processes(troubles []Trouble) string {
	var names []string
	for _, entry := range naming.Entries() {
		if slices.ContainsFunc(troubles, func(t Trouble) bool { return t.Process == entry.Process }) {
			names = append(names, string(entry.Process))
		}
	}
	return strings.Join(names, ", ")
}

// oldest returns when the oldest began of which that is known.
func oldest(troubles []Trouble) (since time.Time) {
	for _, t := range troubles {
		if !t.Since.IsZero() && (since.IsZero() || t.Since.Before(since)) {
			since = t.Since
		}
	}
	return since
}
