package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
)

// maxProblems limits the length of a reason, which is stored and shown.
const maxProblems = 10

// Decode reads an item of the settings table. hosts are the hosts that ongoing.baseUrl can name.
//
// The error is an *errclass.Error of class Settings. It names every wrong attribute and its allowed values. The
// Customer then has its ID, if that can be read, and nothing else.
func Decode(item map[string]types.AttributeValue, hosts allowedhosts.List) (Customer, error) {
	return newDecoder(hosts).decode(item)
}

// Problems lists what is wrong with an item, sorted; nothing if Decode accepts it.
func Problems(item map[string]types.AttributeValue, hosts allowedhosts.List) []string {
	_, problems := newDecoder(hosts).read(item)
	return problems
}

// A decoder reads items one after another. To build the rules takes much longer than to read an item by them.
type decoder struct {
	fields []field
	// into is where the rules store what they read.
	into Customer
}

func newDecoder(hosts allowedhosts.List) *decoder {
	d := &decoder{}
	d.fields = fields(&d.into, hosts)
	return d
}

// decode is Decode.
func (d *decoder) decode(item map[string]types.AttributeValue) (Customer, error) {
	c, problems := d.read(item)
	if len(problems) == 0 {
		return c, nil
	}
	if len(problems) > maxProblems {
		problems = append(problems[:maxProblems], "and more")
	}
	id, _ := dynamoattr.TextOf(item[naming.PartitionKey])
	return Customer{ID: id}, errclass.New(errclass.Settings, "settings", "%s", strings.Join(problems, "; "))
}

func (d *decoder) read(item map[string]types.AttributeValue) (c Customer, problems []string) {
	d.into = Customer{}
	problems = readFields(d.fields, "", item)
	c = d.into
	problems = append(problems, contradictions(c)...)
	if c.Name == "" {
		c.Name = c.ID
	}
	slices.Sort(problems)
	return c, problems
}

// contradictions finds values that are allowed by themselves but not together.
func contradictions(c Customer) (problems []string) {
	const (
		imported = "salesOrders.importedStatus"
		shipped  = "shipments.status"
		another  = "another status"
	)
	add := func(path string, s office24.OrderStatus, why, allowed string) {
		problems = append(problems, fmt.Sprintf("%s is %q, %s, allowed: %s", path, s.Name(), why, allowed))
	}
	written := map[string]office24.OrderStatus{}
	if c.SalesOrders.ImportedStatus != "" {
		written[imported] = c.SalesOrders.ImportedStatus
	}
	if c.Shipments.Enabled && c.Shipments.Status != "" { // an unused default is not a problem
		written[shipped] = c.Shipments.Status
	}
	for path, s := range written {
		if slices.Contains(c.SalesOrders.Statuses, s) {
			add(path, s, "which is in salesOrders.statuses: the order would be imported again and again",
				"a status that is not in salesOrders.statuses")
		}
		if c.SalesOrders.CancelWithdrawn && Withdrawn(s) {
			add(path, s, "which salesOrders.cancelWithdrawn treats as withdrawn: the order would be cancelled", another)
		}
	}
	if s := written[shipped]; s != "" && s == written[imported] {
		add(shipped, s, "like salesOrders.importedStatus: shipped and imported orders would look the same", another)
	}
	if s := written[shipped]; s == office24.StatusRest && c.Shipments.RestOrders {
		add(shipped, s, "which shipments.restOrders gives to rest orders: shipped orders would look the same", another)
	}
	return problems
}
