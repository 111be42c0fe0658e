package lambdahost

import (
	"log"
	"strings"
	"testing"
)

// Lambda's library reports errors through the same logger, so all other lines must pass.
func TestLibraryLogDropsOnlyQuotedBytes(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	l := log.New(libraryLog{&out}, "", 0)
	l.Print(`Unsolicited response received on idle HTTP channel starting with "Ola Nordmann"; err=<nil>`)
	l.Print("settings cannot be read")
	if out.String() != "settings cannot be read\n" {
		t.Errorf("got %q", out.String())
	}
}
