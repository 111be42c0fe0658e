// Command infra is the CDK app: it turns the context values into one CloudFormation stack. The CDK CLI starts it, as
// cdk.json says, in the root of the repository and after make build. Nothing outside infra imports the CDK.
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"ongoing24so/infra/stack"
)

func main() {
	err := synth()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	jsii.Close()
	if err != nil {
		os.Exit(1)
	}
}

// synth writes the cloud assembly to the folder that the CDK CLI names.
func synth() error {
	app := awscdk.NewApp(nil)
	context, _ := app.Node().GetAllContext(nil).(map[string]any)
	config, err := stack.Read(context)
	if err != nil {
		return err
	}
	if _, err := stack.New(app, config, "dist"); err != nil {
		return err
	}
	app.Synth(nil)
	return nil
}
