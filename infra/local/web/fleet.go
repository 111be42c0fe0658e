package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"ongoing24so/infra/local/localstack"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
)

type fleetView struct {
	Status    report.Status
	Wrong     string
	InStep    string
	Healthy   string
	Troubles  []report.Trouble
	More      int
	Customers []fleetCustomer
	Subject   string // of the day's mail; empty if there is nothing to say
	Digest    string
	Charts    []chart
}

// A fleetCustomer is a customer in the list, with the state that a person looks for first.
type fleetCustomer struct {
	report.CustomerStatus
	Failed, Held int
	Oldest       time.Time
}

func (s *Server) showFleet(w http.ResponseWriter, r *http.Request) {
	p := s.newPage(r, "fleet", "The fleet", "")
	v := fleetView{Charts: s.charts(p.Zone)}
	status, err := s.reader().Status(r.Context(), "", 0)
	if err != nil {
		v.Wrong = err.Error()
	}
	v.Status, v.InStep, v.Healthy = status, status.Answer(report.Records), status.Answer(report.Runs)
	const most = 40
	v.Troubles, v.More = status.Troubles[:min(most, len(status.Troubles))], max(0, len(status.Troubles)-most)
	for _, c := range status.Customers {
		failed, held := c.Failures()
		v.Customers = append(v.Customers, fleetCustomer{c, failed, held, c.OldestSuccess()})
	}
	slices.SortStableFunc(v.Customers, func(a, b fleetCustomer) int {
		return cmp.Or(cmp.Compare(b.rank(), a.rank()), strings.Compare(a.ID, b.ID))
	})
	mail, err := s.reader().Digest(r.Context())
	if err != nil {
		v.Wrong = err.Error()
	}
	v.Subject, v.Digest = mail.Subject, mail.Text
	p.Data = v
	s.show(w, r, http.StatusOK, "fleet", p)
}

// rank is higher for a customer who needs a person sooner.
func (c fleetCustomer) rank() int {
	rank := 0
	if !c.Healthy {
		rank += 2
	}
	if !c.InStep {
		rank++
	}
	return rank
}

// A chart is a figure of the last day as lines, one for each process.
type chart struct {
	Title, Unit string
	Max         string
	From, To    string
	Lines       []line
	Summary     string
}

type line struct {
	Process naming.Process
	Class   int
	Points  string // of a polyline
	Dots    []dot
}

type dot struct{ X, Y float64 }

// The size of a chart.
const (
	chartWidth  = 320.0
	chartHeight = 90.0
)

// charts are those of the dashboard that can be drawn of what the functions have written.
func (s *Server) charts(zone *time.Location) []chart {
	samples := s.stack.Samples(s.stack.Clock.Now().AddDate(0, 0, -1))
	metric := func(name string) func(localstack.Sample) float64 {
		return func(x localstack.Sample) float64 { return x.Metrics[name] }
	}
	return []chart{
		draw("Time that a run takes", "s", samples, zone, func(x localstack.Sample) float64 {
			return x.Took.Seconds()
		}),
		draw("Longest wait of an order", "min", samples, zone, func(x localstack.Sample) float64 {
			return x.Metrics[naming.MetricLatencySeconds] / 60
		}),
		draw("Records written", "", samples, zone, metric(naming.MetricRecordsWritten)),
		draw("Records read", "", samples, zone, metric(naming.MetricRecordsRead)),
		draw("Calls of both vendors", "", samples, zone, metric(naming.MetricVendorCalls)),
		draw("Records refused or held", "", samples, zone, func(x localstack.Sample) float64 {
			return x.Metrics[naming.MetricRecordsFailed] + x.Metrics[naming.MetricRecordsHeld]
		}),
		draw("Customers blocked or failed", "", samples, zone, func(x localstack.Sample) float64 {
			return x.Metrics[naming.MetricCustomersBlocked] + x.Metrics[naming.MetricCustomersFailed]
		}),
		draw("Oldest success", "min", samples, zone, func(x localstack.Sample) float64 {
			return x.Metrics[naming.MetricOldestSyncAgeSeconds] / 60
		}),
	}
}

func draw(
	title, unit string, samples []localstack.Sample, zone *time.Location, value func(localstack.Sample) float64,
) chart {
	c := chart{Title: title, Unit: unit}
	if len(samples) == 0 {
		return c
	}
	first, last, highest := samples[0].At, samples[len(samples)-1].At, 0.0
	var when time.Time
	for _, x := range samples {
		if v := value(x); v > highest {
			highest, when = v, x.At
		}
	}
	c.From, c.To = clock(first, zone), clock(last, zone)
	if c.Max = strings.TrimSpace(short(highest) + " " + unit); highest == 0 {
		return c // there is nothing to draw
	}
	span := max(last.Sub(first).Seconds(), 1)
	for i, entry := range naming.Entries() {
		l := line{Process: entry.Process, Class: i + 1}
		var points []string
		for _, x := range samples {
			if x.Process != entry.Process {
				continue
			}
			d := dot{
				X: x.At.Sub(first).Seconds() / span * chartWidth,
				Y: chartHeight - value(x)/max(highest, 1e-9)*chartHeight,
			}
			points = append(points, fmt.Sprintf("%.1f,%.1f", d.X, d.Y))
			l.Dots = append(l.Dots, d)
		}
		if len(l.Dots) > 48 {
			l.Dots = nil // the line says enough
		}
		l.Points = strings.Join(points, " ")
		c.Lines = append(c.Lines, l)
	}
	c.Summary = fmt.Sprintf("%s: from %s to %s, the highest is %s at %s", title, c.From, c.To, c.Max, clock(when, zone))
	return c
}

func short(v float64) string {
	if v >= 10 || v == float64(int(v)) {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
