package conventions

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dialect lists phrases that this code base used to have, with the plain English for each.
var dialect = []struct{ phrase, instead string }{
	{`\btells? whether\b`, "reports whether"},
	{`\bknows? what o'clock\b`, "reads the clock"},
	{`\b(none|no business) of (ours|our business)\b|\bno business of\b`, "out of scope"},
	{`\bmakes? no sense\b`, "is invalid"},
	{`\bstands? (in|there|once|already)\b`, "is in, exists, is in one place"},
	{`\b(right )?behind (the|its|that|a|every|any of its) (write|writing|saves?|sending|call)\b`, "after the write"},
	{`\bmade good\b`, "completed"},
	{`\bheld against\b`, "compared with"},
	{`\ba moment such as\b`, "an RFC 3339 timestamp such as"},
	{`\b(it|that|which|this|value|answer) is none\b`, "is not one"},
	{`\bis no (number|decimal|JSON|XML|trouble|GUID|id|host pattern|address|error)\b`, "is not a …"},
	{`\b(anew|in vain|come off|came off)\b`, "again, needlessly, succeed"},
	{`\bmend(s|ed|ing)?\b`, "fix"},
	{`\bhalf of our patience\b`, "half of the time limit"},
	{`\bit may be [^ab]`, "allowed: …"},
	{`\bknown for ours\b`, "recognised as ours"},
}

func TestTextsAreInPlainEnglish(t *testing.T) {
	t.Parallel()
	kinds := []string{".go", ".md", ".json", ".yml", ".yaml"}
	var expressions []*regexp.Regexp
	for _, d := range dialect {
		expressions = append(expressions, regexp.MustCompile(`(?i)`+d.phrase))
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (slices.Contains([]string{".git", "cdk.out", "dist", "testdata"}, d.Name())):
			return filepath.SkipDir
		case d.IsDir(), d.Name() == "language_test.go":
			return nil
		case d.Name() != "Makefile" && !slices.Contains(kinds, filepath.Ext(path)):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			for n, e := range expressions {
				if found := e.FindString(line); found != "" {
					t.Errorf("%s:%d: %q; write: %s", strings.TrimPrefix(path, root+"/"), i+1, found, dialect[n].instead)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
