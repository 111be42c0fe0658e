package extrafields_test

import (
	"strings"
	"testing"

	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/testenv/readmetest"
)

func TestREADME(t *testing.T) {
	names := func(list []string) string { return "`" + strings.Join(list, "`, `") + "`" }
	readmetest.Check(t, "extraFields", "`from`: "+names(extrafields.Sources())+"\n\n`to`: "+names(extrafields.Targets()))
}
