package cloud

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"ongoing24so/shared/secrets"
)

// ErrNoSecret means that a customer has no secret.
var ErrNoSecret = errors.New("the customer has no secret; store one with syncctl customers secret")

// SecretName returns the name of a customer's secret.
func (s *Stack) SecretName(customer string) string { return s.secretPrefix + customer }

// PutSecret creates a customer's secret, or replaces it. It reports whether it replaced one. A crash right after it
// leaves the new secret, which counts in the next run.
func (s *Stack) PutSecret(ctx context.Context, customer, text string) (replaced bool, err error) {
	name := s.SecretName(customer)
	_, err = s.secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: &name, SecretString: &text,
		Description: aws.String("Credentials of customer " + customer + " for 24SevenOffice and Ongoing WMS"),
	})
	exists, marked := new(types.ResourceExistsException), new(types.InvalidRequestException)
	if !errors.As(err, &exists) && !errors.As(err, &marked) {
		return false, explained(err)
	}
	found, err := s.secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &name})
	if err == nil && found.DeletedDate != nil { // deleted less than 30 days ago, a secret keeps its name
		_, err = s.secrets.RestoreSecret(ctx, &secretsmanager.RestoreSecretInput{SecretId: &name})
	}
	if err != nil {
		return false, explained(err)
	}
	_, err = s.secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &name, SecretString: &text})
	return true, explained(err)
}

// HasSecret reports whether a customer has a secret that the functions accept; else the error says what is wrong.
func (s *Stack) HasSecret(ctx context.Context, customer string) error {
	_, err := secrets.NewReader(s.secrets, s.secretPrefix).Read(ctx, customer)
	return err
}

// recoveryDays is how long a deleted secret can be restored: the longest time that Secrets Manager offers.
const recoveryDays = 30

// DeleteSecret marks a customer's secret for deletion. It can be restored for 30 days.
func (s *Stack) DeleteSecret(ctx context.Context, customer string) error {
	_, err := s.secrets.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{
		SecretId: aws.String(s.SecretName(customer)), RecoveryWindowInDays: aws.Int64(recoveryDays),
	})
	missing, marked := new(types.ResourceNotFoundException), new(types.InvalidRequestException)
	if errors.As(err, &missing) || errors.As(err, &marked) {
		return ErrNoSecret // or it is marked for deletion already
	}
	return explained(err)
}
