package testenv

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A Merchant is a customer with everything it has: its company in 24SevenOffice, its goods owner in Ongoing WMS, its
// settings and its secret.
type Merchant struct {
	ID         string
	Company    *office24test.Tenant
	GoodsOwner *ongoingtest.GoodsOwner
	// Settings is the item that was written, as plain Go values.
	Settings map[string]any
	// Secret is the document that was written.
	Secret Secret
}

// Secret is the document of a customer's secret.
type Secret struct {
	Office24 struct {
		ApplicationID string `json:"applicationId"`
		Username      string `json:"username"`
		Password      string `json:"password"`
	} `json:"office24"`
	Ongoing struct {
		Username string `json:"username"`
		Password string `json:"password"`
	} `json:"ongoing"`
}

// AddMerchant makes a customer in all systems. Its settings are the required ones, which lead to what was made, and
// those given: plain Go values by attribute (strings, whole numbers, bools, []any, map[string]any), where a map goes
// into the map of that name.
func (b *Env) AddMerchant(ctx context.Context, id string, settings map[string]any) (*Merchant, error) {
	b.mu.Lock()
	b.customers++
	n := b.customers
	b.mu.Unlock()

	c := &Merchant{ID: id}
	c.Secret.Office24.ApplicationID = "1b0c5a52-1111-4222-8333-0000000000aa"
	c.Secret.Office24.Username, c.Secret.Office24.Password = "wms@"+id+".example", "office24-password-"+id
	c.Secret.Ongoing.Username, c.Secret.Ongoing.Password = "WSI"+id, "ongoing-password-"+id
	c.Company = b.Office24.AddTenant(int64(700000+n), office24.Credentials{
		ApplicationID: c.Secret.Office24.ApplicationID, Username: c.Secret.Office24.Username, Password: c.Secret.Office24.Password,
	})
	warehouse := b.Ongoing.Warehouse("lager")
	c.GoodsOwner = warehouse.GoodsOwner(70+n, id)
	warehouse.AddUser(c.Secret.Ongoing.Username, c.Secret.Ongoing.Password, c.GoodsOwner)

	c.Settings = map[string]any{
		"customerId": id,
		"ongoing":    map[string]any{"baseUrl": warehouse.BaseURL(), "goodsOwnerId": c.GoodsOwner.ID},
	}
	merge(c.Settings, settings)
	if err := b.PutSecret(id, c.Secret); err != nil {
		return nil, err
	}
	return c, b.PutSettings(ctx, c.Settings)
}

// merge puts the values of one item into another; a map into the map of that name.
func merge(into, from map[string]any) {
	for name, value := range from {
		inner, isMap := value.(map[string]any)
		present, hasMap := into[name].(map[string]any)
		if isMap && hasMap {
			maps.Copy(present, inner)
			continue
		}
		into[name] = value
	}
}

// PutSettings writes an item of the settings table in DynamoDB's own types, replacing the one that was there.
func (b *Env) PutSettings(ctx context.Context, settings map[string]any) error {
	item, err := attributevalue.MarshalMap(settings)
	if err != nil {
		return fmt.Errorf("testenv: settings: %w", err)
	}
	table := dynamodbtest.SettingsTable
	_, err = b.DynamoDB.Client().PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item})
	return err
}

// PutSecret writes a customer's secret: anything that encodes to JSON.
func (b *Env) PutSecret(customer string, document any) error {
	text, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("testenv: secret: %w", err)
	}
	b.Secrets.Put(SecretName(customer), string(text))
	return nil
}

// SecretName is the name of a customer's secret.
func SecretName(customer string) string { return naming.DefaultSecretPrefix + customer }
