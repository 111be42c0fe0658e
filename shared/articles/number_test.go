package articles_test

import (
	"testing"

	"pgregory.net/rapid"

	"ongoing24so/shared/articles"
)

func TestNumbersAreComparedAsPeopleSeeThem(t *testing.T) {
	t.Parallel()
	for name, number := range map[string]string{
		"as it is":                  "KJØ-17 Å",
		"another case":              "kjø-17 å",
		"spaces at the ends":        " KJØ-17 Å\t",
		"no-break spaces":           "\u00a0KJØ-17\u00a0Å\u202f",
		"zero width":                "KJØ\u200b-\u200c17\u200d Å\u2060",
		"marks of direction":        "\u200eKJØ-17\u200f \u202aÅ\u202c\u2066\u2069",
		"a soft hyphen":             "KJØ\u00ad-17 Å",
		"a byte order mark":         "\ufeffKJØ-17 Å",
		"a variation selector":      "KJØ-17 Å\ufe0f",
		"decomposed":                "KJØ-17 A\u030a",
		"the sign for ångström":     "KJØ-17 \u212b",
		"everything at once":        "\ufeff kjø\u200b-17\u00a0a\u030a\u200b ",
		"a control character":       "KJØ-17\x1fÅ",
		"invisible between letters": "KJØ-17 A\u200b\u030a",
	} {
		if !articles.SameNumber(number, "KJØ-17 Å") {
			t.Errorf("%s: %+q counts as %+q", name, number, articles.FoldNumber(number))
		}
	}
	for name, pair := range map[string][2]string{
		"a sign": {"KJE-17", "KJE17"}, "an accent": {"KJE", "KJÉ"}, "a space inside": {"KJE 17", "KJE17"},
		"none": {"", "\u200b"}, "zeros": {"007", "7"},
	} {
		if articles.SameNumber(pair[0], pair[1]) {
			t.Errorf("%s: %q and %q count as the same", name, pair[0], pair[1])
		}
	}
	if got := articles.CleanNumber("\ufeff kjø\u200b-17\u00a0a\u030a "); got != "kjø-17 å" {
		t.Errorf("cleaned: %+q", got)
	}
}

func TestCleaningTwiceIsCleaningOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.String().Draw(t, "number")
		clean, folded := articles.CleanNumber(number), articles.FoldNumber(number)
		if articles.CleanNumber(clean) != clean || articles.FoldNumber(clean) != folded ||
			articles.FoldNumber(folded) != folded {
			t.Errorf("%+q: clean %+q, folded %+q", number, clean, folded)
		}
	})
}
