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

// reading is a process that reads an order of each vendor and finds nothing to do.
type reading struct{ lambdahost.Dependencies }

func (r reading) Plan(ctx context.Context, _ runner.PlanRequest) (plan.Plan[string], error) {
	for _, err := range r.Office24.Orders(ctx, office24.OrderSearch{IDs: []office24.OrderID{50001}}) {
		if err != nil {
			return plan.Plan[string]{}, err
		}
	}
	_, _, err := r.Ongoing.OrderNumbered(ctx, "50001")
	_, _ = r.Ongoing.Order(ctx, ongoing.OrderID(4711)) // is not there, which is to be seen
	return plan.Plan[string]{}, err
}

func (reading) Apply(context.Context, plan.Change[string]) error { return nil }

// TestTraceOfAnInvocation gives a function the header that Lambda gives to one that is traced, and listens where X-Ray's
// daemon would. The environment is the process's: no other test runs meanwhile.
func TestTraceOfAnInvocation(t *testing.T) {
	daemon, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.Close() })
	t.Setenv("AWS_XRAY_DAEMON_ADDRESS", daemon.LocalAddr().String())
	t.Setenv("AWS_XRAY_SDK_DISABLED", "")

	const personal = "Kåre Canary"
	b := harness.New(t, nil)
	b.Company.AddOrder(office24.Order{ID: 50001, CustomerID: 7001, CustomerName: personal, Status: office24.StatusConfirmed})
	if _, err := b.GoodsOwner.AddArticle(ongoingtest.NewArticle{Number: personal, Name: personal}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.GoodsOwner.AddOrder("50001", ongoingtest.NewLine{Row: "1", Article: personal, Quantity: number.MustParse("1")}); err != nil {
		t.Fatal(err)
	}
	function := lambdahost.NewFunction(naming.Stock, func(c lambdahost.Dependencies) runner.Process[string] { return reading{c} }, nil)
	header := "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	ctx := context.WithValue(t.Context(), "x-amzn-trace-id", header) //nolint:staticcheck,revive // the key of Lambda's library
	if _, err := harness.Invoke(ctx, b, function, map[string]any{}); err != nil {
		t.Fatal(err)
	}

	var got []string
	for _, text := range documents(t, daemon) {
		for _, secret := range []string{personal, "Canary", b.Secret.Office24.Password, b.Secret.Ongoing.Password, b.Secret.Office24.Username, "127.0.0.1"} {
			if strings.Contains(text, secret) {
				t.Errorf("a document holds %q: %s", secret, text)
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
		got = append(got, strings.TrimRight(strings.Join([]string{d.Name, a.Process, a.Customer, a.Operation + a.Outcome, a.Class}, " "), " "))
	}
	for _, want := range []string{
		"24SevenOffice stock acme Login", "24SevenOffice stock acme GetInvoices",
		"Ongoing WMS stock acme GET /orders", "Ongoing WMS stock acme GET /orders/{orderId} rejected", "stock stock acme ok",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("there is no document %q", want)
		}
	}
	if t.Failed() {
		t.Logf("documents:\n%s", strings.Join(got, "\n"))
	}
}

// documents are what has arrived at the daemon.
func documents(t *testing.T, daemon *net.UDPConn) []string {
	t.Helper()
	var texts []string
	for {
		// On a loopback interface everything has arrived when it is sent: the last read waits in vain.
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
