package faults_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/readmetest"
)

// TestREADMEFaults: the README's table says of each kind of fault what the matrix demands of it.
func TestREADMEFaults(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("| what goes wrong | how, at 24SevenOffice | how, at Ongoing | calls made | while records are read | while one is written |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- |\n")
	for k := range kinds() {
		erp, wms := of(kind(k), office24Troubles()), of(kind(k), ongoingTroubles())
		if len(erp)+len(wms) == 0 {
			continue
		}
		reading, writing := samples(erp, wms)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", kinds()[k], named(erp), named(wms), calls(reading, writing), outcomes(reading), outcomes(writing))
	}
	for _, tr := range tableTroubles() {
		if tr.name == "throttled" || tr.table.moved {
			fmt.Fprintf(&b, "| %s | – | – | %s | %s | %s |\n", kinds()[tr.kind], tableCalls(tr), tableOutcome(tr, true), tableOutcome(tr, false))
		}
	}
	readmetest.Check(t, "faults", b.String())
}

// kinds says in words what goes wrong.
func kinds() []string {
	return []string{
		unanswered:       "no answer, half of one, or something that is none",
		slow:             "an answer that takes its time",
		hanging:          "no answer until the invocation's time is over",
		throttled:        "a pause is asked for",
		sessionLost:      "the session is gone",
		loginRefused:     "access is refused",
		misconfigured:    "identity or address is wrong",
		refused:          "a call or a record is refused",
		incomprehensible: "an answer that cannot be understood",
		tableDown:        "DynamoDB throttles or fails",
		tableMoved:       "somebody else has written the record in DynamoDB",
	}
}

func of(k kind, all []trouble) []trouble {
	return slices.DeleteFunc(all, func(t trouble) bool { return t.kind != k })
}

func named(all []trouble) string {
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

// samples are lasting trials of each trouble at calls of all sorts.
func samples(erp, wms []trouble) (reading, writing []*trial) {
	planning := step{n: 1, planned: 1, calls: 1}
	applying := step{n: 1, calls: 1}
	add := func(list *[]*trial, all []trouble, sort step, operations ...string) {
		for _, operation := range operations {
			for _, tr := range all {
				s := sort
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
	add(&writing, wms, applying, "PUT /articles", "PUT /orders", "PATCH /orders/{orderId}/lines/{orderLineId}/reportedNumberOfItems")
	return reading, writing
}

// calls are how many calls are made of one, and of one that saves an order.
func calls(reading, writing []*trial) string {
	usual, saves := map[int]bool{}, map[int]bool{}
	for _, x := range slices.Concat(reading, writing) {
		if x.once() {
			saves[x.means(x.step).calls] = true
		} else {
			usual[x.means(x.step).calls] = true
		}
	}
	text := numbers(usual)
	if len(usual) == 0 {
		return numbers(saves)
	}
	if !maps.Equal(usual, saves) && len(saves) > 0 {
		text += "; of a save of an order " + numbers(saves)
	}
	return text
}

func numbers(set map[int]bool) string {
	var words []string
	for _, n := range slices.Backward(slices.Sorted(maps.Keys(set))) {
		words = append(words, fmt.Sprint(n))
	}
	return strings.Join(words, " or ")
}

// outcomes are how the run ends, and what is kept of the record.
func outcomes(trials []*trial) string {
	var words []string
	for _, x := range trials {
		if word := x.want().words(); !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		return "–"
	}
	slices.Sort(words)
	return strings.Join(words, ", or ")
}

func (e expectation) words() string {
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
		if tr.table.moved {
			return "–"
		}
		x.step = step{operation: "GetItem cursor#stock", n: 1, planned: 1, calls: 2}
	}
	return x.want().words()
}

func tableCalls(tr trouble) string { return fmt.Sprint(tr.means(step{}).calls) }
