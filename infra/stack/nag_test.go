package stack

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Accepted findings are listed here, so that their number does not grow unseen.
func TestNagFindsOnlyWhatIsAcceptedWithAReason(t *testing.T) {
	_, folder := synth(t, nil, func(app awscdk.App) {
		awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Reports: jsii.Bool(true)}), nil)
	})
	file, err := os.ReadFile(filepath.Join(folder, "AwsSolutions--ongoing24so-NagReport.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}

	var accepted []string
	compliant := 0
	for _, row := range rows[1:] {
		rule, resource, compliance, reason := row[0], row[1], row[2], row[3]
		switch compliance {
		case "Compliant":
			compliant++
		case "Suppressed":
			accepted = append(accepted, rule+" "+resource)
			if !strings.HasSuffix(reason, ".") {
				t.Errorf("%s at %s is accepted without a reason: %q", rule, resource, reason)
			}
		default:
			t.Errorf("%s at %s is %s: %s", rule, resource, compliance, row[5])
		}
	}
	want := []string{"AwsSolutions-SQS3 ongoing24so/FailedEvents/Resource"}
	for _, name := range []string{"Articles", "Salesorders", "Shipments", "Stock", "Suppliers"} {
		role := "AwsSolutions-IAM5 ongoing24so/" + name + "/Role/Resource"
		want = append(want, role, role) // the prefix of the secrets, and X-Ray
	}
	if diff := cmp.Diff(want, accepted, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("accepted findings (-want +got):\n%s", diff)
	}
	if compliant == 0 {
		t.Error("no check has passed: did they run?")
	}
}
