package stack

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/testenv/readmetest"
)

// The golden file shows in review what a change does to the template; the other tests say what the template has to be.
func TestGoldenTemplateIsUnchanged(t *testing.T) {
	_, folder := synth(t, map[string]any{"alarmEmail": "ops@example.com"})
	file, err := os.ReadFile(filepath.Join(folder, "ongoing24so.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	// The names of assets are hashes of the binaries and differ from build to build.
	got := regexp.MustCompile(`[0-9a-f]{64}`).ReplaceAll(indent(t, file), []byte("<hash>"))

	golden := filepath.Join("testdata", "template.golden.json")
	if *readmetest.Update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the template has changed; if that is intended, run make docs (-want +got):\n%s", diff)
	}
}

func indent(t *testing.T, file []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, file, "", " "); err != nil {
		t.Fatal(err)
	}
	return append(out.Bytes(), '\n')
}
