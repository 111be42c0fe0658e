package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
)

func TestDigestSaysNewTroubleFirstAndNothingIfThereIsNothing(t *testing.T) {
	t.Parallel()
	s := report.Status{Stack: "ongoing24so", At: noon, Customers: make([]report.CustomerStatus, 500)}
	if d := s.Digest(noon.AddDate(0, 0, -1)); !d.Empty() || d.Text(10) != "" || d.Subject() != "" {
		t.Errorf("without trouble: %q, %q", d.Subject(), d.Text(10))
	}
	for i, hours := range []int{1, 30, 300} {
		s.Troubles = append(s.Troubles, report.Trouble{
			Customer: fmt.Sprint("c", i), Process: naming.SalesOrders, What: "held", Count: 2, Kind: report.Records,
			Since: noon.Add(-time.Duration(hours) * time.Hour), Reason: "40556: delivery method 9 is not listed",
		})
	}
	s.Troubles = append(s.Troubles,
		report.Trouble{
			Customer: "c2", Process: naming.Shipments, What: "stuck", Count: 7, Kind: report.Records,
			Since: noon.AddDate(0, 0, -20), Reason: "7 orders not shipped",
		},
		report.Trouble{Customer: "c3", What: "blocked", Kind: report.Runs, Reason: "stock.quantity is wrong"})
	d := s.Digest(noon.AddDate(0, 0, -1))
	if len(d.New) != 1 || len(d.Old) != 4 || d.Customers != 4 || d.Records != 6 || d.Stuck != 7 ||
		!d.Oldest.Equal(noon.AddDate(0, 0, -20)) {
		t.Errorf("got %+v", d)
	}
	text := d.Text(2)
	for _, want := range []string{
		"4 of 500 customers have trouble: 1 new since Fri 27 Nov 12:00, 4 older; the oldest since 20 days",
		"not carried over: 6 records; stuck in the warehouse: 7 orders",
		"NEW\nc0   syncctl status c0\n  60 min   salesorders held (2): 40556",
		"OLDER\nc1 ", "  20 days  shipments stuck (7): 7 orders not shipped", "and 1 more customer: c3",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if want := "ongoing24so: 1 new and 4 old troubles of 4 customers"; d.Subject() != want {
		t.Errorf("subject %q", d.Subject())
	}
}
