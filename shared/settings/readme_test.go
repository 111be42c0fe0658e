package settings_test

import (
	"testing"

	"ongoing24so/infra/readmetest"
	"ongoing24so/shared/settings"
)

func TestREADME(t *testing.T) { readmetest.Check(t, "settings", settings.Markdown()) }
