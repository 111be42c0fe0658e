package process

import (
	"fmt"
	"slices"
	"strings"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
)

// brake holds all records of a plan that would set more than brakePercent of the compared articles, and at least
// brakeMinimum of them, from above zero to zero. An outage of the warehouse's system looks like that.
func brake(s settings.Customer, p plan.Plan[comparison], _ func(string) bool) (held []plan.Refusal) {
	var emptied []string
	for _, change := range p.Changes {
		if c := change.Payload; valueOrZero(c.stock).Sign() > 0 && c.quantity.Sign() <= 0 {
			emptied = append(emptied, fmt.Sprintf("%s (product %d)", c.number, c.product))
		}
	}
	if n := len(emptied); n == 0 || n < s.Stock.BrakeMinimum || n*100 <= p.Compared*s.Stock.BrakePercent {
		return nil
	}
	slices.Sort(emptied)
	reason := errclass.New(errclass.Held, "",
		"%d of %d compared articles would be set to zero, so nothing is written: %s; if they are sold out, "+
			"run the function with these products as keys, or raise stock.brakePercent",
		len(emptied), p.Compared, listFirst(emptied))
	for _, change := range p.Changes {
		held = append(held, plan.Refusal{Key: change.Key, Fingerprint: change.Fingerprint, Err: reason})
	}
	return held
}

// listFirst lists the first few names.
func listFirst(names []string) string {
	const shown = 20
	if len(names) > shown {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
	}
	return strings.Join(names, ", ")
}
