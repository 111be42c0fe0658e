package process

import (
	"ongoing24so/shared/articles"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/planner"
	"ongoing24so/shared/settings"
	"ongoing24so/shared/state"
)

type decision = planner.Decision[articles.Candidate, articles.Write]

// decide decides about one product. Compare says that its article is compared with what is in Ongoing even if nothing
// has changed since it was last written.
func decide(p office24.Product, link state.ArticleLink, s settings.Customer, compare bool) decision {
	c, changed, err := articles.NewCandidate(p, link, s)
	switch {
	case articles.CleanNumber(p.No) == "" && !articles.NeedsNumber(p):
		return decision{Verdict: planner.Skipped, Why: plan.Why{
			Reason: "it has no number and needs none: it has expired or has no stock control",
		}}
	case err != nil:
		return decision{Verdict: planner.Refused, Fingerprint: plan.Fingerprint(p), Err: err}
	case !changed && !compare:
		return decision{Verdict: planner.Unchanged}
	default:
		return decision{Verdict: planner.Kept, Candidate: c}
	}
}
