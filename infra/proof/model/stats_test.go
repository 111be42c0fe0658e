package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// A tally counts what the stories consist of.
type tally struct {
	mu    sync.Mutex
	count map[string]int
}

func (t *tally) add(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count == nil {
		t.count = map[string]int{}
	}
	t.count[what]++
}

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var lines []string
	for _, what := range slices.Sorted(maps.Keys(t.count)) {
		lines = append(lines, fmt.Sprintf("%6d %s", t.count[what], what))
	}
	return strings.Join(lines, "\n")
}
