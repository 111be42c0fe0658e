// Package snsmail sends mails through a topic of Amazon SNS. It is a package of its own, so that only the function that
// sends mails contains SNS's client.
package snsmail

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"ongoing24so/shared/digest"
)

type mailer struct {
	client *sns.Client
	topic  string
}

// New returns a Mailer that publishes to a topic, named by its ARN.
func New(cfg aws.Config, topic string) digest.Mailer {
	return mailer{client: sns.NewFromConfig(cfg), topic: topic}
}

func (m mailer) Send(ctx context.Context, subject, text string) error {
	_, err := m.client.Publish(ctx, &sns.PublishInput{TopicArn: &m.topic, Subject: &subject, Message: &text})
	return err
}
