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

// alwaysEmitted are the metrics that every invocation emits, even as zero, so that an alarm can tell zero from a
// missing invocation.
var alwaysEmitted = []string{
	naming.MetricCustomersSynced, naming.MetricCustomersFailed, naming.MetricCustomersBlocked,
	naming.MetricRecordsRead, naming.MetricRecordsWritten, naming.MetricRecordsFailed, naming.MetricRecordsHeld,
	naming.MetricRunsCutShort,
}

// Emit writes one line with the values and the vendor calls counted since the last line.
func (m *Meter) Emit(values map[string]float64) {
	line := map[string]any{naming.MetricDimension: m.process}
	for _, name := range alwaysEmitted {
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
