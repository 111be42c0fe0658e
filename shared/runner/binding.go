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
}

// connect opens the process for the customer, and makes sure that settings and login lead to the company and the goods
// owner that the customer is bound to. The first live run binds the customer. Until all of that is sure, the only call
// to a vendor is the login.
//
// A customer in preview binds nothing, and can look at any goods owner.
func (r *customerRun[T]) connect(ctx context.Context) (Process[T], error) {
	to := state.Binding{OngoingBaseURL: r.customer.Ongoing.BaseURL, GoodsOwnerID: r.customer.Ongoing.GoodsOwnerID}
	if err := r.state.Load(ctx, r.Process, to.OngoingBaseURL, to.GoodsOwnerID); err != nil {
		return nil, err
	}
	bound, isBound := r.state.Binding()
	live := !r.customer.Preview
	if live && isBound && !bound.SameGoodsOwner(to) {
		return nil, r.leadsElsewhere(bound, goodsOwner(bound), "settings", goodsOwner(to),
			"correct ongoing.baseUrl and ongoing.goodsOwnerId")
	}
	if live && !isBound {
		r.state.DistrustSession()
	}
	c, err := r.Open(ctx, r.customer, r.state)
	if err != nil {
		return nil, err
	}
	to.Office24ClientID, to.Office24Name = c.CompanyID, c.CompanyName
	switch {
	case !live:
		r.state.Under(to)
	case isBound && !bound.Same(to):
		return nil, r.leadsElsewhere(bound, company(bound), "login", company(to),
			"correct office24.identityId or the secret")
	case r.dryRun:
		if err := r.state.CheckOwner(ctx, to); err != nil {
			return nil, err
		}
		r.state.Under(to)
	default:
		if err := r.state.Bind(ctx, to); err != nil {
			return nil, err
		}
	}
	r.noteInputs(c.SecretFingerprint)
	return c.Process, nil
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

// noteInputs notes when the customer's settings or secret were first seen as they are. The mark keeps both, so that
// what was refused or held before is due at once after a change, also if several runs are needed for it.
func (r *customerRun[T]) noteInputs(secret string) {
	if r.lease == nil {
		return // a dry run has no mark of its own
	}
	r.inputs, r.inputsAt = plan.Fingerprint(r.customer.Fingerprint, secret), r.Now().UTC()
	if mark := r.lease.Mark(); mark.Inputs == r.inputs {
		r.inputsAt = mark.InputsAt
	}
}
