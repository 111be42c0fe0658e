package number_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ongoing24so/shared/number"
)

func TestParseReadsAndRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0.085":      "0.085", // a weight that float64 cannot hold
		"399.0000":   "399",   // 24SevenOffice writes four places, Ongoing three: equal numbers must have equal strings
		"2.000":      "2",
		"100":        "100", // zeros before the point count
		"-12.50":     "-12.5",
		"-0.00":      "0",    // there is one zero
		"1e3":        "1000", // an exponent is read, never written
		"1.5E-3":     "0.0015",
		"0000000012": "12",
		// the smallest System.Decimal
		"-79228162514264337593543950335": "-79228162514264337593543950335",
	} {
		d, err := number.Parse(text)
		if err != nil || d.String() != want {
			t.Errorf("Parse(%q) = %v, %v; want %s", text, d, err, want)
		}
	}
	for _, text := range []string{
		"", " ", "abc", "1,5", "1 000", "1.2.3", "--1", "NaN", "Infinity", "0x10", "1_000", "１",
		"1e999999999", // would fill the memory when it is printed
		"1e-999999999",
		strings.Repeat("9", 200), // too long for a quantity
	} {
		if d, err := number.Parse(text); err == nil {
			t.Errorf("Parse(%q) = %s; want an error", text, d)
		}
	}
}

func FuzzParsePrintsPlainDigitsThatReadBack(f *testing.F) {
	for _, text := range []string{
		"0.085", "-0.00", "1e3", "1.5E-3", "79228162514264337593543950335", "1e999999999", " 2 ", "１", "+7", ".",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := number.Parse(text)
		if err != nil {
			return
		}
		printed := d.String()
		if len(printed) > 250 || strings.Trim(printed, "-.0123456789") != "" {
			t.Fatalf("%q is printed as %q", text, printed)
		}
		if back, err := number.Parse(printed); err != nil || !back.Equal(d) || back.String() != printed {
			t.Fatalf("%q is printed as %s and read back as %s, %v", text, printed, back, err)
		}
	})
}

// decimals generates numbers as both vendors have them.
func decimals() *rapid.Generator[number.Decimal] {
	return rapid.Custom(func(t *rapid.T) number.Decimal {
		return number.MustParse(rapid.StringMatching(`-?[0-9]{1,18}(\.[0-9]{1,9})?`).Draw(t, "decimal"))
	})
}

func TestNumbersReadBackAsWrittenAndEqualNumbersLookEqual(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := decimals().Draw(t, "d")
		if back := number.MustParse(d.String()); !back.Equal(d) || back.String() != d.String() {
			t.Fatalf("%s is read back as %s", d, back)
		}
		if scaled := number.MustParse(d.Mul(number.MustParse("1.000")).String()); scaled.String() != d.String() {
			t.Fatalf("%s and %s are equal but written differently", d, scaled)
		}
		if strings.ContainsAny(d.String(), "eE+") {
			t.Fatalf("%s has an exponent, which 24SevenOffice refuses", d)
		}
		document, err := json.Marshal(struct{ N number.Decimal }{d})
		if err != nil || string(document) != `{"N":`+d.String()+`}` {
			t.Fatalf("JSON %s, %v; want a bare number", document, err)
		}
		var decoded struct{ N number.Decimal }
		if err := json.Unmarshal(document, &decoded); err != nil || !decoded.N.Equal(d) {
			t.Fatalf("%s is read back from JSON as %s, %v", d, decoded.N, err)
		}
		text, _ := d.MarshalText()
		var fromText number.Decimal
		if err := fromText.UnmarshalText(text); err != nil || !fromText.Equal(d) {
			t.Fatalf("%s is read back from text as %s, %v", d, fromText, err)
		}
	})
}

// Stock and prices rely on these laws.
func TestArithmeticLawsHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := decimals().Draw(t, "a"), decimals().Draw(t, "b")
		if !a.Add(b).Sub(b).Equal(a) {
			t.Fatalf("%s + %s - %s = %s", a, b, b, a.Add(b).Sub(b))
		}
		if a.Cmp(b) != -b.Cmp(a) || a.Equal(b) != (a.Cmp(b) == 0) || a.IsZero() != (a.Sign() == 0) {
			t.Fatalf("%s and %s: Cmp, Equal, IsZero and Sign disagree", a, b)
		}
		if b.IsZero() {
			return
		}
		q := a.DivFloor(b)
		remainder := a.Sub(q.Mul(b))
		if !q.Equal(number.FromInt(0)) && strings.Contains(q.String(), ".") {
			t.Fatalf("%s / %s = %s is not whole", a, b, q)
		}
		if !remainder.IsZero() && remainder.Sign() != b.Sign() {
			t.Fatalf("%s / %s = %s is not rounded down: remainder %s", a, b, q, remainder)
		}
	})
}

func TestRoundRoundsHalfAwayFromZero(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"2.345": "2.35", "2.344": "2.34", "-2.345": "-2.35", "2": "2"} {
		if got := number.MustParse(in).Round(2).String(); got != want {
			t.Errorf("%s rounded is %s; want %s", in, got, want)
		}
	}
}

func TestJSONAndTextFormsOfANumber(t *testing.T) {
	t.Parallel()
	seven := number.FromInt(7)
	for text, want := range map[string]string{`"1.5"`: "1.5", `null`: "7", `30.000`: "30"} {
		d := seven
		if err := json.Unmarshal([]byte(text), &d); err != nil || d.String() != want {
			t.Errorf("%s gave %s, %v; want %s", text, d, err, want)
		}
	}
	var d number.Decimal
	if err := d.UnmarshalText([]byte("\n 7\t")); err != nil || d.String() != "7" {
		t.Errorf("a number with white space around it in XML became %s, %v", d, err)
	}
	if err := json.Unmarshal([]byte(`"many"`), &d); err == nil {
		t.Error("a word was read as a number")
	}
}

func TestMustParsePanicsOnAMistake(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	number.MustParse("1,5")
}
