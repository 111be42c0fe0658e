package state

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
)

// The names of records. All sort keys are made in this file.
const (
	articlePrefix      = "article#"
	orderPrefix        = "order#"
	supplierPrefix     = "supplier#"
	sessionRecord      = "session"
	picksRecord        = "picks"
	bindingRecord      = "binding"
	firstBindingRecord = "binding#first"
	claimRecord        = "claim" // in the partition of a goods owner
)

// stampName is the attribute that says which binding a record belongs to.
const stampName = "binding"

// asideRecord is the name of a link of another binding, after a link of this binding has taken its name.
func asideRecord(stamp, record string) string { return "former#" + stamp + "#" + record }

// pauseRecord is the name of the record of a pause of a process, or with "" of the customer.
func pauseRecord(p naming.Process) string { return "pause#" + cmp.Or(string(p), "customer") }

func cursorRecord(p naming.Process) string  { return "cursor#" + string(p) }
func leaseRecord(p naming.Process) string   { return "lease#" + string(p) }
func failurePrefix(p naming.Process) string { return "failure#" + string(p) + "#" }

func runRecord(p naming.Process, startedAt time.Time) string {
	return "run#" + string(p) + "#" + formatTime(startedAt)
}

// usageRecord is the name of the record that counts the calls of a month such as 2026-11.
func usageRecord(month string) string { return "usage#" + month }

// openRecord is the name of an order in the index of open orders of a binding. That of order 0 is the index's own.
func openRecord(stamp string, orderID int) string {
	if orderID == 0 {
		return "open#" + stamp + "#"
	}
	return "open#" + stamp + "#" + strconv.Itoa(orderID)
}

// The names of index records; see index.go.
const (
	articleOfPrefix  = "article-of#"
	articlesIndexed  = articleOfPrefix + "indexed"
	carrierPrefix    = "supplier-carrier#"
	todoPrefix       = "supplier-todo#"
	suppliersIndexed = todoPrefix + "indexed#2"
	// What versions up to 1.1.0 called them.
	oldCarrierPrefix    = "carrier#"
	oldSuppliersIndexed = todoPrefix + "indexed"
	todoNamed           = "named"
	todoWaits           = "waits"
)

func articleOfRecord(article int) string { return linkRecord(articleOfPrefix, article) }

// carriersOf is how the names of the carriers of a supplier begin. Their product ids have the same width, so that the
// names are in the order of the ids. There can be thousands: they must not stand between the records that Load reads
// with one query (readStart), as they did under their old name.
func carriersOf(company int) string { return linkRecord(carrierPrefix, company) + "#" }

func carrierRecord(company, product int) string {
	return fmt.Sprintf("%s%010d", carriersOf(company), product)
}

func todoRecord(company int, kind string) string { return linkRecord(todoPrefix, company) + "#" + kind }

func linkRecord(prefix string, id int) string { return prefix + strconv.Itoa(id) }

// linkID returns the id in a link's name, or 0 if there is none: no record has the id 0.
func linkID(prefix, record string) int {
	id, _ := strconv.Atoi(strings.TrimPrefix(record, prefix))
	return id
}

func key(customer, record string) item {
	return item{naming.PartitionKey: dynamoattr.Text(customer), naming.SortKey: dynamoattr.Text(record)}
}

// recordOf returns the name of a stored record.
func recordOf(it item) string {
	name, _ := dynamoattr.TextOf(it[naming.SortKey])
	return name
}

// timeLayout is RFC 3339 of constant width: times compare as text in the order of time.
const timeLayout = "2006-01-02T15:04:05.000Z"

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }
