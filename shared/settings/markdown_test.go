package settings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/settings"
)

// rows returns the attribute paths of the table, in its order.
func rows(t *testing.T) []string {
	t.Helper()
	var paths []string
	for line := range strings.Lines(settings.Markdown()) {
		if row, ok := strings.CutPrefix(line, "| `"); ok {
			path, _, _ := strings.Cut(row, "`")
			paths = append(paths, path)
		}
	}
	if len(paths) < 40 {
		t.Fatalf("only %d rows", len(paths))
	}
	return paths
}

// TestAttributesTypesAndDefaultsAreStable protects the items that customers already have.
func TestAttributesTypesAndDefaultsAreStable(t *testing.T) {
	t.Parallel()
	want := [][3]string{
		{"`customerId`", "S", "required"},
		{"`name`", "S", "customerId"},
		{"`enabled`", "BOOL", "`true`"},
		{"`mode`", "S", "`\"live\"`"},
		{"`intervalMinutes`", "N", "`15`"},
		{"`timeZone`", "S", "`\"Europe/Oslo\"`"},
		{"`defaultCountry`", "S", "`\"NO\"`"},
		{"`office24.identityId`", "S", "default identity"},
		{"`office24.clientId`", "N", "not checked"},
		{"`ongoing.baseUrl`", "S", "required"},
		{"`ongoing.goodsOwnerId`", "N", "required"},
		{"`articles.enabled`", "BOOL", "`true`"},
		{"`articles.categoryIds`", "L of N", "all"},
		{"`articles.variations`", "M", "no variations"},
		{"`articles.variations.field`", "S", "required"},
		{"`articles.variations.pattern`", "S", "required"},
		{"`stock.enabled`", "BOOL", "`true`"},
		{"`stock.quantity`", "S", "`\"physical\"`"},
		{"`stock.fullSweepHours`", "N", "`6`"},
		{"`stock.brakePercent`", "N", "`30`"},
		{"`stock.brakeMinimum`", "N", "`20`"},
		{"`salesOrders.enabled`", "BOOL", "`true`"},
		{"`salesOrders.statuses`", "L of S", "`[\"Confirmed\"]`"},
		{"`salesOrders.startDate`", "S", "no limit"},
		{"`salesOrders.importedStatus`", "S", "off"},
		{"`salesOrders.orderNumberPrefix`", "S", "`\"\"`"},
		{"`salesOrders.textRows`", "S", "`\"skip\"`"},
		{"`salesOrders.nonStockRows`", "S", "`\"send\"`"},
		{"`salesOrders.deliveryMethods`", "M of M", "pass through"},
		{"`salesOrders.deliveryMethods.<id>.code`", "S", "–"},
		{"`salesOrders.deliveryMethods.<id>.name`", "S", "–"},
		{"`salesOrders.deliveryMethods.<id>.transporterCode`", "S", "–"},
		{"`salesOrders.deliveryMethods.<id>.transporterServiceCode`", "S", "–"},
		{"`salesOrders.cancelWithdrawn`", "BOOL", "`false`"},
		{"`shipments.enabled`", "BOOL", "`true`"},
		{"`shipments.reportAt`", "L of N", "`[450, 500]`"},
		{"`shipments.status`", "S", "`\"Sent\"`"},
		{"`shipments.restOrders`", "BOOL", "`false`"},
		{"`shipments.tracking`", "S", "off"},
		{"`shipments.stuckAfterHours`", "N", "`72`"},
		{"`suppliers.enabled`", "BOOL", "`false`"},
		{"`extraFields`", "L of M", "none"},
		{"`extraFields[].from`", "S", "value"},
		{"`extraFields[].value`", "S", "from"},
		{"`extraFields[].to`", "S", "required"},
	}
	var got [][3]string
	for _, line := range strings.Split(strings.TrimSpace(settings.Markdown()), "\n")[2:] {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) != 5 {
			t.Fatalf("%d cells in %q", len(cells), line)
		}
		got = append(got, [3]string(cells[:3]))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
