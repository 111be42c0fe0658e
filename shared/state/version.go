package state

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
)

const versionName = "version"

// putVersion writes a record if it still has the version that was read, and sets the new version. That is the clock's
// milliseconds, and at least one more than before: a record that is deleted and created again must not get a version
// that it had before.
func (p *Partition) putVersion(ctx context.Context, record string, v any, version *int) error {
	if err := p.putAside(ctx, record); err != nil {
		return err
	}
	read := *version
	*version = max(read+1, int(p.store.now().UnixMilli()))
	it, err := encode(p.id, record, v)
	if err == nil {
		err = p.putItem(ctx, p.stamped(it), hasVersion(read), ErrChanged)
	}
	if err != nil {
		*version = read
		if read == 0 && errors.Is(err, ErrChanged) {
			return p.putOverForeign(ctx, record, v, version, err)
		}
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.foreign, record)
	return nil
}

// putOverForeign writes a record that its caller took for new, because it did not look: it had all links of this
// binding listed, and the name is that of a link of another one. One without a version, which a person has put there,
// is not replaced: it has nothing that would show a change.
func (p *Partition) putOverForeign(ctx context.Context, record string, v any, version *int, changed error) error {
	stored, err := p.get(ctx, record)
	if err != nil {
		return err
	}
	if stored == nil || !p.isForeign(stored) || integer(stored[versionName]) == 0 {
		return changed
	}
	p.mu.Lock()
	p.foreign[record] = stored
	p.mu.Unlock()
	*version = integer(stored[versionName])
	if err = p.putVersion(ctx, record, v, version); err != nil {
		*version = 0
	}
	return err
}

// putAside keeps a link of another binding under another name, before a link of this one takes its name: so moving back
// finds it, and people can read it. After a crash right after it both names have it, and the next run does the same.
func (p *Partition) putAside(ctx context.Context, record string) error {
	p.mu.Lock()
	it := p.foreign[record]
	p.mu.Unlock()
	if it == nil {
		return nil
	}
	return p.putItem(ctx, p.aside(it), condition{}, nil)
}

// deleteVersion deletes a record if it still has the version that was read. A missing record is not an error: our own
// request may have deleted it before the SDK repeated the request, because its answer was lost.
func (p *Partition) deleteVersion(ctx context.Context, record string, version int) error {
	if err := p.putAside(ctx, record); err != nil {
		return err
	}
	when := hasVersion(version)
	when.names["#record"] = naming.SortKey
	expression := "attribute_not_exists(#record) OR " + when.expression
	_, err := p.store.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &p.store.table, Key: key(p.id, record), ConditionExpression: &expression,
		ExpressionAttributeNames: when.names, ExpressionAttributeValues: when.values,
	})
	switch {
	case conditionFailed(err):
		return conflict("state: DeleteItem "+record, ErrChanged)
	case err != nil:
		return classified("state: DeleteItem "+record, err)
	}
	return nil
}

// deleteVersionless deletes a record, whatever its content is.
func (p *Partition) deleteVersionless(ctx context.Context, record string) error {
	_, err := p.store.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &p.store.table, Key: key(p.id, record),
	})
	if err != nil {
		return classified("state: DeleteItem "+record, err)
	}
	return nil
}

// hasVersion returns the condition that a record has a version. Version 0 means that the record does not exist.
func hasVersion(version int) condition {
	if version == 0 {
		return condition{
			expression: "attribute_not_exists(#record)",
			names:      map[string]string{"#record": naming.SortKey},
		}
	}
	return condition{
		expression: "#version = :version",
		names:      map[string]string{"#version": versionName},
		values:     item{":version": dynamoattr.Number(version)},
	}
}
