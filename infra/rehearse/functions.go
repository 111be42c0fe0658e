package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/lambdaruntime"
)

// timeout is the time limit of an invocation on this machine.
const timeout = 2 * time.Minute

// A function is a deployed function that runs on this machine, with its zip file from the emulator's bucket and its
// environment from the emulator.
type function struct {
	process naming.Process
	*lambdaruntime.Function
	inputs []string // events of its rules' targets
}

// functions fetches all functions, in the order of the schedule. closeAll closes them.
func (d *deployment) functions(ctx context.Context) (functions []*function, err error) {
	for _, entry := range naming.Entries() {
		f, err := d.function(ctx, entry.Process)
		if err != nil {
			return nil, errors.Join(err, closeAll(functions))
		}
		functions = append(functions, f)
	}
	return functions, nil
}

func closeAll(functions []*function) error {
	var errs []error
	for _, f := range functions {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

func (d *deployment) function(ctx context.Context, p naming.Process) (*function, error) {
	name := d.outputs[output(p)]
	deployed, err := lambda.NewFromConfig(d.aws).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{
		FunctionName: &name,
	})
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(d.folder, "deployed", string(p))
	if err := d.fetch(ctx, name, aws.ToString(deployed.CodeSha256), folder); err != nil {
		return nil, fmt.Errorf("code of %s: %w", name, err)
	}
	variables := d.emulator.variables()
	for variable, value := range deployed.Environment.Variables {
		variables = append(variables, variable+"="+value)
	}
	process, err := lambdaruntime.New(lambdaruntime.Config{
		Name: name, Bootstrap: filepath.Join(folder, aws.ToString(deployed.Handler)), Environment: variables,
		MemoryMB: int(aws.ToInt32(deployed.MemorySize)),
	})
	if err != nil {
		return nil, err
	}
	rules, err := d.rules(ctx, p)
	if err != nil {
		return nil, errors.Join(err, process.Close())
	}
	f := &function{process: p, Function: process}
	for _, rule := range rules {
		f.inputs = append(f.inputs, rule.inputs...)
	}
	return f, nil
}

// fetch unpacks a function's code and checks its hash. It takes the location from the template, because the location in
// an emulator's answer can point to AWS.
func (d *deployment) fetch(ctx context.Context, name, hash, folder string) error {
	key, err := d.codeKey(name)
	if err != nil {
		return err
	}
	bucket := fmt.Sprintf("cdk-hnb659fds-assets-%s-%s", d.account, region)
	client := s3.NewFromConfig(d.aws, func(o *s3.Options) { o.UsePathStyle = true })
	object, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return err
	}
	defer object.Body.Close()
	content, err := io.ReadAll(object.Body)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(content); base64.StdEncoding.EncodeToString(sum[:]) != hash {
		return errors.New("the zip file in the bucket has another hash than the function's code")
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return err
	}
	return os.CopyFS(folder, archive)
}

func (d *deployment) codeKey(name string) (string, error) {
	template, err := d.template()
	if err != nil {
		return "", err
	}
	for _, resource := range template.Resources {
		if resource.Type == "AWS::Lambda::Function" && resource.Properties.FunctionName == name {
			return resource.Properties.Code.S3Key, nil
		}
	}
	return "", fmt.Errorf("the template has no function %s", name)
}

// invoke invokes the function with an event, any value that encodes to JSON, and prints the results.
func (f *function) invoke(ctx context.Context, event any) (runner.Result, error) {
	var result runner.Result
	answer, err := f.Invoke(ctx, event, timeout)
	if err == nil {
		err = json.Unmarshal(answer.Payload, &result)
	}
	if err != nil {
		return result, fmt.Errorf("%s: %w\n%s", f.process, err, strings.Join(answer.Lines, "\n"))
	}
	var rows []string
	for _, row := range result.Customers {
		rows = append(rows, fmt.Sprintf("%s %s, %d written", row.CustomerID, row.Outcome, row.Written))
		if row.Reason != "" {
			rows = append(rows, row.Reason)
		}
	}
	fmt.Printf("  %s: %s\n", f.process, strings.Join(rows, "; "))
	return result, nil
}
