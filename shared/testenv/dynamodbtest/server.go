// Package dynamodbtest provides a DynamoDB for tests and for the local stack.
//
// Start serves an engine in memory over HTTP for the real SDK, with an empty settings and an empty state table. The
// server can fail, delay or drop chosen requests before or after they take effect, keeps a journal of the writes, and
// counts requests and units. Tests get a database from For, Embedded or Each; Dynalite starts dynalite, an
// implementation by others, which needs Node.
//
// The engine deviates from DynamoDB, and tests must not rely on it: it has no indexes and no expiry, it takes any
// attribute of an unknown type, and a query names the partition key first.
package dynamodbtest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"ongoing24so/shared/naming"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The tables that Start creates have the names of a deployed stack, so that commands for it work here, too.
const (
	SettingsTable = naming.DefaultStack + "-settings"
	StateTable    = naming.DefaultStack + "-state"
)

// A Server is an embedded DynamoDB on a loopback port. It is empty when it starts and keeps nothing after Close.
type Server struct {
	// URL is the endpoint, for AWS_ENDPOINT_URL_DYNAMODB. Any region and credentials are accepted.
	URL string

	http   *http.Server
	engine *engine
	client *dynamodb.Client

	mu     sync.Mutex
	faults []*Fault
	writes []Write
}

// Start starts a server with both tables.
func Start() (*Server, error) {
	ctx := context.Background()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("dynamodbtest: %w", err)
	}
	s := &Server{URL: "http://" + listener.Addr().String(), engine: newEngine()}
	s.client = client(s.URL)
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go s.http.Serve(listener) // returns after Close
	if err := CreateTables(ctx, s.Client(), SettingsTable, StateTable); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the server and the requests in it.
func (s *Server) Close() { _ = s.http.Close() }

// Client returns a client of the server, always the same one.
func (s *Server) Client() *dynamodb.Client { return s.client }

// Save returns a function that puts all tables back to what they are now.
func (s *Server) Save() (restore func()) {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	saved := s.engine.copyTables()
	return func() {
		s.engine.mu.Lock()
		defer s.engine.mu.Unlock()
		s.engine.tables = saved
		saved = s.engine.copyTables()
	}
}

func client(url string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		BaseEndpoint: &url, Region: "eu-north-1",
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
}

// ServeHTTP applies the faults to a request, passes it to the engine and adds a write to the journal.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller has gone
	}
	request := parse(r.Header.Get("X-Amz-Target"), body)
	fault := s.match(request)
	if fault.before(w, r, request) {
		return
	}
	status, answer := s.engine.perform(request.Operation, body)
	if request.Write && status == http.StatusOK {
		s.mu.Lock()
		s.writes = append(s.writes, Write{Operation: request.Operation, Table: request.Table, Key: request.Key})
		s.mu.Unlock()
	}
	if fault.after(w, request) {
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	w.Write(answer) // an error means that the caller has gone
}

// Unprocessed makes the engine leave the keys of a BatchGetItem unprocessed for which skip returns true. The argument
// of skip is the key's index in the batch. A nil skip ends it.
func (s *Server) Unprocessed(table string, skip func(n int) bool) {
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	s.engine.unprocessed[table] = skip
}

// CreateTables creates a settings and a state table with the stack's keys and waits until they are active. A table with
// an empty name is not created.
func CreateTables(ctx context.Context, db *dynamodb.Client, settings, stateTable string) error {
	if settings != "" {
		if err := create(ctx, db, settings, naming.PartitionKey); err != nil {
			return err
		}
	}
	if stateTable != "" {
		return create(ctx, db, stateTable, naming.PartitionKey, naming.SortKey)
	}
	return nil
}

func create(ctx context.Context, db *dynamodb.Client, table string, key ...string) error {
	in := &dynamodb.CreateTableInput{TableName: &table, BillingMode: types.BillingModePayPerRequest}
	for i, name := range key {
		in.AttributeDefinitions = append(in.AttributeDefinitions,
			types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: types.ScalarAttributeTypeS})
		in.KeySchema = append(in.KeySchema, types.KeySchemaElement{
			AttributeName: aws.String(name),
			KeyType:       []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}[i],
		})
	}
	if _, err := db.CreateTable(ctx, in); err != nil {
		return fmt.Errorf("dynamodbtest: create table %s: %w", table, err)
	}
	for {
		out, err := db.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &table})
		if err != nil {
			return fmt.Errorf("dynamodbtest: describe table %s: %w", table, err)
		}
		if out.Table.TableStatus != types.TableStatusCreating { // the embedded engine reports no status
			return nil
		}
		if !sleep(ctx, 100*time.Millisecond) {
			return ctx.Err()
		}
	}
}
