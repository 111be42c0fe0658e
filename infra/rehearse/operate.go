package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"ongoing24so/infra/checks"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
)

// operate follows DEPLOY.md: add customers in preview, look at a dry run, switch to live, then run the schedule.
func (d *deployment) operate(ctx context.Context, v *vendors, list *checks.List) (err error) {
	functions, err := d.functions(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll(functions), d.deleteSecrets(context.WithoutCancel(ctx), v)) }()
	for _, step := range []func(context.Context, *vendors, []*function, *checks.List) error{
		d.preview, d.runTick, d.runWithoutChanges,
	} {
		if err := step(ctx, v, functions, list); err != nil {
			return err
		}
	}
	list.Expect("no call violated the rules of 24SevenOffice", strings.Join(v.office24.Violations(), "; "), "")
	list.Expect("no call violated the rules of Ongoing", strings.Join(v.ongoing.Violations(), "; "), "")
	return nil
}

// preview adds the customers in preview and checks the dry run of one of them.
func (d *deployment) preview(ctx context.Context, v *vendors, functions []*function, list *checks.List) error {
	checks.Title("Two customers, in preview")
	for _, c := range []*customer{v.acme, v.polar} {
		err := errors.Join(d.putSettings(ctx, c, map[string]any{"mode": "preview"}), d.createSecret(ctx, c))
		if err != nil {
			return err
		}
	}
	result, err := functions[0].invoke(ctx, map[string]any{"customers": []string{v.acme.id}, "dryRun": true})
	if err != nil {
		return err
	}
	var planned []string
	for _, row := range result.Customers {
		for _, change := range row.Changes {
			planned = append(planned, fmt.Sprint(change.Action, " ", change.Key))
		}
	}
	list.Expect("a dry run shows what would be written", planned, []string{"create 1001", "create 1002"})
	list.Expect("it writes nothing", v.countWrites(), 0)
	return errors.Join(d.putSettings(ctx, v.acme, nil),
		d.putSettings(ctx, v.polar, map[string]any{"suppliers": map[string]any{"enabled": true}}))
}

// runTick invokes every function with the events of its rules, in the order of the schedule. After each function the
// warehouse's staff does its work.
func (d *deployment) runTick(ctx context.Context, v *vendors, functions []*function, list *checks.List) error {
	checks.Title("Live: one tick of the schedule")
	for _, f := range functions {
		outcomes := map[string]runner.Outcome{}
		for _, input := range f.inputs {
			result, err := f.invoke(ctx, json.RawMessage(input))
			if err != nil {
				return err
			}
			addOutcomes(outcomes, result)
		}
		want := map[string]runner.Outcome{v.acme.id: runner.OK, v.polar.id: runner.OK}
		if f.process == naming.Suppliers {
			want[v.acme.id] = runner.Off
		}
		list.Expect(fmt.Sprintf("%s: each customer had one run", f.process), outcomes, want)
		v.expectRecords(f.process, list)
		if err := v.workInWarehouse(f.process); err != nil {
			return err
		}
	}
	return d.expectState(ctx, v.acme, list)
}

// expectRecords checks the records of both vendors after a process has run.
func (v *vendors) expectRecords(p naming.Process, list *checks.List) {
	switch p {
	case naming.Articles:
		list.Expect("products became articles", v.acme.articles()+"; "+v.polar.articles(), "SKI-1, STAV-1; ISBIT")
	case naming.SalesOrders:
		list.Expect("confirmed orders became orders", v.acme.order("50001")+"; "+v.polar.order("60001"),
			"300: 2 SKI-1, 1.5 STAV-1; 300: 3 ISBIT")
		list.Expect("an offer did not become an order", v.acme.order("50002"), "none")
	case naming.Shipments:
		list.Expect("shipped orders are Sent", v.acme.status(50001)+", "+v.polar.status(60001), "Sent, Sent")
	case naming.Stock:
		list.Expect("24SevenOffice has the stock that is left",
			v.acme.stock(1001)+" SKI-1, "+v.acme.stock(1002)+" STAV-1; "+v.polar.stock(2001)+" ISBIT",
			"10 SKI-1, 6 STAV-1; 97 ISBIT")
	case naming.Suppliers:
		inOngoing := v.polar.owner.Suppliers()[fmt.Sprint(supplier)]
		list.Expect("a supplier is in Ongoing with its address",
			fmt.Sprint(inOngoing.Name, ", ", inOngoing.Address["city"]), "Isbre AS, LONGYEARBYEN")
	}
}

// workInWarehouse does what the warehouse's staff does after a process has run.
func (v *vendors) workInWarehouse(p naming.Process) error {
	switch p {
	case naming.Articles:
		return errors.Join(
			v.acme.owner.SetStock("SKI-1", number.MustParse("12")),
			v.acme.owner.SetStock("STAV-1", number.MustParse("7.5")),
			v.polar.owner.SetStock("ISBIT", number.MustParse("100")))
	case naming.SalesOrders:
		return errors.Join(
			v.acme.owner.Ship("50001", ongoingtest.Shipment{}),
			v.polar.owner.Ship("60001", ongoingtest.Shipment{Status: 500}))
	default:
		return nil
	}
}

// addOutcomes adds each customer's outcome. Some emulators return the same items to every segment; a customer whose run
// was in the first segment is then not due in the second, which is ignored.
func addOutcomes(outcomes map[string]runner.Outcome, result runner.Result) {
	for _, row := range result.Customers {
		if before, known := outcomes[row.CustomerID]; !known || row.Outcome != runner.NotDue {
			outcomes[row.CustomerID] = row.Outcome
			if known && before != row.Outcome {
				outcomes[row.CustomerID] = before + " and " + row.Outcome
			}
		}
	}
}

// expectState checks the deployed state table.
func (d *deployment) expectState(ctx context.Context, c *customer, list *checks.List) error {
	page, err := dynamodb.NewFromConfig(d.aws).Query(ctx, &dynamodb.QueryInput{
		TableName: aws.String(d.outputs["StateTable"]), KeyConditionExpression: aws.String("customerId = :c"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":c": &types.AttributeValueMemberS{Value: c.id}},
	})
	if err != nil {
		return err
	}
	count := map[string]int{}
	for _, item := range page.Items {
		var record string
		if err := attributevalue.Unmarshal(item["record"], &record); err != nil {
			return err
		}
		kind, _, _ := strings.Cut(record, "#")
		count[kind]++
	}
	list.Expect("the state table has cursors, and links of articles and orders",
		fmt.Sprint(count["cursor"], count["article"], count["order"]), "4 2 1")
	list.Expect("it has a record of each run, and no failure record",
		fmt.Sprint(count["run"], count["failure"]), "4 0")
	return nil
}

// runWithoutChanges runs everything once more. Nobody has changed anything, so nothing may be written.
func (d *deployment) runWithoutChanges(
	ctx context.Context, v *vendors, functions []*function, list *checks.List,
) error {
	checks.Title("Nobody has changed anything: one more round, invoked by hand")
	before := v.countWrites()
	for _, f := range functions {
		if _, err := f.invoke(ctx, map[string]any{"customers": []string{v.acme.id, v.polar.id}}); err != nil {
			return err
		}
	}
	list.Expect("no write reached either system", v.countWrites()-before, 0)
	return nil
}

// putSettings writes a customer's settings: the required ones and more.
func (d *deployment) putSettings(ctx context.Context, c *customer, more map[string]any) error {
	settings := map[string]any{
		"customerId": c.id,
		"ongoing":    map[string]any{"baseUrl": c.baseURL, "goodsOwnerId": c.owner.ID},
		"office24":   map[string]any{"clientId": c.company.ClientID()},
	}
	maps.Copy(settings, more)
	item, err := attributevalue.MarshalMap(settings)
	if err != nil {
		return err
	}
	_, err = dynamodb.NewFromConfig(d.aws).PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(d.outputs["SettingsTable"]), Item: item,
	})
	return err
}

func (d *deployment) createSecret(ctx context.Context, c *customer) error {
	document, err := json.Marshal(map[string]any{
		"office24": map[string]string{
			"applicationId": applicationID, "username": c.logins.office24, "password": c.passwords.office24,
		},
		"ongoing": map[string]string{"username": c.logins.ongoing, "password": c.passwords.ongoing},
	})
	if err != nil {
		return err
	}
	_, err = secretsmanager.NewFromConfig(d.aws).CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: aws.String(d.outputs["SecretPrefix"] + c.id), SecretString: aws.String(string(document)),
	})
	return err
}

// deleteSecrets deletes the customers' secrets, which are not part of the stack.
func (d *deployment) deleteSecrets(ctx context.Context, v *vendors) error {
	client := secretsmanager.NewFromConfig(d.aws)
	for _, c := range []*customer{v.acme, v.polar} {
		_, err := client.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{
			SecretId: aws.String(d.outputs["SecretPrefix"] + c.id), ForceDeleteWithoutRecovery: aws.Bool(true),
		})
		if err != nil {
			return err
		}
	}
	return nil
}
