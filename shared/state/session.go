package state

import (
	"context"
	"time"
)

// session is the stored 24SevenOffice session. Key is a hash of the credentials it was opened with; a session with
// another key is not used.
type session struct {
	Key   string    `dynamodbav:"key,omitempty"`
	ID    string    `dynamodbav:"id,omitempty"`
	Since time.Time `dynamodbav:"since,omitempty"`
}

// Session returns the id of the stored session, or "" if there is none or it has another key. The id is a secret while
// the session is alive.
func (p *Partition) Session(ctx context.Context, key string) (string, error) {
	it, err := p.take(ctx, sessionRecord)
	if err != nil {
		return "", err
	}
	var s session
	if err := decode(it, &s); err != nil || s.Key != key {
		return "", err
	}
	return s.ID, nil
}

// SetSession stores the id of the session in use; "" means that there is none. key must not reveal the credentials:
// use a hash.
func (p *Partition) SetSession(ctx context.Context, key, id string) error {
	return p.put(ctx, sessionRecord, session{Key: key, ID: id, Since: p.store.now()}, condition{}, nil)
}
