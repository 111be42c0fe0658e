package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"go.yaml.in/yaml/v3"

	"ongoing24so/infra/local/localstack"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/testenv"
)

type settingsView struct {
	ID, Text string
	// Was identifies the settings that the text was made of.
	Was        string
	Wrong      string
	Previewed  bool
	Changes    []document.Change
	Runs       []draftRun
	Attributes []settings.Attribute
	Secret     string // the name of the customer's secret
	// New is set for a merchant without settings.
	New *newcomer
}

// Rows is the height of the text.
func (v settingsView) Rows() int { return max(12, strings.Count(v.Text, "\n")+3) }

// A newcomer is what is needed to make a merchant a customer.
type newcomer struct {
	BaseURL    string
	GoodsOwner int
	Document   string // of the secret
}

// A draftRun is what a process would do with the settings as they are, and as they are in the text.
type draftRun struct {
	Process     naming.Process
	Before, Now string
	Reason      string
	Changes     []runner.Change
	More        int
}

func (s *Server) showSettings(w http.ResponseWriter, r *http.Request) {
	m := s.merchant(w, r, r.PathValue("customer"))
	if m == nil {
		return
	}
	v := settingsView{ID: m.ID}
	defer func() { s.writeSettings(w, r, m, v) }()
	item, err := s.cloud.SettingsOf(r.Context(), m.ID)
	if err == nil {
		v.Text, err = inYAML(item)
	}
	if err != nil {
		v.Wrong = err.Error()
	}
	v.Was = identify(v.Text)
	if item == nil && err == nil {
		v.Text = fmt.Sprintf("customerId: %s\nmode: preview\nongoing:\n  baseUrl: %s\n  goodsOwnerId: %d\n",
			m.ID, m.GoodsOwner.Warehouse().BaseURL(), m.GoodsOwner.ID)
	}
}

func (s *Server) writeSettings(w http.ResponseWriter, r *http.Request, m *testenv.Merchant, v settingsView) {
	p := s.newPage(r, "settings", "Settings of "+nameOf(m), v.ID)
	if v.Was == identify("") {
		text, _ := json.Marshal(m.Secret) // it has only texts
		v.New = &newcomer{m.GoodsOwner.Warehouse().BaseURL(), m.GoodsOwner.ID, string(text)}
	}
	p.Here = r.URL.Path
	v.Attributes, v.Secret = settings.Describe(), naming.DefaultSecretPrefix+v.ID
	p.Data = v
	s.show(w, r, http.StatusOK, "settings", p)
}

// doSettings shows what the settings in the text would change, or saves them.
func (s *Server) doSettings(w http.ResponseWriter, r *http.Request) {
	m := s.merchant(w, r, r.PathValue("customer"))
	if m == nil {
		return
	}
	v := settingsView{
		ID:   m.ID,
		Text: strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n"),
		Was:  r.PostFormValue("was"),
	}
	from, to, err := s.readSettings(r.Context(), v)
	if err != nil {
		v.Wrong = err.Error()
		s.writeSettings(w, r, m, v)
		return
	}
	if r.PostFormValue("what") == "save" {
		s.do(w, r, "Saving the settings", func(ctx context.Context) (string, error) {
			if err := s.cloud.PutSettings(ctx, from, to); err != nil {
				return "", err
			}
			for _, c := range document.Diff(from, to) {
				s.stack.History.Say(localstack.Operator, m.ID, "Setting "+c.Path+": "+orNone(c.Old)+" → "+orNone(c.New))
			}
			return "The settings are saved. They count in the next tick.", nil
		})
		return
	}
	v.Previewed, v.Changes = true, document.Diff(from, to)
	v.Runs, err = s.draft(r.Context(), m.ID, to)
	if err != nil {
		v.Wrong = err.Error()
	}
	s.writeSettings(w, r, m, v)
}

func orNone(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// readSettings returns the settings as they are and those of the text, which the functions have to accept.
func (s *Server) readSettings(ctx context.Context, v settingsView) (from, to document.Item, err error) {
	if from, err = s.cloud.SettingsOf(ctx, v.ID); err != nil {
		return nil, nil, err
	}
	current, err := inYAML(from)
	if err != nil {
		return nil, nil, err
	}
	if identify(current) != v.Was {
		return nil, nil, errors.New("somebody has changed the settings since this page was loaded; load it again")
	}
	items, err := document.Read([]byte(v.Text))
	if err != nil {
		return nil, nil, err
	}
	to = items[0]
	if document.String(to, naming.PartitionKey) != v.ID {
		return nil, nil, fmt.Errorf("customerId must stay %s", v.ID)
	}
	_, err = s.cloud.Decode(to)
	return from, to, err
}

// draft makes dry runs with settings that are not saved.
func (s *Server) draft(ctx context.Context, customer string, item document.Item) ([]draftRun, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*lookTime)
	defer cancel()
	put := &dynamodb.PutItemInput{TableName: aws.String(localstack.DraftTable), Item: item}
	if _, err := s.stack.DynamoDB.Client().PutItem(ctx, put); err != nil {
		return nil, err
	}
	var runs []draftRun
	for _, entry := range naming.Entries() {
		before, err := s.stack.LookAhead(ctx, entry.Process, customer)
		if err != nil {
			return nil, err
		}
		now, err := s.stack.Draft(ctx, entry.Process, customer)
		if err != nil {
			return nil, err
		}
		const most = 6
		runs = append(runs, draftRun{
			Process: entry.Process, Before: summary(before), Now: summary(now), Reason: now.Reason,
			Changes: now.Changes[:min(most, len(now.Changes))], More: max(0, len(now.Changes)-most),
		})
	}
	return runs, nil
}

func summary(r runner.Row) string {
	if r.Outcome == runner.Off || r.Outcome == runner.Blocked || r.Outcome == runner.Failed {
		return string(r.Outcome)
	}
	return fmt.Sprintf("read %d, would write %d, held %d, refused %d", r.Read, r.Planned, r.Held, r.Failed)
}

// inYAML writes an item as the settings of syncctl's documents.
func inYAML(item document.Item) (string, error) {
	if item == nil {
		return "", nil
	}
	text, err := json.Marshal(dynamoattr.Plain(&types.AttributeValueMemberM{Value: item}))
	if err != nil {
		return "", err
	}
	var node yaml.Node // JSON is YAML; numbers keep their digits
	if err := yaml.Unmarshal(text, &node); err != nil {
		return "", err
	}
	inBlocks(&node)
	out, err := yaml.Marshal(&node)
	return string(out), err
}

// inBlocks writes maps and lists line by line, and texts without quotes that they do not need.
func inBlocks(n *yaml.Node) {
	n.Style = 0
	for _, inner := range n.Content {
		inBlocks(inner)
	}
}

func identify(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}
