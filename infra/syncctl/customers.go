package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

type customersCommand struct {
	List   customersListCommand `cmd:"" help:"List all customers."`
	Show   customersShowCommand `cmd:"" help:"Show a customer's settings, secret and binding."`
	Add    addCommand           `cmd:"" help:"Add a customer, in preview at first."`
	Set    setCommand           `cmd:"" help:"Change settings, after the difference was shown."`
	Unset  unsetCommand         `cmd:"" help:"Remove settings, so that their defaults count."`
	Secret secretCommand        `cmd:"" help:"Replace a customer's credentials."`
	Pause  pauseCommand         `cmd:"" help:"Switch a customer or a process off for a while."`
	Resume resumeCommand        `cmd:"" help:"End a pause."`
	Move   moveCommand          `cmd:"" help:"Move a customer to another goods owner or company."`
	Remove removeCommand        `cmd:"" help:"Remove a customer."`
}

// onCustomer is the argument of the commands for one customer.
type onCustomer struct {
	Customer string `arg:"" help:"Id of the customer." predictor:"customer"`
}

// asking is the option of the commands that write.
type asking struct {
	Yes bool `help:"Write without asking." short:"y"`
}

func idOf(item document.Item) string { return document.String(item, naming.PartitionKey) }

type customersListCommand struct{}

// A customerRow is a customer in the list.
type customerRow struct {
	ID   string `json:"customerId"`
	Name string `json:"name"`
	// State is live, preview, paused, off or blocked.
	State     string   `json:"state"`
	Processes []string `json:"processes"`
	Reason    string   `json:"reason,omitempty"`
}

// Run prints all customers.
func (customersListCommand) Run(ctx context.Context, a *app) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	items, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	list, err := together(ctx, items, func(ctx context.Context, item document.Item) (customerRow, error) {
		pauses, err := s.Pauses(ctx, idOf(item))
		return describeCustomer(s, item, pauses), err
	})
	if err != nil {
		return err
	}
	if a.JSON {
		return a.printJSON("customers", list)
	}
	var rows []table.Row
	for _, c := range list {
		rows = append(rows, table.Row{c.ID, c.Name, c.State, strings.Join(c.Processes, " "), c.Reason})
	}
	a.table(table.Row{"customer", "name", "state", "processes", "reason"}, rows)
	if len(list) == 0 {
		a.say("there is no customer yet; add the first one with syncctl customers add")
	}
	return nil
}

func describeCustomer(s *cloud.Stack, item document.Item, pauses map[string]cloud.Pause) customerRow {
	c, err := s.Decode(item)
	row := customerRow{ID: idOf(item), Name: document.String(item, "name"), Processes: []string{}, State: "live"}
	for _, entry := range naming.Entries() {
		if err == nil && c.ProcessEnabled(entry.Process) {
			row.Processes = append(row.Processes, string(entry.Process))
		}
	}
	var reasons []string
	for _, what := range slices.Sorted(maps.Keys(pauses)) {
		reasons = append(reasons, describePause(pauses[what]))
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

type customersShowCommand struct {
	onCustomer
	All bool `help:"Show the settings that have their defaults, too."`
}

// A customerDetail is what is known of a customer.
type customerDetail struct {
	customerRow
	Settings []document.Setting `json:"settings"`
	Secret   string             `json:"secret"`
	Binding  string             `json:"binding"`
}

// Run prints what is known of a customer.
func (c customersShowCommand) Run(ctx context.Context, a *app) error {
	s, item, err := a.openCustomer(ctx, c.Customer)
	if err != nil {
		return err
	}
	pauses, err := s.Pauses(ctx, c.Customer)
	if err != nil {
		return err
	}
	d := customerDetail{customerRow: describeCustomer(s, item, pauses), Settings: document.List(item)}
	d.Secret = s.SecretName(c.Customer)
	if err := s.HasSecret(ctx, c.Customer); err != nil {
		d.Secret = err.Error()
	}
	binding, bound, err := s.Binding(ctx, c.Customer)
	if err != nil {
		return err
	}
	if d.Binding = "none; the first live run binds the customer"; bound {
		d.Binding = describeBinding(binding)
	}
	if c.All {
		d.Settings = withDefaults(d.Settings)
	}
	if a.JSON {
		return a.printJSON("customer", d)
	}
	a.print("%s (%s): %s", d.ID, d.Name, strings.TrimSuffix(d.State+": "+d.Reason, ": "))
	a.print("processes  %s", strings.Join(d.Processes, " "))
	a.print("secret     %s", d.Secret)
	a.print("bound to   %s\n", d.Binding)
	a.printSettings(d.Settings)
	return nil
}

func (a *app) printSettings(list []document.Setting) {
	var rows []table.Row
	for _, setting := range list {
		rows = append(rows, table.Row{setting.Path, setting.Value})
	}
	a.table(table.Row{"setting", "value"}, rows)
}

func describeBinding(b state.Binding) string {
	company := strings.TrimSpace(fmt.Sprintf("client %d of 24SevenOffice %s", b.Office24ClientID, b.Office24Name))
	return fmt.Sprintf("%s, goods owner %d at %s, since %s",
		company, b.GoodsOwnerID, b.OngoingBaseURL, b.BoundAt.Format(time.DateOnly))
}

// withDefaults adds the settings that are missing.
func withDefaults(given []document.Setting) []document.Setting {
	for _, d := range settings.Describe() {
		below := func(s document.Setting) bool { return s.Path == d.Path || strings.HasPrefix(s.Path, d.Path+".") }
		if !strings.ContainsAny(d.Path, "<[") && !slices.ContainsFunc(given, below) {
			given = append(given, document.Setting{Path: d.Path, Value: "(default: " + plainText(d.Default) + ")"})
		}
	}
	slices.SortFunc(given, func(a, b document.Setting) int { return strings.Compare(a.Path, b.Path) })
	return given
}

// checkWritable returns an error if a customer would be blocked with these settings.
func checkWritable(ctx context.Context, s *cloud.Stack, item document.Item) error {
	c, err := s.Decode(item)
	if err != nil {
		return fmt.Errorf("nothing was written: these settings would block the customer: %w", err)
	}
	if c.Preview {
		return nil // a customer in preview can look at any goods owner
	}
	binding, bound, err := s.Binding(ctx, c.ID)
	if err != nil {
		return err
	}
	to := state.Binding{OngoingBaseURL: c.Ongoing.BaseURL, GoodsOwnerID: c.Ongoing.GoodsOwnerID}
	if bound && !binding.SameGoodsOwner(to) {
		return fmt.Errorf("nothing was written: customer %s is bound to %s, and these settings name goods owner %d at "+
			"%s, which would block it; to move it, use syncctl customers move %s",
			c.ID, describeBinding(binding), to.GoodsOwnerID, to.OngoingBaseURL, c.ID)
	}
	return checkGoodsOwner(ctx, s, c)
}

// checkGoodsOwner returns an error if another customer is bound to the goods owner of a customer's settings, or names
// it and is not in preview: a goods owner has one customer.
func checkGoodsOwner(ctx context.Context, s *cloud.Stack, c settings.Customer) error {
	err := s.CheckGoodsOwner(ctx, c.ID, c.Ongoing.BaseURL, c.Ongoing.GoodsOwnerID)
	if err != nil {
		return fmt.Errorf("nothing was written: these settings would block the customer: %w", err)
	}
	items, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	for _, item := range items {
		other, err := s.Decode(item)
		if err == nil && other.ID != c.ID && other.Enabled && !other.Preview && other.Ongoing == c.Ongoing {
			return fmt.Errorf("nothing was written: customer %s has goods owner %d at %s already, and a goods owner "+
				"has one customer; correct ongoing.goodsOwnerId or ongoing.baseUrl",
				other.ID, c.Ongoing.GoodsOwnerID, c.Ongoing.BaseURL)
		}
	}
	return nil
}

// printChanges prints the difference of two items.
func (a *app) printChanges(changes []document.Change) {
	var rows []table.Row
	for _, c := range changes {
		rows = append(rows, table.Row{c.Path, orDefault(c.Path, c.Old), orDefault(c.Path, c.New)})
	}
	a.table(table.Row{"setting", "is", "becomes"}, rows)
}

// orDefault returns a value, or the default of the setting if it is missing.
func orDefault(path, value string) string {
	if value != "" {
		return value
	}
	for _, d := range settings.Describe() {
		if d.Path == path && d.Default != "required" {
			return "(default: " + plainText(d.Default) + ")"
		}
	}
	return "–"
}

// plainText removes Markdown's code spans.
func plainText(s string) string { return strings.ReplaceAll(s, "`", "") }

// errNothing ends a change that changes nothing.
var errNothing = errors.New("nothing to change")

// write shows a change of the settings, asks, writes it and notes it.
func (a *app) write(ctx context.Context, s *cloud.Stack, from, to document.Item, yes bool, action cloud.Action) error {
	action.Change = document.Diff(from, to)
	if len(action.Change) == 0 {
		return errNothing
	}
	if err := checkWritable(ctx, s, to); err != nil {
		return err
	}
	if a.JSON {
		if err := a.printJSON("changes", action.Change); err != nil {
			return err
		}
	} else {
		a.printChanges(action.Change)
	}
	if err := a.confirm(yes, "write these settings of %s?", idOf(to)); err != nil {
		return err
	}
	if err := s.PutSettings(ctx, from, to); err != nil {
		return err
	}
	a.note(ctx, s, idOf(to), action)
	return nil
}
