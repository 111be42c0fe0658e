package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/settings"
)

type setCommand struct {
	onCustomer
	asking
	Settings []string `arg:"" help:"Such as stock.quantity=sellable or shipments.reportAt=450,500." predictor:"setting"`
	Reason   string   `help:"Why; syncctl history shows it."`
}

// Run changes settings of a customer.
func (c setCommand) Run(ctx context.Context, a *app) error {
	s, from, err := a.openCustomer(ctx, c.Customer)
	if err != nil {
		return err
	}
	to := from
	for _, assignment := range c.Settings {
		if to, err = assign(to, assignment); err != nil {
			return err
		}
	}
	return a.finishSet(a.write(ctx, s, from, to, c.Yes, cloud.Action{What: "settings", Reason: c.Reason}), c.Customer)
}

type unsetCommand struct {
	onCustomer
	asking
	Settings []string `arg:"" help:"Such as salesOrders.startDate." predictor:"setting"`
	Reason   string   `help:"Why; syncctl history shows it."`
}

// Run removes settings of a customer.
func (c unsetCommand) Run(ctx context.Context, a *app) error {
	s, from, err := a.openCustomer(ctx, c.Customer)
	if err != nil {
		return err
	}
	to := from
	for _, path := range c.Settings {
		if path == naming.PartitionKey {
			return errors.New("customerId cannot be removed; to remove the customer, use syncctl customers remove")
		}
		if document.Get(to, path) == nil {
			a.say("%s is not set", path)
		}
		to = document.Unset(to, path)
	}
	return a.finishSet(a.write(ctx, s, from, to, c.Yes, cloud.Action{What: "settings", Reason: c.Reason}), c.Customer)
}

// finishSet says what happens next.
func (a *app) finishSet(err error, customer string) error {
	switch {
	case errors.Is(err, errNothing):
		a.say("nothing to change: the settings are so already")
		return nil
	case err == nil:
		a.say("written; it counts in the next run. To see what that does: syncctl preview %s", customer)
	}
	return err
}

// assign sets one setting, written as path=value.
func assign(item document.Item, assignment string) (document.Item, error) {
	path, value, ok := strings.Cut(assignment, "=")
	if !ok || path == "" {
		return nil, fmt.Errorf("%q is not a setting and a value; write it as stock.quantity=sellable", assignment)
	}
	if path == naming.PartitionKey && value != report.IDOf(item) {
		return nil, errors.New("customerId cannot be changed; add another customer instead")
	}
	v, err := parseAs(typeOf(path), value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return document.Set(item, path, v), nil
}

// typeOf returns the DynamoDB type of a setting; "" for an unknown one, which the functions' decoder will refuse with
// the names that are allowed.
func typeOf(path string) string {
	i := slices.IndexFunc(settings.Describe(), func(d settings.Attribute) bool { return d.Path == report.ByID(path) })
	if i < 0 {
		return ""
	}
	return settings.Describe()[i].Type
}

var digits = regexp.MustCompile(`^-?[0-9]{1,19}$`)

// parseAs reads a value of the command line as a DynamoDB type. A value that does not fit stays a text, which the
// functions' decoder refuses with the allowed values.
func parseAs(kind, value string) (types.AttributeValue, error) {
	element, isList := strings.CutPrefix(kind, "L of ")
	switch {
	case isList && element != "M" && !strings.HasPrefix(value, "["):
		list := &types.AttributeValueMemberL{}
		for part := range strings.SplitSeq(value, ",") {
			v, err := parseAs(element, strings.TrimSpace(part))
			if err != nil {
				return nil, err
			}
			list.Value = append(list.Value, v)
		}
		return list, nil
	case kind == "N" && digits.MatchString(value):
		return &types.AttributeValueMemberN{Value: value}, nil
	case kind == "BOOL" && (value == "true" || value == "false"):
		return &types.AttributeValueMemberBOOL{Value: value == "true"}, nil
	case kind == "S" || kind == "N" || kind == "BOOL":
		return dynamoattr.Text(value), nil
	default:
		return document.Value(value)
	}
}
