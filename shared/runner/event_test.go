package runner_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func TestParseEventReadsAllFields(t *testing.T) {
	t.Parallel()
	const fromEventBridge = `{"version":"0","id":"53dc4d37","detail-type":"Scheduled Event","source":"aws.events",` +
		`"account":"1","time":"2026-11-02T11:45:00Z","region":"eu-north-1",` +
		`"resources":["arn:aws:events:eu-north-1:1:rule/tick"],"detail":{"customers":["x"]},"replay-name":"again"}`
	const everyField = `{"segment":0,"segments":1,"customers":["acme"],"dryRun":false,"full":false,` +
		`"since":"2026-11-01T00:00:00Z","keys":["40557"]}`
	tests := map[string]struct {
		event string
		want  runner.Event
	}{
		"no field": {
			event: `{}`,
			want:  runner.Event{Segments: 1},
		},
		"null means left out": {
			event: `{"segment":null,"customers":null,"keys":null,"since":null,"dryRun":null}`,
			want:  runner.Event{Segments: 1},
		},
		"EventBridge's own fields are ignored": {
			event: fromEventBridge,
			want:  runner.Event{Segments: 1},
		},
		"a share of the table": {
			event: `{"segment":3,"segments":4}`,
			want:  runner.Event{Segment: 3, Segments: 4},
		},
		"every field at once": {
			event: everyField,
			want: runner.Event{
				Segments:  1,
				Customers: []string{"acme"},
				Since:     noon.Add(-36 * time.Hour),
				Keys:      []string{"40557"},
			},
		},
		"a time in another zone": {
			event: `{"customers":["acme"],"since":"2026-11-02T12:30:00+01:00"}`,
			want:  runner.Event{Segments: 1, Customers: []string{"acme"}, Since: noon.Add(-30 * time.Minute)},
		},
		"everything, as a dry run": {
			event: `{"customers":["acme","b-2"],"dryRun":true,"full":true}`,
			want:  runner.Event{Segments: 1, Customers: []string{"acme", "b-2"}, DryRun: true, Full: true},
		},
		"a dry run of all customers that are due": {
			event: `{"dryRun":true}`,
			want:  runner.Event{Segments: 1, DryRun: true},
		},
		"a plan": {
			event: `{"customers":["acme"],"full":true,"plan":{"8":"b","7":"a"}}`,
			want: runner.Event{
				Segments: 1, Customers: []string{"acme"}, Full: true, Keys: []string{"7", "8"},
				Plan: map[string]string{"7": "a", "8": "b"},
			},
		},
		"other settings": {
			event: `{"customers":["acme"],"dryRun":true,"settings":{"shipments.restOrders":true,"name":null}}`,
			want: runner.Event{
				Segments: 1, Customers: []string{"acme"}, DryRun: true,
				Settings: settings.Overrides{"shipments.restOrders": true, "name": nil},
			},
		},
		"a full comparison of some records": {
			event: `{"customers":["acme"],"full":true,"keys":["7","8"]}`,
			want:  runner.Event{Segments: 1, Customers: []string{"acme"}, Full: true, Keys: []string{"7", "8"}},
		},
	}
	for name, test := range tests {
		got, err := runner.ParseEvent([]byte(test.event), naming.SalesOrders, noon)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestOneFunctionSendsTheDailyMailOfAllCustomers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		process     naming.Process
		event, want string
	}{
		{naming.Shipments, `{"digest":true}`, ""},
		{naming.Shipments, `{"digest":true,"dryRun":true}`, ""},
		{naming.Stock, `{"digest":true}`, "event: digest: only shipments sends the daily mail"},
		{
			naming.Shipments, `{"digest":true,"customers":["acme"]}`,
			"event: digest: needs no other field, and allows dryRun",
		},
		{naming.Shipments, `{"digest":1}`, "event: digest: must be true or false"},
	} {
		e, err := runner.ParseEvent([]byte(test.event), test.process, noon)
		if text := fmt.Sprint(err); err == nil && (test.want != "" || !e.Digest) || err != nil && text != test.want {
			t.Errorf("%s %s: got %+v, %v", test.process, test.event, e, err)
		}
	}
}

func FuzzParseEvent(f *testing.F) {
	for _, event := range []string{
		`{}`, `null`, `[]`, `{"segment":3,"segments":4}`, `{"customers":["acme"],"full":true,"keys":["7"]}`,
		`{"customers":["acme"],"since":"2026-11-01T00:00:00Z","dryRun":true}`, `{"keys":["x"]}`, `{"customers":[""]}`,
		`{"\u0000\\\"é":1}`,
		`{"customers":["acme"],"plan":{"7":"a"}}`,
		`{"customers":["acme"],"dryRun":true,"settings":{"stock.quantity":"x"}}`,
	} {
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
			reason := err.Error()
			if !strings.HasPrefix(reason, "event") || len(reason) > 200 || strings.ContainsAny(reason, "\n\r") {
				t.Fatalf("a reason that cannot be shown: %q", reason)
			}
		case e.Segment < 0 || e.Segment >= e.Segments:
			t.Fatalf("segment %d of %d", e.Segment, e.Segments)
		case e.Plan != nil && len(e.Keys) != len(e.Plan), e.Settings != nil && !e.DryRun:
			t.Fatalf("a plan or settings that count elsewhere: %+v", e)
		case e.Customers == nil && (e.Full || e.Keys != nil || !e.Since.IsZero()):
			t.Fatalf("for all customers: %+v", e)
		case e.Since.After(noon):
			t.Fatalf("since %v", e.Since)
		}
	})
}

func TestInvalidEventIsRefusedWithItsFieldAndTheAllowedValues(t *testing.T) {
	t.Parallel()
	const acme = `{"customers":["acme"],`
	tests := []struct{ event, field, allowed string }{
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
		{acme + `"segment":0,"segments":2}`, "segments", "left out"},
		{`{"dryRun":"yes"}`, "dryRun", "true or false"},
		{`{"full":1}`, "full", "true or false"},
		{`{"full":true}`, "full", "needs customers"},
		{`{"since":"2026-11-01T00:00:00Z"}`, "since", "needs customers"},
		{`{"keys":["1"]}`, "keys", "needs customers"},
		{acme + `"since":"yesterday"}`, "since", "2026-11-01T00:00:00Z"},
		{acme + `"since":"2026-11-01"}`, "since", "2026-11-01T00:00:00Z"},
		{acme + `"since":1793491200}`, "since", "2026-11-01T00:00:00Z"},
		{acme + `"since":"2026-11-02T12:00:01Z"}`, "since", "not be in the future"},
		{acme + `"since":"2026-11-01T00:00:00Z","full":true}`, "since", "full"},
		{acme + `"keys":[]}`, "keys", "at least one"},
		{acme + `"keys":[40557]}`, "keys", "in quotes"},
		{acme + `"keys":["A-1"]}`, "keys", "whole number"},
		{acme + `"keys":["0"]}`, "keys", "whole number"},
		{acme + `"keys":["007"]}`, "keys", "whole number"},
		{acme + `"keys":["7","99999999999"]}`, `keys: "99999999999"`, "from 1 to 2147483647"},
		{acme + `"keys":["2147483648"]}`, `keys: "2147483648"`, "from 1 to 2147483647"},
		{`{"plan":{"7":"a"}}`, "plan", "needs customers"},
		{`{"customers":["acme","b-2"],"plan":{"7":"a"}}`, "plan", "one only"},
		{acme + `"plan":{}}`, "plan", "at least one"},
		{acme + `"plan":["7"]}`, "plan", "fingerprints of changes by key"},
		{acme + `"plan":{"7":"a"},"keys":["7"]}`, "plan", "left out"},
		{acme + `"plan":{"7":"a"},"since":"2026-11-01T00:00:00Z"}`, "plan", "left out"},
		{acme + `"plan":{"A-1":"a"}}`, `plan: "A-1"`, "whole number"},
		{acme + `"settings":{"name":"x"}}`, "settings", "needs customers, and dryRun"},
		{`{"dryRun":true,"settings":{"name":"x"}}`, "settings", "needs customers"},
		{acme + `"dryRun":true,"settings":["name"]}`, "settings", "by path"},
		{acme + `"dryRun":true,"settings":{"customerId":"b"}}`, "settings", "not customerId"},
		{acme + `"dryRun":true,"settings":{"ongoing.baseUrl":"b"}}`, "settings", "not customerId"},
		{acme + `"dryRun":true,"settings":{"office24":{}}}`, "settings", "not customerId"},
		{acme + `"keys":["-5"]}`, `keys: "-5"`, "from 1 to 2147483647"},
		{`{"check":true}`, "check", "needs customers"},
		{acme + `"check":true,"keys":["7"]}`, "check", "no other field"},
		{acme + `"check":"yes"}`, "check", "true or false"},
		{acme + `"explain":true}`, "explain", "needs one customer and 1 to 20 keys"},
		{acme + `"find":[]}`, "find", "needs one customer and 1 to 20 numbers"},
		{`{"find":["KNIV"]}`, "find", "needs one customer"},
		{acme + `"find":["KNIV"],"keys":["7"]}`, "find", "and no other field"},
		{`{"customers":["acme","bolt"],"explain":true,"keys":["7"]}`, "explain", "needs one customer"},
	}
	for _, test := range tests {
		_, err := runner.ParseEvent([]byte(test.event), naming.SalesOrders, noon)
		prefix := "event: " + test.field + ": "
		if test.field == "event" {
			prefix = "event: "
		}
		if err == nil || !strings.HasPrefix(err.Error(), prefix) || !strings.Contains(err.Error(), test.allowed) {
			t.Errorf("%s: got %v, want %q and %q", test.event, err, prefix, test.allowed)
		}
	}
}

// A run with a misspelt dryRun would write, and one with a misspelt customers would be for everybody.
func TestUnknownFieldIsRefusedByName(t *testing.T) {
	t.Parallel()
	for _, field := range []string{
		"dryrun", "dry_run", "dry-run", "DryRun", "DRYRUN", "dryRun ", "customer", "Customers", "key", "Detail", "",
		"detailType",
	} {
		event := fmt.Sprintf(`{"customers":["acme"],%q:true}`, field)
		_, err := runner.ParseEvent([]byte(event), naming.SalesOrders, noon)
		want := fmt.Sprintf("event: unknown field %q, allowed: "+
			"check, customers, digest, dryRun, explain, find, full, keys, plan, segment, segments, settings, since",
			field)
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", event, err, want)
		}
	}
	_, err := runner.ParseEvent([]byte(`{"dr\nyRün":null}`), naming.SalesOrders, noon)
	if err == nil || !strings.Contains(err.Error(), `"dr?yR?n"`) {
		t.Errorf("a name that cannot be shown as it is: %v", err)
	}
}

func TestKeysAreNumbersExceptOrderNumbersOfShipments(t *testing.T) {
	t.Parallel()
	tests := []struct {
		process naming.Process
		key     string
		allowed bool
	}{
		{process: naming.Articles, key: "7301", allowed: true},
		{process: naming.Articles, key: "SKRU-4"},
		{process: naming.Stock, key: "7301", allowed: true},
		{process: naming.Suppliers, key: "812 "},
		{process: naming.Shipments, key: "FS-40557", allowed: true},
		{process: naming.Shipments, key: strings.Repeat("å", 50), allowed: true},
		{process: naming.Shipments, key: strings.Repeat("å", 51)},
		{process: naming.Shipments, key: ""},
		{process: naming.Shipments, key: "  "},
	}
	for _, test := range tests {
		_, err := runner.ParseEvent([]byte(`{"customers":["acme"],"keys":["`+test.key+`"]}`), test.process, noon)
		if (err == nil) != test.allowed {
			t.Errorf("%s %q: %v", test.process, test.key, err)
		}
	}
}
