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
	latencies        []float64 // in seconds
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

// Latency notes how long people have waited for one record. The clocks of the systems differ: a negative time is 0.
func (m *Meter) Latency(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.latencies = append(m.latencies, max(0, d.Round(time.Second).Seconds()))
}

// alwaysLogged are the metrics that are in every line, even as zero.
var alwaysLogged = []string{
	naming.MetricCustomersSynced, naming.MetricCustomersFailed, naming.MetricCustomersBlocked,
	naming.MetricRecordsRead, naming.MetricRecordsWritten, naming.MetricRecordsFailed, naming.MetricRecordsHeld,
	naming.MetricRunsCutShort,
}

// alarmed are the metrics that have a series over all processes, because one alarm watches them for all.
var alarmed = []string{
	naming.MetricOutages, naming.MetricVendorThrottled, naming.MetricRunsCutShort,
	naming.MetricCustomersNewlyStopped, naming.MetricCustomersWithNewFailures, naming.MetricCustomersNearQuota,
	naming.MetricUnexplainedDrift,
}

// maxValues is how many values a metric can have in a line (CloudWatch user guide, "Embedded metric format").
const maxValues = 100

// Emit writes one line with the values, the vendor calls and the latencies counted since the last line, and further
// lines for latencies that do not fit. CloudWatch charges for each metric in each hour in which it gets a value, so
// that a zero is in the line, but is not declared as a metric: to the alarms, which take missing data for good, it
// means the same. RunsCompleted, whose absence is an alarm, is never zero.
func (m *Meter) Emit(values map[string]float64) {
	counts := map[string]float64{}
	for _, name := range alwaysLogged {
		counts[name] = 0
	}
	maps.Copy(counts, values)
	counts[naming.MetricVendorCalls] = float64(m.calls.Swap(0))
	counts[naming.MetricVendorThrottled] = float64(m.throttled.Swap(0))
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.newLine()
	for name, value := range counts {
		l.add(name, value, value == 0)
	}
	for values := range slices.Chunk(m.latencies, maxValues) {
		if l.has(naming.MetricLatencySeconds) {
			m.write(l)
			l = m.newLine()
		}
		l.add(naming.MetricLatencySeconds, values, false)
	}
	m.write(l)
	m.latencies = nil
}

// A line is one line in the embedded metric format: all values, and the names of those that are metrics.
type line struct {
	values  map[string]any
	metrics []string
}

func (m *Meter) newLine() line {
	return line{values: map[string]any{
		naming.MetricDimension: m.process, naming.MetricFleet: naming.MetricFleetValue,
	}}
}

// add adds a value, and declares it as a metric unless it is zero.
func (l *line) add(name string, value any, zero bool) {
	l.values[name] = value
	if !zero {
		l.metrics = append(l.metrics, name)
	}
}

func (l *line) has(name string) bool { return slices.Contains(l.metrics, name) }

func (m *Meter) write(l line) {
	slices.Sort(l.metrics)
	var all, fleet []map[string]string
	for _, name := range l.metrics {
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
	l.values["_aws"] = map[string]any{"Timestamp": m.now().UnixMilli(), "CloudWatchMetrics": directives}
	_ = json.NewEncoder(m.w).Encode(l.values) // a metric that cannot be written must not fail the run
}

func unit(metric string) string {
	if strings.HasSuffix(metric, "Seconds") {
		return "Seconds"
	}
	return "Count"
}
