package digest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/english"
	"ongoing24so/shared/errclass"
)

// A Mailer sends a mail to the people who want to know.
type Mailer interface {
	// Send sends a text of at most MaxText bytes under a subject of at most MaxSubject printable ASCII characters.
	Send(ctx context.Context, subject, text string) error
}

// What SNS takes (API reference, Publish).
const (
	MaxSubject = 100
	MaxText    = 256 << 10
)

// shown is how many customers each part of the mail shows, so that it can be read.
const shown = 10

// maxReason is how many characters of a reason the mail shows. What would be right comes last in a reason.
const maxReason = 320

// Mail returns the mail, or empty texts if nobody has trouble.
func (d Digest) Mail() (subject, text string) {
	if len(d.Troubled) == 0 {
		return "", ""
	}
	var fresh, old []Customer
	for _, c := range d.Troubled {
		if c.isNew(d.At.Add(-24 * time.Hour)) {
			fresh = append(fresh, c)
		} else {
			old = append(old, c)
		}
	}
	have := fmt.Sprintf("%d of %s %s trouble", len(d.Troubled), english.Count(d.Customers, "customer"),
		english.Choose(len(d.Troubled), "has", "have"))
	subject = fmt.Sprintf("24SevenOffice and Ongoing: %s, %d of them since yesterday", have, len(fresh))
	var b strings.Builder
	fmt.Fprintf(&b, "%s; of %d something is new since yesterday.\n", have, len(fresh))
	b.WriteString(d.totals())
	d.section(&b, "New since yesterday", fresh)
	d.section(&b, "Older", old)
	b.WriteString("\nLook closer: syncctl status, syncctl status <customer>, syncctl failures list <customer>.\n" +
		"What nobody will correct is settled with syncctl failures dismiss; who waits for something is paused with\n" +
		"syncctl customers pause. Neither is in this mail any more, unless its pause is over.\n")
	return subject, b.String()
}

// ofRuns reports whether people count this by customers, however many processes it stops.
func (k Kind) ofRuns() bool { return k == Blocked || k == Unreadable || k == Stopped || k == Failing }

// totals says how much there is, and since when the oldest.
func (d Digest) totals() string {
	n, since, of, worth := map[Kind]int{}, map[Kind]time.Time{}, map[Kind]string{}, map[Kind]Worth{}
	for _, c := range d.Troubled {
		for i, t := range c.Troubles {
			if !t.Kind.ofRuns() || i == slices.IndexFunc(c.Troubles, func(o Trouble) bool { return o.Kind == t.Kind }) {
				n[t.Kind] += max(1, t.Count)
			}
			worth[t.Kind] = worth[t.Kind].Plus(t.Worth)
			if oldest := since[t.Kind]; !t.Since.IsZero() && (oldest.IsZero() || t.Since.Before(oldest)) {
				since[t.Kind], of[t.Kind] = t.Since, c.ID
			}
		}
	}
	var b strings.Builder
	for _, kind := range severity {
		if n[kind] == 0 {
			continue
		}
		fmt.Fprintf(&b, "  %5d %s", n[kind], words(kind, n[kind])+worth[kind].Text())
		if !since[kind].IsZero() {
			fmt.Fprintf(&b, ", the oldest of %s for %s", of[kind], d.age(since[kind]))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// words says what so many are, of which a kind is.
func words(k Kind, n int) string {
	noun := func(one, many string) string { return english.Choose(n, one, many) }
	switch k {
	case Blocked:
		return noun("customer blocked", "customers blocked")
	case Unreadable:
		return noun("customer whose state cannot be read", "customers whose state cannot be read")
	case Stopped:
		return noun("customer", "customers") + " for whom no run has succeeded for three intervals"
	case Failing:
		return noun("customer whose last run failed", "customers whose last run failed")
	case NotRun:
		return noun("customer of whom something has not run yet", "customers of whom something has not run yet")
	case PauseOver:
		return noun("pause that is over and that nobody has ended", "pauses that are over and that nobody has ended")
	case NotPaused:
		return noun("pause", "pauses") + " of what is switched on all the same"
	case Stuck:
		return noun("order", "orders") + " stuck in the warehouse"
	case Failed, Held:
		return noun("record ", "records ") + string(k)
	default:
		return string(k)
	}
}

// section lists customers: first what several of them have in common, such as an outage, then each with the rest.
func (d Digest) section(b *strings.Builder, title string, customers []Customer) {
	if len(customers) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	shared, customers := inCommon(customers)
	for _, c := range shared[:min(shown, len(shared))] {
		fmt.Fprintf(b, "\n  %s\n    %s\n", c.names(), d.line(c.troubles))
	}
	if more := len(shared) - shown; more > 0 {
		fmt.Fprintf(b, "\n  and %s of several customers: syncctl status\n", english.Count(more, "more trouble"))
	}
	for _, c := range customers[:min(shown, len(customers))] {
		name := ""
		if c.Name != "" && c.Name != c.ID {
			name = " (" + c.Name + ")"
		}
		fmt.Fprintf(b, "\n  %s%s\n", c.ID, name)
		for _, same := range together(c.Troubles) {
			fmt.Fprintf(b, "    %s%s\n", d.line(same), remedy(c.ID, same[0]))
		}
	}
	if more := len(customers) - shown; more > 0 {
		fmt.Fprintf(b, "\n  and %s: syncctl status\n", english.Count(more, "more customer"))
	}
}

// remedy is the command that ends a trouble, if there is one for it.
func remedy(customer string, t Trouble) string {
	if t.Kind == PauseOver || t.Kind == NotPaused {
		return "; to end it: syncctl customers resume " + customer
	}
	return ""
}

// line says what is wrong, in one or several processes or of several customers, how old it is, and why.
func (d Digest) line(same []Trouble) string {
	var b strings.Builder
	t, since := same[0], oldest(same)
	if in := processes(same); in != "" {
		b.WriteString(in + ": ")
	}
	switch {
	case t.Count == 0:
		b.WriteString(string(t.Kind))
	case t.Kind == Stuck:
		b.WriteString(english.Count(t.Count, "order") + " " + string(t.Kind) + t.Worth.Text())
	default:
		b.WriteString(english.Count(t.Count, "record") + " " + string(t.Kind))
	}
	if !since.IsZero() {
		fmt.Fprintf(&b, ", for %s", d.age(since))
	}
	if t.Count > 1 || len(same) > 1 && !since.IsZero() {
		b.WriteString(" at most")
	}
	if t.Key != "" {
		fmt.Fprintf(&b, "; %s", t.Key)
	}
	if t.Reason != "" {
		fmt.Fprintf(&b, ": %s", shortened(t.Reason))
	}
	return b.String()
}

// age says how long ago something began, as people do.
func (d Digest) age(since time.Time) string {
	switch age := d.At.Sub(since); {
	case age < 2*time.Hour:
		return english.Count(int(age.Minutes()), "minute")
	case age < 48*time.Hour:
		return english.Count(int(age.Hours()), "hour")
	default:
		return english.Count(int(age.Hours()/24), "day")
	}
}

// shortened cuts a reason to a line of the mail.
func shortened(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxReason {
		return string(runes[:maxReason]) + "…"
	}
	return s
}

// Send sends the mail, if there is one, and returns its text.
func (d Digest) Send(ctx context.Context, m Mailer) (string, error) {
	subject, text := d.Mail()
	if text == "" {
		return "", nil
	}
	if err := m.Send(ctx, subject, text); err != nil {
		return text, &errclass.Error{
			Class: errclass.Transient, Op: "sns: Publish", Err: err,
			Message: "the daily mail was not sent: " + err.Error(),
		}
	}
	return text, nil
}
