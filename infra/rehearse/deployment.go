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

	"ongoing24so/shared/testenv"
)

// What is chosen for the deployment, apart from the vendors' addresses. Two segments, so that the functions share the
// settings table; names of its own, so that an emulator may hold other stacks besides.
const (
	stackName    = "rehearsal"
	secretPrefix = "rehearsal/"
	segments     = 2
)

// A deployment is the stack on its way to the emulator and there. Its folder is where the CDK CLI works: cdk.json, the
// app, dist and cdk.out, all apart from those in the checkout, which may be for another machine.
type deployment struct {
	folder   string
	cdk      string
	context  map[string]string
	emulator *emulator
	aws      aws.Config
	account  string
	outputs  map[string]string // of the stack, once it is deployed
}

// newDeployment builds the functions as they are deployed, but for this machine's processor, and the CDK app. Close it.
func newDeployment(ctx context.Context, cdk string, e *emulator, v *vendors) (_ *deployment, err error) {
	title("Build")
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
		return nil, errors.Join(fmt.Errorf("the emulator at %s does not answer: %w", e.url, err), d.Close())
	}
	d.account = aws.ToString(identity.Account)
	return d, nil
}

// Close removes the folder.
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
	if err := command(ctx, root, os.Environ(), "make", "build", "ARCH="+runtime.GOARCH, "DIST="+filepath.Join(d.folder, "dist")); err != nil {
		return err
	}
	return command(ctx, root, os.Environ(), "go", "build", "-o", filepath.Join(d.folder, "app"), "./infra")
}

// deploy is what an operator does for an account: once the bootstrap, then the stack.
//
// It deploys without change sets, since moto gives a stack that came by one no outputs, and without the parameters of an
// earlier rehearsal, which moto does not know any more. The bootstrap runs in an empty folder, because the CLI starts the
// app wherever there is a cdk.json.
func (d *deployment) deploy(ctx context.Context) error {
	title("Deploy")
	if err := d.run(ctx, "empty", "bootstrap", "aws://"+d.account+"/"+region); err != nil {
		return err
	}
	arguments := []string{"deploy", "--app", "./app", "--require-approval", "never", "--method", "direct", "--previous-parameters=false"}
	for name, value := range d.context {
		arguments = append(arguments, "--context", name+"="+value)
	}
	if err := d.run(ctx, ".", arguments...); err != nil {
		return err
	}
	stacks, err := cloudformation.NewFromConfig(d.aws).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(stackName)})
	if err != nil {
		return err
	}
	d.outputs = map[string]string{}
	for _, output := range stacks.Stacks[0].Outputs {
		d.outputs[aws.ToString(output.OutputKey)] = aws.ToString(output.OutputValue)
	}
	return nil
}

// destroy deletes the stack again; the template that was deployed stands in cdk.out.
func (d *deployment) destroy(ctx context.Context, checks *checklist) error {
	title("Delete the stack")
	if err := d.run(ctx, ".", "destroy", "--app", "cdk.out", "--force"); err != nil {
		return err
	}
	return d.expectNothingLeft(ctx, checks)
}

// run runs the CDK CLI in a folder of the deployment.
func (d *deployment) run(ctx context.Context, folder string, arguments ...string) error {
	variables := environment(append(d.emulator.variables(),
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
		"CDK_DISABLE_CLI_TELEMETRY=true", "NO_PROXY=localhost,127.0.0.1")...)
	arguments = append([]string{"--yes", d.cdk}, append(arguments, "--no-notices", "--no-color")...)
	return command(ctx, filepath.Join(d.folder, folder), variables, "npx", arguments...)
}

// command runs a program to its end. What it wrote is shown if it fails.
func command(ctx context.Context, folder string, variables []string, name string, arguments ...string) error {
	began := time.Now()
	c := exec.CommandContext(ctx, name, arguments...)
	c.Dir, c.Env = folder, variables
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 10 * time.Second
	out, err := c.CombinedOutput()
	fmt.Printf("  %s (%v)\n", shorten(strings.Join(c.Args, " ")), time.Since(began).Round(time.Second))
	if err != nil {
		return fmt.Errorf("%w\n%s", err, bytes.TrimSpace(out))
	}
	return nil
}
