package faults_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/dynamodbtest"
	"ongoing24so/shared/testenv/readmetest"
)

// The table in PROOFS.md says of each kind of fault what the matrix demands of it.
func TestREADMEFaults(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("| what goes wrong | how, at 24SevenOffice | how, at Ongoing | calls made " +
		"| while records are read | while one is written |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- |\n")
	for k := range kinds() {
		erp, wms := ofKind(kind(k), office24Troubles()), ofKind(kind(k), ongoingTroubles())
		if len(erp)+len(wms) == 0 {
			continue
		}
		reading, writing := sampleTrials(erp, wms)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", kinds()[k], namesText(erp), namesText(wms),
			callsText(reading, writing), outcomesText(reading), outcomesText(writing))
	}
	for _, tr := range tableTroubles() {
		if tr.table.effect == dynamodbtest.Throttle || tr.table.changed {
			fmt.Fprintf(&b, "| %s | – | – | %s | %s | %s |\n", kinds()[tr.kind],
				tableCalls(tr), tableOutcome(tr, true), tableOutcome(tr, false))
		}
	}
	readmetest.Check(t, "infra/proof/PROOFS.md", "faults", b.String())
}

// kinds describes what goes wrong.
func kinds() []string {
	return []string{
		unanswered:       "no answer, half an answer, or something that is not an answer",
		slow:             "a slow or a needlessly long answer",
		hanging:          "no answer before the invocation's time is over",
		throttled:        "the service asks for a pause",
		sessionLost:      "the session is lost",
		loginRefused:     "access is refused",
		misconfigured:    "identity or address is wrong",
		refused:          "a call or a record is refused",
		incomprehensible: "an answer that cannot be understood",
		tableDown:        "DynamoDB throttles or fails",
		tableChanged:     "somebody else has written the record in DynamoDB",
	}
}

func ofKind(k kind, all []trouble) []trouble {
	return slices.DeleteFunc(all, func(t trouble) bool { return t.kind != k })
}

func namesText(all []trouble) string {
	var names []string
	for _, t := range all {
		if !slices.Contains(names, t.name) {
			names = append(names, t.name)
		}
	}
	if len(names) == 0 {
		return "–"
	}
	return strings.Join(names, ", ")
}

// sampleTrials returns lasting trials of each trouble, at calls that read and at calls that write.
func sampleTrials(erp, wms []trouble) (reading, writing []*trial) {
	planning := step{n: 1, planned: 1, calls: 1}
	applying := step{n: 1, calls: 1}
	add := func(list *[]*trial, all []trouble, call step, operations ...string) {
		for _, operation := range operations {
			for _, tr := range all {
				s := call
				s.process, s.operation = naming.Stock, operation
				if operation == "SaveInvoices" {
					s.saves = []save{{1, text}}
				}
				if tr.means(s) != (meaning{}) {
					*list = append(*list, &trial{step: s, trouble: tr, lasting: true, failures: 1})
				}
			}
		}
	}
	add(&reading, erp, planning, "GetProducts")
	add(&reading, wms, planning, "GET /articles")
	add(&writing, erp, applying, "SaveInvoices", "SetStockQuantity")
	add(&writing, wms, applying, "PUT /articles", "PUT /orders",
		"PATCH /orders/{orderId}/lines/{orderLineId}/reportedNumberOfItems")
	return reading, writing
}

// callsText says how many attempts are made of a call, and of one that saves an order.
func callsText(reading, writing []*trial) string {
	usual, saves := map[int]bool{}, map[int]bool{}
	for _, x := range slices.Concat(reading, writing) {
		if x.isMadeOnce() {
			saves[x.means(x.step).calls] = true
		} else {
			usual[x.means(x.step).calls] = true
		}
	}
	text := numbersText(usual)
	if len(usual) == 0 {
		return numbersText(saves)
	}
	if !maps.Equal(usual, saves) && len(saves) > 0 {
		text += "; of a save of an order " + numbersText(saves)
	}
	return text
}

func numbersText(set map[int]bool) string {
	var words []string
	for _, n := range slices.Backward(slices.Sorted(maps.Keys(set))) {
		words = append(words, fmt.Sprint(n))
	}
	return strings.Join(words, " or ")
}

// outcomesText says how the run ends, and what is kept of the record.
func outcomesText(trials []*trial) string {
	var words []string
	for _, x := range trials {
		if word := x.want().text(); !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		return "–"
	}
	slices.Sort(words)
	return strings.Join(words, ", or ")
}

func (e expectation) text() string {
	switch {
	case e.class != "":
		return fmt.Sprintf("`%s`, the record fails as `%s`", e.outcome, e.class)
	case e.outcome == runner.OK:
		return "`ok`"
	default:
		return fmt.Sprintf("the run ends as `%s`", e.outcome)
	}
}

func tableOutcome(tr trouble, planning bool) string {
	x := &trial{step: step{operation: "PutItem article#7001", n: 1, calls: 2}, trouble: tr, lasting: true}
	if planning {
		if tr.table.changed {
			return "–"
		}
		x.step = step{operation: "GetItem cursor#stock", n: 1, planned: 1, calls: 2}
	}
	return x.want().text()
}

func tableCalls(tr trouble) string { return fmt.Sprint(tr.means(step{}).calls) }
