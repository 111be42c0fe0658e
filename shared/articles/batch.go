package articles

import (
	"context"
	"sync"
)

// BatchSize is how many articles ApplyBatch is meant for.
const BatchSize = 100

// atOnce is how many requests to the state table a batch makes at the same time.
const atOnce = 8

// ApplyBatch is Apply for several articles. It calls settle for each that was tried, and ends after settle has
// returned false. Articles are written one after the other, as Ongoing wants it; the state table is written at the
// same time, so that an article does not wait for the links of those before it, unless one was renamed: its link must
// not name a number that the next one gets. The links of writes that were announced, or moved aside, have their new
// version afterwards, also of those that were not tried.
//
// A crash can leave some articles without their links, or announced and not written. Each is found as after a crash in
// Apply.
func (r *Register) ApplyBatch(ctx context.Context, writes []*Write, settle func(i int, err error) bool) {
	announced := newBackground(len(writes))
	for i := range writes {
		announced.do(i, func() error { return r.announce(ctx, writes[i]) })
	}
	failed := map[int]error{}
	announced.wait(func(i int, err error) {
		if err != nil {
			failed[i] = err
		}
	})
	goOn := true
	done := func(i int, err error) { goOn = settle(i, err) && goOn }
	stored := newBackground(len(writes))
	for i, w := range writes {
		stored.drain(done)
		if goOn = goOn && settle(-1, nil); !goOn { // articles before this one may not be settled yet
			break
		}
		err := failed[i]
		if err == nil && (w.Aside != nil || w.TakenFrom != 0) {
			stored.wait(done) // the other product's link may be among them
			if !goOn {
				break
			}
			var version int
			version, err = r.makeWay(ctx, *w)
			for _, other := range writes[i+1:] {
				if version != 0 && other.Link.ProductID == int(w.Aside.Product) {
					other.Link.Version = version // it gets its own number next
				}
			}
		}
		if err != nil {
			done(i, err)
			continue
		}
		id, err := r.write(ctx, *w)
		if err != nil {
			done(i, r.takeBack(ctx, *w, err))
			continue
		}
		stored.do(i, func() error { return r.store(ctx, *w, id) })
		if w.RenameID != 0 {
			stored.wait(done) // the next article can get the number that the link still has
		}
	}
	stored.wait(done)
}

// A background does numbered things at the same time, atOnce of them at most. One goroutine calls its methods.
type background struct {
	turns   chan struct{}
	results chan outcome
	running int
	group   sync.WaitGroup
}

type outcome struct {
	i        int
	err      error
	panicked any
}

func newBackground(most int) *background {
	return &background{turns: make(chan struct{}, atOnce), results: make(chan outcome, most)}
}

// do starts something when it is its turn. A panic of it is raised again when its result is looked at, so that it ends
// in the goroutine in which the runner expects it.
func (b *background) do(i int, something func() error) {
	b.turns <- struct{}{}
	b.running++
	b.group.Go(func() {
		result := outcome{i: i}
		defer func() {
			result.panicked = recover()
			<-b.turns
			b.results <- result
		}()
		result.err = something()
	})
}

// drain handles the results that there are.
func (b *background) drain(handle func(i int, err error)) {
	for {
		select {
		case result := <-b.results:
			b.handle(result, handle)
		default:
			return
		}
	}
}

// wait handles all results.
func (b *background) wait(handle func(i int, err error)) {
	for b.running > 0 {
		b.handle(<-b.results, handle)
	}
}

func (b *background) handle(result outcome, handle func(i int, err error)) {
	b.running--
	if result.panicked != nil {
		b.group.Wait()
		panic(result.panicked)
	}
	handle(result.i, result.err)
}
