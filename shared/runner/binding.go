package runner

import (
	"context"
	"fmt"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// A Connection is a process that is ready to run for a customer.
type Connection[T any] struct {
	Process Process[T]
	// CompanyID and CompanyName are those of the company in 24SevenOffice that the login has reached.
	CompanyID   int64
	CompanyName string
	// SecretFingerprint changes whenever the customer's secret does, and does not reveal it.
	SecretFingerprint string
	// Used, if not nil, returns what the connection has used of 24SevenOffice, and whether it was refused a call
	// because the process has spent its share of the hour.
	Used func() (u state.Usage, shareSpent bool)
	// Check, if not nil, proves with one call that Ongoing WMS lets the customer in. For 24SevenOffice the login does.
	Check func(context.Context) error
}

// connect opens the process for the customer, and makes sure that settings and login lead to the company and the goods
// owner that the customer is bound to. The first live run binds the customer. Until all of that is sure, the only call
// to a vendor is the login.
//
// After a change of the settings or the secret, and if a person names the customer, the credentials of both vendors are
// proved, also if the run has nothing to read, and also if the login fails: otherwise a wrong goods owner would be ok
// until a record is due, and a second mistake would be found only after the first is corrected. The customer is bound
// after that proof, if its settings are still the same.
//
// A customer in preview binds nothing, and can look at any goods owner.
func (r *customerRun[T]) connect(ctx context.Context) (Process[T], error) {
	to := state.Binding{OngoingBaseURL: r.customer.Ongoing.BaseURL, GoodsOwnerID: r.customer.Ongoing.GoodsOwnerID}
	if err := r.state.Load(ctx, r.Process, to.OngoingBaseURL, to.GoodsOwnerID); err != nil {
		return nil, err
	}
	r.bindTo = to
	bound, isBound := r.state.Binding()
	live := !r.customer.Preview
	if live && isBound && !bound.SameGoodsOwner(to) {
		return nil, r.leadsElsewhere(bound, goodsOwner(bound), "settings", goodsOwner(to),
			"correct ongoing.baseUrl and ongoing.goodsOwnerId")
	}
	if live && !isBound {
		if err := r.claim(ctx); err != nil {
			return nil, err
		}
		r.state.DistrustSession()
	}
	c, err := r.Open(ctx, r.customer, r.state)
	if c.Used != nil {
		r.used = c.Used
	}
	to.Office24ClientID, to.Office24Name = c.CompanyID, c.CompanyName
	r.bindTo = to
	if err == nil && live && isBound && !bound.Same(to) {
		return nil, r.leadsElsewhere(bound, company(bound), "login", company(to),
			"correct office24.identityId or the secret")
	}
	readOnly := r.lease != nil && r.lease.ReadOnly()
	if live && !readOnly {
		if owner := r.state.CheckOwner(ctx, to); owner != nil {
			return nil, errclass.Join(err, owner)
		}
	}
	isNew := r.noteInputs(c.SecretFingerprint)
	if c.Check != nil && (isNew || live && !isBound || r.event.Customers != nil) {
		err = errclass.Join(err, c.Check(ctx))
	}
	if err != nil {
		r.inputs = "" // not proved: the next run checks again
		return nil, err
	}
	if readOnly { // bound, and bound once more if there is something to write
		return c.Process, nil
	}
	if !live || r.dryRun {
		r.state.Under(to)
		return c.Process, nil
	}
	if !isBound {
		if err := r.checkSettings(ctx); err != nil {
			return nil, err
		}
	}
	return c.Process, r.state.Bind(ctx, to)
}

// checkSettings returns an error if the customer's settings are not any more those that the invocation has read at its
// start. A customer can have waited in it for minutes, and a person who has moved or removed the customer meanwhile has
// changed the settings before they deleted the binding. The next tick runs with what the settings are then.
func (r *customerRun[T]) checkSettings(ctx context.Context) error {
	now, err := r.Settings.Named(ctx, []string{r.customer.ID}, nil)
	if err != nil || now[0].Customer.Fingerprint == r.customer.Fingerprint {
		return err
	}
	r.inputs, r.row.cutShort = "", true
	return errclass.New(errclass.Conflict, "", "the settings were changed or removed after this run had read them, "+
		"and the customer is not bound: nothing was written; the next run binds the customer by the new ones")
}

// leadsElsewhere says that the settings or the login lead to something else than the customer is bound to.
func (r *customerRun[T]) leadsElsewhere(bound state.Binding, from, what, to, correct string) error {
	since := ""
	if !bound.BoundAt.IsZero() {
		since = " since " + bound.BoundAt.UTC().Format(time.DateOnly)
	}
	verb := "lead"
	if what == "login" {
		verb = "leads"
	}
	return errclass.New(errclass.Settings, "",
		"customer %q is bound to %s%s, but the %s %s to %s: %s; or, to move the customer, "+
			"delete its record \"binding\" in the state table", r.customer.ID, from, since, what, verb, to, correct)
}

func goodsOwner(b state.Binding) string {
	return fmt.Sprintf("goods owner %d at %s", b.GoodsOwnerID, b.OngoingBaseURL)
}

func company(b state.Binding) string {
	if b.Office24Name == "" {
		return fmt.Sprintf("client %d of 24SevenOffice", b.Office24ClientID)
	}
	return fmt.Sprintf("client %d of 24SevenOffice (%s)", b.Office24ClientID, b.Office24Name)
}

// noteInputs notes when the customer's settings or secret were first seen as they are, and reports whether they are
// new. The mark keeps both, so that what was refused or held before is due at once after a change, also if several runs
// are needed for it. A dry run by event keeps nothing, but shows the records that the next run would try.
func (r *customerRun[T]) noteInputs(secret string) (isNew bool) {
	r.inputs, r.inputsAt = plan.Fingerprint(r.customer.Fingerprint, secret), r.Now().UTC()
	mark := r.mark
	if r.lease != nil {
		mark = r.lease.Mark()
	}
	if mark.Inputs != r.inputs {
		return true
	}
	r.inputsAt = mark.InputsAt
	return r.lease == nil // a dry run proves the credentials
}
