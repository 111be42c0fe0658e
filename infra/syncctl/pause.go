package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
)

type pauseCommand struct {
	onCustomer
	asking
	Process naming.Process `arg:"" optional:"" help:"Only this process." predictor:"process"`
	Reason  string         `help:"Why; status and history show it." required:""`
	Until   string         `help:"The end: 4h, 3d, 2026-12-01 or 2026-12-01T08:00:00Z." required:""`
}

// Run pauses a customer or a process: it switches it off in the settings, and stores why, by whom and until when. The
// functions do not know of the end: status reports a pause that is over, and resume --ended ends those.
func (c pauseCommand) Run(ctx context.Context, a *app) error {
	s, from, err := a.openCustomer(ctx, c.Customer)
	if err != nil {
		return err
	}
	until, err := parseEnd(c.Until, s.Now())
	if err != nil {
		return err
	}
	if err := checkProcess(c.Process); err != nil {
		return err
	}
	pauses, to, err := c.plan(s, from, until)
	if err != nil {
		return err
	}
	by, err := s.Caller(ctx)
	if err != nil {
		return err
	}
	a.say("until %s; then end it with: syncctl customers resume %s", report.At(until), c.Customer)
	// The records go first: after a crash between the writes, status shows a pause that was not carried out, and both
	// commands can be repeated.
	store := func() error {
		for _, p := range pauses {
			p.Reason, p.By, p.At, p.Until = c.Reason, by, s.Now(), until
			if err := s.PutPause(ctx, c.Customer, p); err != nil {
				return err
			}
		}
		return nil
	}
	action := cloud.Action{
		What: "pause", Reason: c.Reason, Detail: pausedText(pauses) + " until " + until.Format(time.RFC3339),
	}
	if err := a.writeAfter(ctx, s, from, to, c.Yes, store, action); err != nil {
		return err
	}
	a.say("paused: %s", pausedText(pauses))
	return nil
}

// plan returns the pauses and the settings with them. Stock is paused together with shipments: with shipments off, the
// stock process expects people to take shipped goods out of the stock, and would write other quantities.
func (c pauseCommand) plan(s *cloud.Stack, from document.Item, until time.Time) ([]cloud.Pause, document.Item, error) {
	customer, err := s.Decode(from)
	if err != nil {
		return nil, nil, fmt.Errorf("customer %s is blocked, so nothing runs: %w", c.Customer, err)
	}
	if !customer.Enabled || c.Process != "" && !customer.ProcessEnabled(c.Process) {
		return nil, nil, fmt.Errorf("%s is off already; syncctl customers show %s says why",
			strings.TrimSpace(c.Customer+" "+string(c.Process)), c.Customer)
	}
	if !until.After(s.Now()) {
		return nil, nil, fmt.Errorf("--until is %s; it must be in the future", report.At(until))
	}
	pauses, to := []cloud.Pause{}, from
	add := func(process naming.Process, with string) {
		path := report.SwitchOf(process)
		pauses = append(pauses, cloud.Pause{
			Process: process, With: with, Restore: map[string]string{path: document.String(from, path)},
		})
		to = document.Set(to, path, &types.AttributeValueMemberBOOL{Value: false})
	}
	add(c.Process, "")
	if c.Process == naming.Shipments && customer.ProcessEnabled(naming.Stock) {
		add(naming.Stock, string(naming.Shipments))
	}
	return pauses, to, nil
}

func checkProcess(process naming.Process) error {
	if process != "" && !slices.Contains(processNames(), string(process)) {
		return fmt.Errorf("there is no process %q; the processes are %s", process, strings.Join(processNames(), ", "))
	}
	return nil
}

func pausedText(pauses []cloud.Pause) string {
	var names []string
	for _, p := range pauses {
		names = append(names, p.What())
	}
	return strings.Join(names, ", ")
}

// writeAfter is write with something to store right before the settings are written.
func (a *app) writeAfter(
	ctx context.Context, s *cloud.Stack, from, to document.Item, yes bool, store func() error, action cloud.Action,
) error {
	action.Change = document.Diff(from, to)
	a.printChanges(action.Change)
	if err := a.confirm(yes, "write these settings of %s?", report.IDOf(to)); err != nil {
		return err
	}
	if err := store(); err != nil {
		return err
	}
	if err := s.PutSettings(ctx, from, to); err != nil {
		return err
	}
	action.Settings = cloud.Fingerprint(to)
	a.note(ctx, s, report.IDOf(to), action)
	return nil
}

type resumeCommand struct {
	asking
	Customer string         `arg:"" optional:"" help:"Id of the customer." predictor:"customer"`
	Process  naming.Process `arg:"" optional:"" help:"Only this process." predictor:"process"`
	Ended    bool           `help:"End the pauses of all customers whose end is over."`
}

// Run ends pauses.
func (c resumeCommand) Run(ctx context.Context, a *app) error {
	if c.Ended != (c.Customer == "") {
		return errors.New("name a customer, or give --ended for all pauses whose end is over, and not both")
	}
	if err := checkProcess(c.Process); err != nil {
		return err
	}
	if c.Customer != "" {
		s, item, err := a.openCustomer(ctx, c.Customer)
		if err != nil {
			return err
		}
		return c.resume(ctx, a, s, item, true)
	}
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	items, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	return each(a, "customers", items, func(item document.Item) error { return c.resume(ctx, a, s, item, false) })
}

// resume ends the pauses of a customer that are meant. named means that the customer was named, and must have one. A
// pause of stock does not end before that of shipments, whichever began first: see plan.
func (c resumeCommand) resume(ctx context.Context, a *app, s *cloud.Stack, from document.Item, named bool) error {
	id := report.IDOf(from)
	all, err := s.Pauses(ctx, id)
	if err != nil {
		return err
	}
	var ending []cloud.Pause
	for _, what := range slices.Sorted(maps.Keys(all)) {
		p := all[what]
		chosen := c.Process == "" || p.Process == c.Process || p.With == string(c.Process)
		if chosen && (!c.Ended || !s.Now().Before(p.Until)) {
			ending = append(ending, p)
		}
	}
	of := func(process naming.Process) int {
		return slices.IndexFunc(ending, func(p cloud.Pause) bool { return p.Process == process })
	}
	if _, paused := all[string(naming.Shipments)]; paused && of(naming.Shipments) < 0 && of(naming.Stock) >= 0 {
		stays := fmt.Errorf("stock of %s stays paused while shipments is, because its figures depend on it: "+
			"syncctl customers resume %s shipments", id, id)
		if named {
			return stays
		}
		a.say("%v", stays)
		ending = slices.Delete(ending, of(naming.Stock), of(naming.Stock)+1)
	}
	if len(ending) == 0 {
		if named {
			return fmt.Errorf("nothing of customer %s is paused by syncctl; see syncctl customers show %s", id, id)
		}
		return nil
	}
	to := from
	for _, p := range ending {
		for path, value := range p.Restore {
			if to, err = restore(to, path, value); err != nil {
				return err
			}
		}
	}
	err = a.write(ctx, s, from, to, c.Yes, cloud.Action{What: "resume", Detail: pausedText(ending)})
	if err != nil && !errors.Is(err, errNothing) { // nothing: a person has switched it on already
		return err
	}
	// After a crash before this the customer runs, and the pause is only still shown.
	for _, p := range ending {
		if err := s.DeletePause(ctx, id, p); err != nil {
			return err
		}
	}
	a.say("resumed: %s of %s", pausedText(ending), id)
	return nil
}

// restore sets a switch to what it was, unless a person has switched it on since.
func restore(item document.Item, path, value string) (document.Item, error) {
	if document.String(item, path) != "false" {
		return item, nil
	}
	if value == "" {
		return document.Unset(item, path), nil
	}
	v, err := parseAs("BOOL", value)
	return document.Set(item, path, v), err
}

// parseEnd reads a duration from now, such as 4h or 3d, a date, or a time.
func parseEnd(end string, now time.Time) (time.Time, error) {
	t, ok := parseMoment(end, now, 1)
	if !ok {
		return t, fmt.Errorf("%q is not an end; write it as 4h, 3d, 2026-12-01 or 2026-12-01T08:00:00Z", end)
	}
	return t, nil
}

// parseMoment reads a date, a time, or a duration, which is from now on if the sign is 1, and before now if it is -1.
func parseMoment(text string, now time.Time, sign int) (t time.Time, ok bool) {
	if days, err := strconv.Atoi(strings.TrimSuffix(text, "d")); err == nil && strings.HasSuffix(text, "d") {
		return now.AddDate(0, 0, sign*days).UTC().Truncate(time.Second), true
	}
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(time.Duration(sign) * d).UTC().Truncate(time.Second), true
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return t.UTC(), true
	}
	t, err := time.Parse(time.RFC3339, text)
	return t.UTC(), err == nil
}
