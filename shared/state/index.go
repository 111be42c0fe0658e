package state

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The indexes find article links by what they name, so that no run has to read all links:
//
//	article-of#<articleId>            product: the product whose link names an article of Ongoing's
//	supplier-carrier#<companyId>#
//	                      <productId> product: a product of the supplier that has an article
//	supplier-todo#<companyId>#named   at: a product of the supplier has got an article; suppliers looks at it
//	supplier-todo#<companyId>#waits   at: the supplier waits for an article
//	article-of#indexed,
//	supplier-todo#indexed#2           at: the links that an older version has stored are indexed, too
//
// PutArticle writes what belongs to a link before the link. After a crash between the two the records name a product
// whose link does not say so. They are hints: whoever uses one reads the link, and an outdated one finds nothing.
//
// The names are the same under each binding. A record of another binding counts as missing; the next one overwrites it,
// and after a move, also one back to where the customer was before, all links are indexed once more.

// indexed is what is indexed of a link.
type indexed struct{ articleID, supplierID int }

func (l ArticleLink) indexed() indexed {
	if l.ArticleID == 0 {
		return indexed{}
	}
	return indexed{l.ArticleID, l.SupplierID}
}

type indexRecord struct {
	ProductID int       `dynamodbav:"product,omitempty"`
	At        time.Time `dynamodbav:"at,omitempty"`
	Version   int       `dynamodbav:"version,omitempty"`
}

// remember keeps what is indexed of a link that was read or written. Of a link that is still stored as that of another
// binding, nothing is indexed under this one.
func (p *Partition) remember(l ArticleLink) {
	if l.indexed() == (indexed{}) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, foreign := p.foreign[linkRecord(articlePrefix, l.ProductID)]; foreign {
		return
	}
	if p.indexed == nil {
		p.indexed = map[int]indexed{}
	}
	p.indexed[l.ProductID] = l.indexed()
}

// index writes the index records of a link that is about to be stored, unless they were written for the stored one.
func (p *Partition) index(ctx context.Context, l ArticleLink) error {
	p.mu.Lock()
	was := p.indexed[l.ProductID]
	p.mu.Unlock()
	if l.indexed() == (indexed{}) || l.indexed() == was {
		return nil
	}
	records, err := p.indexRecords(l)
	if err != nil {
		return err
	}
	if l.SupplierID != 0 {
		named, err := p.encodeIndex(todoRecord(l.SupplierID, todoNamed), indexRecord{})
		if err != nil {
			return err
		}
		records = append(records, named)
	}
	return p.store.batchPut(ctx, records)
}

func (p *Partition) indexRecords(l ArticleLink) ([]item, error) {
	records := []item{}
	of, err := p.encodeIndex(articleOfRecord(l.ArticleID), indexRecord{ProductID: l.ProductID})
	if records = append(records, of); err == nil && l.SupplierID != 0 {
		of, err = p.encodeIndex(carrierRecord(l.SupplierID, l.ProductID), indexRecord{ProductID: l.ProductID})
		records = append(records, of)
	}
	return records, err
}

func (p *Partition) encodeIndex(record string, r indexRecord) (item, error) {
	if r.ProductID == 0 {
		r.At, r.Version = p.store.now(), int(p.store.now().UnixNano())
	}
	it, err := encode(p.id, record, r)
	if err != nil {
		return nil, err
	}
	return p.stamped(it), nil
}

// decodeIndex reads an index record. One of another binding counts as missing.
func (p *Partition) decodeIndex(it item) (r indexRecord, ok bool, err error) {
	if p.isForeign(it) {
		return r, false, nil
	}
	err = decode(it, &r)
	return r, err == nil, err
}

// isComplete reports whether a record says that all links are indexed: since the customer was bound. What was indexed
// before, other bindings can have overwritten.
func (p *Partition) isComplete(r indexRecord) bool {
	return p.binding == nil || !r.At.Before(p.binding.BoundAt.Truncate(time.Millisecond))
}

// ArticlesOf returns the links that name these articles of Ongoing's, by article. Known is false if the links of an
// older version are not indexed yet: then nothing is known, and IndexArticles is to be called.
func (p *Partition) ArticlesOf(ctx context.Context, articles []int) (of map[int]ArticleLink, known bool, err error) {
	articles = slices.Compact(slices.Sorted(slices.Values(articles)))
	keys := []item{key(p.id, articlesIndexed)}
	for _, id := range articles {
		keys = append(keys, key(p.id, articleOfRecord(id)))
	}
	items, err := p.store.batchGet(ctx, articleOfPrefix, keys)
	if err != nil {
		return nil, false, err
	}
	var products []int
	for _, it := range items {
		r, ok, err := p.decodeIndex(it)
		switch {
		case err != nil:
			return nil, false, err
		case !ok:
		case recordOf(it) == articlesIndexed:
			known = p.isComplete(r)
		default:
			products = append(products, r.ProductID)
		}
	}
	if !known {
		return nil, false, nil
	}
	links, err := p.Articles(ctx, products)
	of = map[int]ArticleLink{}
	for _, l := range links {
		if _, asked := slices.BinarySearch(articles, l.ArticleID); asked {
			of[l.ArticleID] = l
		}
	}
	return of, true, err
}

// Carriers returns the products of a supplier that have an article, at most n, those with the lowest ids.
func (p *Partition) Carriers(ctx context.Context, company, n int) ([]int, error) {
	const size = 10
	var carriers, ids []int
	confirm := func() error {
		links, err := p.Articles(ctx, ids)
		for _, id := range ids {
			if l := links[id]; l.SupplierID == company && l.ArticleID != 0 && len(carriers) < n {
				carriers = append(carriers, id)
			}
		}
		ids = ids[:0]
		return err
	}
	for it, err := range p.queryInPages(ctx, carriersOf(company), size) {
		if err != nil {
			return nil, err
		}
		r, ok, err := p.decodeIndex(it)
		if err != nil {
			return nil, err
		}
		if ok {
			ids = append(ids, r.ProductID)
		}
		if len(ids) == size {
			if err := confirm(); err != nil || len(carriers) == n {
				return carriers, err
			}
		}
	}
	return carriers, confirm()
}

// A SupplierTodo is a supplier that the process suppliers has to look at.
type SupplierTodo struct {
	CompanyID int
	// Waits: it has no article. Named: a product that names it has got an article since it was last looked at.
	Waits, Named bool
	named        indexRecord
}

// SupplierTodos returns the suppliers to look at, by id. Known is false if the links of an older version are not
// indexed yet: then IndexArticles is to be called.
func (p *Partition) SupplierTodos(ctx context.Context) (todos map[int]SupplierTodo, known bool, err error) {
	todos = map[int]SupplierTodo{}
	old := false // an older version has written links, perhaps after a roll-back
	for it, err := range p.query(ctx, todoPrefix) {
		if err != nil {
			return nil, false, err
		}
		r, ok, err := p.decodeIndex(it)
		switch {
		case err != nil:
			return nil, false, err
		case recordOf(it) == oldSuppliersIndexed:
			old = true
			continue
		case !ok:
			continue
		case recordOf(it) == suppliersIndexed:
			known = p.isComplete(r)
			continue
		}
		id, kind, _ := strings.Cut(strings.TrimPrefix(recordOf(it), todoPrefix), "#")
		company, _ := strconv.Atoi(id)
		todo := todos[company]
		todo.CompanyID = company
		if kind == todoNamed {
			todo.Named, todo.named = true, r
		} else {
			todo.Waits = true
		}
		todos[company] = todo
	}
	return todos, known && !old, nil
}

// namedPause is how long a supplier stays named although no link of a product confirms it: longer than any run, because
// the index is written before the link.
const namedPause = time.Hour

// IsSettled reports whether a part of a todo is settled after the supplier was looked at. That it waits is not as long
// as it does. That it was named is not if it still waits and was named just now.
func (t SupplierTodo) IsSettled(waits bool, now time.Time) bool {
	return t.Waits && !waits || t.namedIsSettled(waits, now)
}

func (t SupplierTodo) namedIsSettled(waits bool, now time.Time) bool {
	return t.Named && !(waits && now.Sub(t.named.At) < namedPause)
}

// SettleSupplier removes what is settled of a todo. If the supplier was named again since, that stays.
func (p *Partition) SettleSupplier(ctx context.Context, todo SupplierTodo, waits bool) error {
	if todo.Waits && !waits {
		if err := p.deleteVersionless(ctx, todoRecord(todo.CompanyID, todoWaits)); err != nil {
			return err
		}
	}
	if !todo.namedIsSettled(waits, p.store.now()) {
		return nil
	}
	err := p.deleteVersion(ctx, todoRecord(todo.CompanyID, todoNamed), todo.named.Version)
	if errors.Is(err, ErrChanged) {
		return nil // the next run looks at it
	}
	return err
}

// IndexArticles indexes all links: once for the links of an older version, and once after a move. After a crash before
// its end, it is done again.
func (p *Partition) IndexArticles(ctx context.Context) error {
	present, _, err := p.SupplierTodos(ctx)
	if err != nil {
		return err
	}
	records := map[string]item{} // by name: two links can name the same article, and a batch takes each record once
	flush := func() error {
		batch := slices.Collect(maps.Values(records))
		clear(records)
		return p.store.batchPut(ctx, batch)
	}
	written, todos := map[int]bool{}, map[string]bool{}
	add := func(record string, r indexRecord) error {
		it, err := p.encodeIndex(record, r)
		records[record] = it
		return err
	}
	for l, err := range p.EachSupplier(ctx) {
		if err != nil {
			return err
		}
		if written[l.CompanyID] = !l.Waiting; l.Waiting && !present[l.CompanyID].Waits {
			todos[todoRecord(l.CompanyID, todoWaits)] = true
		}
	}
	for l, err := range p.EachArticle(ctx) {
		if err != nil {
			return err
		}
		if l.ArticleID == 0 {
			continue
		}
		of, err := p.indexRecords(l)
		if err != nil {
			return err
		}
		for _, it := range of {
			records[recordOf(it)] = it
		}
		if l.SupplierID != 0 && !written[l.SupplierID] && !present[l.SupplierID].Named {
			todos[todoRecord(l.SupplierID, todoNamed)] = true
		}
		if len(records) >= indexChunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	for record := range todos {
		if err := add(record, indexRecord{}); err != nil {
			return err
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if err := p.deleteOldCarriers(ctx); err != nil {
		return err
	}
	for _, record := range []string{articlesIndexed, suppliersIndexed} {
		if err := add(record, indexRecord{}); err != nil {
			return err
		}
	}
	return flush()
}

// deleteOldCarriers deletes the index of an older version, which makes it again after a roll-back.
func (p *Partition) deleteOldCarriers(ctx context.Context) error {
	keys := []item{key(p.id, oldSuppliersIndexed)}
	for it, err := range p.query(ctx, oldCarrierPrefix) {
		if err != nil {
			return err
		}
		keys = append(keys, key(p.id, recordOf(it)))
	}
	return p.store.batchDelete(ctx, keys)
}

// indexChunk is how many index records are kept in memory to be written together.
const indexChunk = 2_000
