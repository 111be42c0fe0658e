package stack

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ongoing24so/shared/naming"
)

func TestFindBuildsReadsTheMachine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why       string
		bootstrap []byte
		want      elf.Machine
	}{
		{"what make build makes", binaryFor(t, elf.EM_AARCH64), elf.EM_AARCH64},
		{"what make build ARCH=amd64 makes", binaryFor(t, elf.EM_X86_64), elf.EM_X86_64},
		{"a script runs on either", []byte("#!/bin/sh\n"), elf.EM_AARCH64},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			builds, err := findBuilds(newDist(t, test.bootstrap))
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range naming.Entries() {
				if got := builds[entry.Process].machine; got != test.want {
					t.Errorf("%s: got %v, want %v", entry.Process, got, test.want)
				}
			}
		})
	}
}

func TestFindBuildsRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why  string
		dist string
	}{
		{"nothing is built", t.TempDir()},
		{"a copy that was cut short", newDist(t, []byte(elf.ELFMAG))},
		{"built for a processor that Lambda does not have", newDist(t, binaryFor(t, elf.EM_RISCV))},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			_, err := findBuilds(test.dist)
			if err == nil {
				t.Fatal("no error")
			}
			for _, entry := range naming.Entries() {
				bootstrap := filepath.Join(test.dist, string(entry.Process), "bootstrap")
				if !strings.Contains(err.Error(), bootstrap) || !strings.Contains(err.Error(), "run make build") {
					t.Errorf("the error does not name %s and make build: %v", bootstrap, err)
				}
			}
		})
	}
}

// newDist makes a folder as make build leaves it.
func newDist(t *testing.T, bootstrap []byte) string {
	t.Helper()
	dist := t.TempDir()
	for _, entry := range naming.Entries() {
		folder := filepath.Join(dist, string(entry.Process))
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "bootstrap"), bootstrap, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dist
}

// binaryFor is the least that counts as a Linux binary.
func binaryFor(t *testing.T, machine elf.Machine) []byte {
	t.Helper()
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{
			0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT),
		},
		Type:    uint16(elf.ET_EXEC),
		Machine: uint16(machine),
		Version: uint32(elf.EV_CURRENT),
		Ehsize:  64,
	}
	var file bytes.Buffer
	if err := binary.Write(&file, binary.LittleEndian, header); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}
