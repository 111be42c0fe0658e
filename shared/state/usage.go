package state

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
)

// A Usage is what was used of 24SevenOffice: calls, repeated ones included, and the bytes of their requests and
// answers.
type Usage struct {
	Calls int   `dynamodbav:"calls"`
	Bytes int64 `dynamodbav:"bytes"`
	// ThisHour is how many of the calls were made in the hour in which the run ended.
	ThisHour int `dynamodbav:"-"`
}

func (u *Usage) plus(o Usage) *Usage {
	if u != nil {
		o.Calls, o.Bytes = o.Calls+u.Calls, o.Bytes+u.Bytes
	}
	return &o
}

// A MonthUsage is what all processes of a customer have used in a month (UTC).
type MonthUsage struct {
	Month string `dynamodbav:"month" json:"month"` // 2026-11
	Calls int    `dynamodbav:"calls" json:"calls"`
	Bytes int64  `dynamodbav:"bytes" json:"bytes"`
}

// The vendor asks for money above these figures a client and month (price page, 24sevenoffice.com). nearPercent of one
// of them is near.
const (
	MonthlyCalls = 500_000
	MonthlyBytes = 30_000_000_000
	nearPercent  = 80
)

// Near reports whether a customer has used 80 % of what the vendor includes in its price, in the month of a time.
func (u *MonthUsage) Near(now time.Time) bool {
	return u != nil && u.Month == monthOf(now) &&
		(u.Calls >= MonthlyCalls/100*nearPercent || u.Bytes >= MonthlyBytes/100*nearPercent)
}

// An HourUsage counts the calls of one process in the hour that begins at At.
type HourUsage struct {
	At    time.Time `dynamodbav:"at"`
	Calls int       `dynamodbav:"calls"`
}

func (h *HourUsage) plus(now time.Time, calls int) *HourUsage {
	hour := now.UTC().Truncate(time.Hour)
	if h != nil && h.At.Sub(hour) == time.Hour { // another function's clock is ahead of ours
		hour = h.At
	}
	if h != nil && h.At.Equal(hour) {
		calls += h.Calls
	}
	return &HourUsage{At: hour, Calls: calls}
}

func monthOf(t time.Time) string { return t.UTC().Format("2006-01") }

// maxPending is the number of calls that a process keeps in its mark before it adds them to the record of the month, so
// that a run in which little happens writes one record less.
const maxPending = 100

// usageRetention is how long DynamoDB keeps the record of a month after its last change.
const usageRetention = 400 * 24 * time.Hour

// CallsThisHour returns how many calls of 24SevenOffice the runs of the process have made in this hour, the one that
// has the lease not included; none without a lease.
func (p *Partition) CallsThisHour() HourUsage {
	var before *HourUsage
	if p.lease != nil {
		before = p.lease.before.Hour
	}
	return *before.plus(p.store.now(), 0)
}

// AddUsage counts what the run has used, and returns what is known of the month. Release stores the count. Calls that
// wait since an earlier month count in this one.
//
// After a crash between AddUsage and Release, fewer than maxPending earlier calls are counted twice.
func (l *Lease) AddUsage(ctx context.Context, used Usage) (MonthUsage, error) {
	now := l.partition.store.now()
	l.mark.Pending = l.before.Pending.plus(used)
	l.mark.Hour = l.before.Hour.plus(now, used.ThisHour)
	l.used = used
	var err error
	if l.mark.Pending.Calls >= maxPending {
		var month MonthUsage
		if month, err = l.partition.addToMonth(ctx, now, *l.mark.Pending); err == nil {
			l.mark.Month, l.mark.Pending = &month, nil
		}
	}
	known := MonthUsage{Month: monthOf(now)}
	if m := l.mark.Month; m != nil && m.Month == known.Month {
		known = *m
	}
	if p := l.mark.Pending; p != nil {
		known.Calls, known.Bytes = known.Calls+p.Calls, known.Bytes+p.Bytes
	}
	return known, err
}

// addToMonth adds to the record of the month and returns the sums of all processes.
func (p *Partition) addToMonth(ctx context.Context, now time.Time, used Usage) (MonthUsage, error) {
	month := MonthUsage{Month: monthOf(now)}
	record := usageRecord(month.Month)
	out, err := p.store.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &p.store.table, Key: key(p.id, record),
		UpdateExpression: aws.String("SET #expires = :expires ADD #calls :calls, #bytes :bytes"),
		ExpressionAttributeNames: map[string]string{
			"#calls": "calls", "#bytes": "bytes", "#expires": naming.TTLAttribute,
		},
		ExpressionAttributeValues: item{
			":calls": dynamoattr.Number(used.Calls), ":bytes": dynamoattr.Number(int(used.Bytes)),
			":expires": dynamoattr.Number(int(now.Add(usageRetention).Unix())),
		},
		ReturnValues: types.ReturnValueAllNew,
	})
	if err != nil {
		return month, classified("state: UpdateItem "+record, err)
	}
	return month, decode(out.Attributes, &month)
}
