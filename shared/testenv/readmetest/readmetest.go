// Package readmetest compares the tables in README.md with the code that they describe, so that the two cannot differ.
// A table is between <!-- name --> and <!-- /name -->; go test -update rewrites it.
package readmetest

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Update is the flag -update.
var Update = flag.Bool("update", false, "rewrite the tables of the README, and golden files")

// Path returns the path of README.md.
func Path(t testing.TB) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(filepath.Dir(strings.TrimSpace(string(out))), "README.md")
}

// Text returns the content of README.md.
func Text(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile(Path(t))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Check compares the table of that name with want, or rewrites it with -update.
func Check(t testing.TB, name, want string) {
	t.Helper()
	text := Text(t)
	before, rest, open := strings.Cut(text, "<!-- "+name+" -->\n")
	got, after, closed := strings.Cut(rest, "<!-- /"+name+" -->")
	want = strings.TrimSpace(want) + "\n"
	switch {
	case !open || !closed:
		t.Fatalf("README.md has no table between <!-- %s --> and <!-- /%s -->", name, name)
	case got == want:
	case *Update:
		text = before + "<!-- " + name + " -->\n" + want + "<!-- /" + name + " -->" + after
		if err := os.WriteFile(Path(t), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the table %s in README.md differs from the code; run: make docs", name)
	}
}
