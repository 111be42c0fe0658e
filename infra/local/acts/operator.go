package acts

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/infra/local/localstack"
	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv/dynamodbtest"
)

var systems = []Choice{{"24so", "24SevenOffice"}, {"ongoing", "Ongoing WMS"}}

var faults = []Choice{
	{"down", "is down (503)"}, {"reset", "breaks connections"}, {"html", "answers with a web page"},
	{"truncated", "answers with half an answer"}, {"pause", "asks for a pause of ten minutes"},
}

// operatorActs are those of who operates the integration, and what can break.
func operatorActs() []Act {
	system := Field{Name: "system", Label: "System", Value: "ongoing", Choices: systems}
	return []Act{
		{
			Name: "break-password", Title: "Somebody changes a password", Fields: fields(system),
			About: "The secret keeps the old one.", do: breakPassword,
		},
		{Name: "repair-password", Title: "Put the right passwords into the secret", do: repairPassword},
		{
			Name: "set-setting", Title: "Change a setting", do: setSetting, Fields: fields(
				Field{Name: "path", Label: "Setting", Value: "salesOrders.textRows"},
				Field{Name: "value", Label: "Value", Value: "kommentar"},
			),
		},
		{Name: "remove-setting", Title: "Remove a setting", Fields: fields(
			Field{Name: "path", Label: "Setting", Value: "salesOrders.textRows"},
		), do: setSetting},
		{
			Name: "move", Title: "Move to another goods owner", do: move, Fields: fields(
				Field{Name: "warehouse", Label: "Warehouse", Value: "nord", Choices: same("nord", "lager")},
			),
			About: "Only the settings change. The customer is blocked until somebody decides to move it.",
		},
		{Name: "decide-move", Title: "Decide the move", About: "Deletes the record binding.", do: decideMove},
		{
			Name: "fault", Title: "A vendor fails", do: fault, About: "For all customers.", Fields: fields(
				system, Field{Name: "how", Label: "It", Value: "down", Choices: faults},
				Field{Name: "calls", Label: "For how many calls", Value: "all", Choices: same("all", "1", "10")},
			),
		},
		{
			Name: "slow", Title: "A vendor becomes slow", do: slow, Fields: fields(system,
				Field{Name: "seconds", Label: "Seconds an answer", Value: "1", Decimal: true}),
		},
		{Name: "repair", Title: "The vendors work again", do: repair},
		{
			Name: "block-identity", Title: "24SevenOffice blocks the company's identity", do: blockIdentity,
			Fields: fields(Field{Name: "blocked", Label: "Blocked", Value: "yes", Choices: same("yes", "no")}),
		},
		{
			Name: "kill", Title: "The next run dies in the middle", do: kill,
			About:  "Its process is killed right after it has written, before it could write that down.",
			Fields: fields(Field{Name: "write", Label: "After write", Value: "2", Decimal: true}),
		},
		{
			Name: "damage", Title: "A quantity becomes unreadable", do: damage, Fields: func(t Target) []Field {
				var orders []Choice
				for _, o := range t.Company.Orders() {
					orders = append(orders, Choice{id(o.ID), id(o.ID)})
				}
				return []Field{
					{Name: "order", Label: "Order", Value: first(orders), Choices: orders},
					{Name: "text", Label: "Quantity", Value: "to stykker"},
				}
			},
			About: "As old data can be. An empty text repairs it.",
		},
		{Name: "clock", Title: "Move the clock", do: moveClock, Fields: fields(
			Field{Name: "minutes", Label: "By", Value: "60", Choices: []Choice{
				{"15", "15 minutes"}, {"60", "an hour"}, {"1440", "a day"}, {"10080", "a week"},
			}},
		), About: "Ticks that it passes are left out."},
	}
}

func breakPassword(_ context.Context, t Target) error {
	secret := t.Secret
	if t.Values["system"] == "24so" {
		secret.Office24.Password = "utdatert"
	} else {
		secret.Ongoing.Password = "utdatert"
	}
	t.Company.ExpireSessions()
	return t.Stack.PutSecret(t.ID, secret)
}

func repairPassword(_ context.Context, t Target) error { return t.Stack.PutSecret(t.ID, t.Secret) }

// SettingsOf returns a customer's item of the settings table, nil if there is none.
func SettingsOf(ctx context.Context, s *localstack.Stack, customer string) (map[string]any, error) {
	table := dynamodbtest.SettingsTable
	out, err := s.DynamoDB.Client().GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &table, Key: map[string]types.AttributeValue{naming.PartitionKey: dynamoattr.Text(customer)},
	})
	if err != nil || out.Item == nil {
		return nil, err
	}
	var item map[string]any
	return item, attributevalue.UnmarshalMap(out.Item, &item)
}

// setSetting sets a setting, or removes it if no value is asked for. It does not validate, as the console does not.
func setSetting(ctx context.Context, t Target) error {
	item, err := SettingsOf(ctx, t.Stack, t.ID)
	if err != nil {
		return err
	}
	if item == nil {
		return fmt.Errorf("customer %s has no settings", t.ID)
	}
	at, path := item, strings.Split(t.Values["path"], ".")
	for _, name := range path[:len(path)-1] {
		inner, ok := at[name].(map[string]any)
		if !ok {
			inner = map[string]any{}
			at[name] = inner
		}
		at = inner
	}
	last := path[len(path)-1]
	value, set := t.Values["value"]
	switch n, err := strconv.Atoi(value); {
	case !set:
		delete(at, last)
	case value == "true", value == "false":
		at[last] = value == "true"
	case err == nil:
		at[last] = n
	default:
		at[last] = value
	}
	return t.Stack.PutSettings(ctx, item)
}

func move(ctx context.Context, t Target) error {
	owner := t.Stack.Ongoing.Warehouse(t.Values["warehouse"]).GoodsOwner(t.GoodsOwner.ID, t.ID)
	owner.Warehouse().AddUser(t.Secret.Ongoing.Username, t.Secret.Ongoing.Password, owner)
	item, err := SettingsOf(ctx, t.Stack, t.ID)
	if err != nil {
		return err
	}
	item["ongoing"] = map[string]any{"baseUrl": owner.Warehouse().BaseURL(), "goodsOwnerId": owner.ID}
	t.GoodsOwner = owner
	return t.Stack.PutSettings(ctx, item)
}

func decideMove(ctx context.Context, t Target) error {
	return t.Stack.DeleteRecord(ctx, t.ID, "binding")
}

func fault(_ context.Context, t Target) error {
	times := -1
	if t.Values["calls"] != "all" {
		times, _ = strconv.Atoi(t.Values["calls"])
	}
	how := t.Values["how"]
	if t.Values["system"] == "24so" {
		kinds := map[string]office24test.Fault{
			"down": {Kind: office24test.Status}, "reset": {Kind: office24test.Reset}, "html": {Kind: office24test.HTML},
			"truncated": {Kind: office24test.Truncate},
			"pause":     {Kind: office24test.Status, Status: 429, RetryAfter: "600"},
		}
		f := kinds[how]
		f.Times = times
		t.Stack.Office24.Fault(f)
		return nil
	}
	kinds := map[string]ongoingtest.Fault{
		"down": {Kind: ongoingtest.Status, Status: 503}, "reset": {Kind: ongoingtest.ResetBefore},
		"html": {Kind: ongoingtest.HTML}, "truncated": {Kind: ongoingtest.Truncated},
		"pause": {Kind: ongoingtest.Status, Status: 429, RetryAfter: "600"},
	}
	f := kinds[how]
	f.Times = times
	t.Stack.Ongoing.Fault(f)
	return nil
}

func slow(_ context.Context, t Target) error {
	d, err := t.decimal("seconds")
	if err != nil {
		return err
	}
	seconds, _ := strconv.ParseFloat(d.String(), 64)
	delay := time.Duration(seconds * float64(time.Second))
	if t.Values["system"] == "24so" {
		t.Stack.Office24.Before(func(office24test.Call) { time.Sleep(delay) })
	} else {
		t.Stack.Ongoing.Fault(ongoingtest.Fault{Kind: ongoingtest.Late, Delay: delay, Times: -1})
	}
	return nil
}

func repair(_ context.Context, t Target) error {
	t.Stack.Office24.ClearFaults()
	t.Stack.Office24.Before(nil)
	t.Stack.Ongoing.ClearFaults()
	return nil
}

func blockIdentity(_ context.Context, t Target) error {
	t.Company.Block(t.Values["blocked"] == "yes")
	t.Company.ExpireSessions()
	return nil
}

func kill(_ context.Context, t Target) error {
	d, err := t.decimal("write")
	if err == nil {
		t.Stack.KillAfterWrite(int(d.Int()))
	}
	return err
}

func damage(_ context.Context, t Target) error {
	order, _ := strconv.Atoi(t.Values["order"])
	t.Company.Damage("InvoiceOrder", order, "InvoiceRows.Quantity", t.Values["text"])
	return nil
}

func moveClock(_ context.Context, t Target) error {
	minutes, err := strconv.Atoi(t.Values["minutes"])
	if err != nil {
		return err
	}
	return t.Stack.Forward(time.Duration(minutes) * time.Minute)
}
