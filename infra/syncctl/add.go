package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/secrets"
	"ongoing24so/shared/settings"
)

type addCommand struct {
	asking
	Customer   string `arg:"" optional:"" help:"Id of the new customer: 1 to 40 of a-z, 0-9 and -."`
	From       string `help:"A file with settings, and credentials under secret." type:"existingfile" predictor:"file"`
	Name       string `help:"Name for people."`
	BaseURL    string `help:"Address of the warehouse's API." name:"base-url" placeholder:"URL"`
	GoodsOwner string `help:"The customer's goods owner in Ongoing WMS." placeholder:"ID"`
	Client     string `help:"Client.Id of the company in 24SevenOffice; the login must reach it." placeholder:"ID"`
	Identity   string `help:"The identity (company) to log in to." placeholder:"GUID"`
	credentialFlags
}

// credentialFlags say where a customer's credentials come from, if they are not typed in.
type credentialFlags struct {
	SecretFile string `help:"A YAML or JSON file: ${credentials}." type:"existingfile" predictor:"file"`
}

// credentials names what a file with credentials has.
const credentials = "office24 (applicationId, username, password) and ongoing (username, password)"

// Run adds a customer.
func (c addCommand) Run(ctx context.Context, a *app) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	item, secret, err := c.read(ctx, a)
	if err != nil {
		return err
	}
	id := report.IDOf(item)
	if err := checkWritable(ctx, s, nil, item); err != nil {
		return err
	}
	existing, err := s.SettingsOf(ctx, id)
	if err != nil {
		return err
	}
	if existing != nil {
		return fmt.Errorf("there is a customer %s already; syncctl customers show %s prints its settings", id, id)
	}
	hasSecret := s.HasSecret(ctx, id) == nil
	switch {
	case secret == "" && hasSecret:
		a.say("secret %s exists already and is kept", s.SecretName(id))
	case secret == "":
		if secret, err = a.askCredentials(); err != nil {
			return err
		}
	}
	if secret != "" {
		if err := checkSecret(secret); err != nil {
			return err
		}
	}
	a.printSettings(document.List(item))
	question := "add customer %s, in preview?"
	if secret != "" && hasSecret {
		question = "add customer %s, in preview, and replace the secret that it has already?"
	}
	if err := a.confirm(c.Yes, question, id); err != nil {
		return err
	}
	// The secret goes first: after a crash between the two writes nothing runs, and the command can be repeated.
	if secret != "" {
		if _, err := s.PutSecret(ctx, id, secret); err != nil {
			return err
		}
	}
	if err := s.PutSettings(ctx, nil, item); err != nil {
		return err
	}
	a.note(ctx, s, id, cloud.Action{
		What: "add", Change: document.Diff(nil, item), Settings: cloud.Fingerprint(item),
	})
	a.say("added. Every run is a dry run until you set mode=live. Next: syncctl check %s", id)
	return nil
}

// read makes the item from the file, the options and the answers to questions. The secret is "" if the command line
// gives none.
func (c addCommand) read(ctx context.Context, a *app) (document.Item, string, error) {
	item, secret := document.Item{}, ""
	if c.From != "" {
		var err error
		if item, secret, err = readCustomerFile(c.From); err != nil {
			return nil, "", err
		}
	}
	if c.SecretFile != "" {
		var err error
		if secret, err = readSecretFile(c.SecretFile); err != nil {
			return nil, "", err
		}
	}
	for _, field := range []struct{ path, value, question, flag string }{
		{naming.PartitionKey, c.Customer, "id of the customer", "it as the argument"},
		{"name", c.Name, "", ""},
		{"ongoing.baseUrl", c.BaseURL, "address of the warehouse's API, such as " +
			"https://api.ongoingsystems.se/acme/api/v1/", "--base-url"},
		{"ongoing.goodsOwnerId", c.GoodsOwner, "goods owner in Ongoing WMS", "--goods-owner"},
		{"office24.clientId", c.Client, "", ""},
		{"office24.identityId", c.Identity, "", ""},
	} {
		value := field.value
		if value == "" && field.question != "" && document.Get(item, field.path) == nil {
			var err error
			if value, err = a.ask(field.question, field.flag); err != nil {
				return nil, "", err
			}
		}
		if value != "" {
			v, err := parseAs(typeOf(field.path), value)
			if err != nil {
				return nil, "", err
			}
			item = document.Set(item, field.path, v)
		}
	}
	if !settings.ValidID(report.IDOf(item)) {
		return nil, "", fmt.Errorf("%q is not a customer id; an id has 1 to 40 of a-z, 0-9 and -", report.IDOf(item))
	}
	return document.Set(item, "mode", dynamoattr.Text("preview")), secret, ctx.Err()
}

// readCustomerFile reads settings, and the secret beside them if the file has one.
func readCustomerFile(file string) (document.Item, string, error) {
	item, err := readDocument(file)
	if err != nil {
		return nil, "", err
	}
	secret, ok := item["secret"].(*types.AttributeValueMemberM)
	if item["secret"] != nil && !ok {
		return nil, "", fmt.Errorf("%s: secret must be a map of office24 and ongoing", file)
	}
	delete(item, "secret")
	if !ok {
		return item, "", nil
	}
	text, err := json.Marshal(dynamoattr.Plain(secret))
	return item, string(text), err
}

func readSecretFile(file string) (string, error) {
	item, err := readDocument(file)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(dynamoattr.Plain(&types.AttributeValueMemberM{Value: item}))
	return string(text), err
}

func readDocument(file string) (document.Item, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	items, err := document.Read(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(items) > 1 {
		return nil, fmt.Errorf("%s has %d documents; it must have one", file, len(items))
	}
	return items[0], nil
}

// askCredentials asks for all credentials. The terminal shows neither the application id nor a password.
func (a *app) askCredentials() (string, error) {
	var c secrets.Document
	const flag = "--secret-file"
	for _, question := range []struct {
		text string
		into *string
		ask  func(question, flag string) (string, error)
	}{
		{"ApplicationId of 24SevenOffice", &c.Office24.ApplicationID, a.askSecret},
		{"user name in 24SevenOffice", &c.Office24.Username, a.ask},
		{"password in 24SevenOffice", &c.Office24.Password, a.askSecret},
		{"user name of Ongoing's API (WSI…)", &c.Ongoing.Username, a.ask},
		{"password of Ongoing's API", &c.Ongoing.Password, a.askSecret},
	} {
		var err error
		if *question.into, err = question.ask(question.text, flag); err != nil {
			return "", err
		}
	}
	return c.Text(), nil
}

// checkSecret returns an error that says what is wrong with credentials.
func checkSecret(secret string) error {
	err := secrets.Check(secret)
	if refused := new(errclass.Error); errors.As(err, &refused) {
		return fmt.Errorf("nothing was written: %s", refused.Message)
	}
	return err
}

type secretCommand struct {
	onCustomer
	asking
	credentialFlags
	Reason string `help:"Why; syncctl history shows it."`
}

// Run replaces a customer's credentials.
func (c secretCommand) Run(ctx context.Context, a *app) error {
	s, _, err := a.openCustomer(ctx, c.Customer)
	if err != nil {
		return err
	}
	var secret string
	if c.SecretFile != "" {
		secret, err = readSecretFile(c.SecretFile)
	} else {
		secret, err = a.askCredentials()
	}
	if err == nil {
		err = checkSecret(secret)
	}
	if err == nil {
		err = a.confirm(c.Yes, "replace the secret %s?", s.SecretName(c.Customer))
	}
	if err != nil {
		return err
	}
	if _, err := s.PutSecret(ctx, c.Customer, secret); err != nil {
		return err
	}
	a.note(ctx, s, c.Customer, cloud.Action{What: "secret", Reason: c.Reason})
	a.say("stored. The next run logs in with it. To try it now: syncctl check %s", c.Customer)
	return nil
}

type removeCommand struct {
	onCustomer
	asking
	WithState bool   `help:"Delete the customer's records, too: links, failures, cursors."`
	Reason    string `help:"Why; syncctl history shows it." required:""`
}

// Run removes a customer: its settings, its binding, so that the goods owner is free, and its secret.
func (c removeCommand) Run(ctx context.Context, a *app) error {
	s, item, err := a.openCustomer(ctx, c.Customer)
	if err != nil {
		return err
	}
	binding, bound, err := s.Binding(ctx, c.Customer)
	if err != nil {
		return err
	}
	name := ""
	if called := document.String(item, "name"); called != "" {
		name = " (" + called + ")"
	}
	a.say("this removes customer %s%s:", c.Customer, name)
	a.say("  its settings, at once; a run that is under way stops within a minute")
	if bound {
		a.say("  its binding to %s, so that the goods owner is free", report.BindingText(binding))
	}
	a.say("  its secret, which can be restored for 30 days")
	if c.WithState {
		a.say("  all its records: links, failures, cursors, runs. If it is added again, everything is read once")
	} else {
		a.say("its links stay, so that it can be added again; --with-state deletes them, too")
	}
	if err := a.confirm(c.Yes, "remove customer %s?", c.Customer); err != nil {
		return err
	}
	// In this order, a repeated command completes one that was interrupted: the settings are its entry, and go last.
	if bound {
		if err := s.Unbind(ctx, c.Customer, binding); err != nil {
			return err
		}
	}
	if err := s.DeleteSecret(ctx, c.Customer); err != nil && !errors.Is(err, cloud.ErrNoSecret) {
		return err
	}
	if c.WithState {
		deleted := 0
		if err := s.DeleteRecords(ctx, c.Customer, func() { deleted++ }); err != nil {
			return err
		}
		a.say("%s deleted", report.Count(deleted, "record"))
	}
	if err := s.DeleteSettings(ctx, item); err != nil {
		return err
	}
	a.note(ctx, s, c.Customer, cloud.Action{What: "remove", Reason: c.Reason, Change: document.Diff(item, nil)})
	a.say("removed")
	return nil
}
