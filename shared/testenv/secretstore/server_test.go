package secretstore_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/smithy-go"

	"ongoing24so/shared/testenv/secretstore"
)

func start(t *testing.T) (*secretstore.Server, *secretsmanager.Client) {
	t.Helper()
	s, err := secretstore.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, secretsmanager.New(secretsmanager.Options{
		BaseEndpoint: &s.URL, Region: "eu-north-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
}

func TestGetSecretValueReturnsTheSecretOrAFailure(t *testing.T) {
	t.Parallel()
	s, client := start(t)
	s.Put("ongoing24so/fjell", `{"passord":"blåbær"}`)
	get := func() (string, error) {
		out, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{
			SecretId: aws.String("ongoing24so/fjell"),
		})
		if err != nil {
			return "", err
		}
		return *out.SecretString, nil
	}
	if got, err := get(); err != nil || got != `{"passord":"blåbær"}` {
		t.Errorf("got %q, %v", got, err)
	}

	s.Fail(func(name string) *secretstore.Failure {
		if name == "ongoing24so/fjell" {
			return &secretstore.AccessDenied
		}
		return nil
	})
	_, err := get()
	if denied, ok := errors.AsType[smithy.APIError](err); !ok || denied.ErrorCode() != "AccessDeniedException" {
		t.Errorf("with access denied: got %v", err)
	}

	s.Fail(nil)
	s.Delete("ongoing24so/fjell")
	_, err = get()
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok {
		t.Errorf("after the secret was deleted: got %v", err)
	}
	if n := s.Reads("ongoing24so/fjell"); n != 3 {
		t.Errorf("%d reads; want 3", n)
	}
}

func TestSecretsAreWrittenAsAnOperatorWritesThem(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	name := aws.String("ongoing24so/fjell")
	replace := func(value string) error {
		_, err := client.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{
			SecretId: name, SecretString: &value,
		})
		return err
	}
	create := func() error {
		_, err := client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
			Name: name, SecretString: aws.String("first"),
		})
		return err
	}
	if _, ok := errors.AsType[*types.ResourceNotFoundException](replace("too early")); !ok {
		t.Error("a secret that does not exist was replaced")
	}
	if err := create(); err != nil {
		t.Error(err)
	}
	if _, ok := errors.AsType[*types.ResourceExistsException](create()); !ok {
		t.Error("a secret was created twice")
	}
	if err := replace("second"); err != nil {
		t.Error(err)
	}
	out, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: name})
	if err != nil || aws.ToString(out.SecretString) != "second" {
		t.Errorf("got %v, %v", out, err)
	}
	if list, err := client.ListSecrets(t.Context(), nil); err != nil || len(list.SecretList) != 1 ||
		aws.ToString(list.SecretList[0].Name) != *name {
		t.Errorf("the list is %+v, %v", list, err)
	}
	if _, err := client.DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{SecretId: name}); err != nil {
		t.Error(err)
	}
	if create() != nil {
		t.Error("a deleted secret cannot be created again")
	}
}

func TestOtherCallsAreRefused(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	_, err := client.RotateSecret(t.Context(), &secretsmanager.RotateSecretInput{
		SecretId: aws.String("ongoing24so/fjell"),
	})
	if refused, ok := errors.AsType[smithy.APIError](err); !ok || refused.ErrorCode() != "UnknownOperationException" {
		t.Errorf("RotateSecret: got %v", err)
	}
}
