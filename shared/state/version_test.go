package state_test

import (
	"context"
	"testing"
	"time"

	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// A versioned is one kind of record that has a version.
type versioned struct {
	record    string
	attribute string // the attribute that writer.put sets
	writer    func(*state.Partition) writer
}

// A writer puts and deletes one record. At first it has read that the record does not exist.
type writer struct {
	put    func(ctx context.Context, content string) error
	delete func(ctx context.Context) error // nil if this kind of record is never deleted
}

func versionedRecords() map[string]versioned {
	return map[string]versioned{
		"article": {record: "article#7", attribute: "fingerprint", writer: func(p *state.Partition) writer {
			l := state.ArticleLink{ProductID: 7}
			return writer{
				put:    func(ctx context.Context, s string) error { l.Fingerprint = s; return p.PutArticle(ctx, &l) },
				delete: func(ctx context.Context) error { return p.DeleteArticle(ctx, l) },
			}
		}},
		"order": {record: "order#7", attribute: "fingerprint", writer: func(p *state.Partition) writer {
			l := state.OrderLink{OrderID: 7}
			return writer{
				put: func(ctx context.Context, s string) error { l.Fingerprint = s; return p.PutOrder(ctx, &l) },
			}
		}},
		"supplier": {record: "supplier#7", attribute: "fingerprint", writer: func(p *state.Partition) writer {
			l := state.SupplierLink{CompanyID: 7}
			return writer{
				put: func(ctx context.Context, s string) error { l.Fingerprint = s; return p.PutSupplier(ctx, &l) },
			}
		}},
		"failure": {record: "failure#stock#7", attribute: "message", writer: func(p *state.Partition) writer {
			f := state.Failure{Process: "stock", Key: "7"}
			return writer{
				put:    func(ctx context.Context, s string) error { f.Message = s; return p.PutFailure(ctx, &f) },
				delete: func(ctx context.Context) error { return p.DeleteFailure(ctx, f) },
			}
		}},
	}
}

// TestLateWriteDoesNotReplaceANewerVersion stands for a run that was frozen, lost its lease and wakes up with writes to
// make. It also shows that a run can write its own record repeatedly.
func TestLateWriteDoesNotReplaceANewerVersion(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		for name, kind := range versionedRecords() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				ctx := t.Context()
				w := newWorld(t, db)
				want := func(why string, content any) {
					t.Helper()
					if got := w.stored(t, kind.record)[kind.attribute]; got != content {
						t.Fatalf("%s: stored is %v, want %v", why, got, content)
					}
				}
				first, second := kind.writer(w.acme), kind.writer(w.acme)

				must(t, second.put(ctx, "created"))
				for range 2 { // a failed write does not learn the stored version
					wantConflict(t, first.put(ctx, "late creation"), state.ErrChanged)
				}
				want("the record did not exist when the first writer read it", "created")
				must(t, second.put(ctx, "again"))
				must(t, second.put(ctx, "and again"))
				want("the second writer knows its own version", "and again")
				wantConflict(t, first.put(ctx, "late"), state.ErrChanged)
				want("the first writer does not know the version", "and again")

				if second.delete == nil {
					return
				}
				wantConflict(t, first.delete(ctx), state.ErrChanged)
				want("a late deletion", "and again")
				must(t, second.delete(ctx))
				must(t, second.delete(ctx)) // deleted already: not an error
				wantConflict(t, second.put(ctx, "late change"), state.ErrChanged)
				want("the record was deleted in the meantime", nil)

				// A record that was deleted and created again is another record to those who know the first one.
				w.now = w.now.Add(time.Second)
				third := kind.writer(w.acme)
				for range 3 { // as many writes as the first record had
					must(t, third.put(ctx, "created again"))
				}
				wantConflict(t, second.put(ctx, "late change"), state.ErrChanged)
				wantConflict(t, second.delete(ctx), state.ErrChanged)
				want("another record with the same name", "created again")
			})
		}
	})
}
