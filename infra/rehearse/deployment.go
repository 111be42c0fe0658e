package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"ongoing24so/infra/checks"
	"ongoing24so/shared/testenv"
)

// The context values of the deployment, without the vendors' addresses. Two segments make the functions share the
// settings table. The names differ from the defaults, because the emulator can have other stacks.
const (
	stackName    = "rehearsal"
	secretPrefix = "rehearsal/"
	segments     = 2
)

// A deployment is the stack before and after it is deployed to the emulator. The CDK CLI works in its folder, which has
// its own cdk.json, app, dist and cdk.out; those in the checkout can be built for another machine.
type deployment struct {
	folder   string
	cdk      string
	context  map[string]string
	emulator *emulator
	aws      aws.Config
	account  string
	outputs  map[string]string // of the deployed stack
}

// newDeployment builds the CDK app, and the functions for this machine's processor. Close removes them.
func newDeployment(ctx context.Context, cdk string, e *emulator, v *vendors) (_ *deployment, err error) {
	checks.Title("Build")
	folder, err := os.MkdirTemp("", "rehearse-*")
	if err != nil {
		return nil, err
	}
	d := &deployment{folder: folder, cdk: cdk, emulator: e, aws: e.config(), context: map[string]string{
		"stackName": stackName, "ephemeral": "true", "secretPrefix": secretPrefix, "segments": fmt.Sprint(segments),
		"office24Url": v.office24.URL(), "ongoingHosts": v.hosts(), "alarmEmail": "operator@example.com",
	}}
	if err := d.build(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	identity, err := sts.NewFromConfig(d.aws).GetCallerIdentity(ctx, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("emulator at %s does not answer: %w", e.url, err), d.Close())
	}
	d.account = aws.ToString(identity.Account)
	return d, nil
}

// Close removes the deployment's folder.
func (d *deployment) Close() error { return os.RemoveAll(d.folder) }

func (d *deployment) build(ctx context.Context) error {
	root, err := testenv.Root()
	if err != nil {
		return err
	}
	settings, err := os.ReadFile(filepath.Join(root, "cdk.json"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.folder, "cdk.json"), settings, 0o644); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(d.folder, "empty"), 0o755); err != nil {
		return err
	}
	if err := runCommand(ctx, root, os.Environ(),
		"make", "build", "ARCH="+runtime.GOARCH, "DIST="+filepath.Join(d.folder, "dist")); err != nil {
		return err
	}
	return runCommand(ctx, root, os.Environ(), "go", "build", "-o", filepath.Join(d.folder, "app"), "./infra")
}

// deploy does what an operator does for a new account: bootstrap, then deploy.
//
// It deploys without change sets, because moto gives a stack deployed by a change set no outputs, and without the
// parameters of an earlier rehearsal, which moto has lost. The bootstrap runs in an empty folder, because the CLI
// starts the app in any folder with a cdk.json.
func (d *deployment) deploy(ctx context.Context) error {
	checks.Title("Deploy")
	if err := d.runCDK(ctx, "empty", "bootstrap", "aws://"+d.account+"/"+region); err != nil {
		return err
	}
	arguments := []string{
		"deploy", "--app", "./app", "--require-approval", "never", "--method", "direct", "--previous-parameters=false",
	}
	for name, value := range d.context {
		arguments = append(arguments, "--context", name+"="+value)
	}
	if err := d.runCDK(ctx, ".", arguments...); err != nil {
		return err
	}
	stacks, err := cloudformation.NewFromConfig(d.aws).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{
		StackName: aws.String(stackName),
	})
	if err != nil {
		return err
	}
	d.outputs = map[string]string{}
	for _, output := range stacks.Stacks[0].Outputs {
		d.outputs[aws.ToString(output.OutputKey)] = aws.ToString(output.OutputValue)
	}
	return nil
}

// destroy deletes the stack. cdk.out has the deployed template.
func (d *deployment) destroy(ctx context.Context, list *checks.List) error {
	checks.Title("Delete the stack")
	if err := d.runCDK(ctx, ".", "destroy", "--app", "cdk.out", "--force"); err != nil {
		return err
	}
	return d.expectNothingLeft(ctx, list)
}

// runCDK runs the CDK CLI in a folder of the deployment.
func (d *deployment) runCDK(ctx context.Context, folder string, arguments ...string) error {
	variables := environment(append(d.emulator.variables(),
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
		"CDK_DISABLE_CLI_TELEMETRY=true", "NO_PROXY=localhost,127.0.0.1")...)
	arguments = append([]string{"--yes", d.cdk}, append(arguments, "--no-notices", "--no-color")...)
	return runCommand(ctx, filepath.Join(d.folder, folder), variables, "npx", arguments...)
}

// runCommand runs a program and waits for it. The error has its output.
func runCommand(ctx context.Context, folder string, variables []string, name string, arguments ...string) error {
	began := time.Now()
	c := exec.CommandContext(ctx, name, arguments...)
	c.Dir, c.Env = folder, variables
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 10 * time.Second
	out, err := c.CombinedOutput()
	fmt.Printf("  %s (%v)\n", checks.Shorten(strings.Join(c.Args, " ")), time.Since(began).Round(time.Second))
	if err != nil {
		return fmt.Errorf("%w\n%s", err, bytes.TrimSpace(out))
	}
	return nil
}
