package runner_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func TestParseEvent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why, event string
		want       runner.Event
	}{
		{"a tick without any field", `{}`, runner.Event{Segments: 1}},
		{"null is left out", `{"segment":null,"customers":null,"keys":null,"since":null,"dryRun":null}`, runner.Event{Segments: 1}},
		{"EventBridge's own fields are none of ours",
			`{"version":"0","id":"53dc4d37","detail-type":"Scheduled Event","source":"aws.events","account":"1","time":"2026-11-02T11:45:00Z",` +
				`"region":"eu-north-1","resources":["arn:aws:events:eu-north-1:1:rule/tick"],"detail":{"customers":["x"]}}`, runner.Event{Segments: 1}},
		{"a share of the table", `{"segment":3,"segments":4}`, runner.Event{Segment: 3, Segments: 4}},
		{"every field at once", `{"segment":0,"segments":1,"customers":["acme"],"dryRun":false,"full":false,"since":"2026-11-01T00:00:00Z","keys":["40557"]}`,
			runner.Event{Segments: 1, Customers: []string{"acme"}, Since: noon.Add(-36 * time.Hour), Keys: []string{"40557"}}},
		{"a moment in a zone", `{"customers":["acme"],"since":"2026-11-02T12:30:00+01:00"}`,
			runner.Event{Segments: 1, Customers: []string{"acme"}, Since: noon.Add(-30 * time.Minute)}},
		{"everything, in a dry run", `{"customers":["acme","b-2"],"dryRun":true,"full":true}`,
			runner.Event{Segments: 1, Customers: []string{"acme", "b-2"}, DryRun: true, Full: true}},
		{"a dry run of all who are due", `{"dryRun":true}`, runner.Event{Segments: 1, DryRun: true}},
		{"compare these with what stands there", `{"customers":["acme"],"full":true,"keys":["7","8"]}`,
			runner.Event{Segments: 1, Customers: []string{"acme"}, Full: true, Keys: []string{"7", "8"}}},
	}
	for _, test := range tests {
		got, err := runner.ParseEvent([]byte(test.event), naming.SalesOrders, noon)
		if err != nil {
			t.Errorf("%s: %v", test.why, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
	}
}

// FuzzParseEvent: any event is understood or refused with a reason that can be shown, and what is understood makes sense.
func FuzzParseEvent(f *testing.F) {
	for _, event := range []string{`{}`, `null`, `[]`, `{"segment":3,"segments":4}`, `{"customers":["acme"],"full":true,"keys":["7"]}`,
		`{"customers":["acme"],"since":"2026-11-01T00:00:00Z","dryRun":true}`, `{"keys":["x"]}`, `{"customers":[""]}`} {
		f.Add([]byte(event), true)
	}
	f.Fuzz(func(t *testing.T, payload []byte, shipments bool) {
		process := naming.SalesOrders
		if shipments {
			process = naming.Shipments
		}
		e, err := runner.ParseEvent(payload, process, noon)
		switch {
		case err != nil:
			if !strings.HasPrefix(err.Error(), "event") || len(err.Error()) > 200 || strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("a reason that cannot be shown: %q", err)
			}
		case e.Segment < 0 || e.Segment >= e.Segments:
			t.Fatalf("segment %d of %d", e.Segment, e.Segments)
		case e.Customers == nil && (e.Full || e.Keys != nil || !e.Since.IsZero()):
			t.Fatalf("for all customers: %+v", e)
		case e.Since.After(noon):
			t.Fatalf("since %v", e.Since)
		}
	})
}

// TestEventRefused: what makes no sense is refused with the name of the field and what it may be.
func TestEventRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ event, field, says string }{
		{``, "event", "JSON object"},
		{`[]`, "event", "JSON object"},
		{`"acme"`, "event", "JSON object"},
		{`{"segment":"1","segments":2}`, "segment", "whole number"},
		{`{"segment":0.5,"segments":2}`, "segment", "whole number"},
		{`{"segments":true}`, "segments", "whole number"},
		{`{"segments":0}`, "segments", "1 to 1000000"},
		{`{"segments":1000001}`, "segments", "1 to 1000000"},
		{`{"segment":1}`, "segment", "0 to 0, one less than segments"},
		{`{"segment":4,"segments":4}`, "segment", "0 to 3, one less than segments"},
		{`{"segment":-1,"segments":4}`, "segment", "0 to 3, one less than segments"},
		{`{"customers":"acme"}`, "customers", "list"},
		{`{"customers":[1]}`, "customers", "list"},
		{`{"customers":[]}`, "customers", "at least one"},
		{`{"customers":["Acme"]}`, "customers", "a-z"},
		{`{"customers":["acme",""]}`, "customers", "a-z"},
		{`{"customers":["acme"],"segment":0,"segments":2}`, "segments", "left out"},
		{`{"dryRun":"yes"}`, "dryRun", "true or false"},
		{`{"full":1}`, "full", "true or false"},
		{`{"full":true}`, "full", "needs customers"},
		{`{"since":"2026-11-01T00:00:00Z"}`, "since", "needs customers"},
		{`{"keys":["1"]}`, "keys", "needs customers"},
		{`{"customers":["acme"],"since":"yesterday"}`, "since", "2026-11-01T00:00:00Z"},
		{`{"customers":["acme"],"since":"2026-11-01"}`, "since", "2026-11-01T00:00:00Z"},
		{`{"customers":["acme"],"since":1793491200}`, "since", "2026-11-01T00:00:00Z"},
		{`{"customers":["acme"],"since":"2026-11-02T12:00:01Z"}`, "since", "future"},
		{`{"customers":["acme"],"since":"2026-11-01T00:00:00Z","full":true}`, "since", "full"},
		{`{"customers":["acme"],"keys":[]}`, "keys", "at least one"},
		{`{"customers":["acme"],"keys":[40557]}`, "keys", "in quotes"},
		{`{"customers":["acme"],"keys":["A-1"]}`, "keys", "whole number"},
		{`{"customers":["acme"],"keys":["0"]}`, "keys", "whole number"},
		{`{"customers":["acme"],"keys":["007"]}`, "keys", "whole number"},
	}
	for _, test := range tests {
		_, err := runner.ParseEvent([]byte(test.event), naming.SalesOrders, noon)
		if err == nil || !strings.HasPrefix(err.Error(), "event: "+strings.TrimPrefix(test.field+": ", "event: ")) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want %s to be named and %q", test.event, err, test.field, test.says)
		}
	}
}

// TestKeysByProcess: shipments are named by Ongoing's order numbers, which are free text.
func TestKeysByProcess(t *testing.T) {
	t.Parallel()
	tests := []struct {
		process naming.Process
		key     string
		ok      bool
	}{
		{naming.Articles, "7301", true},
		{naming.Articles, "SKRU-4", false},
		{naming.Stock, "7301", true},
		{naming.Suppliers, "812 ", false},
		{naming.Shipments, "FS-40557", true},
		{naming.Shipments, strings.Repeat("å", 50), true},
		{naming.Shipments, strings.Repeat("å", 51), false},
		{naming.Shipments, "", false},
	}
	for _, test := range tests {
		_, err := runner.ParseEvent([]byte(`{"customers":["acme"],"keys":["`+test.key+`"]}`), test.process, noon)
		if (err == nil) != test.ok {
			t.Errorf("%s %q: %v", test.process, test.key, err)
		}
	}
}
