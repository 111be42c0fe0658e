package process

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

// addWaybills adds to the decision the waybills that the invoice text lacks, and notes how many do not fit. Waybills in
// the text that the link lacks were written by a run that got no answer.
func (d *decision) addWaybills(live ongoing.Order, o office24.Order, link state.OrderLink, s settings.Customer) {
	if !s.Shipments.TrackingInInvoiceText || o.Status.Invoices() || o.ID == 0 {
		return
	}
	for _, w := range allWaybills(live) {
		if !slices.Contains(link.Waybills, w) && mentions(o.InvoiceText, w) {
			d.textWaybills = append(d.textWaybills, w)
		}
	}
	missing := missingWaybills(live, o.InvoiceText, link.Waybills)
	_, d.newWaybills = appendWaybills(o.InvoiceText, missing)
	if n := len(missing) - len(d.newWaybills); n > 0 {
		d.note("the invoice text of order %d has no room for %d of its waybills", o.ID, n)
	}
}

// missingWaybills lists the waybills of an order that are not in the text and were not written to it before: what a
// person took out stays out.
func missingWaybills(o ongoing.Order, text string, written []string) []string {
	return slices.DeleteFunc(allWaybills(o), func(w string) bool {
		return slices.Contains(written, w) || mentions(text, w)
	})
}

// allWaybills lists the waybills of an order and its outgoing parcels, each once.
func allWaybills(o ongoing.Order) []string {
	all := []string{o.Info.WayBill}
	for _, t := range o.Tracking {
		all = append(all, t.Waybill)
	}
	for _, p := range slices.Concat(o.Parcels, o.NonTransporterParcel) {
		if !p.IsReturn {
			all = append(all, p.Tracking.Waybill)
		}
	}
	var out []string
	for _, w := range all {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// mentions reports whether a text contains a waybill, other than as part of a longer one.
func mentions(text, waybill string) bool {
	return regexp.MustCompile(`(^|[^0-9A-Za-z])` + regexp.QuoteMeta(waybill) + `($|[^0-9A-Za-z])`).MatchString(text)
}

// appendWaybills appends as many waybills to an invoice text as fit, and returns these as well.
func appendWaybills(text string, waybills []string) (string, []string) {
	for n := len(waybills); n > 0; n-- {
		longer := strings.TrimLeft(text+"\n", "\n") + "Tracking: " + strings.Join(waybills[:n], ", ")
		if len(utf16.Encode([]rune(longer))) <= office24.MaxInvoiceText {
			return longer, waybills[:n]
		}
	}
	return text, nil
}

// writeWaybills appends the waybills to the invoice text. It reads the text again first, because a person can be
// editing it, and sends the present status along, because 24SevenOffice would set another one if it were left out.
//
// A crash after the write leaves a text that has the waybills; the next run finds them in it.
func (p *process) writeWaybills(
	ctx context.Context, id office24.OrderID, live ongoing.Order, link *state.OrderLink,
) error {
	o, err := p.requireOrder(ctx, id)
	if err != nil || o.Status.Invoices() {
		return err
	}
	text, added := appendWaybills(o.InvoiceText, missingWaybills(live, o.InvoiceText, link.Waybills))
	if len(added) == 0 {
		return nil
	}
	write := office24.OrderWrite{ID: o.ID, CustomerID: o.CustomerID, Status: o.Status, InvoiceText: text}
	if _, err := p.Office24.SaveOrder(ctx, write); err != nil {
		return err
	}
	link.Waybills = append(link.Waybills, added...)
	return nil
}
