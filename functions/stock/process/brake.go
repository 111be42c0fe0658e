package process

import (
	"fmt"
	"slices"
	"strings"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
)

// brake holds a plan that would set more than brakePercent of the compared articles, and at least brakeMinimum of them,
// from above zero to zero: that is what a warehouse's outage looks like.
func brake(s settings.Customer, p plan.Plan[entry]) error {
	var emptied []string
	for _, c := range p.Changes {
		if e := c.Payload; value(e.stock).Sign() > 0 && e.figure.Sign() <= 0 {
			emptied = append(emptied, fmt.Sprintf("%s (product %d)", e.number, e.product))
		}
	}
	if n := len(emptied); n == 0 || n < s.Stock.BrakeMinimum || n*100 <= p.Compared*s.Stock.BrakePercent {
		return nil
	}
	slices.Sort(emptied)
	return errclass.New(errclass.Held, "", "%d of %d compared articles would go to zero, nothing is written: %s; if that is right, "+
		"run the function with these products as keys, or change stock.brakePercent", len(emptied), p.Compared, some(emptied))
}

// some names the first few.
func some(names []string) string {
	const shown = 20
	if len(names) > shown {
		return strings.Join(names[:shown], ", ") + fmt.Sprintf(" and %d more", len(names)-shown)
	}
	return strings.Join(names, ", ")
}
