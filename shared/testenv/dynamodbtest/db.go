package dynamodbtest

import (
	"context"
	"crypto/rand"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// A DB is a DynamoDB with a settings and a state table that belong to one test.
type DB struct {
	Client          *dynamodb.Client
	URL             string
	Settings, State string
	// Server is the embedded server with its faults and journal; nil if the DB is another one.
	Server *Server
}

// For returns a DB for a test: at the endpoint in AWS_ENDPOINT_URL_DYNAMODB if that is set, else an embedded one.
func For(t testing.TB) *DB {
	t.Helper()
	if url := os.Getenv("AWS_ENDPOINT_URL_DYNAMODB"); url != "" {
		return fresh(t, &DB{Client: client(url), URL: url})
	}
	return Embedded(t)
}

// Embedded returns a DB of an embedded server, for tests that inject faults. It ignores the environment.
func Embedded(t testing.TB) *DB {
	t.Helper()
	s, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return &DB{Client: s.Client(), URL: s.URL, Settings: SettingsTable, State: StateTable, Server: s}
}

// Each runs a test against the DB of For and against dynalite if that is available. The tables are empty; the test
// calls Fresh for each of its parallel parts.
func Each(t *testing.T, test func(*testing.T, *DB)) {
	t.Run("embedded", func(t *testing.T) { t.Parallel(); test(t, For(t)) })
	t.Run("dynalite", func(t *testing.T) { t.Parallel(); test(t, Dynalite(t)) })
}

// Fresh returns the same DB with new, empty tables, which are deleted when the test ends.
func (db *DB) Fresh(t testing.TB) *DB {
	t.Helper()
	return fresh(t, db)
}

func fresh(t testing.TB, db *DB) *DB {
	t.Helper()
	id := rand.Text()
	next := *db
	next.Settings, next.State = "settings-"+id, "state-"+id
	if err := CreateTables(t.Context(), db.Client, next.Settings, next.State); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second) // t's context is done
		defer cancel()
		for _, table := range []string{next.Settings, next.State} {
			if _, err := db.Client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &table}); err != nil {
				t.Logf("delete table %s: %v", table, err)
			}
		}
	})
	return &next
}
