package cloud

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/infra/syncctl/document"
	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/settings"
)

// ErrChanged means that somebody else has written the settings since they were read.
var ErrChanged = errors.New("somebody has changed the settings since they were read; nothing was written, try again")

// Settings returns all items of the settings table by customer id.
func (s *Stack) Settings(ctx context.Context) ([]document.Item, error) {
	var all []document.Item
	pages := dynamodb.NewScanPaginator(s.db, &dynamodb.ScanInput{
		TableName: &s.settingsTable, ConsistentRead: aws.Bool(true),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, explained(err)
		}
		all = append(all, page.Items...)
	}
	slices.SortFunc(all, func(a, b document.Item) int { return strings.Compare(customerID(a), customerID(b)) })
	return all, nil
}

func customerID(it document.Item) string { return document.String(it, naming.PartitionKey) }

// SettingsOf returns the item of a customer, nil if there is none.
func (s *Stack) SettingsOf(ctx context.Context, customer string) (document.Item, error) {
	out, err := s.db.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.settingsTable, ConsistentRead: aws.Bool(true),
		Key: document.Item{naming.PartitionKey: dynamoattr.Text(customer)},
	})
	if err != nil {
		return nil, explained(err)
	}
	return out.Item, nil
}

// Fingerprint identifies the content of an item.
func Fingerprint(it document.Item) string {
	return plan.Fingerprint(dynamoattr.Plain(&types.AttributeValueMemberM{Value: it}))
}

// Decode reads an item as the functions of this stack do.
func (s *Stack) Decode(it document.Item) (settings.Customer, error) {
	return settings.Decode(it, s.Hosts)
}

// Problems returns what is wrong with an item, each beginning with the setting.
func (s *Stack) Problems(it document.Item) []string { return settings.Problems(it, s.Hosts) }

// PutSettings replaces the item that was read as from, or adds the item if from is nil. It returns ErrChanged if the
// stored item is another one by now. A crash right after it leaves the new settings, which count in the next run.
func (s *Stack) PutSettings(ctx context.Context, from, to document.Item) error {
	condition, names, values := isStored(from, to)
	_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.settingsTable, Item: to, ConditionExpression: &condition,
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	})
	return changed(err)
}

// DeleteSettings deletes the item that was read. A crash right after it leaves the customer's secret and records, which
// nothing reads any more.
func (s *Stack) DeleteSettings(ctx context.Context, from document.Item) error {
	condition, names, values := isStored(from, nil)
	_, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.settingsTable, Key: document.Item{naming.PartitionKey: from[naming.PartitionKey]},
		ConditionExpression: &condition, ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	})
	return changed(err)
}

func changed(err error) error {
	if failed := new(types.ConditionalCheckFailedException); errors.As(err, &failed) {
		return ErrChanged
	}
	return explained(err)
}

// isStored returns the condition that the stored item is the one that was read: its attributes have their values, and
// those that settings can have, or that are about to be written, do not exist. DynamoDB compares maps and lists as a
// whole (API reference, Condition: "EQ is supported for all data types, including lists and maps").
func isStored(read, written document.Item) (string, map[string]string, document.Item) {
	if read == nil {
		return "attribute_not_exists(#id)", map[string]string{"#id": naming.PartitionKey}, nil
	}
	all := map[string]bool{}
	for _, a := range settings.Describe() {
		top, _, _ := strings.Cut(a.Path, ".")
		all[strings.TrimSuffix(top, "[]")] = true
	}
	for name := range written {
		all[name] = true
	}
	for name := range read {
		all[name] = true
	}
	var parts []string
	names, values := map[string]string{}, document.Item{}
	for i, name := range slices.Sorted(maps.Keys(all)) {
		names[fmt.Sprintf("#a%d", i)] = name
		if v, ok := read[name]; ok {
			values[fmt.Sprintf(":a%d", i)] = v
			parts = append(parts, fmt.Sprintf("#a%d = :a%d", i, i))
		} else {
			parts = append(parts, fmt.Sprintf("attribute_not_exists(#a%d)", i))
		}
	}
	return strings.Join(parts, " AND "), names, values
}
