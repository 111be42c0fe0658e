package faults_test

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/office24/office24test"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// A trouble is one way in which a service fails, and what it means for a call.
type trouble struct {
	name string
	kind kind
	// One of these three is set.
	office24 office24test.Fault
	ongoing  ongoingtest.Fault
	table    *tableTrouble
	means    func(step) meaning
	// statesPause is true if the answer says when to call again.
	statesPause bool
	// resets is true if the connection breaks before a byte of the answer.
	resets bool
	// heavy is true if the fault moves much data. Only one operation of a process meets it.
	heavy bool
	// endless is true if the call gets no answer before the invocation's time is over.
	endless bool
}

// A meaning is what a trouble does to one call. The zero meaning says that it cannot happen to the call.
type meaning struct {
	// class is the class of the failure; empty if the call succeeds.
	class errclass.Class
	// calls is the number of attempts that the client makes if the trouble lasts.
	calls int
	// tookEffect is true if a write takes effect although the call fails, and the process finds that out.
	tookEffect bool
}

// A kind is a row of the table in PROOFS.md.
type kind int

const (
	unanswered kind = iota
	slow
	hanging
	throttled
	sessionLost
	loginRefused
	misconfigured
	refused
	incomprehensible
	tableDown
	tableChanged
)

// A step is one call of an undisturbed run.
type step struct {
	process   naming.Process
	operation string
	// n is the number of the call among the calls of its operation, from 1. The first planned of them belong to the
	// plan.
	n, planned, calls int
	// saves are the saves of orders of the run, if the operation is SaveInvoices.
	saves []save
}

// A save is what an order is saved for.
type save struct {
	order office24.OrderID
	what  string
}

const (
	status    = "status" // the order is read back after a failed save, so that an effect without an answer is found
	text      = "text"
	restOrder = "rest order"
	rows      = "rows"
)

func (s step) isPlanning() bool { return s.n <= s.planned }

func (s step) callsOngoing() bool { return strings.Contains(s.operation, " ") }

func (s step) isWrite() bool {
	if s.callsOngoing() {
		return !strings.HasPrefix(s.operation, "GET ")
	}
	return s.operation == "SetStockQuantity" || s.operation == "SaveInvoices"
}

// isLogin reports whether the call is part of a login.
func (s step) isLogin() bool { return s.operation == "Login" || s.operation == "GetIdentity" }

// isMadeOnce reports whether a call of 24SevenOffice must not be repeated if the first attempt could have taken effect.
func (s step) isMadeOnce() bool { return s.operation == "SaveInvoices" || s.operation == "Login" }

func (s step) setsStatus() bool { return s.saves != nil && s.saves[s.n-1].what == status }

// searchesByTime reports whether the call searches by time of change. If the service does not understand one, it is
// repeated with a time three hours earlier.
func (s step) searchesByTime() bool {
	searches := map[naming.Process]string{
		naming.Articles: "GetProducts", naming.SalesOrders: "GetInvoices", naming.Suppliers: "GetCompanies",
	}
	return s.n == 1 && searches[s.process] == s.operation
}

// attempts is how many attempts the clients make of one call.
const attempts = 3

// always returns the same meaning for every call.
func always(class errclass.Class, calls int) func(step) meaning {
	return func(step) meaning { return meaning{class: class, calls: calls} }
}

// noAnswerFromOffice24 is for faults after which the client does not know whether the call took effect.
func noAnswerFromOffice24(tookEffect bool) func(step) meaning {
	return func(s step) meaning {
		if s.isMadeOnce() {
			return meaning{class: errclass.Transient, calls: 1, tookEffect: tookEffect && s.setsStatus()}
		}
		return meaning{class: errclass.Transient, calls: attempts}
	}
}

// tooMuchForOffice24 is for time-outs of the service. A search for changed orders is not repeated but divided: the
// list of their ids, and then their orders.
func tooMuchForOffice24(s step) meaning {
	m := noAnswerFromOffice24(false)(s)
	if s.operation == "GetInvoices" && s.searchesByTime() {
		m.calls++
	}
	return m
}

// noAnswerFromOngoing is the same for Ongoing, where every call can be repeated. needs reports whether a call fails
// without what is missing from the answer.
func noAnswerFromOngoing(needs func(step) bool) func(step) meaning {
	return func(s step) meaning {
		if !needs(s) {
			return meaning{}
		}
		return meaning{class: errclass.Transient, calls: attempts}
	}
}

func everyCall(step) bool { return true }

func needsBody(s step) bool { return !s.isWrite() || strings.HasPrefix(s.operation, "PUT ") }

// sessionGone is for faults after which the client logs in once and repeats the call.
func sessionGone(s step) meaning {
	if s.isLogin() {
		return meaning{class: errclass.Credentials, calls: 1}
	}
	return meaning{class: errclass.Credentials, calls: 2}
}

// incomprehensibleAnswer is for faults of the answer alone: a write took effect.
func incomprehensibleAnswer(s step) meaning {
	return meaning{class: errclass.Defect, calls: 1, tookEffect: s.setsStatus()}
}

func office24Troubles() []trouble {
	code := func(code int, retryAfter string) office24test.Fault {
		return office24test.Fault{Kind: office24test.Status, Status: code, RetryAfter: retryAfter}
	}
	says := func(text string) office24test.Fault {
		return office24test.Fault{Kind: office24test.SOAPFault, Text: text}
	}
	itemException := func(kind, text string) office24test.Fault {
		return office24test.Fault{Kind: office24test.ItemException, Type: kind, Text: text}
	}
	of := func(k office24test.Kind) office24test.Fault { return office24test.Fault{Kind: k} }
	afterEffect := func(f office24test.Fault) office24test.Fault { f.AfterEffect = true; return f }
	inAnHour := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)

	list := []trouble{
		{name: "408", kind: unanswered, office24: code(408, ""), means: tooMuchForOffice24},
		{name: "500", kind: unanswered, office24: code(500, ""), means: noAnswerFromOffice24(false)},
		{
			name: "500 after the effect", kind: unanswered,
			office24: afterEffect(code(500, "")),
			means:    noAnswerFromOffice24(true),
		},
		{name: "502", kind: unanswered, office24: code(502, ""), means: noAnswerFromOffice24(false)},
		{name: "503", kind: unanswered, office24: code(503, ""), means: noAnswerFromOffice24(false)},
		{name: "redirect", kind: unanswered, office24: code(302, ""), means: noAnswerFromOffice24(false)},
		{
			name: "reset", kind: unanswered,
			office24: of(office24test.Reset),
			means:    noAnswerFromOffice24(false),
		},
		{
			name: "reset after the effect", kind: unanswered,
			office24: afterEffect(of(office24test.Reset)),
			means:    noAnswerFromOffice24(true),
		},
		{
			name: "truncated", kind: unanswered,
			office24: of(office24test.Truncate),
			means:    noAnswerFromOffice24(true),
		},
		{
			name: "HTML with 200", kind: unanswered,
			office24: of(office24test.HTML),
			means:    noAnswerFromOffice24(false),
		},
		{
			name: "empty body", kind: unanswered,
			office24: of(office24test.Empty),
			means:    noAnswerFromOffice24(false),
		},
		{
			name: "wrong content type", kind: unanswered,
			office24: of(office24test.ContentType),
			means:    noAnswerFromOffice24(true),
		},
		{
			name: "fault: Timeout expired", kind: unanswered,
			office24: says("System.Data.SqlClient.SqlException: Timeout expired."),
			means:    tooMuchForOffice24,
		},
		{
			name: "fault: deadlock", kind: unanswered,
			office24: says("Transaction was deadlocked on lock resources. Rerun the transaction: deadlock victim"),
			means:    noAnswerFromOffice24(false),
		},
		{
			name: "fault: Server Too Busy", kind: unanswered,
			office24: says("Server Too Busy"),
			means:    noAnswerFromOffice24(false),
		},

		{
			name: "slow drip", kind: slow,
			office24: office24test.Fault{Kind: office24test.Drip, Delay: time.Microsecond},
			means:    always("", 1),
		},
		{
			name: "no answer", kind: hanging,
			office24: of(office24test.Hang),
			means:    always(errclass.Transient, 1), endless: true,
		},
		{
			name: "no answer after the effect", kind: hanging,
			office24: afterEffect(of(office24test.Hang)),
			means:    always(errclass.Transient, 1), endless: true,
		},
		{
			name: "endless drip", kind: hanging,
			office24: office24test.Fault{Kind: office24test.Drip, Delay: time.Minute},
			means:    always(errclass.Transient, 1), endless: true,
		},

		{name: "429", kind: throttled, office24: code(429, ""), means: always(errclass.Throttled, attempts)},
		{
			name: "429 for 1 s", kind: throttled,
			office24: code(429, "1"),
			means:    always(errclass.Throttled, attempts), statesPause: true,
		},
		{
			name: "429 for 3600 s", kind: throttled,
			office24: code(429, "3600"),
			means:    always(errclass.Throttled, 1), statesPause: true,
		},
		{
			name: "429 until a date", kind: throttled,
			office24: code(429, inAnHour),
			means:    always(errclass.Throttled, 1), statesPause: true,
		},
		{
			name: "quarantine", kind: throttled,
			office24: of(office24test.Quarantine),
			means:    always(errclass.Throttled, 1), statesPause: true,
		},

		{name: "401", kind: sessionLost, office24: code(401, ""), means: sessionGone},
		{
			name: "session expired", kind: sessionLost,
			office24: of(office24test.SessionExpired),
			means:    sessionGone,
		},
		{
			name: "fault: not authenticated", kind: sessionLost,
			office24: says("Session is not authenticated"),
			means:    sessionGone,
		},
		{
			name: "fault: not on this identity", kind: sessionLost,
			office24: says("Client is not authenticated on this identity"),
			means:    sessionGone,
		},

		{name: "403", kind: loginRefused, office24: code(403, ""), means: except(isForOneRecord, errclass.Credentials)},
		{name: "403", kind: refused, office24: code(403, ""), means: only(isForOneRecord, errclass.Rejected)},
		{
			name: "identity blocked", kind: misconfigured,
			office24: of(office24test.IdentityBlocked),
			means:    always(errclass.Settings, 1),
		},

		{name: "404", kind: incomprehensible, office24: code(404, ""), means: always(errclass.Defect, 1)},
		{
			name: "text of 10 MB that nobody asked for", kind: slow,
			office24: of(office24test.BigText),
			means:    always("", 1),
		},
		{
			name: "oversized", kind: incomprehensible,
			office24: of(office24test.Oversize),
			means:    incomprehensibleAnswer, heavy: true,
		},
		{
			name: "DOCTYPE and entity", kind: incomprehensible,
			office24: of(office24test.Doctype),
			means:    incomprehensibleAnswer,
		},
		{
			name: "malformed", kind: incomprehensible,
			office24: of(office24test.Malformed),
			means:    incomprehensibleAnswer,
		},
		{
			name: "fault: Instance validation error", kind: incomprehensible,
			office24: says("Instance validation error: '2026' is not a valid value"),
			means:    refusedSearch,
		},
		{
			name: "fault: search parameter", kind: incomprehensible,
			office24: says("Please specify at least one search parameter"),
			means:    refusedSearch,
		},
		{
			name: "fault: unknown", kind: refused,
			office24: says("Outer ---> System.Exception: Ukjent feil for kari@kanari.example\n" +
				"   at Office24Seven.Save()"),
			means: func(s step) meaning {
				if s.isWrite() {
					return meaning{class: errclass.Rejected, calls: 1}
				}
				return refusedSearch(s)
			},
		},
		{
			name: "item exception", kind: refused,
			office24: itemException("Economy.Accounting.DepartmentIsRequiredException", "Department is required"),
			means:    ofItem(errclass.Rejected),
		},
		{
			name: "item exception: database", kind: unanswered,
			office24: itemException("Data.DataBaseServerException", "SQL Server: Timeout expired"),
			means:    ofItem(errclass.Transient),
		},
	}
	return list
}

// only returns a meaning for the calls of one kind, and except for all others.
func only(kind func(step) bool, class errclass.Class) func(step) meaning {
	return func(s step) meaning {
		if !kind(s) {
			return meaning{}
		}
		return meaning{class: class, calls: 1}
	}
}

func except(kind func(step) bool, class errclass.Class) func(step) meaning {
	return only(func(s step) bool { return !kind(s) }, class)
}

// isForOneRecord reports whether a call that is forbidden says something about its record only. Another call has
// succeeded before each of them.
func isForOneRecord(s step) bool { return s.isWrite() || strings.Contains(s.operation, "{") }

// refusedSearch is for SOAP faults that say nothing known. If a login gets one, the login was refused; a search by time
// is repeated once with the time moved back.
func refusedSearch(s step) meaning {
	switch {
	case s.operation == "Login":
		return meaning{class: errclass.Credentials, calls: 1}
	case s.searchesByTime():
		return meaning{class: errclass.Defect, calls: 2}
	default:
		return meaning{class: errclass.Defect, calls: 1}
	}
}

// ofItem is for exceptions of one record, which only the answer to a save has.
func ofItem(class errclass.Class) func(step) meaning {
	return func(s step) meaning {
		if s.operation != "SaveInvoices" {
			return meaning{}
		}
		return meaning{class: class, calls: 1}
	}
}

// onlyTo is for refusals of one operation of one process, which sends people's data.
func onlyTo(p naming.Process, operation string) func(step) meaning {
	return func(s step) meaning {
		if s.process != p || s.operation != operation {
			return meaning{}
		}
		return meaning{class: errclass.Rejected, calls: 1}
	}
}

func ongoingTroubles() []trouble {
	code := func(code int, retryAfter string) ongoingtest.Fault {
		return ongoingtest.Fault{Kind: ongoingtest.Status, Status: code, RetryAfter: retryAfter}
	}
	says := func(code int, body string) ongoingtest.Fault {
		return ongoingtest.Fault{Kind: ongoingtest.Status, Status: code, Body: body}
	}
	of := func(k ongoingtest.Kind) ongoingtest.Fault { return ongoingtest.Fault{Kind: k} }
	afterEffect := func(f ongoingtest.Fault) ongoingtest.Fault { f.Effect = true; return f }
	inAnHour := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)

	// If the answer to a cancellation cannot be read, the second attempt finds the order cancelled, which counts as
	// done.
	unreadable := func(s step) meaning {
		if strings.HasPrefix(s.operation, "DELETE ") {
			return meaning{calls: 2}
		}
		return meaning{class: errclass.Transient, calls: attempts}
	}
	hasID := func(s step) bool { return strings.HasPrefix(s.operation, "PUT ") }
	list := []trouble{
		{name: "408", kind: unanswered, ongoing: code(408, ""), means: noAnswerFromOngoing(everyCall)},
		{name: "500", kind: unanswered, ongoing: code(500, ""), means: noAnswerFromOngoing(everyCall)},
		{
			name: "500 after the effect", kind: unanswered,
			ongoing: afterEffect(code(500, "")),
			means:   noAnswerFromOngoing(everyCall),
		},
		{
			name: "502", kind: unanswered,
			ongoing: says(502, "<html>Bad Gateway</html>"),
			means:   noAnswerFromOngoing(everyCall),
		},
		{name: "503", kind: unanswered, ongoing: code(503, ""), means: noAnswerFromOngoing(everyCall)},
		{
			name: "reset", kind: unanswered,
			ongoing: of(ongoingtest.ResetBefore),
			means:   noAnswerFromOngoing(everyCall), resets: true,
		},
		{
			name: "reset after the effect", kind: unanswered,
			ongoing: of(ongoingtest.ResetAfter),
			means:   noAnswerFromOngoing(everyCall), resets: true,
		},
		{
			name: "truncated", kind: unanswered,
			ongoing: of(ongoingtest.Truncated),
			means:   noAnswerFromOngoing(everyCall),
		},
		{name: "cut JSON", kind: unanswered, ongoing: of(ongoingtest.CutJSON), means: unreadable},
		{
			name: "HTML with 200", kind: unanswered,
			ongoing: of(ongoingtest.HTML),
			means:   noAnswerFromOngoing(everyCall),
		},
		{
			name: "empty body", kind: unanswered,
			ongoing: of(ongoingtest.EmptyBody),
			means:   noAnswerFromOngoing(needsBody),
		},
		{name: "wrong content type", kind: unanswered, ongoing: of(ongoingtest.WrongType), means: unreadable},
		{
			name: "missing id", kind: unanswered,
			ongoing: of(ongoingtest.MissingID),
			means:   noAnswerFromOngoing(hasID),
		},

		{
			name: "slow drip", kind: slow,
			ongoing: ongoingtest.Fault{Kind: ongoingtest.SlowDrip, Delay: time.Microsecond},
			means:   always("", 1),
		},
		{
			name: "late", kind: slow,
			ongoing: ongoingtest.Fault{Kind: ongoingtest.Late, Delay: 500 * time.Millisecond},
			means:   always("", 1),
		},
		{
			name: "no answer", kind: hanging,
			ongoing: of(ongoingtest.TimeoutBefore),
			means:   always(errclass.Transient, 1), endless: true,
		},
		{
			name: "no answer after the effect", kind: hanging,
			ongoing: of(ongoingtest.TimeoutAfter),
			means:   always(errclass.Transient, 1), endless: true,
		},
		{
			name: "endless drip", kind: hanging,
			ongoing: ongoingtest.Fault{Kind: ongoingtest.SlowDrip, Delay: time.Minute},
			means:   always(errclass.Transient, 1), endless: true,
		},

		{name: "429", kind: throttled, ongoing: code(429, ""), means: always(errclass.Throttled, attempts)},
		{
			name: "429 for 1 s", kind: throttled,
			ongoing: code(429, "1"),
			means:   always(errclass.Throttled, attempts), statesPause: true,
		},
		{
			name: "429 for 3600 s", kind: throttled,
			ongoing: code(429, "3600"),
			means:   always(errclass.Throttled, 1), statesPause: true,
		},
		{
			name: "429 until a date", kind: throttled,
			ongoing: code(429, inAnHour),
			means:   always(errclass.Throttled, 1), statesPause: true,
		},
		{
			name: "503 for 3600 s", kind: throttled,
			ongoing: code(503, "3600"),
			means:   always(errclass.Throttled, 1), statesPause: true,
		},

		{name: "401", kind: loginRefused, ongoing: code(401, ""), means: always(errclass.Credentials, 1)},
		{name: "403", kind: loginRefused, ongoing: code(403, ""), means: except(isForOneRecord, errclass.Credentials)},
		{
			name: "redirect", kind: misconfigured,
			ongoing: ongoingtest.Fault{Kind: ongoingtest.Redirect, Body: "https://elsewhere.example/"},
			means:   always(errclass.Settings, 1),
		},

		{
			name: "400", kind: refused,
			ongoing: says(400, `{"message":"The request is invalid.<br/>Order 5"}`),
			means:   always(errclass.Rejected, 1),
		},
		{
			name: "400 that quotes an address", kind: refused,
			ongoing: says(400, `{"Message":"No place Kvitterveien 3, Kari Kanarifugl (93949596)"}`),
			means:   onlyTo(naming.SalesOrders, "PUT /orders"),
		},
		{
			name: "400 that quotes an address", kind: refused,
			ongoing: says(400, `{"Message":"No place Nyveien 7 (93949596, kari@kanari.example)"}`),
			means:   onlyTo(naming.Suppliers, "PUT /articles"),
		},
		{name: "403", kind: refused, ongoing: code(403, ""), means: only(isForOneRecord, errclass.Rejected)},
		{name: "404", kind: refused, ongoing: code(404, ""), means: always(errclass.Rejected, 1)},
		{name: "409", kind: refused, ongoing: code(409, ""), means: always(errclass.Rejected, 1)},
		{
			name: "oversized", kind: incomprehensible,
			ongoing: ongoingtest.Fault{Kind: ongoingtest.Oversized, Size: 17 << 20},
			means:   always(errclass.Defect, 1), heavy: true,
		},
		{
			name: "JSON of another shape", kind: incomprehensible,
			ongoing: says(200, `"maintenance"`),
			means: func(s step) meaning {
				if !needsBody(s) {
					return meaning{}
				}
				return meaning{class: errclass.Defect, calls: 1}
			},
		},
	}
	return list
}

// troubles returns those that can happen to a step.
func troubles(s step) []trouble {
	list := office24Troubles()
	if s.callsOngoing() {
		list = ongoingTroubles()
	}
	return slices.DeleteFunc(list, func(t trouble) bool { return t.means(s) == meaning{} })
}
