package report

import (
	"ongoing24so/functions"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/settings"
)

// ComesFrom returns what a field that a process writes comes from: by the customer's setting extraFields, else by the
// mapping of all customers. It is "" for what neither says, such as a status.
func ComesFrom(c settings.Customer, process naming.Process, field string) string {
	for _, f := range c.ExtraFields {
		if functions.Same(f.To, field) && ofProcess(f.To, process) {
			if f.From == "" {
				return "always " + f.Value + " (extraFields)"
			}
			return f.From + " (extraFields)"
		}
	}
	return functions.Source(process, field)
}

// ofProcess reports whether a target of extraFields is one of what a process writes.
func ofProcess(to string, process naming.Process) bool {
	article := len(to) > 8 && to[:8] == "article."
	return article == (process == naming.Articles)
}
