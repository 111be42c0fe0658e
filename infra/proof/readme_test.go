package proof_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ongoing24so/shared/testenv/readmetest"
)

// Each row of the table in PROOFS.md must name tests of these packages, and each of these tests must be in the table.
func TestREADMENamesEachProof(t *testing.T) {
	t.Parallel()
	table := readmetest.Table(t, "infra/proof/PROOFS.md", "proof")
	named := map[string]bool{}
	for i, row := range strings.Split(strings.TrimSpace(table), "\n") {
		cells := strings.Split(strings.Trim(row, "|"), "|")
		names := regexp.MustCompile("`(\\w+)\\.(Test\\w+)`").FindAllStringSubmatch(cells[len(cells)-1], -1)
		if i > 1 && len(names) == 0 {
			t.Errorf("the row %q names no test", strings.TrimSpace(cells[0]))
		}
		for _, name := range names {
			named[name[1]+"."+name[2]] = true
		}
	}
	existing := tests(t)
	for name := range named {
		if !existing[name] {
			t.Errorf("PROOFS.md names %s, which does not exist", name)
		}
	}
	for name := range existing {
		if !named[name] {
			t.Errorf("PROOFS.md does not name %s", name)
		}
	}
}

// tests returns the tests of the packages below this one as package.Test, without those of documents.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*/*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	found := map[string]bool{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		declared := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
		for _, name := range declared.FindAllStringSubmatch(string(source), -1) {
			if !strings.HasPrefix(name[1], "TestREADME") {
				found[filepath.Base(filepath.Dir(file))+"."+name[1]] = true
			}
		}
	}
	return found
}
