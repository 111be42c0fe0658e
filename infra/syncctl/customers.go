package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/infra/syncctl/report"
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

type customersListCommand struct{}

// Run prints all customers.
func (customersListCommand) Run(ctx context.Context, a *app) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	list, err := a.reader(s).Customers(ctx)
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

type customersShowCommand struct {
	onCustomer
	All bool `help:"Show the settings that have their defaults, too."`
}

// A customerDetail is what is known of a customer.
type customerDetail struct {
	report.Customer
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
	d := customerDetail{Customer: report.DescribeCustomer(s, item, pauses), Settings: document.List(item)}
	d.Secret = s.SecretName(c.Customer)
	if err := s.HasSecret(ctx, c.Customer); err != nil {
		d.Secret = report.WithRemedy(c.Customer, err.Error())
	}
	binding, bound, err := s.Binding(ctx, c.Customer)
	if err != nil {
		return err
	}
	if d.Binding = "none; the first live run binds the customer"; bound {
		d.Binding = report.BindingText(binding)
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
	if problems := s.Problems(item); len(problems) > 0 {
		a.say("to correct it: %s", report.Correction(c.Customer, problems))
	}
	return nil
}

func (a *app) printSettings(list []document.Setting) {
	var rows []table.Row
	for _, setting := range list {
		rows = append(rows, table.Row{setting.Path, setting.Value})
	}
	a.table(table.Row{"setting", "value"}, rows)
}

// withDefaults adds the settings that are missing.
func withDefaults(given []document.Setting) []document.Setting {
	for _, d := range settings.Describe() {
		below := func(s document.Setting) bool { return s.Path == d.Path || strings.HasPrefix(s.Path, d.Path+".") }
		if !strings.ContainsAny(d.Path, "<[") && !slices.ContainsFunc(given, below) {
			value := "(default: " + report.PlainText(d.Default) + ")"
			given = append(given, document.Setting{Path: d.Path, Value: value})
		}
	}
	slices.SortFunc(given, func(a, b document.Setting) int { return strings.Compare(a.Path, b.Path) })
	return given
}

// checkWritable returns an error if a customer would be blocked with these settings. Settings with several mistakes can
// be corrected one by one: a change that leaves fewer mistakes and adds none is accepted. from is nil for a new
// customer.
func checkWritable(ctx context.Context, s *cloud.Stack, from, item document.Item) error {
	c, err := s.Decode(item)
	if err != nil && from != nil && fewer(settings.Problems(from, s.Hosts), settings.Problems(item, s.Hosts)) {
		return nil
	}
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
			c.ID, report.BindingText(binding), to.GoodsOwnerID, to.OngoingBaseURL, c.ID)
	}
	if named := c.Office24.ClientID; bound && named != 0 && named != binding.Office24ClientID {
		return fmt.Errorf("nothing was written: customer %s is bound to %s, and these settings name client %d, which "+
			"would block it; to move it, use syncctl customers move %s", c.ID, report.BindingText(binding), named, c.ID)
	}
	return checkGoodsOwner(ctx, s, c)
}

// fewer reports whether some problems are gone and none is new.
func fewer(before, after []string) bool {
	known := func(problem string) bool { return slices.Contains(before, problem) }
	return len(after) < len(before) && !slices.ContainsFunc(after, func(p string) bool { return !known(p) })
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
		rows = append(rows, table.Row{c.Path, report.ValueText(c.Path, c.Old), report.ValueText(c.Path, c.New)})
	}
	a.table(table.Row{"setting", "is", "becomes"}, rows)
}

// errNothing ends a change that changes nothing.
var errNothing = errors.New("nothing to change")

// write shows a change of the settings, asks, writes it and notes it.
func (a *app) write(ctx context.Context, s *cloud.Stack, from, to document.Item, yes bool, action cloud.Action) error {
	action.Change = document.Diff(from, to)
	if len(action.Change) == 0 {
		return errNothing
	}
	if err := checkWritable(ctx, s, from, to); err != nil {
		return err
	}
	if a.JSON {
		if err := a.printJSON("changes", action.Change); err != nil {
			return err
		}
	} else {
		a.printChanges(action.Change)
	}
	if err := a.confirm(yes, "write these settings of %s?", report.IDOf(to)); err != nil {
		return err
	}
	if err := s.PutSettings(ctx, from, to); err != nil {
		return err
	}
	action.Settings = cloud.Fingerprint(to)
	a.note(ctx, s, report.IDOf(to), action)
	if _, err := s.Decode(to); err != nil {
		a.say("written, and the customer stays blocked until the rest is corrected: %v", err)
		return errSomething
	}
	return nil
}
