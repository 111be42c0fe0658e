package stack

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ongoing24so/shared/naming"
)

// A build is one process's folder with the bootstrap that make build wrote there.
type build struct {
	folder  string
	machine elf.Machine // what it runs on; arm64 for anything that is not an ELF binary, such as a script
}

// findBuilds finds the builds of all processes before the CDK starts, whose own error would not name make build.
func findBuilds(dist string) (map[naming.Process]build, error) {
	builds := map[naming.Process]build{}
	var errs []error
	for _, entry := range naming.Entries() {
		folder := filepath.Join(dist, string(entry.Process))
		machine, err := machineOf(filepath.Join(folder, "bootstrap"))
		errs = append(errs, err)
		builds[entry.Process] = build{folder: folder, machine: machine}
	}
	return builds, errors.Join(errs...)
}

// machineOf returns the processor for which a bootstrap was built: a function on another one would fail at every start.
// It is arm64, which costs a fifth less, unless somebody built for an x86 machine, as a rehearsal on one does.
func machineOf(bootstrap string) (elf.Machine, error) {
	content, err := os.ReadFile(bootstrap)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("%s is missing: run make build first", bootstrap)
	}
	if err != nil {
		return 0, fmt.Errorf("read the build: %w", err)
	}
	if !bytes.HasPrefix(content, []byte(elf.ELFMAG)) {
		return elf.EM_AARCH64, nil
	}
	file, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return 0, fmt.Errorf("%s is damaged: run make build again: %w", bootstrap, err)
	}
	if file.Machine != elf.EM_AARCH64 && file.Machine != elf.EM_X86_64 {
		return 0, fmt.Errorf(
			"%s is built for %v: run make build, for arm64 or with ARCH=amd64", bootstrap, file.Machine)
	}
	return file.Machine, nil
}
