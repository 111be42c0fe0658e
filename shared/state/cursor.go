package state

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
)

// A Cursor says how far a process has read the other system. The zero Cursor means that it has read nothing yet.
type Cursor struct {
	// Since is the moment up to which every change is settled.
	Since time.Time `dynamodbav:"since,omitempty"`
	// FullSweepAt is when everything was last compared.
	FullSweepAt time.Time `dynamodbav:"fullSweepAt,omitempty"`
	// VerifiedAt is when the process last compared everything although no change was announced, and VerifyAt when it
	// does so again.
	VerifiedAt time.Time `dynamodbav:"verifiedAt,omitempty"`
	VerifyAt   time.Time `dynamodbav:"verifyAt,omitempty"`
	// EmptyAt is when a read of everything found nothing; zero after any other read.
	EmptyAt time.Time `dynamodbav:"emptyAt,omitempty"`
	// Place is where an interrupted sweep continues; empty if no sweep is under way.
	Place string `dynamodbav:"place,omitempty"`
	// Scope names the settings under which the process read; see settings.Customer.Scope.
	Scope string `dynamodbav:"scope,omitempty"`
}

// boundAtName is the attribute of a cursor that says since when the customer was bound when it was written.
const boundAtName = "boundAt"

// Cursor returns the cursor of a process. One of another binding counts as none: everything is to be read again. So
// does one of the same binding that is older than the last move: the failure records that it relies on are gone.
func (p *Partition) Cursor(ctx context.Context, process naming.Process) (Cursor, error) {
	it, err := p.take(ctx, cursorRecord(process))
	if err != nil {
		return Cursor{}, err
	}
	var cur Cursor
	if err := decode(it, &cur); err != nil {
		return Cursor{}, err
	}
	p.mu.Lock()
	p.cursors[cursorRecord(process)] = it
	p.mu.Unlock()
	if p.isForeign(it) || p.isBeforeMove(it) {
		return Cursor{}, nil
	}
	p.keepUnknown(cursorRecord(process), it, &cur)
	return cur, nil
}

// MoveCursor replaces the cursor of a process, which was read as from. It returns ErrChanged if the stored cursor is
// another one by now. Since never goes back within a scope: if to has an earlier Since than from, from's is kept.
func (p *Partition) MoveCursor(ctx context.Context, process naming.Process, from, to Cursor) error {
	if to.Scope == from.Scope && to.Since.Before(from.Since) {
		to.Since = from.Since
	}
	if from.equal(to) {
		return nil
	}
	it, err := encode(p.id, cursorRecord(process), to)
	if err != nil {
		return err
	}
	p.mu.Lock()
	read := p.cursors[cursorRecord(process)]
	if p.binding != nil && !p.binding.BoundAt.IsZero() {
		it[boundAtName] = dynamoattr.Text(formatTime(p.binding.BoundAt))
	}
	p.mu.Unlock()
	if p.isForeign(read) || p.isBeforeMove(read) {
		from = Cursor{}
		if err := decode(read, &from); err != nil {
			return err
		}
	}
	if err := p.putItem(ctx, p.stamped(it), from.isStored(), ErrChanged); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cursors[cursorRecord(process)] = it
	return nil
}

// isBeforeMove reports whether a cursor was written before the customer was bound as it is now. One of an older version
// does not say when that was.
func (p *Partition) isBeforeMove(cursor item) bool {
	then, known := dynamoattr.TextOf(cursor[boundAtName])
	p.mu.Lock()
	defer p.mu.Unlock()
	return known && (p.binding == nil || then != formatTime(p.binding.BoundAt))
}

// attributes returns the names and values of a cursor as they are stored, always in the same order.
func (cur Cursor) attributes() [7][2]string {
	text := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return formatTime(t)
	}
	return [7][2]string{
		{"since", text(cur.Since)}, {"fullSweepAt", text(cur.FullSweepAt)}, {"place", cur.Place},
		{"scope", cur.Scope}, {"emptyAt", text(cur.EmptyAt)},
		{"verifiedAt", text(cur.VerifiedAt)}, {"verifyAt", text(cur.VerifyAt)},
	}
}

func (cur Cursor) equal(o Cursor) bool { return cur.attributes() == o.attributes() }

// isStored returns the condition that the stored cursor equals this one.
func (cur Cursor) isStored() condition {
	when := condition{names: map[string]string{}}
	var parts []string
	for _, a := range cur.attributes() {
		name, value := a[0], a[1]
		when.names["#"+name] = name
		if value == "" {
			parts = append(parts, fmt.Sprintf("attribute_not_exists(#%s)", name))
			continue
		}
		if when.values == nil { // DynamoDB refuses an empty map
			when.values = item{}
		}
		when.values[":"+name] = dynamoattr.Text(value)
		parts = append(parts, fmt.Sprintf("#%s = :%s", name, name))
	}
	when.expression = strings.Join(parts, " AND ")
	return when
}
