package model

import (
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A trouble is what happens to a run. The zero trouble is none.
type trouble struct {
	// killAt is the write after whose effect the process is killed, counted from 1; 0 kills nothing.
	killAt int
	// intervene is called before call number interveneAt; nil does nothing.
	interveneAt int
	intervene   func()
	// fault makes one of the services fail from the start of the run; nil makes none fail.
	fault func(*world)
}

func (t trouble) none() bool { return t.killAt == 0 && t.intervene == nil && t.fault == nil }

// drawTrouble returns no trouble half of the time.
func (w *world) drawTrouble(pick pick) trouble {
	var tr trouble
	switch pick(8) {
	case 0:
		tr.fault = drawFault(pick)
	case 1, 2:
		tr.killAt = 1 + pick(8)
	case 3:
		tr.interveneAt = 1 + pick(15)
		tr.intervene = func() { w.perform(pickWeighted(pick, sales), pick) }
	}
	return tr
}

// drawFault returns a fault of one of the services, which one call meets, or a few, or all that follow. Its kinds are
// those that leave open whether a call has taken effect. The package faults states what each kind of all means.
func drawFault(pick pick) func(*world) {
	nth, times := 1+pick(10), []int{1, 1, 3, -1}[pick(4)]
	switch pick(3) {
	case 0:
		kinds := []office24test.Kind{
			office24test.Status, office24test.Reset, office24test.HTML, office24test.Empty, office24test.SessionExpired,
			office24test.Truncate, office24test.ContentType,
		}
		f := office24test.Fault{Nth: nth, Times: times, Kind: pickOne(pick, kinds), AfterEffect: pick(2) == 1}
		return func(w *world) {
			w.tracef("  24SevenOffice: %s at call %d, %d times, after the effect %v", f.Kind, f.Nth, f.Times,
				f.AfterEffect)
			w.env.Office24.Fault(f)
		}
	case 1:
		kinds := []ongoingtest.Kind{
			ongoingtest.Status, ongoingtest.ResetBefore, ongoingtest.ResetAfter, ongoingtest.Truncated,
			ongoingtest.CutJSON,
			ongoingtest.HTML, ongoingtest.EmptyBody, ongoingtest.WrongType, ongoingtest.MissingID,
		}
		f := ongoingtest.Fault{
			Nth: nth, Times: times, Kind: pickOne(pick, kinds), Status: 500, Effect: pick(2) == 1,
		}
		return func(w *world) {
			w.tracef("  Ongoing: %s at call %d, %d times, effect %v", f.Kind, f.Nth, f.Times, f.Effect)
			w.env.Ongoing.Fault(f)
		}
	default:
		effects := []dynamodbtest.Effect{
			dynamodbtest.Throttle, dynamodbtest.Fail, dynamodbtest.ResetBefore, dynamodbtest.ResetAfter,
		}
		f := dynamodbtest.Fault{
			Table: dynamodbtest.StateTable, N: nth, Times: times, Effect: pickOne(pick, effects),
		}
		return func(w *world) {
			w.tracef("  DynamoDB: %s at request %d, %d times", f.Effect, f.N, f.Times)
			w.hookDynamoDB(&f)
		}
	}
}
