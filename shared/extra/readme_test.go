package extra_test

import (
	"strings"
	"testing"

	"ongoing24so/infra/readmetest"
	"ongoing24so/shared/extra"
)

func TestREADME(t *testing.T) {
	names := func(list []string) string { return "`" + strings.Join(list, "`, `") + "`" }
	readmetest.Check(t, "extraFields", "`from`: "+names(extra.Sources())+"\n\n`to`: "+names(extra.Targets()))
}
