package testenv

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A Record is an item of the state table as plain Go values.
type Record = map[string]any

// State returns a customer's records in the state table by their sort keys.
func (e *Env) State(ctx context.Context, customer string) (map[string]Record, error) {
	table, condition := dynamodbtest.StateTable, naming.PartitionKey+" = :customer"
	pages := dynamodb.NewQueryPaginator(e.DynamoDB.Client(), &dynamodb.QueryInput{
		TableName: &table, KeyConditionExpression: &condition,
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":customer": &types.AttributeValueMemberS{Value: customer},
		},
	})
	records := map[string]Record{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			var record Record
			if err := attributevalue.UnmarshalMap(item, &record); err != nil {
				return nil, err
			}
			name, _ := record[naming.SortKey].(string)
			records[name] = record
		}
	}
	return records, nil
}

// DeleteRecord deletes a record of a customer's state, as a person does.
func (e *Env) DeleteRecord(ctx context.Context, customer, name string) error {
	table := dynamodbtest.StateTable
	_, err := e.DynamoDB.Client().DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &table,
		Key: map[string]types.AttributeValue{
			naming.PartitionKey: &types.AttributeValueMemberS{Value: customer},
			naming.SortKey:      &types.AttributeValueMemberS{Value: name},
		},
	})
	return err
}

// CustomerIDs returns the ids in the settings table, sorted.
func (e *Env) CustomerIDs(ctx context.Context) ([]string, error) {
	table := dynamodbtest.SettingsTable
	var ids []string
	pages := dynamodb.NewScanPaginator(e.DynamoDB.Client(), &dynamodb.ScanInput{TableName: &table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			if id, ok := item[naming.PartitionKey].(*types.AttributeValueMemberS); ok {
				ids = append(ids, id.Value)
			}
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// EndLeases expires all leases of a customer. A lease left by a killed run would expire by itself, but only later.
func (e *Env) EndLeases(ctx context.Context, customer string) error {
	records, err := e.State(ctx, customer)
	if err != nil {
		return err
	}
	table, update := dynamodbtest.StateTable, "SET #until = :past"
	for name, record := range records {
		if _, taken := record["until"]; !taken || !strings.HasPrefix(name, "lease#") {
			continue
		}
		_, err := e.DynamoDB.Client().UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: &table, UpdateExpression: &update,
			Key: map[string]types.AttributeValue{
				naming.PartitionKey: &types.AttributeValueMemberS{Value: customer},
				naming.SortKey:      &types.AttributeValueMemberS{Value: name},
			},
			ExpressionAttributeNames: map[string]string{"#until": "until"},
			ExpressionAttributeValues: map[string]types.AttributeValue{
				":past": &types.AttributeValueMemberS{Value: "2000-01-01T00:00:00Z"},
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
