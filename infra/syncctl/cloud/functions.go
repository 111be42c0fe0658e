package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// An Event is what a function is asked to do; see shared/runner.
type Event struct {
	Customers []string `json:"customers"`
	DryRun    bool     `json:"dryRun,omitempty"`
	Full      bool     `json:"full,omitempty"`
	Since     string   `json:"since,omitempty"`
	Keys      []string `json:"keys,omitempty"`
	// Plan are the fingerprints of the only changes to make, by key, and Settings those that a dry run uses instead.
	Plan     map[string]string `json:"plan,omitempty"`
	Settings map[string]any    `json:"settings,omitempty"`
	// Find are numbers whose records are asked for.
	Find []string `json:"find,omitempty"`
	// Check asks what the processes need of the vendors, and Explain how the records are in both systems.
	Check   bool `json:"check,omitempty"`
	Explain bool `json:"explain,omitempty"`
}

// longest is longer than any invocation can take.
const longest = 16 * time.Minute

// Invoke invokes the function of a process and waits for its result.
func (s *Stack) Invoke(ctx context.Context, process naming.Process, event Event) (runner.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	payload, err := json.Marshal(event)
	if err != nil {
		return runner.Result{}, err
	}
	name := s.function(process)
	out, err := s.lambda.Invoke(ctx, &lambda.InvokeInput{FunctionName: &name, Payload: payload})
	if err != nil {
		return runner.Result{}, explained(err)
	}
	if out.FunctionError != nil {
		var failure struct{ ErrorMessage string }
		_ = json.Unmarshal(out.Payload, &failure) // without a message, the type of the error says what is known
		err := fmt.Errorf("function %s failed (%s): %s", name, *out.FunctionError, failure.ErrorMessage)
		return runner.Result{}, err
	}
	var result runner.Result
	if err := json.Unmarshal(out.Payload, &result); err != nil {
		return result, fmt.Errorf("function %s: its answer cannot be understood: %w", name, err)
	}
	return result, nil
}

func (s *Stack) function(process naming.Process) string {
	if s.Local {
		return naming.Function(naming.DefaultStack, process)
	}
	return naming.Function(s.Name, process)
}

// A FunctionVersion says which code of a process is deployed.
type FunctionVersion struct {
	Process      naming.Process `json:"process"`
	LastModified string         `json:"lastModified"`
	CodeSHA256   string         `json:"codeSha256"`
}

// Versions returns what is deployed; nothing for the local stack.
func (s *Stack) Versions(ctx context.Context) ([]FunctionVersion, error) {
	all := []FunctionVersion{}
	if s.Local {
		return all, nil
	}
	for _, entry := range naming.Entries() {
		out, err := s.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{
			FunctionName: aws.String(s.function(entry.Process)),
		})
		if err != nil {
			return nil, explained(err)
		}
		all = append(all, FunctionVersion{
			Process:      entry.Process,
			LastModified: aws.ToString(out.LastModified),
			CodeSHA256:   aws.ToString(out.CodeSha256),
		})
	}
	return all, nil
}
