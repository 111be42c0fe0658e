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

// A document looks like the bodies that go to Ongoing WMS.
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

func TestDiffListsChangedFields(t *testing.T) {
	t.Parallel()
	no := false
	old := document{
		Name:   "Kjele",
		Weight: "0.085",
		Lines:  []line{{RowNumber: "11", Count: 2, Comment: "blå"}, {RowNumber: "12", Count: 1}},
	}
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
		"equal values do not differ": {
			old: old,
			new: old,
		},
		"a changed text": {
			old:  old,
			new:  changed(func(d *document) { d.Name = "Kanne" }),
			want: []plan.Field{{Field: "name", Old: "Kjele", New: "Kanne"}},
		},
		"fields left out stay as they are": {
			old: old,
			new: changed(func(d *document) { d.Name, d.Weight = "", "" }),
		},
		"false is a value": {
			old:  old,
			new:  changed(func(d *document) { d.Active = &no }),
			want: []plan.Field{{Field: "active", New: "false"}},
		},
		"fields inside fields": {
			old:  old,
			new:  changed(func(d *document) { d.Place.City = "TESTBY" }),
			want: []plan.Field{{Field: "place.city", New: "TESTBY"}},
		},
		"zero is a value": {
			old:  old,
			new:  changed(func(d *document) { d.Lines[0].Count = 0 }),
			want: []plan.Field{{Field: "lines[11].count", Old: "2", New: "0"}},
		},
		"lines are identified by their row numbers": {
			old: old,
			new: changed(func(d *document) { d.Lines[0], d.Lines[1] = d.Lines[1], d.Lines[0] }),
		},
		"other elements are identified by their index": {
			old:  document{Tags: []string{"a", "b"}},
			new:  document{Tags: []string{"a", "c"}},
			want: []plan.Field{{Field: "tags[1]", Old: "b", New: "c"}},
		},
		"a comment left out stays as it is": {
			old: old,
			new: changed(func(d *document) { d.Lines[0].Comment = "" }),
		},
		"a new line differs in all its fields": {
			old:  old,
			new:  changed(func(d *document) { d.Lines = append(d.Lines, line{RowNumber: "13", Count: 5}) }),
			want: []plan.Field{{Field: "lines[13].count", New: "5"}, {Field: "lines[13].rowNumber", New: "13"}},
		},
		"a line left out is a difference": {
			old:  old,
			new:  changed(func(d *document) { d.Lines = d.Lines[:1] }),
			want: []plan.Field{{Field: "lines[12].count", Old: "1"}, {Field: "lines[12].rowNumber", Old: "12"}},
		},
		"row 1 is not row 11": {
			old:  document{Lines: []line{{RowNumber: "11", Count: 1}, {RowNumber: "1", Count: 1}}},
			new:  document{Lines: []line{{RowNumber: "11", Count: 1}}},
			want: []plan.Field{{Field: "lines[1].count", Old: "1"}, {Field: "lines[1].rowNumber", Old: "1"}},
		},
		"without an old value everything differs": {
			new:  document{Name: "Kjele"},
			want: []plan.Field{{Field: "name", New: "Kjele"}},
		},
	} {
		if diff := cmp.Diff(test.want, plan.Diff(test.old, test.new, nil)); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

// A hidden field still shows whether it had and will have a value.
func TestDiffHidesValues(t *testing.T) {
	t.Parallel()
	var d document
	d.Name, d.Place.City = "Åse Ødegård", "TESTBY"
	got := plan.Diff(document{Name: "Kari"}, d, func(path string) bool { return strings.HasPrefix(path, "lines") })
	want := []plan.Field{
		{Field: "name", Old: "[hidden]", New: "[hidden]"},
		{Field: "place.city", New: "[hidden]"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func documents() *rapid.Generator[document] {
	return rapid.Custom(func(t *rapid.T) document {
		d := document{Name: rapid.String().Draw(t, "name"), Tags: rapid.SliceOf(rapid.String()).Draw(t, "tags")}
		d.Place.City = rapid.SampledFrom([]string{"", "TESTBY", "ÅS"}).Draw(t, "city")
		for _, row := range rapid.SliceOfDistinct(rapid.IntRange(1, 99), rapid.ID[int]).Draw(t, "rows") {
			d.Lines = append(d.Lines, line{RowNumber: strconv.Itoa(row), Count: row})
		}
		return d
	})
}

func TestDiffAndFingerprintAgree(t *testing.T) {
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
			t.Fatal("equal values have different fingerprints")
		}
		if len(plan.Diff(a, b, nil)) > 0 && plan.Fingerprint(a) == plan.Fingerprint(b) {
			t.Fatal("different values have the same fingerprint")
		}
		for _, f := range plan.Diff(a, b, nil) {
			if f.Old == f.New {
				t.Fatalf("%s differs from itself: %q", f.Field, f.Old)
			}
		}
	})
}

func TestFingerprintDependsOnValueBordersAndRevealsNothing(t *testing.T) {
	t.Parallel()
	if plan.Fingerprint("ab", "c") == plan.Fingerprint("a", "bc") ||
		plan.Fingerprint("a") == plan.Fingerprint("a", "") {
		t.Error("different values have the same fingerprint")
	}
	if got := plan.Fingerprint("Storgata 1"); len(got) != 32 || strings.Trim(got, "0123456789abcdef") != "" {
		t.Errorf("fingerprint %q", got)
	}
}
