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

	"ongoing24so/shared/office24"
)

func anyStatus(office24.OrderStatus) bool { return true }

// writable tells whether a status may be written. One that invoices books the order for good; None is what somebody
// writes who means none.
func writable(s office24.OrderStatus) bool { return !s.Invoices() && s != office24.StatusNone }

func writtenStatus(dst *office24.OrderStatus) rule {
	return one(dst, "S", "an order status that may be written: "+statusNames(writable), statusWhere(writable))
}

func statusWhere(ok func(office24.OrderStatus) bool) parser[office24.OrderStatus] {
	return func(v types.AttributeValue) (office24.OrderStatus, bool) {
		name, _ := textOf(v)
		s, known := office24.StatusNamed(name)
		return s, known && ok(s)
	}
}

func statusNames(ok func(office24.OrderStatus) bool) string {
	names := map[string]bool{}
	for _, s := range office24.OrderStatuses() {
		if ok(s) {
			names[s.Name()] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(names)), ", ")
}

// ValidID tells whether a text may be a customerId. It is part of keys and of the secret's name.
func ValidID(id string) bool {
	return 0 < len(id) && len(id) <= 40 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// identity reads a GUID. What is refused is not shown: an application id, which is secret, has nearly the same shape.
func identity(dst *string) rule {
	r := rule{kind: "S", allowed: "a GUID such as 7e1f0d00-1111-4222-8333-0000000000bb"}
	r.read = func(path string, v types.AttributeValue) []string {
		s, ok := textOf(v)
		if !ok || !office24.IsGUID(s) {
			return r.because(path, "is none")
		}
		*dst = strings.ToLower(s)
		return nil
	}
	return r
}

// zone loads a zone by name. The names that Go reads as "this machine's" are no zones.
func zone(v types.AttributeValue) (*time.Location, bool) {
	name, _ := textOf(v)
	if name == "" || name == "Local" {
		return nil, false
	}
	l, err := time.LoadLocation(name)
	return l, err == nil
}

func country(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}

func date(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// prefix leaves room for the ten digits of an order id within Ongoing's 50 characters of an order number. A space in
// front would be lost on the way and the order not found again.
func prefix(s string) bool { return s == "" || printable(40)(s) && !strings.HasPrefix(s, " ") }

// label reads a text for people or a code.
func label(dst *string, most int) rule {
	return text(dst, fmt.Sprintf("1 to %d printable characters", most), printable(most))
}

func printable(most int) func(string) bool {
	return func(s string) bool {
		bad := func(r rune) bool { return !unicode.IsPrint(r) }
		return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, bad)
	}
}
