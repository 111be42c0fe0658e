package observe_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/observe"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// TestEmit: the line is one that CloudWatch makes metrics of: each is declared with its unit and stands in the line as a
// number, and the process is the only dimension.
func TestEmit(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := observe.NewMeter(&out, naming.Stock, func() time.Time { return noon })
	m.VendorCall(false)
	m.VendorCall(true)
	m.Emit(map[string]float64{naming.MetricRunsCompleted: 1, naming.MetricRecordsRead: 12, naming.MetricOldestSyncAgeSeconds: 900.5})
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || bytes.Count(out.Bytes(), []byte("\n")) != 1 {
		t.Fatalf("%v: %s", err, out.String())
	}
	values := map[string]any{
		"Process": "stock", "RunsCompleted": 1.0, "CustomersSynced": 0.0, "CustomersFailed": 0.0, "CustomersBlocked": 0.0, "RecordsRead": 12.0,
		"RecordsWritten": 0.0, "RecordsFailed": 0.0, "RecordsHeld": 0.0, "RunsCutShort": 0.0, "OldestSyncAgeSeconds": 900.5, "VendorCalls": 2.0,
		"VendorThrottled": 1.0,
	}
	var metrics []any
	for _, name := range []string{"CustomersBlocked", "CustomersFailed", "CustomersSynced", "OldestSyncAgeSeconds", "RecordsFailed", "RecordsHeld",
		"RecordsRead", "RecordsWritten", "RunsCompleted", "RunsCutShort", "VendorCalls", "VendorThrottled"} {
		unit := "Count"
		if name == "OldestSyncAgeSeconds" {
			unit = "Seconds"
		}
		metrics = append(metrics, map[string]any{"Name": name, "Unit": unit})
	}
	values["_aws"] = map[string]any{
		"Timestamp": float64(noon.UnixMilli()),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": "Ongoing24SevenOffice", "Dimensions": []any{[]any{"Process"}}, "Metrics": metrics}},
	}
	if diff := cmp.Diff(values, line); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEmitAgain: calls are counted from one line to the next, and what nobody has found out is not told.
func TestEmitAgain(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := observe.NewMeter(&out, naming.Stock, func() time.Time { return noon })
	var calls sync.WaitGroup
	for range 50 {
		calls.Go(func() { m.VendorCall(true) })
	}
	calls.Wait()
	m.Emit(nil)
	m.Emit(nil)
	lines := slices.Collect(strings.Lines(out.String()))
	if len(lines) != 2 || !strings.Contains(lines[0], `"VendorThrottled":50`) || !strings.Contains(lines[1], `"VendorCalls":0`) {
		t.Errorf("got %s", out.String())
	}
	if strings.Contains(out.String(), naming.MetricOldestSyncAgeSeconds) || strings.Contains(out.String(), naming.MetricRunsCompleted) {
		t.Errorf("made up: %s", out.String())
	}
}

func TestLogger(t *testing.T) {
	t.Parallel()
	tests := []struct {
		level string
		lines int // of DEBUG, INFO, WARN and ERROR
	}{{"DEBUG", 4}, {"info", 3}, {"Warn", 2}, {"ERROR", 1}}
	for _, test := range tests {
		var out bytes.Buffer
		log, err := observe.NewLogger(&out, test.level)
		if err != nil {
			t.Fatal(err)
		}
		log.Debug("a", "key", "1")
		log.Info("a", "key", "1")
		log.Warn("a", "key", "1")
		log.Error("a", "key", "1")
		if got := strings.Count(out.String(), "\n"); got != test.lines {
			t.Errorf("%s: %d lines", test.level, got)
		}
		var line map[string]any
		if err := json.Unmarshal([]byte(strings.SplitN(out.String(), "\n", 2)[0]), &line); err != nil || line["msg"] != "a" || line["key"] != "1" || line["level"] == nil || line["time"] == nil {
			t.Errorf("%s: %v, %v", test.level, line, err)
		}
	}
	for _, level := range []string{"", "TRACE", "5"} {
		if _, err := observe.NewLogger(&bytes.Buffer{}, level); err == nil || err.Error() != "LOG_LEVEL: must be DEBUG, INFO, WARN or ERROR" {
			t.Errorf("%q: %v", level, err)
		}
	}
}
