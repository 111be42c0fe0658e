package lambdahost

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"ongoing24so/shared/digest"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// A newMailer makes what sends mails to a topic.
type newMailer func(cfg aws.Config, topic string) digest.Mailer

// WithDigest makes the function of naming.DigestProcess answer the event {"digest": true}: it sends the daily mail
// instead of running.
func (f Function) WithDigest(mailer newMailer) Function {
	f.newMailer = mailer
	return f
}

// sendDigest sends the daily mail, or only returns its text in a dry run.
//
// After a crash before the mail was sent, the event is in the queue of failed events, and the next mail is tomorrow's.
// An event that is delivered twice sends it twice.
func (f Function) sendDigest(ctx context.Context, h Host, parts runnerParts, e runner.Event) (runner.Result, error) {
	result := runner.Result{
		Process: f.process, Version: naming.Version, RunID: rand.Text(),
		StartedAt: h.Now().UTC().Truncate(time.Millisecond),
		Outcomes:  map[runner.Outcome]int{}, Customers: []runner.Row{},
	}
	topic := h.Getenv(naming.EnvDigestTopic)
	if topic == "" && !e.DryRun {
		return result, fmt.Errorf("%s: must name the topic of the daily mail", naming.EnvDigestTopic)
	}
	d, err := digest.Collect(ctx, parts.settings, parts.state, h.Now())
	if err != nil {
		return result, err
	}
	if e.DryRun {
		_, result.Digest = d.Mail()
	} else if result.Digest, err = d.Send(ctx, f.newMailer(h.AWS, topic)); err != nil {
		return result, err
	}
	parts.log.Info("digest", "process", f.process, "runId", result.RunID, "customers", d.Customers,
		"troubled", len(d.Troubled), "dryRun", e.DryRun)
	result.FinishedAt = h.Now().UTC().Truncate(time.Millisecond)
	return result, nil
}
