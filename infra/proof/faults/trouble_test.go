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

// A trouble is one way in which a vendor's service fails, and what it has to mean to a call.
type trouble struct {
	name string
	kind kind
	// One of these is the fault; the others' Kind is empty.
	office24 office24test.Fault
	ongoing  ongoingtest.Fault
	table    *tableTrouble
	means    func(step) meaning
	// dates: it says when to come again.
	dates bool
	// resets: it breaks the connection before a byte of the answer.
	resets bool
	// heavy: it moves very much data; met by one operation of a process only. endless: it ends with the invocation's time.
	heavy, endless bool
}

// A meaning is what a trouble does to one call. The zero meaning: it does not concern the call.
type meaning struct {
	// class is that of the failure; empty: the call succeeds all the same.
	class errclass.Class
	// calls is how many the client makes where the trouble goes on.
	calls int
	// took: a write takes effect although the call fails, and the process finds that out by itself.
	took bool
}

// A kind is a row of the table in the README.
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
	tableMoved
)

// A step is one call of an undisturbed run.
type step struct {
	process   naming.Process
	operation string
	// n is the how manieth call of the operation it is, of so many; planned of them are made to plan.
	n, planned, calls int
	// saves are all saves of orders of the run, if it is one of them.
	saves []save
}

// A save is what an order is saved for.
type save struct {
	order office24.OrderID
	what  string
}

const (
	status    = "status" // read back afterwards: an effect without an answer is noticed
	text      = "text"
	restOrder = "rest order"
	rows      = "rows"
)

func (s step) planning() bool { return s.n <= s.planned }

func (s step) ofOngoing() bool { return strings.Contains(s.operation, " ") }

func (s step) write() bool {
	if s.ofOngoing() {
		return !strings.HasPrefix(s.operation, "GET ")
	}
	return s.operation == "SetStockQuantity" || s.operation == "SaveInvoices"
}

// login tells the calls of a login.
func (s step) login() bool { return s.operation == "Login" || s.operation == "GetIdentity" }

// once tells calls of 24SevenOffice that must not be made again where the service may have acted on the first.
func (s step) once() bool { return s.operation == "SaveInvoices" || s.operation == "Login" }

func (s step) setsStatus() bool { return s.saves != nil && s.saves[s.n-1].what == status }

// dated tells searches by time of change: one that the service cannot make sense of is made again three hours further
// back.
func (s step) dated() bool {
	of := map[naming.Process]string{naming.Articles: "GetProducts", naming.SalesOrders: "GetInvoices", naming.Suppliers: "GetCompanies"}
	return s.n == 1 && of[s.process] == s.operation
}

// The attempts that the clients make of one call, the first included.
const attempts = 3

func is(class errclass.Class, calls int) func(step) meaning {
	return func(step) meaning { return meaning{class: class, calls: calls} }
}

// noAnswer is a call of 24SevenOffice of which nobody knows whether it took effect.
func noAnswer(took bool) func(step) meaning {
	return func(s step) meaning {
		if s.once() {
			return meaning{class: errclass.Transient, calls: 1, took: took && s.setsStatus()}
		}
		return meaning{class: errclass.Transient, calls: attempts}
	}
}

// noAnswerThere is the same in Ongoing, where every call may be repeated. Needs tells the calls that are of no use
// without what is missing.
func noAnswerThere(needs func(step) bool) func(step) meaning {
	return func(s step) meaning {
		if !needs(s) {
			return meaning{}
		}
		return meaning{class: errclass.Transient, calls: attempts}
	}
}

func everyCall(step) bool { return true }

func needsBody(s step) bool { return !s.write() || strings.HasPrefix(s.operation, "PUT ") }

// lost is a session that is gone: one new login, and the call again.
func lost(s step) meaning {
	if s.login() {
		return meaning{class: errclass.Credentials, calls: 1}
	}
	return meaning{class: errclass.Credentials, calls: 2}
}

// odd is an answer that cannot be understood. What was written may stand.
func odd(s step) meaning { return meaning{class: errclass.Defect, calls: 1, took: s.setsStatus()} }

func office24Troubles() []trouble {
	code := func(code int, retryAfter string) office24test.Fault {
		return office24test.Fault{Kind: office24test.Status, Status: code, RetryAfter: retryAfter}
	}
	says := func(text string) office24test.Fault {
		return office24test.Fault{Kind: office24test.SOAPFault, Text: text}
	}
	of := func(k office24test.Kind) office24test.Fault { return office24test.Fault{Kind: k} }
	done := func(f office24test.Fault) office24test.Fault { f.AfterEffect = true; return f }
	inAnHour := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)

	list := []trouble{
		{name: "408", kind: unanswered, office24: code(408, ""), means: noAnswer(false)},
		{name: "500", kind: unanswered, office24: code(500, ""), means: noAnswer(false)},
		{name: "500 after the effect", kind: unanswered, office24: done(code(500, "")), means: noAnswer(true)},
		{name: "502", kind: unanswered, office24: code(502, ""), means: noAnswer(false)},
		{name: "503", kind: unanswered, office24: code(503, ""), means: noAnswer(false)},
		{name: "redirect", kind: unanswered, office24: code(302, ""), means: noAnswer(false)},
		{name: "reset", kind: unanswered, office24: of(office24test.Reset), means: noAnswer(false)},
		{name: "reset after the effect", kind: unanswered, office24: done(of(office24test.Reset)), means: noAnswer(true)},
		{name: "truncated", kind: unanswered, office24: of(office24test.Truncate), means: noAnswer(true)},
		{name: "HTML with 200", kind: unanswered, office24: of(office24test.HTML), means: noAnswer(false)},
		{name: "empty body", kind: unanswered, office24: of(office24test.Empty), means: noAnswer(false)},
		{name: "wrong content type", kind: unanswered, office24: of(office24test.ContentType), means: noAnswer(true)},
		{name: "fault: Timeout expired", kind: unanswered, office24: says("System.Data.SqlClient.SqlException: Timeout expired."), means: noAnswer(false)},
		{name: "fault: deadlock", kind: unanswered, office24: says("Transaction was deadlocked on lock resources. Rerun the transaction: deadlock victim"), means: noAnswer(false)},
		{name: "fault: Server Too Busy", kind: unanswered, office24: says("Server Too Busy"), means: noAnswer(false)},

		{name: "slow drip", kind: slow, office24: office24test.Fault{Kind: office24test.Drip, Delay: time.Microsecond}, means: is("", 1)},
		{name: "no answer", kind: hanging, office24: of(office24test.Hang), means: is(errclass.Transient, 1), endless: true},
		{name: "no answer after the effect", kind: hanging, office24: done(of(office24test.Hang)), means: is(errclass.Transient, 1), endless: true},
		{name: "drip without end", kind: hanging, office24: office24test.Fault{Kind: office24test.Drip, Delay: time.Minute}, means: is(errclass.Transient, 1), endless: true},

		{name: "429", kind: throttled, office24: code(429, ""), means: is(errclass.Throttled, attempts)},
		{name: "429 for 1 s", kind: throttled, office24: code(429, "1"), means: is(errclass.Throttled, attempts), dates: true},
		{name: "429 for 3600 s", kind: throttled, office24: code(429, "3600"), means: is(errclass.Throttled, 1), dates: true},
		{name: "429 until a date", kind: throttled, office24: code(429, inAnHour), means: is(errclass.Throttled, 1), dates: true},
		{name: "quarantine", kind: throttled, office24: of(office24test.Quarantine), means: is(errclass.Throttled, 1), dates: true},

		{name: "401", kind: sessionLost, office24: code(401, ""), means: lost},
		{name: "session expired", kind: sessionLost, office24: of(office24test.SessionExpired), means: lost},
		{name: "fault: not authenticated", kind: sessionLost, office24: says("Session is not authenticated"), means: lost},
		{name: "fault: not on this identity", kind: sessionLost, office24: says("Client is not authenticated on this identity"), means: lost},

		{name: "403", kind: loginRefused, office24: code(403, ""), means: is(errclass.Credentials, 1)},
		{name: "identity blocked", kind: misconfigured, office24: of(office24test.IdentityBlocked), means: is(errclass.Settings, 1)},

		{name: "404", kind: incomprehensible, office24: code(404, ""), means: is(errclass.Defect, 1)},
		{name: "text of 10 MB", kind: incomprehensible, office24: of(office24test.BigText), means: odd},
		{name: "oversized", kind: incomprehensible, office24: of(office24test.Oversize), means: odd, heavy: true},
		{name: "DOCTYPE and entity", kind: incomprehensible, office24: of(office24test.Doctype), means: odd},
		{name: "malformed", kind: incomprehensible, office24: of(office24test.Malformed), means: odd},
		{name: "fault: Instance validation error", kind: incomprehensible, office24: says("Instance validation error: '2026' is not a valid value"),
			means: func(s step) meaning {
				switch {
				case s.operation == "Login":
					return meaning{class: errclass.Credentials, calls: 1}
				case s.dated():
					return meaning{class: errclass.Defect, calls: 2}
				}
				return meaning{class: errclass.Defect, calls: 1}
			}},
		{name: "fault: search parameter", kind: incomprehensible, office24: says("Please specify at least one search parameter"), means: unlessLogin(errclass.Defect)},
		{name: "fault: unknown", kind: refused, office24: says("Outer ---> System.Exception: Ukjent feil for kari@kanari.example\n   at Office24Seven.Save()"),
			means: func(s step) meaning {
				if s.write() {
					return meaning{class: errclass.Rejected, calls: 1}
				}
				return unlessLogin(errclass.Defect)(s)
			}},
		{name: "item exception", kind: refused,
			office24: office24test.Fault{Kind: office24test.ItemException, Type: "Economy.Accounting.DepartmentIsRequiredException", Text: "Department is required"}, means: ofItem(errclass.Rejected)},
		{name: "item exception: database", kind: unanswered,
			office24: office24test.Fault{Kind: office24test.ItemException, Type: "Data.DataBaseServerException", Text: "SQL Server: Timeout expired"}, means: ofItem(errclass.Transient)},
	}
	return list
}

// unlessLogin: whatever fault a login is answered with, it was looked at and refused.
func unlessLogin(class errclass.Class) func(step) meaning {
	return func(s step) meaning {
		if s.operation == "Login" {
			return meaning{class: errclass.Credentials, calls: 1}
		}
		return meaning{class: class, calls: 1}
	}
}

// ofItem is an exception of one record, which only saves have.
func ofItem(class errclass.Class) func(step) meaning {
	return func(s step) meaning {
		if s.operation != "SaveInvoices" {
			return meaning{}
		}
		return meaning{class: class, calls: 1}
	}
}

// onlyTo is a refusal of calls that send people's data.
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
	done := func(f ongoingtest.Fault) ongoingtest.Fault { f.Effect = true; return f }
	inAnHour := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)

	// An order that is cancelled by a call whose answer is of no use is found cancelled by the second.
	unreadable := func(s step) meaning {
		if strings.HasPrefix(s.operation, "DELETE ") {
			return meaning{calls: 2}
		}
		return meaning{class: errclass.Transient, calls: attempts}
	}
	hasID := func(s step) bool { return strings.HasPrefix(s.operation, "PUT ") }
	list := []trouble{
		{name: "408", kind: unanswered, ongoing: code(408, ""), means: noAnswerThere(everyCall)},
		{name: "500", kind: unanswered, ongoing: code(500, ""), means: noAnswerThere(everyCall)},
		{name: "500 after the effect", kind: unanswered, ongoing: done(code(500, "")), means: noAnswerThere(everyCall)},
		{name: "502", kind: unanswered, ongoing: says(502, "<html>Bad Gateway</html>"), means: noAnswerThere(everyCall)},
		{name: "503", kind: unanswered, ongoing: code(503, ""), means: noAnswerThere(everyCall)},
		{name: "reset", kind: unanswered, ongoing: of(ongoingtest.ResetBefore), means: noAnswerThere(everyCall), resets: true},
		{name: "reset after the effect", kind: unanswered, ongoing: of(ongoingtest.ResetAfter), means: noAnswerThere(everyCall), resets: true},
		{name: "truncated", kind: unanswered, ongoing: of(ongoingtest.Truncated), means: noAnswerThere(everyCall)},
		{name: "cut JSON", kind: unanswered, ongoing: of(ongoingtest.CutJSON), means: unreadable},
		{name: "HTML with 200", kind: unanswered, ongoing: of(ongoingtest.HTML), means: noAnswerThere(everyCall)},
		{name: "empty body", kind: unanswered, ongoing: of(ongoingtest.EmptyBody), means: noAnswerThere(needsBody)},
		{name: "wrong content type", kind: unanswered, ongoing: of(ongoingtest.WrongType), means: unreadable},
		{name: "missing id", kind: unanswered, ongoing: of(ongoingtest.MissingID), means: noAnswerThere(hasID)},

		{name: "slow drip", kind: slow, ongoing: ongoingtest.Fault{Kind: ongoingtest.SlowDrip, Delay: time.Microsecond}, means: is("", 1)},
		{name: "late", kind: slow, ongoing: ongoingtest.Fault{Kind: ongoingtest.Late, Delay: 500 * time.Millisecond}, means: is("", 1)},
		{name: "no answer", kind: hanging, ongoing: of(ongoingtest.TimeoutBefore), means: is(errclass.Transient, 1), endless: true},
		{name: "no answer after the effect", kind: hanging, ongoing: of(ongoingtest.TimeoutAfter), means: is(errclass.Transient, 1), endless: true},
		{name: "drip without end", kind: hanging, ongoing: ongoingtest.Fault{Kind: ongoingtest.SlowDrip, Delay: time.Minute}, means: is(errclass.Transient, 1), endless: true},

		{name: "429", kind: throttled, ongoing: code(429, ""), means: is(errclass.Throttled, attempts)},
		{name: "429 for 1 s", kind: throttled, ongoing: code(429, "1"), means: is(errclass.Throttled, attempts), dates: true},
		{name: "429 for 3600 s", kind: throttled, ongoing: code(429, "3600"), means: is(errclass.Throttled, 1), dates: true},
		{name: "429 until a date", kind: throttled, ongoing: code(429, inAnHour), means: is(errclass.Throttled, 1), dates: true},
		{name: "503 for 3600 s", kind: throttled, ongoing: code(503, "3600"), means: is(errclass.Throttled, 1), dates: true},

		{name: "401", kind: loginRefused, ongoing: code(401, ""), means: is(errclass.Credentials, 1)},
		{name: "403", kind: loginRefused, ongoing: code(403, ""), means: is(errclass.Credentials, 1)},
		{name: "redirect", kind: misconfigured, ongoing: ongoingtest.Fault{Kind: ongoingtest.Redirect, Body: "https://elsewhere.example/"}, means: is(errclass.Settings, 1)},

		{name: "400", kind: refused, ongoing: says(400, `{"message":"The request is invalid.<br/>Order 5"}`), means: is(errclass.Rejected, 1)},
		{name: "400 that quotes an address", kind: refused, ongoing: says(400, `{"Message":"No place Kvitterveien 3, Kari Kanarifugl (93949596)"}`),
			means: onlyTo(naming.SalesOrders, "PUT /orders")},
		{name: "400 that quotes an address", kind: refused, ongoing: says(400, `{"Message":"No place Nyveien 7 (93949596, kari@kanari.example)"}`),
			means: onlyTo(naming.Suppliers, "PUT /articles")},
		{name: "404", kind: refused, ongoing: code(404, ""), means: is(errclass.Rejected, 1)},
		{name: "409", kind: refused, ongoing: code(409, ""), means: is(errclass.Rejected, 1)},
		{name: "oversized", kind: incomprehensible, ongoing: ongoingtest.Fault{Kind: ongoingtest.Oversized, Size: 17 << 20}, means: is(errclass.Defect, 1), heavy: true},
		{name: "JSON of another shape", kind: incomprehensible, ongoing: says(200, `"maintenance"`),
			means: func(s step) meaning {
				if !needsBody(s) {
					return meaning{}
				}
				return meaning{class: errclass.Defect, calls: 1}
			}},
	}
	return list
}

// troubles are those that can befall a step.
func troubles(s step) []trouble {
	list := office24Troubles()
	if s.ofOngoing() {
		list = ongoingTroubles()
	}
	return slices.DeleteFunc(list, func(t trouble) bool { return t.means(s) == meaning{} })
}
