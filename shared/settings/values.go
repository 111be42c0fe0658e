package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/office24"
)

func anyStatus(office24.OrderStatus) bool { return true }

// writable reports whether a status can be set. Invoicing an order cannot be undone, and None is probably meant as
// "no status".
func writable(s office24.OrderStatus) bool { return !s.Invoices() && s != office24.StatusNone }

func writableStatus(dst *office24.OrderStatus) rule {
	r := value(dst, "S", "an order status that can be set: "+statusNames(writable), parseStatus(writable))
	return r.refined(schema{"enum": namesOfStatuses(writable)})
}

func parseStatus(ok func(office24.OrderStatus) bool) parser[office24.OrderStatus] {
	return func(v types.AttributeValue) (office24.OrderStatus, bool) {
		name, _ := dynamoattr.TextOf(v)
		s, known := office24.StatusNamed(name)
		return s, known && ok(s)
	}
}

func statusNames(ok func(office24.OrderStatus) bool) string {
	return strings.Join(namesOfStatuses(ok), ", ")
}

func namesOfStatuses(ok func(office24.OrderStatus) bool) []string {
	names := map[string]bool{}
	for _, s := range office24.OrderStatuses() {
		if ok(s) {
			names[s.Name()] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// ValidID reports whether a text can be a customerId, which becomes part of keys and of the secret's name.
func ValidID(id string) bool {
	return 0 < len(id) && len(id) <= 40 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// guid reads a GUID. A wrong value is not quoted: it can be an ApplicationId, which is secret and looks similar.
func guid(dst *string) rule {
	r := rule{
		kind: "S", allowed: "a GUID such as 7e1f0d00-1111-4222-8333-0000000000bb",
		schema: schema{"type": "string", "pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"},
	}
	r.read = func(path string, v types.AttributeValue) []string {
		s, ok := dynamoattr.TextOf(v)
		if !ok || !office24.IsGUID(s) {
			return r.problem(path, "is not a GUID")
		}
		*dst = strings.ToLower(s)
		return nil
	}
	return r
}

func zone(dst **time.Location) rule {
	r := value(dst, "S", "a zone of the IANA database such as Europe/Oslo", parseZone)
	return r.refined(schema{"minLength": 1, "not": schema{"const": "Local"}})
}

// parseZone loads a time zone by name. It refuses two names that are not zones: Go reads "" as UTC and "Local" as the
// machine's zone.
func parseZone(v types.AttributeValue) (*time.Location, bool) {
	name, _ := dynamoattr.TextOf(v)
	if name == "" || name == "Local" {
		return nil, false
	}
	l, err := time.LoadLocation(name)
	return l, err == nil
}

func validCountry(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}

func validDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// validPrefix leaves room for the ten digits of an order id in Ongoing's order number of 50 characters. A leading
// space would be lost in transit, and the order could not be found by its number.
func validPrefix(s string) bool { return s == "" || printable(40)(s) && !strings.HasPrefix(s, " ") }

func prefixSchema() schema {
	return schema{"maxLength": 40, "pattern": printablePattern, "not": schema{"pattern": "^ "}}
}

func printableText(dst *string, most int) rule {
	r := text(dst, fmt.Sprintf("1 to %d printable characters", most), printable(most))
	return r.refined(schema{"minLength": 1, "maxLength": most, "pattern": printablePattern})
}

// printablePattern matches what unicode.IsPrint accepts.
const printablePattern = `^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$`

func printable(most int) func(string) bool {
	return func(s string) bool {
		unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
		return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= most &&
			!strings.ContainsFunc(s, unprintable)
	}
}
