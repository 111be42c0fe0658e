package crash_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/testenv"
)

// An end is all that counts after the last run, leaf by leaf: "order FS-40551 Lines[90001].Picked" → "2". What depends
// on the time is left out. Ongoing's ids depend on the order of the writes; names replace them.
type end map[string]string

// notCompared are the kinds of records that are not part of an end: some say what the runs did, and checkIndex checks
// the index of open orders.
var notCompared = []string{"session", "run", "usage", "open"}

// end reads both systems and the state.
func (w *world) end() end {
	w.t.Helper()
	e, names := end{}, map[string]string{}
	for _, a := range w.GoodsOwner.Articles() {
		names[strconv.Itoa(a.ID)] = "article " + a.Number
		e.add(w, "article "+a.Number, a, names)
	}
	for _, o := range w.GoodsOwner.Orders() {
		names[strconv.Itoa(o.ID)] = "order " + o.Number
		for _, l := range o.Lines {
			names[strconv.Itoa(l.ID)] = "row " + l.Row
		}
		for _, p := range o.Parcels {
			names[strconv.Itoa(p.ID)] = "parcel " + p.Number
		}
		e.add(w, "order "+o.Number, o, names)
	}
	e.add(w, "suppliers", w.GoodsOwner.Suppliers(), names)
	e.add(w, "24SevenOffice", w.Company.Snapshot().Timeless(), nil)
	records, err := w.State(w.t.Context(), w.ID)
	must(w.t, err)
	w.checkIndex(records)
	for name, record := range records {
		switch kind, _, _ := strings.Cut(name, "#"); kind {
		case "failure":
			delete(record, "fingerprint") // can include the record's time of change
		case "order":
			delete(record, "waybills") // only needed until the invoice text has them
		case "lease": // what the runs have used, and a copy of the session
			for _, name := range []string{"runId", "quiet", "pending", "month", "hour", "session", "sessionOf"} {
				delete(record, name)
			}
		}
		if kind, _, _ := strings.Cut(name, "#"); !slices.Contains(notCompared, kind) {
			delete(record, "version")
			delete(record, "inputs") // includes the address of this test's Ongoing
			for _, address := range []string{"binding", "ongoingBaseUrl"} {
				if text, ok := record[address].(string); ok {
					record[address] = strings.Replace(text, w.Ongoing.URL, "ongoing", 1)
				}
			}
			e.add(w, name, record, names)
		}
	}
	return e
}

// checkIndex checks that each open order is in the index of open orders. After a crash, closed ones can be there, too.
func (w *world) checkIndex(records map[string]testenv.Record) {
	w.t.Helper()
	indexed := map[string]bool{}
	for name := range records {
		if strings.HasPrefix(name, "open#") {
			indexed[name[strings.LastIndex(name, "#")+1:]] = true
		}
	}
	for name, record := range records {
		id, isOrder := strings.CutPrefix(name, "order#")
		closed := record["orderNumber"] == nil || record["cancelledAt"] != nil || record["shippedAt"] != nil
		if isOrder && !closed && !indexed[id] {
			w.t.Errorf("order %s is open and not in the index of open orders: %v", id, record)
		}
	}
}

// add adds the leaves of a value. A second value of the same place gets another place, so that a duplicate shows.
func (e end) add(w *world, place string, v any, names map[string]string) {
	w.t.Helper()
	text, err := json.Marshal(v)
	must(w.t, err)
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var tree any
	must(w.t, d.Decode(&tree))
	for _, taken := e[place]; taken; _, taken = e[place] {
		place += " again"
	}
	e[place] = "exists"
	e.walk(place, tree, names)
}

func (e end) walk(path string, v any, names map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			if key == "supplierAddress" {
				continue // whether the last write of an article brought it; the suppliers have it
			}
			if strings.HasSuffix(key, "At") {
				member = "*"
			}
			e.walk(path+"."+cmp.Or(names[key], key), member, names)
		}
	case []any:
		for i, member := range v {
			e.walk(fmt.Sprintf("%s[%d]", path, i), member, names)
		}
	default:
		e[path] = leaf(fmt.Sprint(v), names)
	}
}

// leaf replaces a time during the test by a star, and an id by its name.
func leaf(text string, names map[string]string) string {
	if at, err := time.Parse(time.RFC3339, text); err == nil && time.Since(at).Abs() < 2*time.Hour {
		return "*"
	}
	return cmp.Or(names[text], text)
}
