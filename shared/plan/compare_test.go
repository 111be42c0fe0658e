package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/plan"
)

func TestComparisonWithFieldsThatCannotBeReadBack(t *testing.T) {
	t.Parallel()
	wanted := document{Name: "Kjele", Weight: "0.085"} // Weight cannot be read back
	readable := document{Name: "Kjele"}
	for name, test := range map[string]struct {
		current             document
		complete, asWritten bool
		match               plan.Match
		fields              []plan.Field
	}{
		"a readable field differs": {
			current: document{Name: "Kanne"}, complete: true, asWritten: true,
			match: plan.Differs, fields: []plan.Field{{Field: "name", Old: "Kanne", New: "Kjele"}},
		},
		"the rest does not matter": {current: readable, complete: true, match: plan.Same},
		"the rest was written":     {current: readable, asWritten: true, match: plan.Same},
		"the rest may differ": {
			current: readable,
			match:   plan.Unknown, fields: []plan.Field{{Field: "weight", Old: "", New: "0.085"}},
		},
	} {
		match, fields := plan.Comparison{
			Current: test.current, Wanted: wanted, Readable: readable, Complete: test.complete,
			AsWritten: test.asWritten,
		}.Compare()
		if diff := cmp.Diff(test.fields, fields); diff != "" || match != test.match {
			t.Errorf("%s: got %s; want %s; fields -want +got\n%s", name, match, test.match, diff)
		}
	}
}
