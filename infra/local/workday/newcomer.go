package workday

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/infra/local/localstack"
	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/testenv"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// Newcomer is the id for a merchant who is in both systems and not yet a customer, so that onboarding can be practised.
const Newcomer = "havgapet"

// AddNewcomer adds that merchant, without settings and without a secret.
func AddNewcomer(ctx context.Context, stack *localstack.Stack) error {
	m, err := stack.AddMerchant(ctx, Newcomer, map[string]any{"name": "Havgapet Ullvare AS"})
	if err != nil {
		return err
	}
	c := customer{m}
	addProducts(c, map[office24.ProductID]office24.Product{
		7501: {No: "GENSER-M", Name: "Islender, blå, str. M", Stock: decimal("14"), Price: decimal("1290")},
		7502: {No: "LUE", Name: "Topplue, grå", Stock: decimal("30"), Price: decimal("349")},
	})
	addOrder(c, office24.Order{
		CustomerID: 5520, CustomerName: "Øyvind Åsen", Status: office24.StatusConfirmed,
		DateOrdered: date("2026-11-05"),
		Addresses: office24.Addresses{
			Delivery: &office24.Address{Street: "Naustveien 4", PostalCode: "6490", PostalArea: "EIDE"},
		},
	}, 43001, goods(7501, "1", "1290"))
	stack.Secrets.Delete(testenv.SecretName(Newcomer))
	table := dynamodbtest.SettingsTable
	_, err = stack.DynamoDB.Client().DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &table, Key: map[string]types.AttributeValue{naming.PartitionKey: dynamoattr.Text(Newcomer)},
	})
	return err
}
