// Package readmetest compares the tables in the documents with the code that they describe, so that the two cannot
// differ. A table is between <!-- name --> and <!-- /name -->; go test -update rewrites it.
package readmetest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ongoing24so/shared/testenv"
)

// Update is the flag -update.
var Update = flag.Bool("update", false, "rewrite the tables of the documents, and golden files")

// Path returns the path of a document, such as "infra/stack/RUNBOOK.md".
func Path(t testing.TB, document string) string {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, filepath.FromSlash(document))
}

// Text returns the content of a document.
func Text(t testing.TB, document string) string {
	t.Helper()
	b, err := os.ReadFile(Path(t, document))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Table returns the table of that name in a document.
func Table(t testing.TB, document, name string) string {
	t.Helper()
	_, table, _ := cut(t, document, name)
	return table
}

// Check compares the table of that name in a document with want, or rewrites it with -update.
func Check(t testing.TB, document, name, want string) {
	t.Helper()
	before, got, after := cut(t, document, name)
	switch want = strings.TrimSpace(want) + "\n"; {
	case got == want:
	case *Update:
		if err := os.WriteFile(Path(t, document), []byte(before+want+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the table %s in %s differs from the code; run: make docs", name, document)
	}
}

func cut(t testing.TB, document, name string) (before, table, after string) {
	t.Helper()
	text := Text(t, document)
	opening, closing := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	start := strings.Index(text, opening)
	length := strings.Index(text[max(start, 0):], closing) - len(opening)
	if start < 0 || length < 0 {
		t.Fatalf("%s has no table between <!-- %s --> and <!-- /%s -->", document, name, name)
	}
	start += len(opening)
	return text[:start], text[start : start+length], text[start+length:]
}
