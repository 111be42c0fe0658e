// Package dynamodbtest provides a DynamoDB for tests and for the local stack.
//
// Start serves the embedded engine github.com/truora/minidyn over HTTP for the real SDK, with an empty settings and an
// empty state table. The server can fail, delay or drop chosen requests before or after they take effect, and keeps a
// journal of the writes. Tests get a database from For, Embedded or Each; Dynalite starts dynalite, which is stricter
// but needs Node.
//
// The engine deviates from DynamoDB, and tests must not rely on it: it does not enforce the limits of pages (1 MB),
// batches (16 MB) and items (400 kB), has no parallel scans and no expiry, and REMOVE in an update expression keeps
// top-level attributes. It creates and drops tables without a lock and encodes answers after it has released its lock,
// so the server passes on one request at a time.
package dynamodbtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"ongoing24so/shared/naming"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/truora/minidyn/server"
)

// The tables that Start creates.
const (
	SettingsTable = "settings"
	StateTable    = "state"
)

// A Server is an embedded DynamoDB on a loopback port. It is empty when it starts and keeps nothing after Close.
type Server struct {
	// URL is the endpoint, for AWS_ENDPOINT_URL_DYNAMODB. Any region and credentials are accepted.
	URL string

	http   *http.Server
	engine *server.Server
	work   sync.Mutex // admits one request at a time to the engine

	mu     sync.Mutex
	faults []*Fault
	writes []Write

	consumed map[string]Consumed // by table
}

// Start starts a server with both tables.
func Start() (*Server, error) {
	ctx := context.Background()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("dynamodbtest: %w", err)
	}
	s := &Server{
		URL: "http://" + listener.Addr().String(), engine: server.NewServer(), consumed: map[string]Consumed{},
	}
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

// Client returns a client of the server.
func (s *Server) Client() *dynamodb.Client { return client(s.URL) }

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
	answer := s.perform(r, body, request)
	s.consume(request, body, answer)
	if fault.after(w, request) {
		return
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes()) // an error means that the caller has gone
}

func (s *Server) perform(r *http.Request, body []byte, request Request) *httptest.ResponseRecorder {
	s.work.Lock()
	defer s.work.Unlock()
	answer := httptest.NewRecorder()
	r.Body = io.NopCloser(bytes.NewReader(hideEmpty(body)))
	s.engine.ServeHTTP(answer, r)
	shown := showEmpty(answer.Body.Bytes())
	answer.Body = bytes.NewBuffer(shown)
	answer.Header().Del("Content-Length")
	if request.Write && answer.Code == http.StatusOK {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.writes = append(s.writes, Write{Operation: request.Operation, Table: request.Table, Key: request.Key})
	}
	return answer
}

// The engine answers with an empty map and an empty list as {}, a value without a type, which the SDK reads as the
// value before it. So they get a member on the way in and lose it on the way out.
var empties = [][2]string{
	{`"M":{}`, `"M":{"(empty)":{"S":"(empty)"}}`},
	{`"L":[]`, `"L":[{"S":"(empty)"}]`},
}

func hideEmpty(body []byte) []byte {
	for _, e := range empties {
		body = bytes.ReplaceAll(body, []byte(e[0]), []byte(e[1]))
	}
	return body
}

func showEmpty(body []byte) []byte {
	for _, e := range empties {
		body = bytes.ReplaceAll(body, []byte(e[1]), []byte(e[0]))
	}
	return body
}

// Unprocessed makes the engine leave the keys of a BatchGetItem unprocessed for which skip returns true. The argument
// of skip is the key's index in the batch. A nil skip ends it.
func (s *Server) Unprocessed(table string, skip func(n int) bool) {
	if skip == nil {
		s.engine.EmulateUnprocessedItems(table, nil)
		return
	}
	s.engine.EmulateUnprocessedItems(table, func(n int, _ map[string]*server.AttributeValue) bool { return skip(n) })
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
