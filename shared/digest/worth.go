package digest

import (
	"maps"
	"slices"
	"strings"

	"ongoing24so/shared/number"
	"ongoing24so/shared/state"
)

// A Worth is what orders are worth by currency, "" if 24SevenOffice does not give it. Orders without a total, as older
// versions have stored them, count as nothing.
type Worth map[string]number.Decimal

// WorthOf returns what orders are worth.
func WorthOf(links ...state.OrderLink) Worth {
	w := Worth{}
	for _, l := range links {
		if total, err := number.Parse(l.Total); err == nil {
			w[l.Currency] = w[l.Currency].Add(total)
		}
	}
	return w
}

// Plus returns the sum of two worths.
func (w Worth) Plus(other Worth) Worth {
	sum := maps.Clone(w)
	if sum == nil {
		sum = Worth{}
	}
	for currency, total := range other {
		sum[currency] = sum[currency].Add(total)
	}
	return sum
}

// String is empty for nothing, else such as "1496.50 NOK, 80 EUR".
func (w Worth) String() string {
	var parts []string
	for _, currency := range slices.Sorted(maps.Keys(w)) {
		total := w[currency].String()
		if i := strings.IndexByte(total, '.'); i == len(total)-2 && i > 0 { // 2362.5
			total += "0"
		}
		parts = append(parts, strings.TrimSpace(total+" "+currency))
	}
	return strings.Join(parts, ", ")
}

// Text is what follows a number of orders: ", worth 1496.25 NOK with VAT", or nothing.
func (w Worth) Text() string {
	if len(w) == 0 {
		return ""
	}
	return ", worth " + w.String() + " with VAT"
}
