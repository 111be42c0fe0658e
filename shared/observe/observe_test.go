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

func TestEmitWritesOneLineThatCloudWatchUnderstands(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := observe.NewMeter(&out, naming.Stock, func() time.Time { return noon })
	m.VendorCall(false)
	m.VendorCall(true)
	m.Emit(map[string]float64{
		naming.MetricRunsCompleted:        1,
		naming.MetricRecordsRead:          12,
		naming.MetricOldestSyncAgeSeconds: 900.5,
		naming.MetricCustomersNearQuota:   0,
	})
	want := map[string]any{
		"Process":              "stock",
		"Fleet":                "all",
		"RunsCompleted":        1.0,
		"CustomersSynced":      0.0,
		"CustomersFailed":      0.0,
		"CustomersBlocked":     0.0,
		"CustomersNearQuota":   0.0,
		"RecordsRead":          12.0,
		"RecordsWritten":       0.0,
		"RecordsFailed":        0.0,
		"RecordsHeld":          0.0,
		"RunsCutShort":         0.0,
		"OldestSyncAgeSeconds": 900.5,
		"VendorCalls":          2.0,
		"VendorThrottled":      1.0,
	}
	// What is zero costs nothing: it is in the line, and is not a metric.
	metrics := func(names ...string) (list []any) {
		for _, name := range names {
			unit := "Count"
			if name == "OldestSyncAgeSeconds" {
				unit = "Seconds"
			}
			list = append(list, map[string]any{"Name": name, "Unit": unit})
		}
		return list
	}
	want["_aws"] = map[string]any{
		"Timestamp": float64(noon.UnixMilli()),
		"CloudWatchMetrics": []any{
			map[string]any{
				"Namespace":  "Ongoing24SevenOffice",
				"Dimensions": []any{[]any{"Process"}},
				"Metrics": metrics(
					"OldestSyncAgeSeconds", "RecordsRead", "RunsCompleted", "VendorCalls", "VendorThrottled"),
			},
			map[string]any{
				"Namespace":  "Ongoing24SevenOffice",
				"Dimensions": []any{[]any{"Fleet"}},
				"Metrics":    metrics("VendorThrottled"),
			},
		},
	}
	if diff := cmp.Diff(want, emitted(t, &out)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// CloudWatch takes a hundred values of a metric in a line.
func TestLatenciesAreValuesOfOneMetricInAsManyLinesAsTheyNeed(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := observe.NewMeter(&out, naming.SalesOrders, func() time.Time { return noon })
	m.Latency(-time.Minute)
	for i := range 204 {
		m.Latency(time.Duration(i)*time.Minute + 400*time.Millisecond)
	}
	m.Emit(map[string]float64{naming.MetricRunsCompleted: 1})
	m.Emit(map[string]float64{naming.MetricRunsCompleted: 1})
	var sizes []int
	var values []float64
	runs := 0
	for text := range strings.Lines(out.String()) {
		var line struct {
			Runs    float64   `json:"RunsCompleted"`
			Values  []float64 `json:"LatencySeconds"`
			Process string
			AWS     struct {
				CloudWatchMetrics []struct{ Metrics []struct{ Name, Unit string } }
			} `json:"_aws"`
		}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		declared := slices.Contains(
			line.AWS.CloudWatchMetrics[0].Metrics, struct{ Name, Unit string }{"LatencySeconds", "Seconds"})
		if declared != (len(line.Values) > 0) || line.Process != "salesorders" {
			t.Errorf("declared %t: %s", declared, text)
		}
		sizes, values, runs = append(sizes, len(line.Values)), append(values, line.Values...), runs+int(line.Runs)
	}
	if diff := cmp.Diff([]int{100, 100, 5, 0}, sizes); diff != "" || runs != 2 {
		t.Errorf("%d runs, values in a line -want +got:\n%s", runs, diff)
	}
	if values[0] != 0 || values[2] != 60 || values[204] != 203*60 {
		t.Errorf("got %v", values)
	}
}

// emitted returns the only line.
func emitted(t *testing.T, out *bytes.Buffer) (line map[string]any) {
	t.Helper()
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || bytes.Count(out.Bytes(), []byte("\n")) != 1 {
		t.Fatalf("%v: %s", err, out.String())
	}
	return line
}

func TestEmitCountsVendorCallsSinceTheLastLine(t *testing.T) {
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
	if len(lines) != 2 || !strings.Contains(lines[0], `"VendorThrottled":50`) ||
		!strings.Contains(lines[1], `"VendorCalls":0`) {
		t.Errorf("got %s", out.String())
	}
	for _, name := range []string{naming.MetricOldestSyncAgeSeconds, naming.MetricRunsCompleted} {
		if strings.Contains(out.String(), name) {
			t.Errorf("%s was not given: %s", name, out.String())
		}
	}
}

func TestLoggerWritesJSONFromItsLevelUp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		level string
		lines int // of DEBUG, INFO, WARN and ERROR
	}{
		{level: "DEBUG", lines: 4},
		{level: "info", lines: 3},
		{level: "Warn", lines: 2},
		{level: "ERROR", lines: 1},
	}
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
		first, _, _ := strings.Cut(out.String(), "\n")
		var line map[string]any
		if err := json.Unmarshal([]byte(first), &line); err != nil {
			t.Errorf("%s: %v", test.level, err)
		}
		if line["msg"] != "a" || line["key"] != "1" || line["level"] == nil || line["time"] == nil {
			t.Errorf("%s: %v", test.level, line)
		}
	}
}

func TestUnknownLogLevelIsRefused(t *testing.T) {
	t.Parallel()
	const want = "LOG_LEVEL: must be DEBUG, INFO, WARN or ERROR"
	for _, level := range []string{"", "TRACE", "5"} {
		if _, err := observe.NewLogger(&bytes.Buffer{}, level); err == nil || err.Error() != want {
			t.Errorf("%q: %v", level, err)
		}
	}
}
