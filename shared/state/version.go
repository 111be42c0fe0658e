package state

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
)

const versionName = "version"

// putVersion writes a record if it still has the version that was read, and sets the new version. That is the clock's
// milliseconds, and at least one more than before: a record that is deleted and created again must not get a version
// that it had before.
func (p *Partition) putVersion(ctx context.Context, record string, v any, version *int) error {
	read := *version
	*version = max(read+1, int(p.store.now().UnixMilli()))
	err := p.put(ctx, record, v, hasVersion(read), ErrChanged)
	if err != nil {
		*version = read
	}
	return err
}

// deleteVersion deletes a record if it still has the version that was read. A missing record is not an error: our own
// request may have deleted it before the SDK repeated the request, because its answer was lost.
func (p *Partition) deleteVersion(ctx context.Context, record string, version int) error {
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
