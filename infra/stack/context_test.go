package stack

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadDefaults(t *testing.T) {
	t.Parallel()
	got, err := Read(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		StackName:           "ongoing24so",
		Segments:            1,
		NewTrouble:          1,
		DigestHour:          5,
		LogRetentionDays:    90,
		SecretPrefix:        "ongoing24so/",
		OngoingHosts:        "*.ongoingsystems.se",
		Office24URL:         "https://api.24sevenoffice.com",
		CustomerConcurrency: 32,
		MemoryMiB:           512,
		TableUnits:          4000,
		LogLevel:            "INFO",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

func TestReadAccepts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why     string
		context map[string]any
		want    func(*Config)
	}{
		{"a number from cdk.json", map[string]any{"segments": 8.0}, func(c *Config) { c.Segments = 8 }},
		{"a number from the command line is text", map[string]any{"segments": "8"}, func(c *Config) { c.Segments = 8 }},
		{"the most segments", map[string]any{"segments": "50"}, func(c *Config) { c.Segments = 50 }},
		{"a switch from cdk.json", map[string]any{"ephemeral": true}, func(c *Config) { c.Ephemeral = true }},
		{"a switch from the command line", map[string]any{"ephemeral": "true"}, func(c *Config) { c.Ephemeral = true }},
		{"an e-mail address", map[string]any{"alarmEmail": "ops@example.com"},
			func(c *Config) { c.AlarmEmail = "ops@example.com" }},
		{"the most that an account gives a table unasked", map[string]any{"tableUnits": 40000.0},
			func(c *Config) { c.TableUnits = 40_000 }},
		{"one processor", map[string]any{"memoryMiB": 1769.0}, func(c *Config) { c.MemoryMiB = 1769 }},
		{"a large fleet", map[string]any{"newTrouble": 25.0}, func(c *Config) { c.NewTrouble = 25 }},
		{"midnight", map[string]any{"digestHour": "0"}, func(c *Config) { c.DigestHour = 0 }},
		{"a page in a repository", map[string]any{"runbookUrl": "https://git.example.com/wms/blob/main/RUNBOOK.md"},
			func(c *Config) { c.RunbookURL = "https://git.example.com/wms/blob/main/RUNBOOK.md" }},
		{"hosts with and without a port", map[string]any{"ongoingHosts": "*.ongoingsystems.se:443,wms.example.com"},
			func(c *Config) { c.OngoingHosts = "*.ongoingsystems.se:443,wms.example.com" }},
		{"http to a listed loopback address, as in a rehearsal",
			map[string]any{"ongoingHosts": "127.0.0.1:8081,127.0.0.1:8080", "office24Url": "http://127.0.0.1:8080"},
			func(c *Config) {
				c.OngoingHosts, c.Office24URL = "127.0.0.1:8081,127.0.0.1:8080", "http://127.0.0.1:8080"
			}},
		{"the CDK's own names", map[string]any{
			"aws:cdk:version-reporting": true, "@aws-cdk/core:newStyleStackSynthesis": true,
			"acknowledged-issue-numbers": []any{},
		}, func(*Config) {}},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			want, err := Read(nil)
			if err != nil {
				t.Fatal(err)
			}
			test.want(&want)
			got, err := Read(test.context)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("config (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why, name string
		value     any
	}{
		{"no name", "stackName", ""},
		{"the other names are made of it, and are lower-case", "stackName", "Ongoing"},
		{"longer than a function's name would take", "stackName", strings.Repeat("a", 41)},
		{"neither of two", "ephemeral", "yes"},
		{"no address", "alarmEmail", "operations"},
		{"a name beside the address", "alarmEmail", "Ops <ops@example.com>"},
		{"nobody would run", "segments", 0.0},
		{"more rules than an account should give", "segments", "51"},
		{"half a segment", "segments", 1.5},
		{"not a number", "segments", "many"},
		{"a list", "segments", []any{1.0}},
		{"every alarm would be on", "newTrouble", "0"},
		{"no such hour", "digestHour", "24"},
		{"alarms add the anchor", "runbookUrl", "https://git.example.com/RUNBOOK.md#alarms"},
		{"a file on somebody's machine", "runbookUrl", "infra/stack/RUNBOOK.md"},
		{"CloudWatch has no 45 days", "logRetentionDays", 45.0},
		{"rights to every secret of the account", "secretPrefix", ""},
		{"the same", "secretPrefix", "/"},
		{"the same", "secretPrefix", "*/"},
		{"rights to secrets of others that begin alike", "secretPrefix", "ongoing24so"},
		{"any host at all", "ongoingHosts", "*"},
		{"any host of a country", "ongoingHosts", "*.se"},
		{"an address is no host", "ongoingHosts", "https://api.ongoingsystems.se"},
		{"no host at all", "ongoingHosts", ""},
		{"credentials in the clear", "office24Url", "http://api.24sevenoffice.com"},
		{"a loopback address that is not listed", "office24Url", "http://127.0.0.1:8080"},
		{"the service paths are added to it", "office24Url", "https://api.24sevenoffice.com/Logistics"},
		{"no scheme", "office24Url", "api.24sevenoffice.com"},
		{"credentials in the address", "office24Url", "https://user:word@api.24sevenoffice.com"},
		{"nobody would be worked on", "customerConcurrency", "0"},
		{"less than a customer with 50,000 products needs", "memoryMiB", "128"},
		{"more than Lambda has", "memoryMiB", "10241"},
		{"one customer's tick would be throttled", "tableUnits", "99"},
		{"more than an account gives a table unasked", "tableUnits", "40001"},
		{"no limit at all", "tableUnits", "0"},
		{"slog has no such level here", "logLevel", "TRACE"},
	}
	allowed := map[string]string{}
	for _, value := range Values() {
		allowed[value.Name] = value.Allowed
	}
	for _, test := range tests {
		t.Run(test.name+": "+test.why, func(t *testing.T) {
			t.Parallel()
			_, err := Read(map[string]any{test.name: test.value})
			if err == nil {
				t.Fatalf("%s %v is accepted", test.name, test.value)
			}
			named := strings.Contains(err.Error(), "context value "+test.name+" ")
			if !named || !strings.Contains(err.Error(), allowed[test.name]) {
				t.Errorf("the error does not say what is allowed for %s: %v", test.name, err)
			}
		})
	}
}

func TestReadRefusesUnknownName(t *testing.T) {
	t.Parallel()
	_, err := Read(map[string]any{"alarmEmial": "ops@example.com"})
	if err == nil || !strings.Contains(err.Error(), "alarmEmial") || !strings.Contains(err.Error(), "alarmEmail") {
		t.Errorf("got %v; want the misspelt name and those there are", err)
	}
}

func TestReadNamesEveryWrongValue(t *testing.T) {
	t.Parallel()
	_, err := Read(map[string]any{"segments": "0", "logLevel": "LOUD"})
	if err == nil || !strings.Contains(err.Error(), "segments") || !strings.Contains(err.Error(), "logLevel") {
		t.Errorf("got %v; want both values", err)
	}
}

func TestAppFileDocumentsEveryValue(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../../cdk.json")
	if err != nil {
		t.Fatal(err)
	}
	type app struct {
		Documentation map[string]string `json:"//"`
		Context       map[string]any    `json:"context"`
	}
	var got app
	if err := json.Unmarshal(file, &got); err != nil {
		t.Fatal(err)
	}
	want := app{map[string]string{}, map[string]any{}}
	for _, value := range Values() {
		want.Documentation[value.Name] = value.About + "; allowed: " + value.Allowed
		want.Context[value.Name] = value.Default
		if number, ok := value.Default.(int); ok {
			want.Context[value.Name] = float64(number) // as JSON decodes it
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cdk.json (-want +got):\n%s", diff)
	}
}
