// Package number has the exact decimal for quantities, weights and prices. Both vendors use decimals: a float64 cannot
// hold 0.085 kg, and 24SevenOffice refuses exponents, which Go's float formatting produces.
//
// It wraps github.com/shopspring/decimal with the two things that package leaves to its caller: plain JSON numbers
// (not strings), and a limit on the exponent, without which a hostile "1e999999999" would fill the memory when printed.
package number

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
)

// maxDigits limits the digits before and after the point. System.Decimal, the type behind both vendors' fields, has 29.
const maxDigits = 40

// A Decimal is an exact decimal number. The zero value is 0. Compare with Equal, not ==: 2.0 and 2 are equal.
type Decimal struct{ d decimal.Decimal }

// FromInt returns n.
func FromInt(n int64) Decimal { return Decimal{decimal.NewFromInt(n)} }

// Parse reads digits with an optional sign, fraction and exponent.
func Parse(s string) (Decimal, error) {
	s = strings.TrimSpace(s)
	if len(s) > 3*maxDigits {
		return Decimal{}, fmt.Errorf("a text of %d characters is not a decimal number", len(s))
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return Decimal{}, fmt.Errorf("%q is not a decimal number", s)
	}
	if d.Exponent() > maxDigits || d.Exponent() < -maxDigits {
		return Decimal{}, fmt.Errorf("%q has too many digits", s)
	}
	return Decimal{d}, nil
}

// MustParse is Parse for constants; it panics if s is not a decimal number.
func MustParse(s string) Decimal {
	d, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// String returns plain digits without exponent and trailing zeros: the form that 24SevenOffice accepts. Equal numbers
// have equal strings.
func (d Decimal) String() string {
	s := d.d.String()
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" || s == "" {
		return "0"
	}
	return s
}

func (d Decimal) Equal(o Decimal) bool       { return d.d.Equal(o.d) }
func (d Decimal) Cmp(o Decimal) int          { return d.d.Cmp(o.d) }
func (d Decimal) Sign() int                  { return d.d.Sign() }
func (d Decimal) IsZero() bool               { return d.d.IsZero() }
func (d Decimal) Add(o Decimal) Decimal      { return Decimal{d.d.Add(o.d)} }
func (d Decimal) Sub(o Decimal) Decimal      { return Decimal{d.d.Sub(o.d)} }
func (d Decimal) Mul(o Decimal) Decimal      { return Decimal{d.d.Mul(o.d)} }
func (d Decimal) Round(places int32) Decimal { return Decimal{d.d.Round(places)} }

// DivFloor divides by o, which must not be zero, and rounds down to a whole number.
func (d Decimal) DivFloor(o Decimal) Decimal {
	q, r := d.d.QuoRem(o.d, 0)
	if r.Sign() != 0 && r.Sign() != o.d.Sign() {
		q = q.Sub(decimal.NewFromInt(1))
	}
	return Decimal{q}
}

// Int is the whole part.
func (d Decimal) Int() int64 { return d.d.IntPart() }

// MarshalJSON writes a bare number.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalJSON reads a number or, as in some answers, a number in quotes. null leaves the value as it is.
func (d *Decimal) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	v, err := Parse(string(bytes.Trim(b, `"`)))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// MarshalText and UnmarshalText are for XML.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d *Decimal) UnmarshalText(b []byte) error {
	v, err := Parse(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}
