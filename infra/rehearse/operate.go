package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/runner"
)

// operate takes the README's way: customers in preview, a look at what would happen, live, and then the schedule.
func (d *deployment) operate(ctx context.Context, v *vendors, checks *checklist) (err error) {
	functions, err := d.functions(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll(functions), d.deleteSecrets(context.WithoutCancel(ctx), v)) }()
	steps := []func(context.Context, *vendors, []*function, *checklist) error{d.preview, d.tick, d.again}
	for _, step := range steps {
		if err := step(ctx, v, functions, checks); err != nil {
			return err
		}
	}
	checks.expect("nothing was sent that 24SevenOffice must never be sent", strings.Join(v.office24.Violations(), "; "), "")
	checks.expect("nothing was sent that Ongoing must never be sent", strings.Join(v.ongoing.Violations(), "; "), "")
	return nil
}

// preview adds the customers and shows what would be written for one.
func (d *deployment) preview(ctx context.Context, v *vendors, functions []*function, checks *checklist) error {
	title("Two customers, in preview")
	for _, c := range []*customer{v.acme, v.polar} {
		if err := errors.Join(d.putSettings(ctx, c, map[string]any{"mode": "preview"}), d.createSecret(ctx, c)); err != nil {
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
	checks.expect("a dry run shows what would be written", planned, []string{"create 1001", "create 1002"})
	checks.expect("and writes nothing", v.written(), 0)
	return errors.Join(d.putSettings(ctx, v.acme, nil),
		d.putSettings(ctx, v.polar, map[string]any{"suppliers": map[string]any{"enabled": true}}))
}

// tick starts every function with the events of its rules, in the order of the schedule. Meanwhile people work.
func (d *deployment) tick(ctx context.Context, v *vendors, functions []*function, checks *checklist) error {
	title("Live: one tick of the schedule")
	for _, f := range functions {
		outcomes := map[string]runner.Outcome{}
		for _, input := range f.inputs {
			result, err := f.invoke(ctx, json.RawMessage(input))
			if err != nil {
				return err
			}
			note(outcomes, result)
		}
		want := map[string]runner.Outcome{v.acme.id: runner.OK, v.polar.id: runner.OK}
		if f.process == naming.Suppliers {
			want[v.acme.id] = runner.Off
		}
		checks.expect(fmt.Sprintf("%s: each customer had one run", f.process), outcomes, want)
		v.expectMoved(f.process, checks)
		if err := v.people(f.process); err != nil {
			return err
		}
	}
	return d.expectState(ctx, v.acme, checks)
}

// expectMoved looks at both vendors after a process has run.
func (v *vendors) expectMoved(p naming.Process, checks *checklist) {
	switch p {
	case naming.Articles:
		checks.expect("products became articles", v.acme.articles()+"; "+v.polar.articles(), "SKI-1, STAV-1; ISBIT")
	case naming.SalesOrders:
		checks.expect("confirmed orders became orders", v.acme.order("50001")+"; "+v.polar.order("60001"),
			"300: 2 SKI-1, 1.5 STAV-1; 300: 3 ISBIT")
		checks.expect("an offer did not", v.acme.order("50002"), "none")
	case naming.Shipments:
		checks.expect("orders that were shipped are", v.acme.status(50001)+", "+v.polar.status(60001), "Sent, Sent")
	case naming.Stock:
		checks.expect("what is left stands in 24SevenOffice",
			v.acme.stock(1001)+" SKI-1, "+v.acme.stock(1002)+" STAV-1; "+v.polar.stock(2001)+" ISBIT", "10 SKI-1, 6 STAV-1; 97 ISBIT")
	case naming.Suppliers:
		register := v.polar.owner.Suppliers()[fmt.Sprint(supplier)]
		checks.expect("a supplier is there with its address", fmt.Sprint(register.Name, ", ", register.Address["city"]), "Isbre AS, LONGYEARBYEN")
	}
}

// people is what the warehouse's staff does between a process's run and the next one's.
func (v *vendors) people(p naming.Process) error {
	switch p {
	case naming.Articles:
		return errors.Join(v.acme.owner.SetStock("SKI-1", number.MustParse("12")),
			v.acme.owner.SetStock("STAV-1", number.MustParse("7.5")), v.polar.owner.SetStock("ISBIT", number.MustParse("100")))
	case naming.SalesOrders:
		return errors.Join(v.acme.owner.Ship("50001", ongoingtest.Shipment{}), v.polar.owner.Ship("60001", ongoingtest.Shipment{Status: 500}))
	default:
		return nil
	}
}

// note keeps each customer's outcome. One that had its run is not due for the next segment, where the emulator hands the
// same items to all segments.
func note(outcomes map[string]runner.Outcome, result runner.Result) {
	for _, row := range result.Customers {
		if before, known := outcomes[row.CustomerID]; !known || row.Outcome != runner.NotDue {
			outcomes[row.CustomerID] = row.Outcome
			if known && before != row.Outcome {
				outcomes[row.CustomerID] = before + " and " + row.Outcome
			}
		}
	}
}

// expectState looks into the deployed state table.
func (d *deployment) expectState(ctx context.Context, c *customer, checks *checklist) error {
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
	checks.expect("the state table knows how far each process is, its articles, its order", fmt.Sprint(count["cursor"], count["article"], count["order"]), "4 2 1")
	checks.expect("and what each run did, none in trouble", fmt.Sprint(count["run"], count["failure"]), "4 0")
	return nil
}

// again runs everything once more. Nothing has happened since.
func (d *deployment) again(ctx context.Context, v *vendors, functions []*function, checks *checklist) error {
	title("Nothing has happened since: once more, by hand")
	before := v.written()
	for _, f := range functions {
		if _, err := f.invoke(ctx, map[string]any{"customers": []string{v.acme.id, v.polar.id}}); err != nil {
			return err
		}
	}
	checks.expect("no write reached either system", v.written()-before, 0)
	return nil
}

// putSettings writes a customer's item: what is required, and more.
func (d *deployment) putSettings(ctx context.Context, c *customer, more map[string]any) error {
	settings := map[string]any{
		"customerId": c.id,
		"ongoing":    map[string]any{"baseUrl": c.baseURL, "goodsOwnerId": c.owner.ID},
		"office24":   map[string]any{"clientId": c.company.ClientID()},
	}
	for name, value := range more {
		settings[name] = value
	}
	item, err := attributevalue.MarshalMap(settings)
	if err != nil {
		return err
	}
	_, err = dynamodb.NewFromConfig(d.aws).PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(d.outputs["SettingsTable"]), Item: item})
	return err
}

func (d *deployment) createSecret(ctx context.Context, c *customer) error {
	document, err := json.Marshal(map[string]any{
		"office24": map[string]string{"applicationId": applicationID, "username": c.login.office24, "password": c.passwords.office24},
		"ongoing":  map[string]string{"username": c.login.ongoing, "password": c.passwords.ongoing},
	})
	if err != nil {
		return err
	}
	_, err = secretsmanager.NewFromConfig(d.aws).CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: aws.String(d.outputs["SecretPrefix"] + c.id), SecretString: aws.String(string(document)),
	})
	return err
}

// deleteSecrets takes away what is not the stack's.
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
