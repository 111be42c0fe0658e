package settings_test

import (
	"testing"

	"ongoing24so/shared/settings"
	"ongoing24so/shared/testenv/readmetest"
)

func TestREADME(t *testing.T) {
	readmetest.Check(t, "shared/settings/SETTINGS.md", "settings", settings.Markdown())
}
