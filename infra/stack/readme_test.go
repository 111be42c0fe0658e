package stack

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/testenv/readmetest"
)

func TestREADMEListsEveryContextValue(t *testing.T) {
	var b strings.Builder
	b.WriteString("| value | default | allowed | meaning |\n| --- | --- | --- | --- |\n")
	for _, v := range Values() {
		fmt.Fprintf(&b, "| `%s` | `%v` | %s | %s |\n", v.Name, v.Default, v.Allowed, v.About)
	}
	readmetest.Check(t, "infra/stack/DEPLOY.md", "context", b.String())
}

// Each alarm names its section of the runbook and a command, each section belongs to an alarm, and the commands exist.
func TestREADMERunbookExplainsEveryAlarm(t *testing.T) {
	tmpl, _ := synth(t, map[string]any{"runbookUrl": "https://git.example.com/RUNBOOK.md"})
	sections := map[string]string{}
	for _, section := range strings.Split(readmetest.Text(t, runbook), "\n### Alarm ")[1:] {
		name, text, _ := strings.Cut(section, "\n")
		sections[name] = text
	}
	form := regexp.MustCompile(
		`^[^.]+\. Look closer: syncctl ([a-z ]+)\. What to do: https://git\.example\.com/RUNBOOK\.md#alarm-([a-z-]+)$`)
	explained, commands := map[string]bool{}, map[string]bool{}
	for name, text := range alarmTexts(tmpl) {
		parts := form.FindStringSubmatch(text)
		if parts == nil || !strings.HasSuffix(name, "-"+parts[2]) || len(text) > 1024 {
			t.Errorf("%s says %q", name, text)
			continue
		}
		explained[parts[2]], commands[parts[1]] = true, true
		if !strings.Contains(sections[parts[2]], "`syncctl "+parts[1]) {
			t.Errorf("%s has no section %q with the command syncctl %s", runbook, parts[2], parts[1])
		}
	}
	for name := range sections {
		if !explained[name] {
			t.Errorf("%s explains the alarm %s, which does not exist", runbook, name)
		}
	}
	for _, command := range regexp.MustCompile("`syncctl ([a-z]+(?: [a-z]+)?)").FindAllStringSubmatch(
		readmetest.Text(t, runbook), -1) {
		commands[command[1]] = true
	}
	binary := filepath.Join(t.TempDir(), "syncctl")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../syncctl")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for command := range commands {
		// What follows a command can be a customer, which kong reports as such.
		words := strings.Fields(command)
		out, err := exec.CommandContext(t.Context(), binary, append(words, "--help")...).CombinedOutput()
		if err != nil && len(words) > 1 {
			out, err = exec.CommandContext(t.Context(), binary, words[0], "--help").CombinedOutput()
		}
		if err != nil {
			t.Errorf("there is no command syncctl %s: %v\n%s", command, err, out)
		}
	}
}

func TestREADMENamesTheRunbookWithoutAnAddress(t *testing.T) {
	t.Parallel()
	text := *customersMail.text(Config{}, "")
	if !strings.HasSuffix(text, "What to do: infra/stack/RUNBOOK.md#alarm-customers") {
		t.Errorf("got %q", text)
	}
}

// The version that functions and syncctl name is the newest one in the changelog.
func TestREADMEChangelogBeginsWithTheVersion(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("DEPLOY.md")
	if err != nil {
		t.Fatal(err)
	}
	_, changes, _ := strings.Cut(string(page), "\n## Changelog\n")
	_, newest, _ := strings.Cut(changes, "\n### ")
	if version, _, _ := strings.Cut(newest, "\n"); version != naming.Version {
		t.Errorf("the changelog begins with %q, the version is %s", version, naming.Version)
	}
}
