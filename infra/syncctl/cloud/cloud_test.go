package cloud_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// open returns a stack that has nothing but the tables.
func open(t *testing.T, db *dynamodbtest.DB) *cloud.Stack {
	t.Helper()
	text, err := json.Marshal(map[string]string{
		"AWS_REGION": "eu-north-1", "AWS_ENDPOINT_URL_DYNAMODB": db.URL, naming.EnvSettingsTable: db.Settings,
		naming.EnvStateTable: db.State, naming.EnvSecretPrefix: "p/", naming.EnvOngoingHosts: "*.ongoingsystems.se",
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "endpoints.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := cloud.OpenLocal(file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTwoPeopleDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.For(t) // dynalite does not compare maps
	s := open(t, db)
	number := func(n string) types.AttributeValue { return &types.AttributeValueMemberN{Value: n} }
	first := document.Set(document.Item{"customerId": dynamoattr.Text("acme")}, "ongoing.goodsOwnerId", number("77"))
	if err := s.PutSettings(t.Context(), nil, first); err != nil {
		t.Fatal(err)
	}
	if err := s.PutSettings(t.Context(), nil, first); !errors.Is(err, cloud.ErrChanged) {
		t.Errorf("the customer was added twice: %v", err)
	}
	for what, theirs := range map[string]document.Item{
		"an attribute was added":     document.Set(first, "name", dynamoattr.Text("Acme")),
		"a nested value was changed": document.Set(first, "ongoing.goodsOwnerId", number("78")),
		"a section was added":        document.Set(first, "stock.brakePercent", number("10")),
	} {
		if err := s.PutSettings(t.Context(), first, theirs); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		ours := document.Set(first, "mode", dynamoattr.Text("preview"))
		if err := s.PutSettings(t.Context(), first, ours); !errors.Is(err, cloud.ErrChanged) {
			t.Errorf("%s, and was overwritten: %v", what, err)
		}
		if err := s.DeleteSettings(t.Context(), first); !errors.Is(err, cloud.ErrChanged) {
			t.Errorf("%s, and was deleted: %v", what, err)
		}
		if err := s.PutSettings(t.Context(), theirs, first); err != nil {
			t.Fatalf("%s: back: %v", what, err)
		}
	}
	if err := s.DeleteSettings(t.Context(), first); err != nil {
		t.Error(err)
	}
}

func TestFailureThatWasTriedAgainIsNotDismissed(t *testing.T) {
	t.Parallel()
	db := dynamodbtest.For(t) // dynalite has no transactions
	s, p := open(t, db), state.New(db.Client, db.State, time.Now).Partition("acme")
	f := state.Failure{Process: naming.SalesOrders, Key: "40556", Class: "held", Message: "m", Attempts: 1}
	if err := p.PutFailure(t.Context(), &f); err != nil {
		t.Fatal(err)
	}
	read, err := s.Failures(t.Context(), "acme")
	if err != nil || len(read) != 1 {
		t.Fatalf("%v, %v", read, err)
	}
	f.Attempts = 2
	if err := p.PutFailure(t.Context(), &f); err != nil {
		t.Fatal(err)
	}
	dismissal := cloud.Action{At: time.Now(), By: "kari", What: "dismiss", Reason: "will not be sent"}
	err = s.Dismiss(t.Context(), "acme", read[0], dismissal)
	if err == nil || !strings.Contains(err.Error(), "tried again") {
		t.Errorf("dismissed: %v", err)
	}
	if read, err = s.Failures(t.Context(), "acme"); err != nil || len(read) != 1 {
		t.Fatalf("%v, %v", read, err)
	}
	if err := s.Dismiss(t.Context(), "acme", read[0], dismissal); err != nil {
		t.Error(err)
	}
	left, err := s.Failures(t.Context(), "acme")
	actions, errActions := s.Actions(t.Context(), "acme", 10)
	if err != nil || errActions != nil || len(left) != 1 || !left[0].Dismissed() || len(actions) != 1 ||
		actions[0].By != "kari" {
		t.Errorf("left %v, actions %v, %v, %v", left, actions, err, errActions)
	}
	kept, err := p.Failures(t.Context(), naming.SalesOrders)
	if err != nil || len(kept) != 1 || kept[0].DismissedAt.IsZero() || kept[0].Version == read[0].Version {
		t.Errorf("kept %+v, %v", kept, err)
	}
}
