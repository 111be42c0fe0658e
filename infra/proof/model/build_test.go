package model

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/testenv"
)

// edits give the functions the model's clock in place of the machine's, and take away the pauses between two attempts of
// a call, which are by the machine's clock whatever clock the clients are given. All else is the real thing.
var edits = []struct{ file, old, new string }{
	{"shared/lambdahost/host.go", "Now: time.Now}", "Now: modelNow}"},
	{"shared/lambdahost/host.go", "lambda.StartWithOptions(handler,", "lambda.StartWithOptions(byModelClock(handler),"},
	{"shared/lambdahost/host.go", "config.LoadDefaultConfig(ctx)", "config.LoadDefaultConfig(ctx, config.WithRetryer(atOnce))"},
	{"shared/vendorhttp/retry.go", "DefaultBackoff = 500 * time.Millisecond", "DefaultBackoff = time.Millisecond"},
}

// build builds the functions into a folder, with the edits laid over the sources (go help build, -overlay).
func build(ctx context.Context, folder string) error {
	root, err := testenv.Root()
	if err != nil {
		return err
	}
	sources := map[string][]byte{}
	for _, e := range edits {
		path := filepath.Join(root, e.file)
		if sources[path] == nil {
			if sources[path], err = os.ReadFile(path); err != nil {
				return err
			}
		}
		if bytes.Count(sources[path], []byte(e.old)) != 1 {
			return fmt.Errorf("%s does not hold %q once", e.file, e.old)
		}
		sources[path] = bytes.Replace(sources[path], []byte(e.old), []byte(e.new), 1)
	}
	overlay := map[string]string{
		filepath.Join(root, "shared/lambdahost/modelclock.go"): filepath.Join(root, "infra/proof/model/testdata/clock.go"),
	}
	for path, source := range sources {
		overlay[path] = filepath.Join(folder, fmt.Sprintf("source%d.go", len(overlay)))
		if err := os.WriteFile(overlay[path], source, 0o600); err != nil {
			return err
		}
	}
	arguments := []string{"build", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-overlay", filepath.Join(folder, "overlay.json"), "-o", folder + "/"}
	for _, e := range naming.Entries() {
		arguments = append(arguments, "./functions/"+string(e.Process))
	}
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "overlay.json"), text, 0o600); err != nil {
		return err
	}
	command := exec.CommandContext(ctx, "go", arguments...)
	command.Dir = root
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}
