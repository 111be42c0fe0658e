package state_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/state"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// The older one of two products with the same article was deleted in 24SevenOffice, or the links come from a version
// that allowed it.
func TestTwoLinksOfOneArticleAreIndexed(t *testing.T) {
	t.Parallel()
	dynamodbtest.Each(t, func(t *testing.T, db *dynamodbtest.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		for _, id := range []int{101, 102} {
			must(t, w.acme.PutArticle(ctx, &state.ArticleLink{ProductID: id, ArticleNumber: "x", ArticleID: 7}))
		}
		p := w.store.Partition("acme")
		must(t, p.IndexArticles(ctx))
		of, known, err := p.ArticlesOf(ctx, []int{7})
		must(t, err)
		if l := of[7]; !known || l.ProductID != 101 && l.ProductID != 102 {
			t.Errorf("got %+v, known %t", of, known)
		}
	})
}

// moveTo moves the customer to another goods owner an hour later.
func (w *world) moveTo(t *testing.T, owner int) *state.Partition {
	t.Helper()
	w.now = w.now.Add(time.Hour)
	w.remove(t, "acme", "binding")
	p := w.store.Partition("acme")
	must(t, p.Load(t.Context(), naming.Articles, "https://a/", owner))
	must(t, p.Bind(t.Context(), state.Binding{Office24ClientID: 5, OngoingBaseURL: "https://a/", GoodsOwnerID: owner}))
	return p
}

func TestSupplierKeepsItsArticleAfterMovingAwayAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamodbtest.Embedded(t))
	ctx := t.Context()
	const company, product = 5, 101
	stored := func(p *state.Partition) state.ArticleLink {
		links, err := p.Articles(ctx, []int{product})
		must(t, err)
		return links[product]
	}
	here := w.moveTo(t, 1)
	first := state.ArticleLink{ProductID: product, ArticleNumber: "x", ArticleID: 7, SupplierID: company}
	must(t, here.PutArticle(ctx, &first))
	must(t, here.IndexArticles(ctx))
	there := w.moveTo(t, 2)
	l := stored(there)
	l.ArticleID, l.ArticleNumber, l.SupplierID = 70, "x", company
	must(t, there.PutArticle(ctx, &l))
	here = w.moveTo(t, 1)
	l = stored(here)
	l.Fingerprint = "new"
	must(t, here.PutArticle(ctx, &l))
	if got, err := here.Carriers(ctx, company, 10); err != nil || !slices.Equal(got, []int{product}) {
		t.Errorf("the supplier's products with an article are %v, %v", got, err)
	}
	must(t, here.IndexArticles(ctx))
	if of, _, err := here.ArticlesOf(ctx, []int{7}); err != nil || of[7].ProductID != product {
		t.Errorf("article 7 is that of %+v, %v", of, err)
	}
}

// That a supplier was named is forgotten when another binding names it, too, before anybody has looked.
func TestLinksAreIndexedAgainAfterMovingAwayAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamodbtest.Embedded(t))
	ctx := t.Context()
	const company = 5
	isNamed := func(p *state.Partition) (named, articlesKnown, suppliersKnown bool) {
		todos, suppliersKnown, err := p.SupplierTodos(ctx)
		must(t, err)
		_, articlesKnown, err = p.ArticlesOf(ctx, []int{7})
		must(t, err)
		return todos[company].Named, articlesKnown, suppliersKnown
	}
	here := w.moveTo(t, 1)
	must(t, here.IndexArticles(ctx))
	must(t, here.PutArticle(ctx, &state.ArticleLink{
		ProductID: 101, ArticleNumber: "x", ArticleID: 7, SupplierID: company,
	}))
	there := w.moveTo(t, 2)
	must(t, there.PutArticle(ctx, &state.ArticleLink{
		ProductID: 102, ArticleNumber: "y", ArticleID: 8, SupplierID: company,
	}))
	here = w.moveTo(t, 1)
	if _, articles, suppliers := isNamed(here); articles || suppliers {
		t.Errorf("the index of before counts as complete: articles %t, suppliers %t", articles, suppliers)
	}
	must(t, here.IndexArticles(ctx))
	if named, articles, suppliers := isNamed(here); !named || !articles || !suppliers {
		t.Errorf("named %t; complete: articles %t, suppliers %t", named, articles, suppliers)
	}
}

// A version before has indexed suppliers' products under other names, perhaps after a roll-back.
func TestIndexOfAnOlderVersionIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamodbtest.Embedded(t))
	ctx := t.Context()
	must(t, w.acme.PutArticle(ctx, &state.ArticleLink{ProductID: 101, ArticleNumber: "x", ArticleID: 7, SupplierID: 5}))
	must(t, w.acme.IndexArticles(ctx))
	for id := range 30 {
		w.put(t, "acme", fmt.Sprintf("carrier#5#%010d", id+1), map[string]any{"product": id + 1})
	}
	w.put(t, "acme", "supplier-todo#indexed", map[string]any{"at": "2026-11-02T12:00:00.000Z"})
	p := w.store.Partition("acme")
	todos, known, err := p.SupplierTodos(ctx)
	must(t, err)
	if known || len(todos) > 1 {
		t.Errorf("known %t, todos %v", known, todos)
	}
	must(t, p.IndexArticles(ctx))
	if _, known, err = p.SupplierTodos(ctx); err != nil || !known {
		t.Errorf("known %t, %v", known, err)
	}
	if old := w.stored(t, "carrier#5#0000000007"); len(old) > 0 {
		t.Errorf("left: %v", old)
	}
	if carriers, err := p.Carriers(ctx, 5, 10); err != nil || !slices.Equal(carriers, []int{101}) {
		t.Errorf("carriers %v, %v", carriers, err)
	}
}
