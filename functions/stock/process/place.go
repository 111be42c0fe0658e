package process

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/ongoing"
)

// A place says where an interrupted sweep resumes. The cursor stores it as "full 90311 2026-11-01T00:00:00Z".
type place struct {
	next  ongoing.ArticleID
	began time.Time // when the sweep began
	full  bool
}

func (p place) String() string {
	kind := "changed"
	if p.full {
		kind = "full"
	}
	return fmt.Sprintf("%s %d %s", kind, p.next, p.began.Format(time.RFC3339))
}

func parsePlace(s string) (place, error) {
	if s == "" {
		return place{}, nil
	}
	if parts := strings.Fields(s); len(parts) == 3 {
		next, errNext := strconv.Atoi(parts[1])
		began, errBegan := time.Parse(time.RFC3339, parts[2])
		if errNext == nil && errBegan == nil {
			return place{next: ongoing.ArticleID(next), began: began, full: parts[0] == "full"}, nil
		}
	}
	return place{}, errclass.New(errclass.Defect, "",
		"the place %q in the cursor of stock is invalid; it must be such as %q", s, "full 90311 2026-11-01T00:00:00Z")
}
