package state

import (
	"context"
	"time"
)

// session is the record of the 24SevenOffice session in use. The key stands for the credentials it was opened with:
// with others it is not used any more.
type session struct {
	Key   string    `dynamodbav:"key,omitempty"`
	ID    string    `dynamodbav:"id,omitempty"`
	Since time.Time `dynamodbav:"since,omitempty"`
}

// Session returns the id of the stored session, empty where there is none or it belongs to another key. The id is a
// secret as long as the session lives.
func (c *Partition) Session(ctx context.Context, key string) (string, error) {
	it, err := c.get(ctx, sessionRecord)
	if err != nil {
		return "", err
	}
	var s session
	if err := decode(it, &s); err != nil || s.Key != key {
		return "", err
	}
	return s.ID, nil
}

// SetSession stores the id of the session in use; an empty id: there is none. Key must not tell the credentials: a hash.
func (c *Partition) SetSession(ctx context.Context, key, id string) error {
	return c.put(ctx, sessionRecord, session{Key: key, ID: id, Since: c.s.now()}, condition{}, nil)
}
