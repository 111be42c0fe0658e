package testenv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"ongoing24so/shared/naming"
)

// Build builds the functions of these processes for this machine into a folder, each under its process's name. Without
// processes it builds all of them.
func Build(ctx context.Context, folder string, processes ...naming.Process) error {
	if len(processes) == 0 {
		for _, entry := range naming.Entries() {
			processes = append(processes, entry.Process)
		}
	}
	root, err := Root()
	if err != nil {
		return err
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := statSources(filepath.Join(root, "functions"), filepath.Join(root, "shared")); err != nil {
		return err
	}
	output := folder + string(filepath.Separator)
	arguments := []string{"build", "-buildvcs=false", "-tags", "lambda.norpc", "-o", output}
	for _, p := range processes {
		arguments = append(arguments, "./functions/"+string(p))
	}
	command := exec.CommandContext(ctx, "go", arguments...)
	command.Dir = root
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("testenv: go build: %w\n%s", err, bytes.TrimSpace(out))
	}
	return nil
}

// statSources calls stat on every source file. The go command caches a test's result until a file changes that the test
// itself has opened or called stat on; it does not see the files that a compiler reads on behalf of the test.
func statSources(folders ...string) error {
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Root returns the project's folder: the nearest one with a go.mod, from the working directory upwards.
func Root() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("testenv: no go.mod in the working directory or above; run inside the project")
		}
		folder = parent
	}
}
