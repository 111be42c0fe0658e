package digest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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

// maxReason is how many characters of a reason the mail shows.
const maxReason = 200

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
	subject = fmt.Sprintf("24SevenOffice and Ongoing: %d of %d customers have trouble, %d of them since yesterday",
		len(d.Troubled), d.Customers, len(fresh))
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d customers have trouble; of %d something is new since yesterday.\n",
		len(d.Troubled), d.Customers, len(fresh))
	b.WriteString(d.totals())
	d.section(&b, "New since yesterday", fresh)
	d.section(&b, "Older", old)
	b.WriteString("\nLook closer: syncctl status, syncctl status <customer>, syncctl failures list <customer>.\n" +
		"What nobody will correct is settled with syncctl failures dismiss; who waits for something is paused with\n" +
		"syncctl customers pause. Neither is in this mail any more.\n")
	return subject, b.String()
}

// totals says how much there is, and since when the oldest.
func (d Digest) totals() string {
	count, since, of := map[Kind]int{}, map[Kind]time.Time{}, map[Kind]string{}
	for _, c := range d.Troubled {
		for _, t := range c.Troubles {
			count[t.Kind] += max(1, t.Count)
			if oldest := since[t.Kind]; !t.Since.IsZero() && (oldest.IsZero() || t.Since.Before(oldest)) {
				since[t.Kind], of[t.Kind] = t.Since, c.ID
			}
		}
	}
	var b strings.Builder
	for _, kind := range severity {
		if count[kind] == 0 {
			continue
		}
		fmt.Fprintf(&b, "  %5d %s", count[kind], words(kind))
		if !since[kind].IsZero() {
			fmt.Fprintf(&b, ", the oldest of %s for %s", of[kind], d.age(since[kind]))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func words(k Kind) string {
	switch k {
	case Blocked:
		return "processes or customers blocked"
	case Stopped:
		return "processes for which no run has succeeded"
	case Stuck:
		return "orders stuck in the warehouse"
	case Failed, Held:
		return "records " + string(k)
	default:
		return string(k)
	}
}

func (d Digest) section(b *strings.Builder, title string, customers []Customer) {
	if len(customers) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, c := range customers[:min(shown, len(customers))] {
		name := ""
		if c.Name != "" && c.Name != c.ID {
			name = " (" + c.Name + ")"
		}
		fmt.Fprintf(b, "\n  %s%s\n", c.ID, name)
		slices.SortStableFunc(c.Troubles, func(x, y Trouble) int {
			return cmp.Compare(slices.Index(severity, x.Kind), slices.Index(severity, y.Kind))
		})
		for _, t := range c.Troubles {
			fmt.Fprintf(b, "    %s\n", d.line(t))
		}
	}
	if more := len(customers) - shown; more > 0 {
		fmt.Fprintf(b, "\n  and %d more: syncctl status\n", more)
	}
}

// line says what is wrong, how old it is, and why.
func (d Digest) line(t Trouble) string {
	var b strings.Builder
	if t.Process != "" {
		fmt.Fprintf(&b, "%s: ", t.Process)
	}
	if t.Count > 0 {
		fmt.Fprintf(&b, "%d ", t.Count)
	}
	b.WriteString(string(t.Kind))
	if !t.Since.IsZero() {
		fmt.Fprintf(&b, ", for %s", d.age(t.Since))
	}
	if t.Count > 1 {
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
		return fmt.Sprintf("%d minutes", int(age.Minutes()))
	case age < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(age.Hours()))
	default:
		return fmt.Sprintf("%d days", int(age.Hours()/24))
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
