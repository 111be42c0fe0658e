package report

import (
	"ongoing24so/functions"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/runner"
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

// A SourcedPreview is a preview whose fields say what they come from, for programs. Its JSON is that of a Preview with
// comesFrom at each field that has a source.
type SourcedPreview struct {
	Preview
	Runs    []SourcedRun    `json:"runs"`
	Effects []SourcedEffect `json:"effects,omitempty"`
}

// A SourcedRun is a Run with sources.
type SourcedRun struct {
	Run
	Changes []SourcedChange `json:"changes,omitempty"`
}

// A SourcedEffect is an Effect with sources.
type SourcedEffect struct {
	Effect
	Enters  []SourcedChange `json:"enters"`
	Leaves  []SourcedChange `json:"leaves"`
	Differs []SourcedChange `json:"differs"`
}

// A SourcedChange is a change with sources.
type SourcedChange struct {
	runner.Change
	Fields []SourcedField `json:"fields"`
}

// A SourcedField is a field with what it comes from, if that is known; see ComesFrom.
type SourcedField struct {
	plan.Field
	ComesFrom string `json:"comesFrom,omitempty"`
}

// WithSources returns the preview with what its fields come from under a customer's settings.
func (p Preview) WithSources(c settings.Customer) SourcedPreview {
	s := SourcedPreview{Preview: p}
	for _, r := range p.Runs {
		s.Runs = append(s.Runs, SourcedRun{r, withSources(c, r.Process, r.Changes)})
	}
	for _, e := range p.Effects {
		s.Effects = append(s.Effects, SourcedEffect{
			e, withSources(c, e.Process, e.Enters), withSources(c, e.Process, e.Leaves),
			withSources(c, e.Process, e.Differs),
		})
	}
	return s
}

func withSources(c settings.Customer, process naming.Process, changes []runner.Change) []SourcedChange {
	all := []SourcedChange{}
	for _, change := range changes {
		sourced := SourcedChange{Change: change}
		for _, f := range change.Fields {
			sourced.Fields = append(sourced.Fields, SourcedField{f, ComesFrom(c, process, f.Field)})
		}
		all = append(all, sourced)
	}
	return all
}
