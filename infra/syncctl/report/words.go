package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/shared/english"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
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

// HowLong returns how long something lasts that began then; nobody may know since when.
func HowLong(now, then time.Time) string {
	if then.IsZero() {
		return "not known"
	}
	return Age(now, then)
}

// At writes a time for people: everywhere in syncctl in the time zone of this terminal (TZ), with its abbreviation.
func At(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

// utc finds the times in texts of the functions, which know no terminal and write UTC.
var utc = regexp.MustCompile(`(changed-)?\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z| \d\d:\d\d UTC)`)

// Localized returns a text of the functions with its times as At writes them.
func Localized(text string) string {
	return utc.ReplaceAllStringFunc(text, func(found string) string {
		if plan.IsChangedKey(found) {
			return found // people name the record by it
		}
		const minutes = "2006-01-02 15:04 MST"
		if at, err := time.Parse(minutes, found); err == nil {
			return at.Local().Format(minutes)
		}
		at, err := time.Parse(time.RFC3339, found)
		if err != nil {
			return found
		}
		return At(at)
	})
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
func Count(n int, noun string) string { return english.Count(n, noun) }

// More says how many more there are.
func More(n int, noun string) string { return english.Count(n, "more "+noun) }

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
	end := "until " + At(p.Until)
	if !now.Before(p.Until) {
		end = "since its end, " + At(p.Until) + ", nobody has resumed it"
	}
	return fmt.Sprintf("%s paused by %s: %s; %s", p.What(), p.By, p.Reason, end)
}

// BindingText says what a customer's records belong to.
func BindingText(b state.Binding) string {
	company := strings.TrimSpace(fmt.Sprintf("client %d of 24SevenOffice %s", b.Office24ClientID, b.Office24Name))
	return fmt.Sprintf("%s, goods owner %d at %s, since %s",
		company, b.GoodsOwnerID, b.OngoingBaseURL, At(b.BoundAt))
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
	secret := "syncctl customers secret " + customer
	switch {
	case strings.HasPrefix(reason, "secrets: "), strings.HasPrefix(reason, "secretsmanager: "):
		return reason + ": " + secret
	case strings.Contains(reason, byHand):
		back := secret
		if at := boundOwner.FindStringSubmatch(reason); at != nil {
			back = fmt.Sprintf("syncctl customers set %s ongoing.baseUrl=%s ongoing.goodsOwnerId=%s",
				customer, at[2], at[1])
		}
		return fmt.Sprintf("%s; to go back: %s; to move it: syncctl customers move %s --reason <why>",
			strings.Replace(reason, byHand, "", 1), back, customer)
	case strings.Contains(reason, ` in the secret "`):
		return reason + "; to correct it: " + secret
	case reached.MatchString(reason):
		return fmt.Sprintf("%s; to correct it: syncctl customers set %s office24.clientId=%s, "+
			"or, if the login is wrong: %s", reason, customer, reached.FindStringSubmatch(reason)[1], secret)
	case strings.Contains(reason, "office24.identityId must name"):
		return fmt.Sprintf("%s; to correct it: syncctl customers set %s %s, or, for the default identity: "+
			"syncctl customers unset %[2]s office24.identityId", reason, customer, Form("office24.identityId"))
	case named.MatchString(reason):
		return named.ReplaceAllString(reason, "if it is sold out: syncctl resync "+customer+" stock --keys $1")
	default:
		return reason
	}
}

// byHand is how the functions, which do not know syncctl, say how a customer is moved.
const byHand = `; or, to move the customer, delete its record "binding" in the state table`

// reached finds the client that a login leads to, if the settings name another one.
var reached = regexp.MustCompile(`office24\.clientId is \d+, but the login leads to client (\d+)`)

// named finds how the functions, which do not know syncctl, say that a person can have an empty stock written.
var named = regexp.MustCompile(`if it is sold out, run the function with product (\S+) as a key`)

// boundOwner finds the goods owner to which a customer is bound, if that is not the one of the settings.
var boundOwner = regexp.MustCompile(`is bound to goods owner (\d+|<number>) at (\S+) since`)

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

// Form returns how a setting is given on the command line, with the form of its value.
func Form(path string) string {
	i := slices.IndexFunc(settings.Describe(), func(d settings.Attribute) bool { return d.Path == ByID(path) })
	if i < 0 {
		return path + "=<value>"
	}
	d := settings.Describe()[i]
	allowed, list, _ := strings.Cut(PlainText(d.Allowed), ": ")
	if first, rest, many := strings.Cut(list, ", "); many && strings.HasPrefix(d.Type, "L of ") {
		second, _, _ := strings.Cut(rest, ", ")
		allowed += ", such as " + first + "," + second
	}
	return path + "=<" + allowed + ">"
}

// ByID replaces the id in a path of the settings, as in the list of all settings.
func ByID(path string) string {
	return regexp.MustCompile(`^(salesOrders\.deliveryMethods\.)[^.]+`).ReplaceAllString(path, "$1<id>")
}

// Correction returns the commands that correct the settings of a customer, whose problems begin with the setting.
func Correction(customer string, problems []string) string {
	var set, unset []string
	for _, problem := range problems {
		path, _, _ := strings.Cut(problem, " ")
		if strings.HasPrefix(problem, path+" is unknown") {
			unset = append(unset, path)
		} else {
			set = append(set, Form(path))
		}
	}
	var commands []string
	if set != nil {
		commands = append(commands, "syncctl customers set "+customer+" "+strings.Join(set, " "))
	}
	if unset != nil {
		commands = append(commands, "syncctl customers unset "+customer+" "+strings.Join(unset, " "))
	}
	return strings.Join(commands, "; ")
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
