package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Digest is what the people who operate the integration read once a day: new trouble first. It is made of a Status,
// and says nothing if there is nothing.
type Digest struct {
	Stack     string    `json:"stack"`
	At        time.Time `json:"at"`
	Since     time.Time `json:"since"`
	Customers int       `json:"customers"` // with trouble
	Fleet     int       `json:"fleet"`     // all customers
	// New began after Since, Old before, or at a time that is not known. Both begin with the newest.
	New []Trouble `json:"new"`
	Old []Trouble `json:"old"`
	// Oldest is when the oldest trouble began.
	Oldest time.Time `json:"oldest,omitzero"`
	// Records and Stuck count records that were not carried over, and orders that are too long in the warehouse.
	Records int `json:"records"`
	Stuck   int `json:"stuck"`
}

// Digest returns the digest of a status, for what is new since a time.
func (s Status) Digest(since time.Time) Digest {
	d := Digest{
		Stack: s.Stack, At: s.At, Since: since, Fleet: len(s.Customers), New: []Trouble{}, Old: []Trouble{},
	}
	customers := map[string]bool{}
	for _, t := range s.Troubles {
		customers[t.Customer] = true
		switch {
		case t.Kind == Records && t.What == "stuck":
			d.Stuck += t.Count
		case t.Kind == Records:
			d.Records += t.Count
		}
		if !t.Since.IsZero() && (d.Oldest.IsZero() || t.Since.Before(d.Oldest)) {
			d.Oldest = t.Since
		}
		if t.Since.After(since) {
			d.New = append(d.New, t)
		} else {
			d.Old = append(d.Old, t)
		}
	}
	d.Customers = len(customers)
	return d
}

// Empty reports that nothing is wrong.
func (d Digest) Empty() bool { return len(d.New)+len(d.Old) == 0 }

// Subject is the subject of a mail, "" if there is nothing to say.
func (d Digest) Subject() string {
	if d.Empty() {
		return ""
	}
	return fmt.Sprintf("%s: %d new and %d old troubles of %s", d.Stack, len(d.New), len(d.Old),
		Count(d.Customers, "customer"))
}

// Text is the digest as plain text, "" if there is nothing to say. It is as long as a person reads: at most so many
// customers of each list, those with the newest trouble.
func (d Digest) Text(most int) string {
	if d.Empty() {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s\n", d.Stack, d.At.Format("Mon 2 Jan 2006 15:04 MST"))
	fmt.Fprintf(&b, "%d of %s have trouble: %d new since %s, %d older", d.Customers, Count(d.Fleet, "customer"),
		len(d.New), d.Since.Format("Mon 2 Jan 15:04"), len(d.Old))
	if !d.Oldest.IsZero() {
		fmt.Fprintf(&b, "; the oldest since %s", Age(d.At, d.Oldest))
	}
	fmt.Fprintf(&b, "\nnot carried over: %s; stuck in the warehouse: %s\n", Count(d.Records, "record"),
		Count(d.Stuck, "order"))
	d.write(&b, "new", d.New, most)
	d.write(&b, "older", d.Old, most)
	return b.String()
}

// write writes a list by customer.
func (d Digest) write(b *strings.Builder, title string, troubles []Trouble, most int) {
	var order []string
	by := map[string][]Trouble{}
	for _, t := range troubles {
		if by[t.Customer] == nil {
			order = append(order, t.Customer)
		}
		by[t.Customer] = append(by[t.Customer], t)
	}
	if len(order) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", strings.ToUpper(title))
	for _, customer := range order[:min(len(order), most)] {
		fmt.Fprintf(b, "%s   syncctl status %s\n", customer, customer)
		for _, t := range by[customer] {
			what := strings.TrimSpace(string(t.Process) + " " + t.What)
			if t.Count > 1 {
				what += fmt.Sprintf(" (%d)", t.Count)
			}
			fmt.Fprintf(b, "  %-8s %s: %s\n", Age(d.At, t.Since), what, t.Reason)
		}
	}
	if left := order[min(len(order), most):]; len(left) > 0 {
		fmt.Fprintf(b, "and %s: %s\n", Count(len(left), "more customer"), ShortList(slices.Clone(left), 40))
	}
}
