package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/allowedhosts"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
)

// mostProblems bounds the reason, which is stored and shown.
const mostProblems = 10

// Decode reads an item of the settings table. hosts are those that the Ongoing URL may name.
//
// The error is a *errclass.Error of class Settings that names every attribute in question and what it may be. The
// Customer then holds the ID, as far as it can be read, and nothing else.
func Decode(item map[string]types.AttributeValue, hosts allowedhosts.List) (Customer, error) {
	var c Customer
	problems := readFields(fields(&c, hosts), "", item)
	problems = append(problems, conflicts(c)...)
	if c.Name == "" {
		c.Name = c.ID
	}
	if len(problems) == 0 {
		return c, nil
	}
	slices.Sort(problems)
	if len(problems) > mostProblems {
		problems = append(problems[:mostProblems], "and more")
	}
	id, _ := textOf(item[naming.PartitionKey])
	return Customer{ID: id}, errclass.New(errclass.Settings, "settings", "%s", strings.Join(problems, "; "))
}

// conflicts finds values that are right by themselves and wrong together.
func conflicts(c Customer) (problems []string) {
	const imported, shipped = "salesOrders.importedStatus", "shipments.status"
	add := func(path string, s office24.OrderStatus, why, allowed string) {
		problems = append(problems, fmt.Sprintf("%s is %q, %s, allowed: %s", path, s.Name(), why, allowed))
	}
	written := map[string]office24.OrderStatus{}
	if c.SalesOrders.ImportedStatus != "" {
		written[imported] = c.SalesOrders.ImportedStatus
	}
	if c.Shipments.Enabled && c.Shipments.Status != "" { // a default must not stand in the way where it is not used
		written[shipped] = c.Shipments.Status
	}
	for path, s := range written {
		if slices.Contains(c.SalesOrders.Statuses, s) {
			add(path, s, "which salesOrders.statuses pulls: the order would be imported again and again", "a status that is not pulled")
		}
		if c.SalesOrders.CancelWithdrawn && Withdrawn(s) {
			add(path, s, "which salesOrders.cancelWithdrawn takes for a withdrawn order", "another status")
		}
	}
	if s := written[shipped]; s != "" && s == written[imported] {
		add(shipped, s, "as is salesOrders.importedStatus: a shipped order could not be told from an imported one", "another status")
	}
	if s := written[shipped]; s == office24.StatusRest && c.Shipments.RestOrders {
		add(shipped, s, "the status of the rest orders that shipments.restOrders makes", "another status")
	}
	return problems
}
