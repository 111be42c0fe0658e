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
	"ongoing24so/shared/secrets"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A Merchant is a customer with everything that belongs to it: its company in 24SevenOffice, its goods owner in Ongoing
// WMS, its settings and its secret.
type Merchant struct {
	ID         string
	Company    *office24test.Tenant
	GoodsOwner *ongoingtest.GoodsOwner
	// Settings is the item in the settings table, as plain Go values.
	Settings map[string]any
	// Secret is the document in Secrets Manager.
	Secret secrets.Document
}

// AddMerchant creates a customer in all systems. Its settings are the required ones, which name its goods owner, and
// those given: plain Go values by attribute (strings, whole numbers, bools, []any, map[string]any). A map is merged
// into the map of the same name.
func (e *Env) AddMerchant(ctx context.Context, id string, settings map[string]any) (*Merchant, error) {
	e.mu.Lock()
	e.merchants++
	n := e.merchants
	e.mu.Unlock()

	m := &Merchant{ID: id}
	m.Secret.Office24.ApplicationID = "1b0c5a52-1111-4222-8333-0000000000aa"
	m.Secret.Office24.Username, m.Secret.Office24.Password = "wms@"+id+".example", "office24-password-"+id
	m.Secret.Ongoing.Username, m.Secret.Ongoing.Password = "WSI"+id, "ongoing-password-"+id
	m.Company = e.Office24.AddTenant(int64(700000+n), office24.Credentials{
		ApplicationID: m.Secret.Office24.ApplicationID,
		Username:      m.Secret.Office24.Username,
		Password:      m.Secret.Office24.Password,
	})
	warehouse := e.Ongoing.Warehouse("lager")
	m.GoodsOwner = warehouse.GoodsOwner(70+n, id)
	warehouse.AddUser(m.Secret.Ongoing.Username, m.Secret.Ongoing.Password, m.GoodsOwner)

	m.Settings = map[string]any{
		"customerId": id,
		"ongoing":    map[string]any{"baseUrl": warehouse.BaseURL(), "goodsOwnerId": m.GoodsOwner.ID},
	}
	merge(m.Settings, settings)
	if err := e.PutSecret(id, m.Secret); err != nil {
		return nil, err
	}
	return m, e.PutSettings(ctx, m.Settings)
}

// AddCompany adds another company that the merchant's login reaches. Its ids begin where those of the first one do, so
// that both have the same ones.
func (e *Env) AddCompany(m *Merchant, clientID int64) *office24test.Tenant {
	return e.Office24.AddTenant(clientID, office24.Credentials{
		ApplicationID: m.Secret.Office24.ApplicationID,
		Username:      m.Secret.Office24.Username,
		Password:      m.Secret.Office24.Password,
	})
}

// AddGoodsOwner adds a goods owner that the merchant's user of Ongoing's API can act for. In another warehouse than
// "lager" its records get the same ids again.
func (e *Env) AddGoodsOwner(m *Merchant, warehouse string, id int) *ongoingtest.GoodsOwner {
	w := e.Ongoing.Warehouse(warehouse)
	g := w.GoodsOwner(id, m.ID)
	owners := []*ongoingtest.GoodsOwner{g}
	if w == m.GoodsOwner.Warehouse() {
		owners = append(owners, m.GoodsOwner)
	}
	w.AddUser(m.Secret.Ongoing.Username, m.Secret.Ongoing.Password, owners...)
	return g
}

// Move makes a merchant's settings name another company and another goods owner. A nil one stays as it is.
func (e *Env) Move(ctx context.Context, m *Merchant, c *office24test.Tenant, g *ongoingtest.GoodsOwner) error {
	if c != nil {
		m.Company = c
		merge(m.Settings, map[string]any{"office24": map[string]any{"identityId": c.IdentityID()}})
	}
	if g != nil {
		m.GoodsOwner = g
		merge(m.Settings, map[string]any{"ongoing": map[string]any{
			"baseUrl": g.Warehouse().BaseURL(), "goodsOwnerId": g.ID,
		}})
	}
	return e.PutSettings(ctx, m.Settings)
}

// merge copies the values of one item into another; a map is merged into the map of the same name.
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

// PutSettings writes an item of the settings table in DynamoDB's own types and replaces an existing one.
func (e *Env) PutSettings(ctx context.Context, settings map[string]any) error {
	item, err := attributevalue.MarshalMap(settings)
	if err != nil {
		return fmt.Errorf("testenv: settings: %w", err)
	}
	table := dynamodbtest.SettingsTable
	_, err = e.DynamoDB.Client().PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item})
	return err
}

// PutSecret writes a customer's secret. The document is any value that encodes to JSON.
func (e *Env) PutSecret(customer string, document any) error {
	text, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("testenv: secret: %w", err)
	}
	e.Secrets.Put(SecretName(customer), string(text))
	return nil
}

// SecretName returns the name of a customer's secret.
func SecretName(customer string) string { return naming.DefaultSecretPrefix + customer }
