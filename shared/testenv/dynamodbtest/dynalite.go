package dynamodbtest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dynaliteVersion is the version of the npm package that Dynalite starts.
const dynaliteVersion = "4.0.0"

// Dynalite returns a DB of dynalite, which enforces DynamoDB's limits of pages, batches and items and supports parallel
// scans. The first use installs it with npm into the user's cache; it ends with the test. The test is skipped if Node
// is missing or the package cannot be installed.
func Dynalite(t testing.TB) *DB {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("skipped: dynalite needs Node, and %s is not installed", tool)
		}
	}
	folder, err := dynaliteFolder(t.Context())
	if err != nil {
		t.Skipf("skipped: dynalite %s cannot be installed: %v", dynaliteVersion, err)
	}
	url := startDynalite(t, filepath.Join(folder, "node_modules", "dynalite"))
	return fresh(t, &DB{Client: client(url), URL: url})
}

// dynaliteFolder returns the folder of the installed package. It installs into a temporary folder and renames that,
// because the tests of several packages run at the same time.
func dynaliteFolder(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	folder := filepath.Join(cache, "ongoing24so", "dynalite-"+dynaliteVersion)
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(filepath.Dir(folder), "install-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "npm", "install", "--prefix", work,
		"--no-audit", "--no-fund", "--ignore-scripts", "dynalite@"+dynaliteVersion).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	if err := os.Rename(work, folder); err != nil {
		if _, other := os.Stat(folder); other == nil {
			return folder, nil // another test installed it first
		}
		return "", err
	}
	return folder, nil
}

// script starts the server on a free port and prints the port. The server exits when its standard input closes, which
// happens however the test process ends.
const script = `
const server = require(process.argv[1])({ createTableMs: 0, deleteTableMs: 0 })
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.resume().on('end', () => process.exit())
`

func startDynalite(t testing.TB, folder string) string {
	t.Helper()
	command := exec.Command("node", "-e", script, folder) //nolint:noctx // it exits when its standard input closes
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() { stdin.Close(); _ = command.Wait() } // the exit status has no meaning
	t.Cleanup(end)
	port, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		end() // after it, stderr is complete
		t.Fatalf("dynalite did not start: %s", stderr.String())
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port)
}
