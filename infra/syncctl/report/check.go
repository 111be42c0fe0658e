package report

import (
	"context"
	"slices"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/runner"
)

// A Check says whether a customer's settings and credentials lead where they should, with each right that its processes
// need. Nothing is written.
type Check struct {
	Customer string `json:"customerId"`
	OK       bool   `json:"ok"`
	// Rights are what is needed of both systems.
	Rights []Right `json:"rights"`
	// Found is what both systems have that a setting can name, and how much is in Ongoing already.
	Found []runner.Finding `json:"found"`
	// Compared are dry runs that compare everything: what the first runs make, adopt, change and hold. There are none
	// if something is missing.
	Compared []Run `json:"compared"`
	// Troubles are processes that could not be checked, with the reason.
	Troubles []Trouble `json:"troubles"`
}

// A Right is needed by one or several processes.
type Right struct {
	runner.Check
	Processes []naming.Process `json:"processes"`
}

// Check asks each of the processes what it needs.
func (r Reader) Check(ctx context.Context, customer string, processes []naming.Process) (Check, error) {
	c := Check{
		Customer: customer, OK: true, Rights: []Right{}, Found: []runner.Finding{}, Compared: []Run{},
		Troubles: []Trouble{},
	}
	runs, err := r.Invoke(ctx, processes, cloud.Event{Customers: []string{customer}, Check: true})
	for _, run := range runs {
		for _, check := range run.Checks {
			c.add(run.Process, check)
		}
		for _, f := range run.Found {
			if !slices.Contains(c.Found, f) {
				c.Found = append(c.Found, f)
			}
		}
		if run.Outcome != runner.OK && !slices.ContainsFunc(run.Checks, func(c runner.Check) bool { return !c.OK }) {
			c.addTrouble(run)
		}
	}
	return c, err
}

// Compare adds what the processes that make records in Ongoing would do with what is there already.
func (r Reader) Compare(ctx context.Context, c *Check, processes []naming.Process) (err error) {
	makers := slices.DeleteFunc(slices.Clone(processes), func(p naming.Process) bool {
		return p != naming.Articles && p != naming.SalesOrders
	})
	event := cloud.Event{Customers: []string{c.Customer}, Full: true, DryRun: true}
	c.Compared, err = r.Invoke(ctx, makers, event)
	for _, run := range c.Compared {
		if run.Outcome != runner.OK && run.Outcome != runner.Partial {
			c.addTrouble(run)
		}
	}
	return err
}

func (c *Check) addTrouble(run Run) {
	c.OK = false
	c.Troubles = append(c.Troubles, Trouble{
		Customer: c.Customer, Process: run.Process, What: string(run.Outcome), Kind: Runs,
		Reason: WithRemedy(c.Customer, run.Reason),
	})
}

// Refused is how many records would be held or refused.
func (c Check) Refused() (n int) {
	for _, run := range c.Compared {
		n += run.Held + run.Failed
	}
	return n
}

// add adds a check of a process. Two processes that need the same share a line if they got the same answer.
func (c *Check) add(process naming.Process, check runner.Check) {
	c.OK = c.OK && check.OK
	for i := range c.Rights {
		if right := &c.Rights[i]; right.Check == check {
			right.Processes = append(right.Processes, process)
			return
		}
	}
	c.Rights = append(c.Rights, Right{check, []naming.Process{process}})
}
