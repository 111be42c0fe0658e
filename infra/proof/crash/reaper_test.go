package crash_test

import (
	"net/http"
	"sync"
)

// A reaper counts the moments at which a function can die: before each of its writes takes effect, and behind it, when
// the function has not heard of it yet. At one of them it kills.
type reaper struct {
	mu      sync.Mutex
	watched func() // kills the function that is at work; nil: nobody is watched
	at      int    // the moment to kill at, counted from 1; 0: none
	moments []string
	struck  bool
}

// watch has the reaper kill at a moment, counted from now; 0: it only counts.
func (r *reaper) watch(at int, kill func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watched, r.at, r.moments, r.struck = kill, at, nil, false
}

// hand gives it another function to watch, and counts on.
func (r *reaper) hand(kill func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watched != nil {
		r.watched = kill
	}
}

// rest ends the watch. It returns the moments that passed, and whether it killed.
func (r *reaper) rest() (moments []string, struck bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watched = nil
	return r.moments, r.struck
}

func (r *reaper) dead() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.struck
}

func (r *reaper) before(write string) {
	if r.pass("before " + write) {
		panic(http.ErrAbortHandler) // the request dies with its sender
	}
}

func (r *reaper) behind(write string) { r.pass("behind " + write) }

// pass counts a moment, and tells whether it was the last.
func (r *reaper) pass(moment string) bool {
	r.mu.Lock()
	kill := r.watched
	if kill == nil {
		r.mu.Unlock()
		return false
	}
	r.moments = append(r.moments, moment)
	last := len(r.moments) == r.at
	if last {
		r.watched, r.struck = nil, true
	}
	r.mu.Unlock()
	if last {
		kill()
	}
	return last
}
