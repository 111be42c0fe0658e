package main

import (
	"context"
	"errors"
	"fmt"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/dynamoattr"
)

type moveCommand struct {
	onCustomer
	asking
	BaseURL    string `help:"Address of the new warehouse's API." name:"base-url" placeholder:"URL"`
	GoodsOwner string `help:"The new goods owner." placeholder:"ID"`
	Client     string `help:"Client.Id of the new company in 24SevenOffice." placeholder:"ID"`
	Identity   string `help:"The new identity (company) to log in to." placeholder:"GUID"`
	Preview    bool   `help:"Set mode=preview, too: nothing is written in the new place until you set mode=live."`
	Reason     string `help:"Why; syncctl history shows it." required:""`
}

// Run moves a customer: it changes the settings that say where the customer is, and deletes the binding, which is the
// decision to move.
func (c moveCommand) Run(ctx context.Context, a *app) error {
	s, from, err := a.openCustomer(ctx, c.Customer)
	if err != nil {
		return err
	}
	binding, bound, err := s.Binding(ctx, c.Customer)
	if err != nil {
		return err
	}
	if !bound {
		return fmt.Errorf("customer %s is not bound yet, so it need not be moved; "+
			"change its settings: syncctl customers set %s %s %s", c.Customer, c.Customer,
			report.Form("ongoing.baseUrl"), report.Form("ongoing.goodsOwnerId"))
	}
	to, err := c.target(from)
	if err != nil {
		return err
	}
	customer, err := s.Decode(to)
	if err != nil {
		return fmt.Errorf("nothing was written: these settings would block the customer: %w", err)
	}
	if err := checkGoodsOwner(ctx, s, customer); err != nil {
		return err
	}
	changes := document.Diff(from, to)
	a.printChanges(changes)
	a.say("customer %s is bound to %s", c.Customer, report.BindingText(binding))
	a.say("after the move, its next live run binds it to goods owner %d at %s and to the company of its login",
		customer.Ongoing.GoodsOwnerID, customer.Ongoing.BaseURL)
	if !customer.Preview {
		a.say("that is at the next tick; to look first at what it will do there, say --preview, too")
	}
	a.say("every process then reads everything once: articles and open orders go there; " +
		"nothing more is written to the former goods owner")
	a.say("orders that are open in the former goods owner stay open there: " +
		"let them be cancelled, or they are shipped from both")
	a.say("what is known of the former records stays; moving back finds it")
	if len(changes) == 0 {
		a.say("the settings stay as they are: this only deletes the binding")
	}
	if err := a.confirm(c.Yes, "move customer %s?", c.Customer); err != nil {
		return err
	}
	// A crash between the two writes leaves a customer that is blocked because its settings lead elsewhere; the command
	// can be repeated.
	if len(changes) > 0 {
		if err := s.PutSettings(ctx, from, to); err != nil {
			return err
		}
	}
	if err := s.Unbind(ctx, c.Customer, binding); err != nil {
		return err
	}
	a.note(ctx, s, c.Customer, cloud.Action{
		What: "move", Reason: c.Reason, Detail: "was bound to " + report.BindingText(binding), Change: changes,
		Settings: cloud.Fingerprint(to),
	})
	a.say("moved. If the new place needs other credentials, store them now: syncctl customers secret %s", c.Customer)
	a.say("then look at what is there and at what the next run will do: syncctl check %s, syncctl preview %s",
		c.Customer, c.Customer)
	if customer.Preview {
		a.say("if that is right: syncctl customers set %s mode=live", c.Customer)
	}
	return nil
}

// target returns the settings after the move.
func (c moveCommand) target(item document.Item) (document.Item, error) {
	if c.Preview {
		item = document.Set(item, "mode", dynamoattr.Text("preview"))
	}
	for _, field := range []struct{ path, value string }{
		{"ongoing.baseUrl", c.BaseURL}, {"ongoing.goodsOwnerId", c.GoodsOwner},
		{"office24.clientId", c.Client}, {"office24.identityId", c.Identity},
	} {
		if field.value == "" {
			continue
		}
		v, err := parseAs(typeOf(field.path), field.value)
		if err != nil {
			return nil, errors.Join(errors.New(field.path), err)
		}
		item = document.Set(item, field.path, v)
	}
	return item, nil
}
