// Package observe writes what a function reports besides its answer: log lines, metrics and traces.
//
// Log lines are JSON with the keys time, level, msg, process, runId, customer, key, action, outcome, class and reason;
// a customer run adds its counts and notes, unless nothing happened in it, and a panic its type and stack. One line
// counts the customers of an invocation who were not due or are off. Nothing else about a record is logged: no name, no
// address, no secret, no body of a vendor's message. Metrics are log lines too, in CloudWatch's embedded metric format,
// so a function needs neither a permission nor a call to publish them.
package observe

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ongoing24so/shared/naming"
)

// NewLogger returns a logger that writes JSON lines of at least the named level: DEBUG, INFO, WARN or ERROR. Any other
// name is an error.
func NewLogger(w io.Writer, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(strings.ToUpper(level))); err != nil {
		return nil, fmt.Errorf("%s: must be DEBUG, INFO, WARN or ERROR", naming.EnvLogLevel)
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l})), nil
}

// A Meter counts vendor calls during an invocation and emits the metrics at its end. It is safe for concurrent use.
type Meter struct {
	process          naming.Process
	now              func() time.Time
	mu               sync.Mutex
	w                io.Writer
	calls, throttled atomic.Int64
}

// NewMeter returns a Meter that writes to w.
func NewMeter(w io.Writer, process naming.Process, now func() time.Time) *Meter {
	return &Meter{process: process, now: now, w: w}
}

// VendorCall counts one call to a vendor.
func (m *Meter) VendorCall(throttled bool) {
	m.calls.Add(1)
	if throttled {
		m.throttled.Add(1)
	}
}

// alwaysLogged are the metrics that are in every line, even as zero.
var alwaysLogged = []string{
	naming.MetricCustomersSynced, naming.MetricCustomersFailed, naming.MetricCustomersBlocked,
	naming.MetricRecordsRead, naming.MetricRecordsWritten, naming.MetricRecordsFailed, naming.MetricRecordsHeld,
	naming.MetricRunsCutShort,
}

// alarmed are the metrics that have a series over all processes, because one alarm watches them for all.
var alarmed = []string{
	naming.MetricOutages, naming.MetricVendorThrottled, naming.MetricOldestSyncAgeSeconds,
	naming.MetricCustomersBlocked, naming.MetricCustomersNearQuota, naming.MetricRecordsFailed,
	naming.MetricRecordsHeld, naming.MetricUnexplainedDrift,
}

// Emit writes one line with the values and the vendor calls counted since the last line. CloudWatch charges for each
// metric in each hour in which it gets a value, so that a zero is in the line, but is not declared as a metric: to the
// alarms, which take missing data for good, it means the same. RunsCompleted, whose absence is an alarm, is never zero.
func (m *Meter) Emit(values map[string]float64) {
	counts := map[string]float64{}
	for _, name := range alwaysLogged {
		counts[name] = 0
	}
	maps.Copy(counts, values)
	counts[naming.MetricVendorCalls] = float64(m.calls.Swap(0))
	counts[naming.MetricVendorThrottled] = float64(m.throttled.Swap(0))
	if counts[naming.MetricCustomersFailed] > counts[naming.MetricCustomersSynced] {
		counts[naming.MetricOutages] = 1
	}
	line := map[string]any{naming.MetricDimension: m.process, naming.MetricFleet: naming.MetricFleetValue}
	var all, fleet []map[string]string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		line[name] = counts[name]
		if counts[name] == 0 {
			continue
		}
		metric := map[string]string{"Name": name, "Unit": unit(name)}
		all = append(all, metric)
		if slices.Contains(alarmed, name) {
			fleet = append(fleet, metric)
		}
	}
	var directives []any
	for _, d := range []struct {
		dimension string
		metrics   []map[string]string
	}{{naming.MetricDimension, all}, {naming.MetricFleet, fleet}} {
		if len(d.metrics) > 0 {
			directives = append(directives, map[string]any{
				"Namespace": naming.MetricNamespace, "Dimensions": [][]string{{d.dimension}}, "Metrics": d.metrics,
			})
		}
	}
	line["_aws"] = map[string]any{"Timestamp": m.now().UnixMilli(), "CloudWatchMetrics": directives}
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = json.NewEncoder(m.w).Encode(line) // a metric that cannot be written must not fail the run
}

func unit(metric string) string {
	if strings.HasSuffix(metric, "Seconds") {
		return "Seconds"
	}
	return "Count"
}
