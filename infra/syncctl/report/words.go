package report

import (
	"fmt"
	"strings"
	"time"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// Age returns the time since then in one unit, such as 3 min; – for the zero time.
func Age(now, then time.Time) string {
	if then.IsZero() {
		return "–"
	}
	return Short(now.Sub(then))
}

// Short returns a duration in one unit.
func Short(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 0:
		return "in " + Short(-d)
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 2*day:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days", int(d/day))
	}
}

// Count returns a number with its noun.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// ShortList lists the first few of many.
func ShortList(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// ProcessText lists processes.
func ProcessText(processes []naming.Process) string {
	var names []string
	for _, p := range processes {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}

// PauseText says why, by whom and until when something is paused.
func PauseText(now time.Time, p cloud.Pause) string {
	end := "until " + p.Until.Local().Format(time.DateTime)
	if !now.Before(p.Until) {
		end = "since its end, " + p.Until.Local().Format(time.DateTime) + ", nobody has resumed it"
	}
	return fmt.Sprintf("%s paused by %s: %s; %s", p.What(), p.By, p.Reason, end)
}

// BindingText says what a customer's records belong to.
func BindingText(b state.Binding) string {
	company := strings.TrimSpace(fmt.Sprintf("client %d of 24SevenOffice %s", b.Office24ClientID, b.Office24Name))
	return fmt.Sprintf("%s, goods owner %d at %s, since %s",
		company, b.GoodsOwnerID, b.OngoingBaseURL, b.BoundAt.Format(time.DateOnly))
}

// ClassText says what becomes of a failure of a class.
func ClassText(class string) string {
	switch class {
	case "rejected":
		return "the vendor, or the mapping, refuses the record; it is tried again after growing pauses, a day at most"
	case "final":
		return "it is too late; it is written again only if it changes"
	case "held":
		return "it waits for a person"
	case "conflict":
		return "somebody changed it at the same time; the next run reads it again"
	default:
		return "no valid answer, or something impossible; the next runs try it again"
	}
}

// WithRemedy returns a reason of the functions together with the command that helps.
func WithRemedy(customer, reason string) string {
	if strings.HasPrefix(reason, "secrets: ") || strings.HasPrefix(reason, "secretsmanager: ") {
		return reason + ": syncctl customers secret " + customer
	}
	return reason
}

// KeyText says what the keys of a process are.
func KeyText(process naming.Process) string {
	switch process {
	case naming.SalesOrders:
		return "the keys of salesorders are order ids of 24SevenOffice"
	case naming.Shipments:
		return "the keys of shipments are order numbers of Ongoing WMS"
	case naming.Suppliers:
		return "the keys of suppliers are company ids of 24SevenOffice"
	default:
		return fmt.Sprintf("the keys of %s are product ids of 24SevenOffice, not article numbers", process)
	}
}

// SwitchOf returns the setting that switches a process, or with "" the whole customer, on and off.
func SwitchOf(process naming.Process) string {
	switch process {
	case "":
		return "enabled"
	case naming.SalesOrders:
		return "salesOrders.enabled"
	default:
		return string(process) + ".enabled"
	}
}

// ValueText returns a value of a setting, or its default if it is missing.
func ValueText(path, value string) string {
	if value != "" {
		return value
	}
	for _, d := range settings.Describe() {
		if d.Path == path && d.Default != "required" {
			return "(default: " + PlainText(d.Default) + ")"
		}
	}
	return "–"
}

// PlainText removes Markdown's code spans.
func PlainText(s string) string { return strings.ReplaceAll(s, "`", "") }
