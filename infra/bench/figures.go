package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"ongoing24so/shared/naming"
)

// A figure is one row of the page: what was measured, the bound that it is compared with, and the ratio of the two.
type figure struct {
	What  string  `json:"what"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Bound is what the vendor, AWS or arithmetic allows, in the same unit; 0 if nothing bounds the value.
	Bound float64 `json:"bound,omitempty"`
	// Why says where the bound comes from.
	Why string `json:"why,omitempty"`
}

// A group is the figures of one scenario.
type group struct {
	Name    string   `json:"name"` // as in ONLY=name
	About   string   `json:"about"`
	Figures []figure `json:"figures"`
}

// A rate is what one customer uses in one tick of a process on average of a day, or what one order adds to that.
type rate struct {
	Office24    float64 `json:"office24"`
	Ongoing     float64 `json:"ongoing"`
	DynamoDB    float64 `json:"dynamoDB"` // requests
	ReadUnits   float64 `json:"readUnits"`
	WriteUnits  float64 `json:"writeUnits"`
	Secrets     float64 `json:"secrets"`
	LogBytes    float64 `json:"logBytes"`
	VendorBytes float64 `json:"vendorBytes"` // of answers
	SentBytes   float64 `json:"sentBytes"`   // to both vendors
}

func (r rate) calls() float64 { return r.Office24 + r.Ongoing }

func (r rate) times(n float64) rate {
	return rate{
		r.Office24 * n, r.Ongoing * n, r.DynamoDB * n, r.ReadUnits * n, r.WriteUnits * n, r.Secrets * n,
		r.LogBytes * n, r.VendorBytes * n, r.SentBytes * n,
	}
}

func (r rate) plus(o rate) rate {
	return rate{
		r.Office24 + o.Office24, r.Ongoing + o.Ongoing, r.DynamoDB + o.DynamoDB, r.ReadUnits + o.ReadUnits,
		r.WriteUnits + o.WriteUnits, r.Secrets + o.Secrets, r.LogBytes + o.LogBytes, r.VendorBytes + o.VendorBytes,
		r.SentBytes + o.SentBytes,
	}
}

// rateOf is a use divided by a number of customers and ticks.
func rateOf(u use, n float64) rate {
	return rate{
		float64(u.Office24), float64(u.Ongoing), float64(u.DynamoDB), u.ReadUnits, u.WriteUnits, float64(u.Secrets),
		float64(u.LogBytes), float64(u.VendorBytes), float64(u.SentBytes),
	}.times(1 / n)
}

// A record is everything that was measured; the cost page and the model of the fleet are computed from it.
type record struct {
	Date       string   `json:"date"`
	Processors int      `json:"processors"`
	Groups     []group  `json:"groups"`
	Inputs     measured `json:"inputs"`
}

// measured are the figures that others are computed from.
type measured struct {
	// Idle is what a customer without news uses in a tick, Invocation what an invocation uses besides.
	Idle       map[naming.Process]rate `json:"idle"`
	Invocation map[naming.Process]rate `json:"invocation"`
	// Busy is what a busy customer uses in a day, all processes together, beyond an idle one.
	Busy rate `json:"busy"`
	// Large is what a customer with 2,000 orders a day uses in a day, all processes together, beyond an idle one, and
	// Sweep what a full sweep of 20,000 articles does.
	Large rate `json:"large"`
	Sweep rate `json:"sweep"`
	// StateBytes is what an idle customer has in the state table. BusyLinkBytes and BusyRunBytes are the links of
	// orders and the run records that a busy day adds.
	StateBytes    float64 `json:"stateBytes"`
	BusyLinkBytes float64 `json:"busyLinkBytes"`
	BusyRunBytes  float64 `json:"busyRunBytes"`
	// CPU is the processor time of an idle customer and tick in seconds, Ratio how much longer an invocation takes than
	// its calls, 32 customers at once.
	CPU   float64 `json:"cpu"`
	Ratio float64 `json:"ratio"`
	// FleetCalls are the calls of a customer and tick of the fleet, FleetSeconds how long its invocations took.
	FleetCustomers int          `json:"fleetCustomers"`
	FleetCalls     float64      `json:"fleetCalls"`
	FleetSeconds   []fleetTimes `json:"fleetSeconds"`
	// FleetMiB is the peak memory of an invocation for the whole fleet, BaseMiB of one for a single customer.
	FleetMiB float64 `json:"fleetMiB"`
	BaseMiB  float64 `json:"baseMiB"`
	// ColdStart is the time in seconds until a cold function asks for its first event.
	ColdStart float64 `json:"coldStart"`
}

// fleetTimes is how long a tick of the fleet took.
type fleetTimes struct {
	Segments    int     `json:"segments"`
	Concurrency int     `json:"concurrency"`
	Limited     bool    `json:"limited,omitempty"`
	Seconds     float64 `json:"seconds"`
}

// The files beside this program that measured figures are kept in.
const (
	recordFile = "infra/bench/figures.json"
	pageFile   = "infra/bench/FIGURES.md"
	costFile   = "infra/bench/COST.md"
	scaleFile  = "infra/bench/SCALE.md"
)

func readRecord() (record, error) {
	var r record
	content, err := os.ReadFile(recordFile)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(content, &r)
}

// replace puts a group in the place of the one with its name.
func (r *record) replace(g group) {
	for i := range r.Groups {
		if r.Groups[i].Name == g.Name {
			r.Groups[i] = g
			return
		}
	}
	r.Groups = append(r.Groups, g)
}

func (g group) print() {
	fmt.Printf("\n%s: %s\n", g.Name, g.About)
	t := table.NewWriter()
	t.SetOutputMirror(os.Stdout)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"what", "measured", "bound", "ratio", "the bound is"})
	for _, f := range g.Figures {
		t.AppendRow(table.Row{f.What, f.value(), f.bound(), f.ratio(), f.Why})
	}
	t.Render()
}

func (g group) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n%s\n\nCommand: `make bench ONLY=%s`\n\n", g.Name, g.About, g.Name)
	b.WriteString("| what | measured | bound | ratio | the bound is |\n| --- | ---: | ---: | ---: | --- |\n")
	for _, f := range g.Figures {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", f.What, f.value(), f.bound(), f.ratio(), f.Why)
	}
	return b.String()
}

// figuresPage is the page of all figures.
func figuresPage(r record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Figures\n\nMeasured on %s with %d processors, which the simulators share. `make figures` "+
		"measures again and writes this page; `make bench` prints the same.\n\n", r.Date, r.Processors)
	for _, g := range r.Groups {
		b.WriteString(g.markdown() + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func (f figure) value() string { return quantity(f.Value) + " " + f.Unit }

func (f figure) bound() string {
	if f.Bound == 0 {
		return ""
	}
	return quantity(f.Bound) + " " + f.Unit
}

func (f figure) ratio() string {
	if f.Bound == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", f.Value/f.Bound)
}

// quantity writes a number with about three digits.
func quantity(v float64) string {
	switch {
	case v == float64(int64(v)) && v < 1e6, v >= 1000:
		return thousands(int64(v + 0.5))
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprintf("%.3g", v)
	}
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
