package process

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/errclass"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/plan"
	"ongoing24so/shared/state"
)

// candidates finds the product that each article with stock can be of: by the product code, else by the link. Whether
// it is, agrees decides when the product's number is known. A product whose code several articles have, and that has no
// link, is refused.
func (pl *planner) candidates(
	ctx context.Context, stocked []ongoing.Article,
) (map[office24.ProductID][]comparison, error) {
	var ids []int
	var uncoded []ongoing.Article
	for _, a := range stocked {
		if id, ok := articles.ProductCode(a.ProductCode); ok {
			ids = append(ids, int(id))
		} else {
			uncoded = append(uncoded, a)
		}
	}
	links, err := pl.links(ctx, ids)
	if err != nil {
		return nil, err
	}
	linksTo, err := pl.linksTo(ctx, uncoded)
	if err != nil {
		return nil, err
	}
	found := map[office24.ProductID][]comparison{}
	var unlinked []string
	for _, a := range stocked {
		c := comparison{article: a, readAt: pl.Now()}
		if id, ok := articles.ProductCode(a.ProductCode); ok {
			c.product, c.link = id, links[int(id)]
			if c.link.ArticleID == 0 {
				unlinked = append(unlinked, a.ProductCode)
			}
		} else if c.link, ok = linksTo[a.ID]; ok {
			c.product = office24.ProductID(c.link.ProductID)
		} else {
			pl.withoutProduct = append(pl.withoutProduct, a.Number)
			continue
		}
		c.link.ProductID = int(c.product)
		found[c.product] = append(found[c.product], c)
	}
	refused, err := pl.refuseShared(ctx, unlinked)
	for id := range refused {
		delete(found, id)
	}
	return found, err
}

// links returns the links of these products. A full sweep reads all links at once, which costs much less than each.
func (pl *planner) links(ctx context.Context, ids []int) (map[int]state.ArticleLink, error) {
	if !pl.full || !pl.sweeping {
		return pl.State.Articles(ctx, ids)
	}
	err := pl.readLinks(ctx)
	return pl.all.byProduct, err
}

// linksTo returns the links that name these articles. Of several links that name one article, the one with its number
// counts.
func (pl *planner) linksTo(ctx context.Context, uncoded []ongoing.Article) (
	map[ongoing.ArticleID]state.ArticleLink, error,
) {
	found := map[ongoing.ArticleID]state.ArticleLink{}
	if len(uncoded) == 0 {
		return found, nil
	}
	ids := make([]int, len(uncoded))
	for i, a := range uncoded {
		ids[i] = int(a.ID)
	}
	if !pl.full || !pl.sweeping {
		links, indexed, err := pl.State.ArticlesOf(ctx, ids)
		if err != nil {
			return nil, err
		}
		if indexed {
			for id, l := range links {
				found[ongoing.ArticleID(id)] = l
			}
			return found, nil
		}
		pl.toIndex = true
	}
	if err := pl.readLinks(ctx); err != nil {
		return nil, err
	}
	ids = ids[:0]
	for _, a := range uncoded {
		for _, product := range slices.Sorted(slices.Values(pl.all.byArticle[a.ID])) {
			l := pl.all.byProduct[product]
			if _, any := found[a.ID]; !any || articles.SameNumber(l.ArticleNumber, a.Number) {
				found[a.ID] = l
				ids = append(ids, int(a.ID))
			}
		}
	}
	if len(ids) == 0 || pl.toIndex {
		return found, nil
	}
	// A link that is not indexed was stored by an older version, perhaps after a roll-back.
	links, indexed, err := pl.State.ArticlesOf(ctx, ids)
	if !indexed || len(links) < len(found) {
		pl.toIndex = true
	}
	return found, err
}

// allLinks are the links of all products, by product, and the products whose links name an article.
type allLinks struct {
	read      bool
	byProduct map[int]state.ArticleLink
	byArticle map[ongoing.ArticleID][]int
}

// readLinks reads the links of all products, once in a run.
func (pl *planner) readLinks(ctx context.Context) error {
	if pl.all.read {
		return nil
	}
	all, err := pl.State.AllArticles(ctx)
	if err != nil {
		return err
	}
	pl.all.byProduct = all
	for product, l := range all {
		if id := ongoing.ArticleID(l.ArticleID); id != 0 {
			pl.all.byArticle[id] = append(pl.all.byArticle[id], product)
		}
	}
	pl.all.read = true
	return nil
}

// agrees reports whether link, code and number agree that an article is the product's. One that has no code of its own
// is the product's by its link and its number.
func agrees(a ongoing.Article, p office24.Product, link state.ArticleLink) bool {
	switch articles.OwnerOf(a, p.ID, p.No, link) {
	case articles.Ours:
		return true
	case articles.Changed:
		code := strings.TrimSpace(a.ProductCode)
		number := articles.SameNumber(a.Number, link.ArticleNumber) || articles.SameNumber(a.Number, p.No)
		return number && (code == "" || code == key(p.ID))
	default:
		return false
	}
}

// disagree leaves an article alone about which link, code and number do not agree, and keeps the reason for the notes.
func (pl *planner) disagree(a ongoing.Article, p office24.Product, link state.ArticleLink) {
	sameNumber := articles.SameNumber(a.Number, p.No) || articles.SameNumber(a.Number, link.ArticleNumber)
	switch articles.OwnerOf(a, p.ID, p.No, link) {
	case articles.Conflict:
		pl.conflicts = append(pl.conflicts,
			fmt.Sprintf("%s (product code %s, but product %d has number %q)", a.Number, a.ProductCode, p.ID, p.No))
	case articles.Changed:
		pl.changed = append(pl.changed, fmt.Sprintf("%s (product %d)", a.Number, p.ID))
	default:
		pl.withoutProduct = append(pl.withoutProduct, a.Number)
		if sameNumber && link.ArticleID != 0 && link.ArticleID != int(a.ID) {
			pl.doubted = append(pl.doubted, link) // the article looks like the product's, but the link names another
		}
	}
}

// refuseShared refuses the products whose code more than one article with stock has, and returns them. It searches all
// articles, because the other article does not have to be among those that changed.
func (pl *planner) refuseShared(ctx context.Context, codes []string) (map[office24.ProductID]bool, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	sharing := map[office24.ProductID][]ongoing.Article{}
	for a, err := range pl.Ongoing.Articles(ctx, ongoing.ArticleQuery{ProductCodes: codes}) {
		if err != nil && !errors.Is(err, ongoing.ErrUnreadable) {
			return nil, err
		}
		if id, ok := articles.ProductCode(a.ProductCode); ok && hasStock(a) {
			sharing[id] = append(sharing[id], a)
		}
	}
	refused := map[office24.ProductID]bool{}
	slices.Sort(codes)
	for _, code := range slices.Compact(codes) {
		id, _ := articles.ProductCode(code)
		if shared := sharing[id]; len(shared) > 1 {
			refused[id] = true
			pl.plan.Refuse(key(id), "", errclass.New(errclass.Rejected, "",
				"product %d is the product code of articles %s and %s; remove it from one of them",
				id, shared[0].Number, shared[1].Number))
		}
	}
	return refused, nil
}

// maxChecks is how many links a run checks whose articles were not found. If there are more, each full sweep checks
// others of them.
const maxChecks = 20

// missed doubts the links whose articles a full sweep should have met but has not. It read the articles between two
// ids; a last id of 0 is the end of the register.
func (pl *planner) missed(ctx context.Context, from, last ongoing.ArticleID) error {
	if len(pl.seen) == 0 { // an empty answer can be an outage
		return nil
	}
	if err := pl.readLinks(ctx); err != nil {
		return err
	}
	for id, products := range pl.all.byArticle {
		if id < from || last != 0 && id > last || pl.seen[id] {
			continue
		}
		for _, product := range products {
			pl.doubted = append(pl.doubted, pl.all.byProduct[product])
		}
	}
	return nil
}

// forgetGone plans to forget the doubted links whose articles are gone from Ongoing or are another product's by now.
// The process articles then writes the articles again; without it, they are only noted.
func (pl *planner) forgetGone(ctx context.Context) error {
	slices.SortFunc(pl.doubted, func(a, b state.ArticleLink) int { return a.ProductID - b.ProductID })
	sameProduct := func(a, b state.ArticleLink) bool { return a.ProductID == b.ProductID }
	doubted := slices.CompactFunc(pl.doubted, sameProduct)
	if n := len(doubted); n > maxChecks {
		first := int(pl.began.Unix()/3600) % n
		doubted = slices.Concat(doubted[first:], doubted[:first])[:maxChecks]
	}
	for _, link := range doubted {
		product := office24.ProductID(link.ProductID)
		a, err := pl.Ongoing.Article(ctx, ongoing.ArticleID(link.ArticleID))
		switch {
		case errors.Is(err, ongoing.ErrNotFound):
		case err != nil && a.Unreadable == nil:
			return err
		case a.Unreadable != nil && a.ID == 0:
			continue // nobody knows whose it is
		case articles.OwnerOf(a, product, "", link) != articles.Foreign:
			continue // it is there, and left out of the list for another reason
		}
		pl.plan.Notes = append(pl.plan.Notes, fmt.Sprintf(
			"article %q (system id %d) of product %d is gone from Ongoing",
			link.ArticleNumber, link.ArticleID, product))
		if pl.Settings.ProcessEnabled(naming.Articles) {
			pl.plan.Changes = append(pl.plan.Changes, plan.Change[comparison]{
				Key: key(product), Action: plan.Update, LinkOnly: true, Fingerprint: plan.Fingerprint("gone"),
				Payload: comparison{product: product, link: link, gone: true},
			})
		}
		pl.settled[key(product)] = true
	}
	return nil
}
