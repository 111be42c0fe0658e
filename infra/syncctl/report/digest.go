package report

import (
	"context"
	"time"

	"ongoing24so/shared/digest"
	"ongoing24so/shared/naming"
)

// A Digest is what the daily mail says of all customers. Package digest makes it, for the functions and for syncctl.
type Digest struct {
	At        time.Time `json:"at"`
	Customers int       `json:"customers"` // all that are switched on
	// Troubled are those with trouble, the worst first.
	Troubled []TroubledCustomer `json:"troubled"`
	// Subject and Text are the mail; empty if nobody has trouble.
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// A TroubledCustomer is a customer in the mail.
type TroubledCustomer struct {
	ID       string          `json:"customerId"`
	Name     string          `json:"name"`
	Troubles []DigestTrouble `json:"troubles"`
}

// A DigestTrouble is what is wrong with one process of a customer, or with all of them.
type DigestTrouble struct {
	Process naming.Process `json:"process,omitempty"`
	Kind    digest.Kind    `json:"kind"`
	// Since is when the oldest of it began, and Latest the newest.
	Since  time.Time `json:"since,omitzero"`
	Latest time.Time `json:"latest,omitzero"`
	Count  int       `json:"count"`
	// Worth is what stuck orders are worth with VAT, by currency.
	Worth  digest.Worth `json:"worth,omitempty"`
	Key    string       `json:"key,omitempty"`
	Reason string       `json:"reason"`
}

// Digest returns the daily mail as it would be now.
func (r Reader) Digest(ctx context.Context) (Digest, error) {
	found, err := r.Stack.Digest(ctx)
	d := Digest{At: found.At, Customers: found.Customers, Troubled: []TroubledCustomer{}}
	for _, c := range found.Troubled {
		troubled := TroubledCustomer{ID: c.ID, Name: c.Name, Troubles: []DigestTrouble{}}
		for _, t := range c.Troubles {
			troubled.Troubles = append(troubled.Troubles, DigestTrouble(t))
		}
		d.Troubled = append(d.Troubled, troubled)
	}
	d.Subject, d.Text = found.Mail()
	return d, err
}
