package snstest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/testenv/snstest"
)

func TestPublishTakesWhatSNSTakes(t *testing.T) {
	t.Parallel()
	s, err := snstest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	client := sns.NewFromConfig(aws.Config{
		Region: "eu-north-1", BaseEndpoint: &s.URL, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	topic := s.AddTopic("digest")
	for _, test := range []struct{ why, topic, subject, text, code string }{
		{"a mail", topic, "Tre kunder", "blåbær & <fløte>\n", ""},
		{"the longest", topic, strings.Repeat("a", 100), strings.Repeat("a", 256<<10), ""},
		{"no such topic", topic + "s", "a", "a", "NotFound"},
		{"a subject that is too long", topic, strings.Repeat("a", 101), "a", "InvalidParameter"},
		{"a subject that is not ASCII", topic, "blåbær", "a", "InvalidParameter"},
		{"a text that is too long", topic, "a", strings.Repeat("a", 256<<10+1), "InvalidParameter"},
	} {
		out, err := client.Publish(t.Context(), &sns.PublishInput{
			TopicArn: &test.topic, Subject: &test.subject, Message: &test.text,
		})
		var failure smithy.APIError
		switch {
		case test.code == "" && (err != nil || aws.ToString(out.MessageId) == ""):
			t.Errorf("%s: %v", test.why, err)
		case test.code != "" && (!errors.As(err, &failure) || failure.ErrorCode() != test.code):
			t.Errorf("%s: got %v, want %s", test.why, err, test.code)
		}
	}
	got := s.Messages()
	want := snstest.Message{Topic: topic, Subject: "Tre kunder", Text: "blåbær & <fløte>\n"}
	if len(got) != 2 || got[0] != want {
		t.Errorf("%d messages (-want +got):\n%s", len(got), cmp.Diff(want, got[0]))
	}
}
