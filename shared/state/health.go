package state

import (
	"context"
	"time"

	"ongoing24so/shared/naming"
)

// A Health is what is known of a customer's runs and of its records in trouble.
type Health struct {
	// Marks are those of the processes that have run.
	Marks map[naming.Process]Mark
	// Failures are those of all processes that nobody has dismissed.
	Failures []Failure
	// Pauses are those that people have made and not ended.
	Pauses []CustomerPause
}

// A CustomerPause is what a person has switched off for a while. Package infra/syncctl stores it; the functions only
// read it, for the daily mail.
type CustomerPause struct {
	Process naming.Process `dynamodbav:"process"` // "" if it is the whole customer
	Reason  string         `dynamodbav:"reason"`
	At      time.Time      `dynamodbav:"at"`
	Until   time.Time      `dynamodbav:"until"`
}

// Health reads the health of a customer. The Partition then works under the stored binding, if there is one.
func (p *Partition) Health(ctx context.Context) (Health, error) {
	h := Health{Marks: map[naming.Process]Mark{}}
	keys := []item{key(p.id, bindingRecord), key(p.id, firstBindingRecord), key(p.id, pauseRecord(""))}
	for _, entry := range naming.Entries() {
		keys = append(keys, key(p.id, leaseRecord(entry.Process)), key(p.id, pauseRecord(entry.Process)))
	}
	items, err := p.store.batchGet(ctx, "lease#", keys)
	if err != nil {
		return h, err
	}
	found := map[string]item{}
	for _, it := range items {
		found[recordOf(it)] = it
	}
	if err := p.bindAs(found); err != nil {
		return h, err
	}
	if h.Pauses, err = pausesIn(found); err != nil {
		return h, err
	}
	for _, entry := range naming.Entries() {
		it, ok := found[leaseRecord(entry.Process)]
		m := Mark{Process: entry.Process}
		if !ok {
			continue
		}
		if err := decode(it, &m); err != nil {
			return h, err
		}
		h.Marks[entry.Process] = m
	}
	for it, err := range p.query(ctx, "failure#") {
		var f Failure
		if err == nil {
			err = decode(it, &f)
		}
		if err != nil {
			return h, err
		}
		if f.DismissedAt.IsZero() && !p.isForeign(it) {
			h.Failures = append(h.Failures, f)
		}
	}
	return h, nil
}

// pausesIn returns the pauses among records, that of the customer first.
func pausesIn(found map[string]item) (pauses []CustomerPause, err error) {
	processes := []naming.Process{""}
	for _, entry := range naming.Entries() {
		processes = append(processes, entry.Process)
	}
	for _, process := range processes {
		it, ok := found[pauseRecord(process)]
		if !ok {
			continue
		}
		var pause CustomerPause
		if err := decode(it, &pause); err != nil {
			return nil, err
		}
		pauses = append(pauses, pause)
	}
	return pauses, nil
}

func (p *Partition) bindAs(found map[string]item) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.noteBinding(found)
}

// StuckSince returns since when an order that is open counts as stuck: an age after it was sent, or after its delivery
// date in the customer's time zone. It reports false for an order of which nothing is awaited.
func (l OrderLink) StuckSince(age time.Duration, zone *time.Location) (time.Time, bool) {
	if l.IsClosed() || !l.ShippedAt.IsZero() || l.ImportedAt.IsZero() {
		return time.Time{}, false
	}
	since := l.ImportedAt
	if day, err := time.ParseInLocation(time.DateOnly, l.DeliveryDate, zone); err == nil && day.After(since) {
		since = day
	}
	return since.Add(age), true
}
