package testenv

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// A recorder writes the exchanges with both simulators to a folder, <six digits>.json in the order of the calls.
type recorder struct {
	folder string

	mu    sync.Mutex
	count int
	err   error
}

// newRecorder creates the folder. It refuses a folder with an older recording, because old and new files would mix.
func newRecorder(folder string) (*recorder, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	old, err := filepath.Glob(filepath.Join(folder, "[0-9]*.json"))
	if err != nil {
		return nil, err
	}
	if len(old) > 0 {
		return nil, fmt.Errorf("folder %s already has a recording; name a new folder", folder)
	}
	return &recorder{folder: folder}, nil
}

// record writes one exchange. Failures are kept for Env.Close, because a simulator cannot handle them.
func (r *recorder) record(exchange any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	text, err := json.MarshalIndent(exchange, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(r.folder, fmt.Sprintf("%06d.json", r.count)), append(text, '\n'), 0o644)
	}
	r.err = errors.Join(r.err, err)
}

func (r *recorder) close() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}
