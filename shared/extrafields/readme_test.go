package extrafields_test

import (
	"strings"
	"testing"

	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/testenv/readmetest"
)

func TestREADME(t *testing.T) {
	names := func(list []string) string { return "`" + strings.Join(list, "`, `") + "`" }
	want := "`from`: " + names(extrafields.Sources()) + "\n\n`to`: " + names(extrafields.Targets())
	readmetest.Check(t, "shared/settings/SETTINGS.md", "extraFields", want)
}
