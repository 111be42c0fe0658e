package cloud

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/infra/syncctl/document"
	"ongoing24so/shared/naming"
)

const (
	actionPrefix = "action#"
	pausePrefix  = "pause#"
	// actionRetention is how long DynamoDB keeps what people did.
	actionRetention = 2 * 365 * 24 * time.Hour
)

// An Action is what a person did with syncctl.
type Action struct {
	At     time.Time `dynamodbav:"at" json:"at"`
	By     string    `dynamodbav:"by" json:"by"`
	What   string    `dynamodbav:"what" json:"what"`
	Reason string    `dynamodbav:"reason,omitempty" json:"reason,omitempty"`
	Detail string    `dynamodbav:"detail,omitempty" json:"detail,omitempty"`
	// Process and Keys are the records that it was done to, if it was done to some only.
	Process naming.Process    `dynamodbav:"process,omitempty" json:"process,omitempty"`
	Keys    []string          `dynamodbav:"keys,omitempty" json:"keys,omitempty"`
	Change  []document.Change `dynamodbav:"changes,omitempty" json:"changes,omitempty"`
	// Settings is the fingerprint of the settings after the action, if it has changed them.
	Settings string `dynamodbav:"settings,omitempty" json:"settings,omitempty"`
}

func actionItem(customer string, a Action) (document.Item, error) {
	it, err := attributevalue.MarshalMap(a)
	if err != nil {
		return nil, err
	}
	maps.Copy(it, key(customer, actionPrefix+formatTime(a.At)+"#"+rand.Text()[:6]))
	it[naming.TTLAttribute], err = attributevalue.Marshal(a.At.Add(actionRetention).Unix())
	return it, err
}

// Note stores what a person did.
func (s *Stack) Note(ctx context.Context, customer string, a Action) error {
	it, err := actionItem(customer, a)
	if err != nil {
		return err
	}
	_, err = s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.stateTable, Item: it})
	return explained(err)
}

// Actions returns what people did for a customer, newest first.
func (s *Stack) Actions(ctx context.Context, customer string, most int) ([]Action, error) {
	found, err := s.records(ctx, customer, actionPrefix, most)
	all := []Action{}
	for _, it := range found {
		var a Action
		if err := decode(it, &a); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, err
}

// Dismiss marks a failure as dismissed if it was not written since it was read, and stores who dismissed it and why.
// Both are written or none.
func (s *Stack) Dismiss(ctx context.Context, customer string, f Failure, a Action) error {
	it, err := actionItem(customer, a)
	if err != nil {
		return err
	}
	values, err := attributevalue.MarshalMap(map[string]any{
		":version": f.Version, ":next": f.Version + 1, ":at": formatTime(a.At),
	})
	if err != nil {
		return err
	}
	condition, update := "#version = :version", "SET #version = :next, #dismissedAt = :at"
	_, err = s.db.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: &s.stateTable, Item: it}},
		{Update: &types.Update{
			TableName: &s.stateTable, Key: key(customer, f.Record),
			ConditionExpression: &condition, UpdateExpression: &update,
			ExpressionAttributeNames:  map[string]string{"#version": "version", "#dismissedAt": "dismissedAt"},
			ExpressionAttributeValues: values,
		}},
	}})
	if cancelled := new(types.TransactionCanceledException); errors.As(err, &cancelled) {
		return errors.New("it was tried again since it was read, or is gone; look at it again")
	}
	return explained(err)
}

// A Pause says why a customer or one of its processes is switched off for a while.
type Pause struct {
	// Process is empty if the whole customer is paused.
	Process naming.Process `dynamodbav:"process,omitempty" json:"process,omitempty"`
	// With is the process that this one was paused together with; empty if it was paused itself.
	With   string    `dynamodbav:"with,omitempty" json:"with,omitempty"`
	Reason string    `dynamodbav:"reason" json:"reason"`
	By     string    `dynamodbav:"by" json:"by"`
	At     time.Time `dynamodbav:"at" json:"at"`
	Until  time.Time `dynamodbav:"until" json:"until"`
	// Restore are the settings as they were before, by path; "" for one that was missing.
	Restore map[string]string `dynamodbav:"restore" json:"restore"`
}

// What names what is paused.
func (p Pause) What() string {
	if p.Process == "" {
		return "customer"
	}
	return string(p.Process)
}

// PutPause stores a pause.
func (s *Stack) PutPause(ctx context.Context, customer string, p Pause) error {
	it, err := attributevalue.MarshalMap(p)
	if err != nil {
		return err
	}
	maps.Copy(it, key(customer, pausePrefix+p.What()))
	_, err = s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.stateTable, Item: it})
	return explained(err)
}

// DeletePause deletes a pause.
func (s *Stack) DeletePause(ctx context.Context, customer string, p Pause) error {
	_, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.stateTable, Key: key(customer, pausePrefix+p.What()),
	})
	return explained(err)
}

// Pauses returns the pauses of a customer by what is paused: "customer" or a process.
func (s *Stack) Pauses(ctx context.Context, customer string) (map[string]Pause, error) {
	found, err := s.records(ctx, customer, pausePrefix, 0)
	pauses := map[string]Pause{}
	for _, it := range found {
		var p Pause
		if err := decode(it, &p); err != nil {
			return nil, err
		}
		pauses[strings.TrimPrefix(document.String(it, naming.SortKey), pausePrefix)] = p
	}
	return pauses, err
}
