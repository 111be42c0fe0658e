package stack

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// TestMain deletes the files of the CDK's Node process. The process itself ends with its input, when the tests end;
// closing it with jsii.Close is a race that the race detector reports.
func TestMain(m *testing.M) {
	temporary, err := os.MkdirTemp("", "stack")
	if err == nil {
		err = os.Setenv("TMPDIR", temporary)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(temporary); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// synth makes the stack with these context values, its binaries being scripts, and returns the template and the folder
// that the CDK wrote. Tests that synthesise do so one after another: they share one Node process.
func synth(t *testing.T, context map[string]any, prepare ...func(awscdk.App)) (template, string) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("left out: the CDK runs on Node, and there is no node here")
	}
	config, err := Read(context)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(folder)})
	if _, err := New(app, config, newDist(t, []byte("#!/bin/sh\n"))); err != nil {
		t.Fatal(err)
	}
	for _, prepare := range prepare {
		prepare(app)
	}
	app.Synth(nil)

	file, err := os.ReadFile(filepath.Join(folder, config.StackName+".template.json"))
	if err != nil {
		t.Fatal(err)
	}
	var template template
	if err := json.Unmarshal(file, &template); err != nil {
		t.Fatal(err)
	}
	return template, folder
}

// A template is what CloudFormation gets.
type template struct {
	Resources map[string]resource
	Outputs   map[string]struct{ Value any }
}

type resource struct {
	Type           string
	Properties     properties
	DeletionPolicy string
}

type properties map[string]any

// all are the resources of a type, in the order of their ids.
func (tmpl template) all(kind string) []resource {
	var found []resource
	for _, id := range slices.Sorted(maps.Keys(tmpl.Resources)) {
		if tmpl.Resources[id].Type == kind {
			found = append(found, tmpl.Resources[id])
		}
	}
	return found
}

// named is the resource of a type whose name, given by that property, is as wanted.
func (tmpl template) named(t *testing.T, kind, property, name string) resource {
	t.Helper()
	for _, resource := range tmpl.all(kind) {
		if tmpl.text(resource.Properties[property]) == name {
			return resource
		}
	}
	t.Fatalf("there is no %s with %s %q", kind, property, name)
	return resource{}
}

// at follows the names into a value of maps and lists; nil where it leads nowhere.
func at(value any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

func (p properties) at(path ...any) any { return at(map[string]any(p), path...) }

// text writes a value as a person would: what refers to a resource by its kind and name, AWS's own parameters in
// braces.
func (tmpl template) text(value any) string {
	switch value := value.(type) {
	case map[string]any:
		if ref, ok := value["Ref"].(string); ok {
			return tmpl.name(ref)
		}
		if get, ok := value["Fn::GetAtt"].([]any); ok {
			return fmt.Sprintf("%s.%s", tmpl.name(get[0].(string)), get[1])
		}
		if join, ok := value["Fn::Join"].([]any); ok {
			var parts []string
			for _, part := range join[1].([]any) {
				parts = append(parts, tmpl.text(part))
			}
			return strings.Join(parts, join[0].(string))
		}
	case []any:
		var parts []string
		for _, part := range value {
			parts = append(parts, tmpl.text(part))
		}
		return strings.Join(parts, " ")
	}
	return fmt.Sprint(value)
}

func (tmpl template) name(id string) string {
	resource, ok := tmpl.Resources[id]
	if !ok {
		return "{" + strings.TrimPrefix(id, "AWS::") + "}"
	}
	for _, property := range []string{
		"TableName", "FunctionName", "LogGroupName", "QueueName", "TopicName", "AlarmName", "Name",
	} {
		if name, ok := resource.Properties[property].(string); ok {
			return name
		}
	}
	return resource.Type
}

// terminationProtection reads from the cloud assembly's manifest whether the stack has it: the template does not say.
func terminationProtection(t *testing.T, folder, stackName string) bool {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Artifacts map[string]struct {
			Properties struct{ TerminationProtection bool }
		}
	}
	if err := json.Unmarshal(file, &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest.Artifacts[stackName].Properties.TerminationProtection
}
