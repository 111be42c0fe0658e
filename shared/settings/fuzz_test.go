package settings_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/settings"
)

func FuzzDecode(f *testing.F) {
	for _, tt := range refused {
		if seed, err := json.Marshal(with(tt.path, tt.value)); err == nil {
			f.Add(seed)
		}
	}
	h := hosts(f, "*.ongoingsystems.se,127.0.0.1:8443")
	f.Fuzz(func(t *testing.T, data []byte) {
		var document map[string]any
		if json.Unmarshal(data, &document) != nil {
			return
		}
		item, err := attributevalue.MarshalMap(document)
		if err != nil {
			return
		}
		c, err := settings.Decode(item, h)
		if err != nil {
			reason := err.Error()
			if !errclass.Is(err, errclass.Settings) || len(reason) > 20_000 || strings.ContainsAny(reason, "\n\r") {
				t.Fatalf("a reason that cannot be shown: %q", reason)
			}
			if diff := cmp.Diff(settings.Customer{ID: c.ID}, c, comparer()); diff != "" {
				t.Fatalf("more than the id is left (-want +got):\n%s", diff)
			}
			return
		}
		base := c.Ongoing.BaseURL
		if !settings.ValidID(c.ID) || h.Allow(base) != nil || !strings.HasSuffix(base, "/api/v1/") {
			t.Fatalf("accepted %q at %q", c.ID, base)
		}
		if c.SalesOrders.ImportedStatus.Invoices() || c.Shipments.Status.Invoices() {
			t.Fatalf("would write %q or %q", c.SalesOrders.ImportedStatus, c.Shipments.Status)
		}
		if c.Location == nil || c.Name == "" || c.Interval <= 0 ||
			len(c.SalesOrders.Statuses) == 0 || len(c.Shipments.ReportAt) == 0 {
			t.Fatalf("a default is missing in %+v", c)
		}
	})
}
