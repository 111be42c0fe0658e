// Package observe is what leaves a function besides its answer: log lines, metrics and traces.
//
// Log lines are JSON with the keys time, level, msg, process, runId, customer, key, action, outcome, class and reason,
// besides a run's counts and notes, and where a panic came from. Nothing else is logged about a record: no name, no
// address, no secret, no body of a vendor. Metrics are log lines as well, in CloudWatch's embedded metric format, so
// that a function needs no right and no call to publish them.
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

// NewLogger writes JSON lines at the level named (DEBUG, INFO, WARN, ERROR); another name is an error.
func NewLogger(w io.Writer, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(strings.ToUpper(level))); err != nil {
		return nil, fmt.Errorf("%s: must be DEBUG, INFO, WARN or ERROR", naming.EnvLogLevel)
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l})), nil
}

// A Meter counts vendor calls during an invocation and emits the metrics at its end. Safe for concurrent use.
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

// always are the metrics that are reported in every invocation, zero or not, so that an alarm can tell silence from zero.
var always = []string{
	naming.MetricCustomersSynced, naming.MetricCustomersFailed, naming.MetricCustomersBlocked,
	naming.MetricRecordsRead, naming.MetricRecordsWritten, naming.MetricRecordsFailed, naming.MetricRecordsHeld,
	naming.MetricRunsCutShort,
}

// Emit writes one line with the values and the vendor calls counted since the last one.
func (m *Meter) Emit(values map[string]float64) {
	line := map[string]any{naming.MetricDimension: m.process}
	for _, name := range always {
		line[name] = 0.0
	}
	for name, value := range values {
		line[name] = value
	}
	line[naming.MetricVendorCalls] = m.calls.Swap(0)
	line[naming.MetricVendorThrottled] = m.throttled.Swap(0)
	var metrics []map[string]string
	for _, name := range slices.Sorted(maps.Keys(line)) {
		if name != naming.MetricDimension {
			metrics = append(metrics, map[string]string{"Name": name, "Unit": unit(name)})
		}
	}
	line["_aws"] = map[string]any{
		"Timestamp": m.now().UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": naming.MetricNamespace, "Dimensions": [][]string{{naming.MetricDimension}}, "Metrics": metrics,
		}},
	}
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
