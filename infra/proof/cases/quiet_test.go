package cases_test

import (
	"fmt"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
	"ongoing24so/shared/testenv/dynamodbtest"
	"ongoing24so/shared/testenv/harness"
)

func TestProbe(t *testing.T) {
	w := newWorld(t, map[string]any{"suppliers": map[string]any{"enabled": true}})
	kettle := w.product("KET-17", "0")
	_ = kettle
	for i := range 12 {
		w.Clock.Forward(15 * time.Minute)
		for _, e := range naming.Entries() {
			before := w.DynamoDB.Consumed(dynamodbtest.StateTable)
			writes := len(w.DynamoDB.Writes())
			res, err := harness.Invoke(t.Context(), w.Harness, functions[e.Process], map[string]any{})
			must(t, err)
			after := w.DynamoDB.Consumed(dynamodbtest.StateTable)
			fmt.Println(i, e.Process, res.Customers[0].Outcome, "read", res.Customers[0].Read, res.Customers[0].Reason,
				"reads", after.Reads-before.Reads, after.ReadUnits-before.ReadUnits, "writes", after.Writes-before.Writes, after.WriteUnits-before.WriteUnits,
				w.DynamoDB.Writes()[writes:])
		}
	}
	fmt.Println(w.Record("lease#articles"))
	for n, r := range w.Records() { fmt.Println(n, r) }
	_ = runner.OK
}
