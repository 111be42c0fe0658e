package report

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/shared/naming"
)

// A Customer is a customer in the list of all.
type Customer struct {
	ID   string `json:"customerId"`
	Name string `json:"name"`
	// State is live, preview, paused, off or blocked.
	State     string   `json:"state"`
	Processes []string `json:"processes"`
	Reason    string   `json:"reason,omitempty"`
}

// Customers returns all customers by id.
func (r Reader) Customers(ctx context.Context) ([]Customer, error) {
	items, err := r.Stack.Settings(ctx)
	if err != nil {
		return nil, err
	}
	return together(ctx, items, func(ctx context.Context, item document.Item) (Customer, error) {
		pauses, err := r.Stack.Pauses(ctx, IDOf(item))
		return DescribeCustomer(r.Stack, item, pauses), err
	})
}

// ids returns one customer, or those of all items of the settings table if it is "".
func (r Reader) ids(ctx context.Context, customer string) ([]string, error) {
	if customer != "" {
		return []string{customer}, nil
	}
	items, err := r.Stack.Settings(ctx)
	var ids []string
	for _, item := range items {
		ids = append(ids, IDOf(item))
	}
	return ids, err
}

// DescribeCustomer says what its settings and pauses say of a customer.
func DescribeCustomer(s *cloud.Stack, item document.Item, pauses map[string]cloud.Pause) Customer {
	c, err := s.Decode(item)
	row := Customer{
		ID: IDOf(item), Name: cmp.Or(document.String(item, "name"), IDOf(item)), Processes: []string{}, State: "live",
	}
	for _, entry := range naming.Entries() {
		if err == nil && c.ProcessEnabled(entry.Process) {
			row.Processes = append(row.Processes, string(entry.Process))
		}
	}
	var reasons []string
	for _, what := range slices.Sorted(maps.Keys(pauses)) {
		reasons = append(reasons, PauseText(s.Now(), pauses[what]))
	}
	_, paused := pauses["customer"]
	switch {
	case err != nil:
		row.State, reasons = "blocked", append(reasons, err.Error())
	case paused:
		row.State = "paused"
	case !c.Enabled:
		row.State = "off"
	case c.Preview:
		row.State = "preview"
	}
	row.Reason = strings.Join(reasons, "; ")
	return row
}
