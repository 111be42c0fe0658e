package crash_test

import (
	"net/http"
	"sync"
)

// A killer counts the moments at which a function can die: before each of its writes takes effect, and after it, before
// the function has the answer. It kills at one of them.
type killer struct {
	mu      sync.Mutex
	kill    func() // kills the function that runs; nil while the killer is disarmed
	at      int    // the moment to kill at, counted from 1; 0 for none
	moments []string
	killed  bool
}

// arm starts to count moments and kills at one of them; 0 only counts.
func (k *killer) arm(at int, kill func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kill, k.at, k.moments, k.killed = kill, at, nil, false
}

// aim makes another function the one to kill. The count goes on.
func (k *killer) aim(kill func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kill != nil {
		k.kill = kill
	}
}

// disarm returns the moments that were counted, and whether a function was killed.
func (k *killer) disarm() (moments []string, killed bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kill = nil
	return k.moments, k.killed
}

func (k *killer) hasKilled() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.killed
}

func (k *killer) before(write string) {
	if k.count("before " + write) {
		panic(http.ErrAbortHandler) // the request dies with its sender
	}
}

func (k *killer) after(write string) { k.count("after " + write) }

// count counts a moment, and reports whether it killed at it.
func (k *killer) count(moment string) bool {
	k.mu.Lock()
	kill := k.kill
	if kill == nil {
		k.mu.Unlock()
		return false
	}
	k.moments = append(k.moments, moment)
	now := len(k.moments) == k.at
	if now {
		k.kill, k.killed = nil, true
	}
	k.mu.Unlock()
	if now {
		kill()
	}
	return now
}
