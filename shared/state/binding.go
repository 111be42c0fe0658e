package state

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
)

// A Binding says what a customer's records belong to: one company in 24SevenOffice and one goods owner in Ongoing WMS.
// The first live run stores it. Ids of one company or goods owner mean something else in another, so a record that was
// stored under another binding counts as unknown; see the package comment.
type Binding struct {
	// Office24ClientID is the company that the login reached (Client.Id).
	Office24ClientID int64 `dynamodbav:"office24ClientId"`
	// Office24Name is the company's name at that time, for people.
	Office24Name   string    `dynamodbav:"office24Name,omitempty"`
	OngoingBaseURL string    `dynamodbav:"ongoingBaseUrl"`
	GoodsOwnerID   int       `dynamodbav:"goodsOwnerId"`
	BoundAt        time.Time `dynamodbav:"boundAt,omitempty"`
	// Unstamped is the customer's first binding, if it is another one: the records without a stamp belong to it.
	Unstamped string `dynamodbav:"unstamped,omitempty"`
}

// String returns the stamp of the records that belong to the binding, e.g.
// "123456789 https://api.ongoingsystems.se/acme/api/v1/ 77".
func (b Binding) String() string { return fmt.Sprintf("%d %s", b.Office24ClientID, b.goodsOwner()) }

// Same reports whether two bindings name the same company and the same goods owner.
func (b Binding) Same(o Binding) bool { return b.String() == o.String() }

// SameGoodsOwner reports whether two bindings name the same goods owner.
func (b Binding) SameGoodsOwner(o Binding) bool { return b.goodsOwner() == o.goodsOwner() }

func (b Binding) goodsOwner() string { return b.OngoingBaseURL + " " + strconv.Itoa(b.GoodsOwnerID) }

// splitStamp returns the company and the goods owner of a stamp.
func splitStamp(stamp string) (company int64, goodsOwner string) {
	id, goodsOwner, _ := strings.Cut(stamp, " ")
	company, _ = strconv.ParseInt(id, 10, 64)
	return company, goodsOwner
}

// A claim says which customer a goods owner is bound to. It has a partition of its own, so that two customers cannot
// bind it at the same time. It is never trusted alone: it counts only while the binding of the customer that it names
// names the goods owner too.
type claim struct {
	Customer string `dynamodbav:"customer"`
	Version  int    `dynamodbav:"version"`
}

// claimKey is the partition key of a goods owner's claim. No customer's id contains a #.
func claimKey(b Binding) string {
	return "goodsowner#" + b.OngoingBaseURL + "#" + strconv.Itoa(b.GoodsOwnerID)
}

// Load reads what a customer run needs before its first call to a vendor: the customer's binding, the cursor and the
// failures of the process and, side by side with them, the session and the claim of the goods owner that the settings
// name. The Partition then works under the stored binding, if there is one. A run of Start has a copy of the session
// and needs no claim before LoadClaim: it reads all of it with one request of one read unit.
func (p *Partition) Load(ctx context.Context, process naming.Process, baseURL string, goodsOwnerID int) error {
	var others []item
	var failed error
	var wait sync.WaitGroup
	readOnly := p.lease != nil && p.lease.readOnly
	if !readOnly {
		claims := claimKey(Binding{OngoingBaseURL: baseURL, GoodsOwnerID: goodsOwnerID})
		wait.Go(func() {
			others, failed = p.store.batchGet(ctx, sessionRecord, []item{
				key(p.id, sessionRecord), key(claims, claimRecord),
			})
		})
	}
	found, failures, err := p.readStart(ctx, process)
	wait.Wait()
	if err = cmp.Or(err, failed); err != nil {
		return err
	}
	for _, it := range others {
		found[recordOf(it)] = it
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures[failurePrefix(process)] = failures
	p.loaded = map[string]item{cursorRecord(process): found[cursorRecord(process)]}
	if readOnly {
		p.sessionCopy, p.sessionCopyOf = p.lease.before.Session, p.lease.before.SessionOf
	} else {
		p.loaded[sessionRecord] = found[sessionRecord]
	}
	return p.noteBinding(found)
}

// startRecords limits the records of the first query of Load. A customer has a binding, a first one and five cursors;
// what is left is for failures.
const startRecords = 20

// readStart reads the records from the binding to the failures of the process, which are next to each other, unless
// failures of other processes are between them: a page of the range, by name, and the failures that it does not reach.
func (p *Partition) readStart(
	ctx context.Context, process naming.Process,
) (found map[string]item, failures []item, err error) {
	prefix := failurePrefix(process)
	found = map[string]item{}
	out, err := p.store.api.Query(ctx, &dynamodb.QueryInput{
		TableName: &p.store.table, ConsistentRead: aws.Bool(true), Limit: aws.Int32(startRecords),
		KeyConditionExpression:   aws.String("#customer = :customer AND #record BETWEEN :first AND :last"),
		ExpressionAttributeNames: map[string]string{"#customer": naming.PartitionKey, "#record": naming.SortKey},
		ExpressionAttributeValues: item{
			":customer": dynamoattr.Text(p.id), ":first": dynamoattr.Text(bindingRecord),
			":last": dynamoattr.Text(prefix + "\U0010FFFF"),
		},
	})
	if err != nil {
		return nil, nil, classified("state: Query "+bindingRecord, err)
	}
	for _, it := range out.Items {
		if strings.HasPrefix(recordOf(it), prefix) {
			failures = append(failures, it)
		} else {
			found[recordOf(it)] = it
		}
	}
	reached := recordOf(out.LastEvaluatedKey)
	if reached == "" {
		return found, failures, nil
	}
	failures = []item{} // those of the first page come again
	for it, err := range p.query(ctx, prefix) {
		if err != nil {
			return nil, nil, err
		}
		failures = append(failures, it)
	}
	if cursor := cursorRecord(process); reached < cursor {
		if found[cursor], err = p.get(ctx, cursor); err != nil {
			return nil, nil, err
		}
	}
	return found, failures, nil
}

// LoadClaim reads what Load has left out in a run of Start, before the run writes or binds. It returns ErrMoved if the
// customer is not bound any more as Load has found it.
func (p *Partition) LoadClaim(ctx context.Context, b Binding) error {
	before, wasBound := p.Binding()
	if err := p.readBinding(ctx, b); err != nil {
		return err
	}
	if now, isBound := p.Binding(); wasBound && (!isBound || !now.Same(before)) {
		return conflict("state: BatchGetItem "+bindingRecord, ErrMoved)
	}
	return nil
}

// DistrustSession makes the session that Load has read count as unknown: after a move, a new login shows where it leads
// now.
func (p *Partition) DistrustSession() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loaded[sessionRecord], p.sessionCopy = nil, nil
}

// noteBinding takes over what was read of the binding and the claim. The caller has locked mu.
func (p *Partition) noteBinding(found map[string]item) error {
	p.binding, p.claim, p.firstBinding = nil, claim{}, ""
	if it := found[claimRecord]; it != nil {
		if err := decode(it, &p.claim); err != nil {
			return err
		}
	}
	var first Binding
	if it := found[firstBindingRecord]; it != nil {
		if err := decode(it, &first); err != nil {
			return err
		}
		p.firstBinding = first.String()
	}
	if it := found[bindingRecord]; it != nil {
		p.binding = &Binding{}
		if err := decode(it, p.binding); err != nil {
			return err
		}
		p.stamp, p.unstamped = p.binding.String(), p.binding.Unstamped
	}
	return nil
}

// Binding returns the binding that Load or Bind found stored. ok is false if the customer is not bound.
func (p *Partition) Binding() (b Binding, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.binding == nil {
		return Binding{}, false
	}
	return *p.binding, true
}

// Under makes the Partition work under a binding without storing it: for runs that write nothing.
func (p *Partition) Under(b Binding) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stamp, p.unstamped = b.String(), p.unstampedUnder(b)
}

// unstampedUnder returns the binding that records without a stamp belong to if the customer is bound to b; "" is b
// itself. They were stored by an older version of this program or by a person before the customer was first bound, so
// they belong to the first binding.
func (p *Partition) unstampedUnder(b Binding) string {
	first := p.firstBinding
	if first == "" && p.binding != nil {
		first = p.binding.String()
	}
	if first == b.String() {
		return ""
	}
	return first
}

// CheckOwner returns an error of class settings that names the other customer if the goods owner is bound to one.
func (p *Partition) CheckOwner(ctx context.Context, b Binding) error {
	p.mu.Lock()
	other := p.claim.Customer
	p.mu.Unlock()
	if other == "" || other == p.id {
		return nil
	}
	it, err := p.store.Partition(other).get(ctx, bindingRecord)
	if err != nil {
		return err
	}
	var theirs Binding
	if it == nil {
		return nil // released: the claim can be taken over
	}
	if err := decode(it, &theirs); err != nil || !theirs.SameGoodsOwner(b) {
		return err
	}
	return errclass.New(errclass.Settings, "",
		"ongoing.goodsOwnerId %d at %s is bound to customer %q already, and a goods owner has one customer: "+
			"correct ongoing.goodsOwnerId or ongoing.baseUrl, or delete the record \"binding\" of customer %q",
		b.GoodsOwnerID, b.OngoingBaseURL, other, other)
}

// Bind binds the customer, after Load. The Partition then works under the binding. It returns the error of CheckOwner
// if the goods owner is bound to another customer. For a customer that is bound already it only makes sure of the
// claim.
//
// The claim and the binding are written together, so a crash leaves both or neither.
func (p *Partition) Bind(ctx context.Context, b Binding) error {
	op := "state: TransactWriteItems " + bindingRecord
	for attempt := range maxAttempts {
		if err := p.CheckOwner(ctx, b); err != nil {
			return err
		}
		writes, err := p.bindingWrites(&b)
		if err != nil || len(writes) == 0 {
			return err
		}
		_, err = p.store.api.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes})
		var canceled *types.TransactionCanceledException
		if err != nil && !errors.As(err, &canceled) {
			return classified(op, err)
		}
		// Another process of the customer, or another customer, can have been faster: see what is stored now.
		if err := p.readBinding(ctx, b); err != nil {
			return err
		}
		if stored, bound := p.Binding(); bound && !stored.Same(b) {
			return conflict("state: "+bindingRecord, ErrChanged)
		}
		if canceled != nil {
			if err := wait(ctx, firstPause<<attempt); err != nil {
				return classified(op, err)
			}
		}
	}
	return errclass.New(errclass.Transient, op, "%d attempts failed", maxAttempts)
}

// readBinding reads the binding and the claim again.
func (p *Partition) readBinding(ctx context.Context, b Binding) error {
	items, err := p.store.batchGet(ctx, bindingRecord, []item{
		key(p.id, bindingRecord), key(p.id, firstBindingRecord), key(claimKey(b), claimRecord),
	})
	if err != nil {
		return err
	}
	found := map[string]item{}
	for _, it := range items {
		found[recordOf(it)] = it
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.noteBinding(found)
}

// bindingWrites returns what is still to be written to bind the customer; nothing if it is bound.
func (p *Partition) bindingWrites(b *Binding) ([]types.TransactWriteItem, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var writes []types.TransactWriteItem
	put := func(partition, record string, v any, when condition) error {
		it, err := encode(partition, record, v)
		writes = append(writes, types.TransactWriteItem{Put: &types.Put{
			TableName: &p.store.table, Item: it, ConditionExpression: &when.expression,
			ExpressionAttributeNames: when.names, ExpressionAttributeValues: when.values,
		}})
		return err
	}
	if p.binding == nil {
		b.BoundAt, b.Unstamped = p.store.now(), p.unstampedUnder(*b)
		if err := put(p.id, bindingRecord, b, hasVersion(0)); err != nil {
			return nil, err
		}
		if p.firstBinding == "" {
			if err := put(p.id, firstBindingRecord, b, hasVersion(0)); err != nil {
				return nil, err
			}
		}
	}
	// The claim is written with each new binding, also if it names this customer already: the version that was read
	// keeps another customer from taking it for released, and taking it over, at the same time.
	if p.binding == nil || p.claim.Customer != p.id {
		mine := claim{Customer: p.id, Version: max(p.claim.Version+1, int(p.store.now().UnixMilli()))}
		if err := put(claimKey(*b), claimRecord, mine, hasVersion(p.claim.Version)); err != nil {
			return nil, err
		}
	}
	return writes, nil
}

// isForeign reports whether a stored record belongs to another binding than the one that the Partition works under. If
// it works under none, it takes every record as it is.
func (p *Partition) isForeign(it item) bool {
	if p.stamp == "" {
		return false
	}
	stamp := p.stampOf(it)
	return stamp != "" && stamp != p.stamp
}

// stampOf returns the binding that a stored record belongs to; "" if it has no stamp and belongs to the Partition's.
func (p *Partition) stampOf(it item) string {
	if stamp, ok := dynamoattr.TextOf(it[stampName]); ok {
		return stamp
	}
	return p.unstamped
}

// stamped adds to a record that is to be stored the stamp and the attributes that only a newer version knows.
func (p *Partition) stamped(it item) item {
	if p.stamp != "" {
		it[stampName] = dynamoattr.Text(p.stamp)
	}
	return p.withUnknown(it)
}

// aside returns a foreign record as it is kept aside: under the name of its binding.
func (p *Partition) aside(it item) item {
	kept, stamp := maps.Clone(it), p.stampOf(it)
	kept[naming.SortKey] = dynamoattr.Text(asideRecord(stamp, recordOf(it)))
	kept[stampName] = dynamoattr.Text(stamp)
	return kept
}
