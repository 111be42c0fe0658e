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

// addWaybills finds the waybills that the invoice text does not have yet, and notes those that it has no room for. Those
// that it has although the link does not say so were written by a run that got no answer.
func (b *booking) addWaybills(live ongoing.Order, o office24.Order, link state.OrderLink, s settings.Customer) {
	if !s.Shipments.TrackingInInvoiceText || o.Status.Invoices() || o.ID == 0 {
		return
	}
	for _, w := range waybills(live) {
		if !slices.Contains(link.Waybills, w) && mentions(o.InvoiceText, w) {
			b.mentioned = append(b.mentioned, w)
		}
	}
	missing := newWaybills(live, o.InvoiceText, link.Waybills)
	_, b.waybills = withWaybills(o.InvoiceText, missing)
	if n := len(missing) - len(b.waybills); n > 0 {
		b.note("the invoice text of order %d has no room for %d of its waybills", o.ID, n)
	}
}

// newWaybills lists the waybills of an order that are not in the text and were not written to it before: what a person
// has taken out stays out.
func newWaybills(o ongoing.Order, text string, written []string) []string {
	return slices.DeleteFunc(waybills(o), func(w string) bool { return slices.Contains(written, w) || mentions(text, w) })
}

// waybills lists the waybills of an order, its outgoing parcels included, each once.
func waybills(o ongoing.Order) []string {
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

// mentions tells whether a text has a waybill, and not as a part of a longer one.
func mentions(text, waybill string) bool {
	return regexp.MustCompile(`(^|[^0-9A-Za-z])` + regexp.QuoteMeta(waybill) + `($|[^0-9A-Za-z])`).MatchString(text)
}

// withWaybills appends waybills to an invoice text, as many as it has room for, and says which.
func withWaybills(text string, waybills []string) (string, []string) {
	for n := len(waybills); n > 0; n-- {
		longer := strings.TrimLeft(text+"\n", "\n") + "Tracking: " + strings.Join(waybills[:n], ", ")
		if len(utf16.Encode([]rune(longer))) <= office24.MaxInvoiceText {
			return longer, waybills[:n]
		}
	}
	return text, nil
}

// writeWaybills appends the waybills to the invoice text, which is read again first: a person may be writing there. The
// status is sent along as it is, because the service would take its absence for another one.
//
// A crash behind the write leaves a text that has them; the next run finds them there.
func (p *process) writeWaybills(ctx context.Context, id office24.OrderID, live ongoing.Order, link *state.OrderLink) error {
	o, err := p.one(ctx, id)
	if err != nil || o.Status.Invoices() {
		return err
	}
	text, fresh := withWaybills(o.InvoiceText, newWaybills(live, o.InvoiceText, link.Waybills))
	if len(fresh) == 0 {
		return nil
	}
	if _, err := p.Office24.SaveOrder(ctx, office24.OrderWrite{ID: o.ID, CustomerID: o.CustomerID, Status: o.Status, InvoiceText: text}); err != nil {
		return err
	}
	link.Waybills = append(link.Waybills, fresh...)
	return nil
}
