package proof_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ongoing24so/shared/testenv/readmetest"
)

// TestREADMEProof: each row of the README's table names the tests that show it, and each test of these packages is named.
func TestREADMEProof(t *testing.T) {
	t.Parallel()
	_, rest, _ := strings.Cut(readmetest.Text(t), "<!-- proof -->\n")
	table, _, closed := strings.Cut(rest, "<!-- /proof -->")
	if !closed {
		t.Fatal("README.md has no table between <!-- proof --> and <!-- /proof -->")
	}
	named := map[string]bool{}
	for i, row := range strings.Split(strings.TrimSpace(table), "\n") {
		cells := strings.Split(strings.Trim(row, "|"), "|")
		names := regexp.MustCompile("`(\\w+)\\.(Test\\w+)`").FindAllStringSubmatch(cells[len(cells)-1], -1)
		if i > 1 && len(names) == 0 {
			t.Errorf("nothing shows that %s", cells[0])
		}
		for _, name := range names {
			named[name[1]+"."+name[2]] = true
		}
	}
	there := tests(t)
	for name := range named {
		if !there[name] {
			t.Errorf("the README names %s, which is not there", name)
		}
	}
	for name := range there {
		if !named[name] {
			t.Errorf("the README does not say what %s shows", name)
		}
	}
}

// tests are those of the packages below this one, as package.Test; those that look after the README show nothing.
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
		for _, name := range regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`).FindAllStringSubmatch(string(source), -1) {
			if !strings.HasPrefix(name[1], "TestREADME") {
				found[filepath.Base(filepath.Dir(file))+"."+name[1]] = true
			}
		}
	}
	return found
}
