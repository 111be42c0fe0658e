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

// Build builds the functions of these processes, or of all, for this machine into a folder, each under its process's
// name.
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
	if err := look(filepath.Join(root, "functions"), filepath.Join(root, "shared")); err != nil {
		return err
	}
	arguments := []string{"build", "-buildvcs=false", "-tags", "lambda.norpc", "-o", folder + string(filepath.Separator)}
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

// look goes over the sources. The go command keeps the results of a test until one of the files changes that the test has
// looked at, and it does not see what a compiler that the test has started looks at.
func look(folders ...string) error {
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

// Root finds the project's folder, from the working directory upwards.
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
			return "", errors.New("testenv: not inside the project: no go.mod up from the working directory")
		}
		folder = parent
	}
}
