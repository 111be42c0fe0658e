package ongoing_test

import (
	"testing"

	"ongoing24so/shared/ongoing"
)

func TestTrimCutsAtUTF16UnitsWithoutSplittingACharacter(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text  string
		limit int
		want  string
	}{
		"short enough":                          {"æøå", 3, "æøå"},
		"one too many":                          {"æøåx", 3, "æøå"},
		"a character of two units is not split": {"ab😀", 3, "ab"},
		"a character of two units that fits":    {"ab😀", 4, "ab😀"},
		"no space is left at the end":           {"ab cd", 3, "ab"},
		"nothing fits":                          {"ab", 0, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := ongoing.Trim(tt.text, tt.limit); got != tt.want {
				t.Errorf("got %q", got)
			}
		})
	}
}
