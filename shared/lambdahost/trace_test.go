package lambdahost_test

import (
	"context"
	"encoding/json"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"ongoing24so/shared/lambdahost"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/harness"
)

// A reading process reads an order of each vendor and plans nothing.
type reading struct{ lambdahost.Dependencies }

func (p reading) Plan(ctx context.Context, _ runner.PlanRequest) (plan.Plan[string], error) {
	for _, err := range p.Office24.Orders(ctx, office24.OrderSearch{IDs: []office24.OrderID{50001}}) {
		if err != nil {
			return plan.Plan[string]{}, err
		}
	}
	_, _, err := p.Ongoing.OrderNumbered(ctx, "50001")
	_, _ = p.Ongoing.Order(ctx, ongoing.OrderID(4711)) // does not exist: the trace has to show that
	return plan.Plan[string]{}, err
}

func (reading) Apply(context.Context, plan.Change[string]) error { return nil }

// The environment belongs to the whole process, so this test does not run in parallel.
func TestTraceOfAnInvocationHasNoPersonalData(t *testing.T) {
	daemon, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.Close() })
	t.Setenv("AWS_XRAY_DAEMON_ADDRESS", daemon.LocalAddr().String())
	t.Setenv("AWS_XRAY_SDK_DISABLED", "")

	const personal = "Kåre Canary"
	h := harness.New(t, nil)
	h.Company.AddOrder(office24.Order{
		ID:           50001,
		CustomerID:   7001,
		CustomerName: personal,
		Status:       office24.StatusConfirmed,
	})
	if _, err := h.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: personal, Name: personal}); err != nil {
		t.Fatal(err)
	}
	line := ongoingtest.NewLine{Row: "1", Article: personal, Quantity: number.MustParse("1")}
	if _, err := h.GoodsOwner.AddOrder("50001", line); err != nil {
		t.Fatal(err)
	}
	open := func(d lambdahost.Dependencies) runner.Process[string] { return reading{d} }
	function := lambdahost.NewFunction(naming.Stock, open, nil)
	header := "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	//nolint:staticcheck,revive // The key is a string in Lambda's library.
	ctx := context.WithValue(t.Context(), "x-amzn-trace-id", header)
	if _, err := harness.Invoke(ctx, h, function, map[string]any{}); err != nil {
		t.Fatal(err)
	}

	secrets := []string{personal, "Canary", h.Secret.Office24.Password, h.Secret.Ongoing.Password,
		h.Secret.Office24.Username, "127.0.0.1"}
	var got []string
	for _, text := range received(t, daemon) {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("a document contains %q: %s", secret, text)
			}
		}
		var d struct {
			Name        string
			Annotations struct{ Process, Customer, Operation, Class, Outcome string }
		}
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		a := d.Annotations
		words := []string{d.Name, a.Process, a.Customer, a.Operation + a.Outcome, a.Class}
		got = append(got, strings.TrimRight(strings.Join(words, " "), " "))
	}
	for _, want := range []string{
		"24SevenOffice stock acme Login", "24SevenOffice stock acme GetInvoices",
		"Ongoing WMS stock acme GET /orders", "Ongoing WMS stock acme GET /orders/{orderId} rejected",
		"stock stock acme ok",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("there is no document %q", want)
		}
	}
	if t.Failed() {
		t.Logf("documents:\n%s", strings.Join(got, "\n"))
	}
}

// received returns the documents that have arrived at the daemon. On a loopback interface a document has arrived once
// it is sent.
func received(t *testing.T, daemon *net.UDPConn) []string {
	t.Helper()
	var texts []string
	for {
		// Only the last read may time out, even on a slow machine.
		if err := daemon.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		datagram := make([]byte, 64<<10)
		n, err := daemon.Read(datagram)
		if err != nil {
			return texts
		}
		_, text, _ := strings.Cut(string(datagram[:n]), "\n")
		texts = append(texts, text)
	}
}
