package stack

import (
	"fmt"
	"strings"
	"testing"

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

func TestREADMEExplainsEveryAlarm(t *testing.T) {
	text := readmetest.Text(t, "infra/stack/RUNBOOK.md")
	for _, name := range AlarmNames() {
		if !strings.Contains(text, "\n### Alarm "+name+"\n") {
			t.Errorf("RUNBOOK.md does not explain the alarm %s under the heading \"### Alarm %s\"", name, name)
		}
	}
}
