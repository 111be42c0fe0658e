package plan_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ongoing24so/shared/plan"
)

// A document is made like the bodies that go to Ongoing WMS.
type document struct {
	Name   string      `json:"name,omitempty"`
	Active *bool       `json:"active,omitempty"`
	Weight json.Number `json:"weight,omitempty"`
	Place  struct {
		City string `json:"city,omitempty"`
	} `json:"place"`
	Lines []line   `json:"lines,omitempty"`
	Tags  []string `json:"tags,omitempty"`
}

type line struct {
	RowNumber string `json:"rowNumber,omitempty"`
	Count     int    `json:"count"`
	Comment   string `json:"comment,omitempty"`
}

func TestDiff(t *testing.T) {
	t.Parallel()
	no := false
	old := document{Name: "Kjele", Weight: "0.085", Lines: []line{{"11", 2, "blå"}, {"12", 1, ""}}}
	changed := func(change func(*document)) document {
		d := old
		d.Lines = append([]line(nil), old.Lines...)
		change(&d)
		return d
	}
	for name, test := range map[string]struct {
		old, new any
		want     []plan.Field
	}{
		"equal values do not differ":         {old, old, nil},
		"a changed text":                     {old, changed(func(d *document) { d.Name = "Kanne" }), []plan.Field{{"name", "Kjele", "Kanne"}}},
		"what is left out stays as it is":    {old, changed(func(d *document) { d.Name, d.Weight = "", "" }), nil},
		"false is a value":                   {old, changed(func(d *document) { d.Active = &no }), []plan.Field{{"active", "", "false"}}},
		"fields inside fields":               {old, changed(func(d *document) { d.Place.City = "TESTBY" }), []plan.Field{{"place.city", "", "TESTBY"}}},
		"zero is a value":                    {old, changed(func(d *document) { d.Lines[0].Count = 0 }), []plan.Field{{"lines[11].count", "2", "0"}}},
		"lines are known by their row":       {old, changed(func(d *document) { d.Lines[0], d.Lines[1] = d.Lines[1], d.Lines[0] }), nil},
		"other elements by their place":      {document{Tags: []string{"a", "b"}}, document{Tags: []string{"a", "c"}}, []plan.Field{{"tags[1]", "b", "c"}}},
		"a comment left out stays as it is":  {old, changed(func(d *document) { d.Lines[0].Comment = "" }), nil},
		"a new line, with all that is in it": {old, changed(func(d *document) { d.Lines = append(d.Lines, line{"13", 5, ""}) }), []plan.Field{{"lines[13].count", "", "5"}, {"lines[13].rowNumber", "", "13"}}},
		"a line left out is a difference": {old, changed(func(d *document) { d.Lines = d.Lines[:1] }),
			[]plan.Field{{"lines[12].count", "1", ""}, {"lines[12].rowNumber", "12", ""}}},
		"row 1 is not row 11": {document{Lines: []line{{"11", 1, ""}, {"1", 1, ""}}}, document{Lines: []line{{"11", 1, ""}}},
			[]plan.Field{{"lines[1].count", "1", ""}, {"lines[1].rowNumber", "1", ""}}},
		"nothing before": {nil, document{Name: "Kjele"}, []plan.Field{{"name", "", "Kjele"}}},
	} {
		if diff := cmp.Diff(test.want, plan.Diff(test.old, test.new, nil)); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

// TestDiffHides: a hidden value shows that it differs, and whether there was or will be one, but not what it is.
func TestDiffHides(t *testing.T) {
	t.Parallel()
	var d document
	d.Name, d.Place.City = "Åse Ødegård", "TESTBY"
	got := plan.Diff(document{Name: "Kari"}, d, func(path string) bool { return strings.HasPrefix(path, "lines") })
	want := []plan.Field{{"name", "[hidden]", "[hidden]"}, {"place.city", "", "[hidden]"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func documents() *rapid.Generator[document] {
	return rapid.Custom(func(t *rapid.T) document {
		d := document{Name: rapid.String().Draw(t, "name"), Tags: rapid.SliceOf(rapid.String()).Draw(t, "tags")}
		d.Place.City = rapid.SampledFrom([]string{"", "TESTBY", "ÅS"}).Draw(t, "city")
		for _, row := range rapid.SliceOfDistinct(rapid.IntRange(1, 99), rapid.ID[int]).Draw(t, "rows") {
			d.Lines = append(d.Lines, line{strconv.Itoa(row), row, ""})
		}
		return d
	})
}

// TestLaws: what is equal does not differ and has one fingerprint; what differs in a field has another.
func TestLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := documents().Draw(t, "a"), documents().Draw(t, "b")
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var copied document
		if err := json.Unmarshal(text, &copied); err != nil {
			t.Fatal(err)
		}
		if fields := plan.Diff(a, copied, nil); len(fields) > 0 {
			t.Fatalf("equal values differ: %v", fields)
		}
		if plan.Fingerprint(a) != plan.Fingerprint(copied) {
			t.Fatal("equal values have two fingerprints")
		}
		if len(plan.Diff(a, b, nil)) > 0 && plan.Fingerprint(a) == plan.Fingerprint(b) {
			t.Fatal("values that differ have one fingerprint")
		}
		for _, f := range plan.Diff(a, b, nil) {
			if f.Old == f.New {
				t.Fatalf("%s differs from itself: %q", f.Field, f.Old)
			}
		}
	})
}

// TestFingerprint: it depends on where one value ends and the next one begins, and gives nothing away.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	if plan.Fingerprint("ab", "c") == plan.Fingerprint("a", "bc") || plan.Fingerprint("a") == plan.Fingerprint("a", "") {
		t.Error("different values have one fingerprint")
	}
	if got := plan.Fingerprint("Storgata 1"); len(got) != 32 || strings.Trim(got, "0123456789abcdef") != "" {
		t.Errorf("fingerprint %q", got)
	}
}
