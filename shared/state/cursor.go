package state

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ongoing24so/shared/naming"
)

// A Cursor says up to where a process has read the other system. The zero Cursor: nothing yet.
type Cursor struct {
	// Since: all that changed before is settled.
	Since time.Time `dynamodbav:"since,omitempty"`
	// FullSweepAt is when everything was last compared.
	FullSweepAt time.Time `dynamodbav:"fullSweepAt,omitempty"`
	// Place is where a sweep that was cut short goes on; empty when none is under way.
	Place string `dynamodbav:"place,omitempty"`
	// Scope tells under which settings it was read; see settings.Customer.Scope.
	Scope string `dynamodbav:"scope,omitempty"`
}

// Cursor returns the cursor of a process.
func (c *Partition) Cursor(ctx context.Context, process naming.Process) (Cursor, error) {
	var cur Cursor
	it, err := c.get(ctx, cursorRecord(process))
	if err != nil {
		return cur, err
	}
	return cur, decode(it, &cur)
}

// MoveCursor moves the cursor of a process on from the one that was read. ErrChanged: somebody moved it in between.
// Since never goes back within a scope: where to has an earlier one, from's stays.
func (c *Partition) MoveCursor(ctx context.Context, process naming.Process, from, to Cursor) error {
	if to.Scope == from.Scope && to.Since.Before(from.Since) {
		to.Since = from.Since
	}
	if from.equal(to) {
		return nil
	}
	return c.put(ctx, cursorRecord(process), to, from.unchanged(), ErrChanged)
}

// fields are a cursor's attributes as they are stored, in one order.
func (cur Cursor) fields() [4][2]string {
	f := [4][2]string{{"since"}, {"fullSweepAt"}, {"place", cur.Place}, {"scope", cur.Scope}}
	if !cur.Since.IsZero() {
		f[0][1] = format(cur.Since)
	}
	if !cur.FullSweepAt.IsZero() {
		f[1][1] = format(cur.FullSweepAt)
	}
	return f
}

func (cur Cursor) equal(o Cursor) bool { return cur.fields() == o.fields() }

// unchanged is the condition that the stored cursor is this one.
func (cur Cursor) unchanged() condition {
	when := condition{names: map[string]string{}}
	var parts []string
	for _, f := range cur.fields() {
		name, value := f[0], f[1]
		when.names["#"+name] = name
		if value == "" {
			parts = append(parts, fmt.Sprintf("attribute_not_exists(#%s)", name))
			continue
		}
		if when.values == nil { // DynamoDB refuses an empty map
			when.values = item{}
		}
		when.values[":"+name] = text(value)
		parts = append(parts, fmt.Sprintf("#%s = :%s", name, name))
	}
	when.expression = strings.Join(parts, " AND ")
	return when
}
