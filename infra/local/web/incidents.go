package web

import (
	"context"
	"net/http"

	"ongoing24so/infra/local/acts"
)

type incidentsView struct {
	Incidents []acts.Incident
	Forms     []formView
	Waits     []waitView
	Runs      []runView
}

func (s *Server) showIncidents(w http.ResponseWriter, r *http.Request) {
	m := s.stack.Merchant(s.day.Guest())
	l, err := s.links(r.Context(), m)
	if err != nil {
		s.fail(w, r, http.StatusInternalServerError, "%v", err)
		return
	}
	p := s.newPage(r, "incidents", "Incidents", m.ID)
	p.Data = incidentsView{
		Incidents: acts.Incidents(), Forms: s.forms(m, "", "", ""), Waits: s.waits(m, l), Runs: s.runs(m.ID),
	}
	s.show(w, r, http.StatusOK, "incidents", p)
}

func (s *Server) doIncident(w http.ResponseWriter, r *http.Request) {
	for _, i := range acts.Incidents() {
		if i.Name != r.PathValue("name") {
			continue
		}
		t := acts.Target{Stack: s.stack, Merchant: s.stack.Merchant(s.day.Guest())}
		s.do(w, r, i.Title, func(ctx context.Context) (string, error) {
			if r.PathValue("what") == "repair" {
				return i.Title + ": put right. Run a tick to see that everything goes on.", i.Repair(ctx, t)
			}
			return i.Title + ": it has happened. Run a tick to see what comes of it.", i.Make(ctx, t)
		})
		return
	}
	s.fail(w, r, http.StatusNotFound, "There is no incident %q.", r.PathValue("name"))
}
