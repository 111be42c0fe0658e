package report

import (
	"cmp"
	"slices"
	"time"

	"ongoing24so/shared/digest"
	"ongoing24so/shared/naming"
)

// A TroubleRow is the same trouble of one or several processes of a customer, or of several customers.
type TroubleRow struct {
	Trouble
	// Processes are all of them; since is when the first of them began.
	Processes []naming.Process
	// Customers are all of them, by id. If they are several, the reason counts them and says what all have in common.
	Customers []string
}

// anyCustomer is a customer's id in the commands of a row of several.
const anyCustomer = "<customer>"

// Together puts what has the same reason together: a wrong password blocks all processes of a customer, and is one
// thing to correct.
func Together(troubles []Trouble) []TroubleRow {
	var rows []TroubleRow
	for _, t := range troubles {
		i := slices.IndexFunc(rows, func(r TroubleRow) bool {
			return t.Kind == Runs && r.Customer == t.Customer && r.What == t.What &&
				digest.WithoutCall(r.Reason) == digest.WithoutCall(t.Reason)
		})
		if i < 0 {
			rows = append(rows, TroubleRow{t, []naming.Process{t.Process}, []string{t.Customer}})
			continue
		}
		rows[i].Processes = append(rows[i].Processes, t.Process)
		if t.Reason != rows[i].Reason {
			rows[i].Reason = digest.WithoutCall(t.Reason)
		}
		if t.Since.Before(rows[i].Since) {
			rows[i].Since = t.Since
		}
	}
	for i := range rows {
		rows[i].Processes = inOrder(rows[i].Processes)
	}
	slices.SortStableFunc(rows, func(a, b TroubleRow) int { return newestFirst(a.Trouble, b.Trouble) })
	return rows
}

// inOrder returns processes in the order in which they run, each once.
func inOrder(processes []naming.Process) []naming.Process {
	order := func(process naming.Process) int {
		return slices.IndexFunc(naming.Entries(), func(e naming.Entry) bool { return e.Process == process })
	}
	slices.SortFunc(processes, func(a, b naming.Process) int { return cmp.Compare(order(a), order(b)) })
	return slices.Compact(processes)
}

// HowLong returns how long the trouble of a row lasts: of several customers or records, from the newest to the oldest
// if they are far apart.
func (r TroubleRow) HowLong(now time.Time) string {
	oldest := HowLong(now, r.Since)
	if r.Latest.IsZero() || r.Since.IsZero() || now.Sub(r.Latest) > now.Sub(r.Since)/2 {
		return oldest
	}
	return Age(now, r.Latest) + " – " + oldest
}

// Fleet puts the rows of several customers together that say the same but for what is only one customer's: an outage is
// one row, whatever processes it stops. Its place is that of the newest of them.
func Fleet(troubles []Trouble) []TroubleRow {
	type same struct {
		kind                     TroubleKind
		what, processes, general string
	}
	key := func(r TroubleRow) same {
		of := same{kind: r.Kind, what: r.What, general: cmp.Or(r.general, r.Reason)}
		if r.Kind == Records {
			of.processes = ProcessText(r.Processes)
		}
		return of
	}
	all := Together(troubles) // newest first
	of := map[same][]TroubleRow{}
	for _, r := range all {
		of[key(r)] = append(of[key(r)], r)
	}
	var rows []TroubleRow
	for _, r := range all {
		group := of[key(r)]
		switch {
		case group == nil: // it is in a row already
		case !slices.ContainsFunc(group, func(o TroubleRow) bool { return o.Customer != r.Customer }):
			rows = append(rows, r)
		default:
			rows = append(rows, merged(group))
			of[key(r)] = nil
		}
	}
	return rows
}

// merged returns the row of several customers.
func merged(group []TroubleRow) TroubleRow {
	m := group[0]
	m.Customers, m.Processes, m.Count, m.Worth = nil, nil, 0, nil
	m.Latest = cmp.Or(m.Latest, m.Since) // it is the newest
	for _, r := range group {
		m.Customers = append(m.Customers, r.Customer)
		m.Processes = append(m.Processes, r.Processes...)
		m.Count += r.Count
		m.Worth = m.Worth.Plus(r.Worth)
		if !r.Since.IsZero() && (m.Since.IsZero() || r.Since.Before(m.Since)) {
			m.Since = r.Since
		}
	}
	slices.Sort(m.Customers)
	m.Customers, m.Processes = slices.Compact(m.Customers), inOrder(m.Processes)
	said := Count(len(m.Customers), "customer")
	if m.Count > 0 {
		noun := "record"
		if m.What == Stuck {
			noun = "order"
		}
		said = Count(m.Count, noun) + " of " + said + m.Worth.Text()
	}
	m.Customer, m.Reason = "", said+": "+cmp.Or(m.general, m.Reason)
	return m
}

// Rows are the troubles as people read them: those of one customer one by one, those of all put together.
func (s Status) Rows(shown string) []TroubleRow {
	if shown != "" {
		return Together(s.Troubles)
	}
	return Fleet(s.Troubles)
}
