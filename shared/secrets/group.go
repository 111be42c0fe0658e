package secrets

import (
	"context"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// maxGroup is how many secrets one call reads (API reference, BatchGetSecretValue).
const maxGroup = 20

// A group are customers whose secrets are read with one call.
type group struct {
	ids  []string
	once sync.Once
	mu   sync.Mutex
	// found has the customers whose secret the call has found, until it is asked for.
	found map[string]answer
}

type answer struct {
	credentials Credentials
	err         error
}

// Expect says whose secrets are going to be read next, in this order, each once. It forgets what was expected before.
func (r *Reader) Expect(customerIDs []string) {
	expected := map[string]*group{}
	for ids := range slices.Chunk(customerIDs, maxGroup) {
		g := &group{ids: slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !validID(id) })}
		for _, id := range g.ids {
			if len(g.ids) > 1 {
				expected[id] = g
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expected = expected
}

// readExpected returns the credentials of an expected customer, the first time that they are asked for. ok is false if
// the secret has to be read by itself: the customer was not expected, or the call for the group says nothing about it,
// or has failed. What is wrong then is told by the call for the one secret, and nobody suffers from another's secret.
func (r *Reader) readExpected(ctx context.Context, customerID string) (c Credentials, ok bool, err error) {
	r.mu.Lock()
	g := r.expected[customerID]
	delete(r.expected, customerID)
	r.mu.Unlock()
	if g == nil {
		return Credentials{}, false, nil
	}
	g.once.Do(func() { g.found = r.readGroup(ctx, g.ids) })
	g.mu.Lock()
	defer g.mu.Unlock()
	a, ok := g.found[customerID]
	delete(g.found, customerID)
	return a.credentials, ok, a.err
}

// readGroup reads secrets with one call. An answer can lack some of them: each has an error of its own, which the call
// for the one secret repeats.
func (r *Reader) readGroup(ctx context.Context, ids []string) map[string]answer {
	customers := map[string]string{} // by name
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = r.Name(id)
		customers[names[i]] = id
	}
	out, err := r.api.BatchGetSecretValue(ctx, &secretsmanager.BatchGetSecretValueInput{SecretIdList: names})
	if err != nil {
		return nil
	}
	found := map[string]answer{}
	for _, v := range out.SecretValues {
		if v.Name == nil {
			continue
		}
		if id, asked := customers[*v.Name]; asked {
			c, err := read(*v.Name, v.SecretString)
			found[id] = answer{c, err}
		}
	}
	return found
}
