package model

import (
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// trouble is what happens to a run.
type trouble struct {
	// killAt is the write behind whose effect the process is killed; 0: none.
	killAt int
	// meanwhile happens before the call number actAt; nil: nothing.
	actAt     int
	meanwhile func()
	// fault is set at one of the services before the run; nil: none.
	fault func(*world)
}

// clean tells that nothing happens to the run.
func (t trouble) clean() bool { return t.killAt == 0 && t.meanwhile == nil && t.fault == nil }

// drawTrouble is none half of the time.
func (w *world) drawTrouble(pick pick) trouble {
	var tr trouble
	switch pick(8) {
	case 0:
		tr.fault = drawFault(pick)
	case 1, 2:
		tr.killAt = 1 + pick(8)
	case 3:
		tr.actAt = 1 + pick(15)
		tr.meanwhile = func() { w.people(weighted(pick, sales), pick) }
	}
	return tr
}

// drawFault is a fault of one of the services, which one call meets, or a few, or all that follow: those that leave in the
// dark whether a call has taken effect. What each of all faults means is held by the package faults.
func drawFault(pick pick) func(*world) {
	nth, times := 1+pick(10), []int{1, 1, 3, -1}[pick(4)]
	switch pick(3) {
	case 0:
		kinds := []office24test.Kind{office24test.Status, office24test.Reset, office24test.HTML, office24test.Empty, office24test.SessionExpired,
			office24test.Truncate, office24test.ContentType}
		f := office24test.Fault{Nth: nth, Times: times, Kind: one(pick, kinds), AfterEffect: pick(2) == 1}
		return func(w *world) {
			w.say("  24SevenOffice: %s from call %d on, %d times, after the effect %v", f.Kind, f.Nth, f.Times, f.AfterEffect)
			w.env.Office24.Fault(f)
		}
	case 1:
		kinds := []ongoingtest.Kind{ongoingtest.Status, ongoingtest.ResetBefore, ongoingtest.ResetAfter, ongoingtest.Truncated, ongoingtest.CutJSON,
			ongoingtest.HTML, ongoingtest.EmptyBody, ongoingtest.WrongType, ongoingtest.MissingID}
		f := ongoingtest.Fault{Nth: nth, Times: times, Kind: one(pick, kinds), Status: 500, Effect: pick(2) == 1}
		return func(w *world) {
			w.say("  Ongoing: %s from call %d on, %d times, effect %v", f.Kind, f.Nth, f.Times, f.Effect)
			w.env.Ongoing.Fault(f)
		}
	default:
		f := dynamodbtest.Fault{Table: dynamodbtest.StateTable, N: nth, Times: times,
			Effect: one(pick, []dynamodbtest.Effect{dynamodbtest.Throttle, dynamodbtest.Fail, dynamodbtest.ResetBefore, dynamodbtest.ResetAfter})}
		return func(w *world) {
			w.say("  DynamoDB: %s from request %d on, %d times", f.Effect, f.N, f.Times)
			w.dynamo(&f)
		}
	}
}
