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
//
// In a run of Start the first answer is the copy in the mark. It can be outdated; its caller then asks again.
func (p *Partition) Session(ctx context.Context, key string) (string, error) {
	if s := p.copiedSession(); s != nil && s.Key == key {
		p.useSession(*s)
		return s.ID, nil
	}
	it, err := p.take(ctx, sessionRecord)
	if err != nil {
		return "", err
	}
	var s session
	if err := decode(it, &s); err != nil || s.Key != key {
		return "", err
	}
	p.useSession(s)
	return s.ID, nil
}

// SetSession stores the id of the session in use; "" means that there is none. key must not reveal the credentials:
// use a hash.
func (p *Partition) SetSession(ctx context.Context, key, id string) error {
	s := session{Key: key, ID: id, Since: p.store.now()}
	p.useSession(s)
	return p.put(ctx, sessionRecord, s, condition{}, nil)
}

// copiedSession returns the copy of the session in the mark, once, if it was made under the binding of now.
func (p *Partition) copiedSession() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sessionCopy == nil || p.sessionCopyOf != p.boundSince() {
		return nil
	}
	s := p.sessionCopy
	p.sessionCopy = nil
	return s
}

// boundSince names the binding and when it was made; "" if the customer is not bound. The caller has locked mu.
func (p *Partition) boundSince() string {
	if p.binding == nil {
		return ""
	}
	return formatTime(p.binding.BoundAt)
}

func (p *Partition) useSession(s session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.session = &s
}

// sessionInUse returns the session that was used last, for the mark, and what binding it is good for; nil if there is
// none.
func (p *Partition) sessionInUse() (*session, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session == nil || p.session.ID == "" || p.boundSince() == "" {
		return nil, ""
	}
	return p.session, p.boundSince()
}
