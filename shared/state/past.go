package state

import (
	"context"
	"iter"
	"maps"
	"slices"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
)

// A Past is what a link knows of the links that the same id had under other bindings.
type Past struct {
	// Former is what the same id was linked to under another company on the same goods owner; nil if there is no such
	// link. What it names exists in Ongoing, perhaps under the very number that this record would get, and is never
	// ours.
	Former *Former `dynamodbav:"-"`
	// History are the links that the id had under other bindings. It belongs to this package, which makes Former of it.
	// It is a pointer so that links can be compared.
	History *[]Earlier `dynamodbav:"history,omitempty"`
}

// A Former is an order or article in Ongoing WMS that was made under another company on the same goods owner.
type Former struct {
	Company int64
	// Number is its order or article number, OngoingID is Ongoing's own id, 0 if it was not known.
	Number    string
	OngoingID int
	// Next is another one, if the id was linked under several companies.
	Next *Former
}

// Has reports whether an order or article with this number or this id of Ongoing's is one that was made under another
// company. An empty number and the id 0 are none.
func (f *Former) Has(number string, ongoingID int) bool {
	for ; f != nil; f = f.Next {
		if number != "" && number == f.Number || ongoingID != 0 && ongoingID == f.OngoingID {
			return true
		}
	}
	return false
}

// An Earlier is a link that an id had under another binding.
type Earlier struct {
	Binding   string `dynamodbav:"binding"`
	Number    string `dynamodbav:"number,omitempty"`
	OngoingID int    `dynamodbav:"ongoingId,omitempty"`
}

// names reports whether it names anything in Ongoing.
func (e Earlier) names() bool { return e.Number != "" || e.OngoingID != 0 }

func (p *Past) past() *Past { return p }

func (p *Past) earlier() []Earlier {
	if p.History == nil {
		return nil
	}
	return *p.History
}

// A linkKind says how a kind of link is stored: how its name begins, and the attributes that have its id, its number in
// Ongoing and Ongoing's own id.
type linkKind struct{ prefix, id, number, ongoingID string }

var (
	articleLinks  = linkKind{articlePrefix, "productId", "articleNumber", "articleId"}
	orderLinks    = linkKind{orderPrefix, "orderId", "orderNumber", "ongoingId"}
	supplierLinks = linkKind{prefix: supplierPrefix, id: "companyId"}
)

// A link is a pointer to a kind of link.
type link[L any] interface {
	*L
	past() *Past
}

// links returns the links of these ids. One that is stored under another binding is replaced by our own that was put
// aside for it, or by an empty one.
func links[L any, P link[L]](ctx context.Context, p *Partition, kind linkKind, ids []int) (map[int]L, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids))) // DynamoDB refuses a batch that names a key twice
	keys := make([]item, len(ids))
	for i, id := range ids {
		keys[i] = key(p.id, linkRecord(kind.prefix, id))
	}
	items, err := p.store.batchGet(ctx, kind.prefix, keys)
	if err != nil {
		return nil, err
	}
	foreign := slices.DeleteFunc(slices.Clone(items), func(it item) bool { return !p.isForeign(it) })
	kept, err := p.keptAside(ctx, foreign)
	if err != nil {
		return nil, err
	}
	found := make(map[int]L, len(items))
	for _, it := range items {
		l, err := ownLink[L, P](p, kind, it, kept[recordOf(it)])
		if err != nil {
			return nil, err
		}
		found[linkID(kind.prefix, recordOf(it))] = l
	}
	return found, nil
}

// eachLink yields all links of a kind that belong to the binding; with former, also the empty ones that links returns
// for those of other bindings.
func eachLink[L any, P link[L]](ctx context.Context, p *Partition, kind linkKind, former bool) iter.Seq2[L, error] {
	return func(yield func(L, error) bool) {
		var foreign []item
		restore := func() bool {
			kept, err := p.keptAside(ctx, foreign)
			if err != nil {
				var none L
				yield(none, err)
				return false
			}
			for _, it := range foreign {
				ours := kept[recordOf(it)]
				if ours == nil && !former {
					continue
				}
				if l, err := ownLink[L, P](p, kind, it, ours); !yield(l, err) || err != nil {
					return false
				}
			}
			foreign = foreign[:0]
			return true
		}
		for it, err := range p.query(ctx, kind.prefix) {
			if err == nil && p.isForeign(it) {
				if foreign = append(foreign, it); len(foreign) == maxBatchKeys && !restore() {
					return
				}
				continue
			}
			var l L
			if err == nil {
				l, err = ownLink[L, P](p, kind, it, nil)
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
		restore()
	}
}

// keptAside returns, by name, our own links that were put aside for those of another binding.
func (p *Partition) keptAside(ctx context.Context, foreign []item) (map[string]item, error) {
	keys := make([]item, len(foreign))
	names := map[string]string{}
	for i, it := range foreign {
		aside := asideRecord(p.stamp, recordOf(it))
		keys[i], names[aside] = key(p.id, aside), recordOf(it)
	}
	items, err := p.store.batchGet(ctx, "former#", keys)
	if err != nil {
		return nil, err
	}
	kept := map[string]item{}
	for _, it := range items {
		kept[names[recordOf(it)]] = it
	}
	return kept, nil
}

// ownLink returns the link of this binding for a stored record. If the record belongs to another binding, that is kept,
// or a link that is empty but for its id. It gets the version of the stored record, which it will replace.
func ownLink[L any, P link[L]](p *Partition, kind linkKind, stored, kept item) (L, error) {
	var l L
	foreign := p.isForeign(stored)
	own := stored
	switch {
	case foreign && kept != nil:
		own = kept
	case foreign:
		own = only(stored, naming.SortKey, kind.id)
	}
	own = maps.Clone(own)
	if v, ok := stored[versionName]; ok {
		own[versionName] = v
	}
	if err := decode(own, &l); err != nil {
		return l, err
	}
	if !foreign || kept != nil {
		p.keepUnknown(recordOf(stored), own, &l)
	}
	past := P(&l).past()
	if foreign {
		var theirs Past
		if err := decode(only(stored, naming.SortKey, "history"), &theirs); err != nil {
			return l, err
		}
		number, _ := dynamoattr.TextOf(stored[kind.number])
		history := past.earlier()
		last := Earlier{p.stampOf(stored), number, integer(stored[kind.ongoingID])}
		theirLinks := theirs.earlier()
		voided := slices.ContainsFunc(theirLinks, func(e Earlier) bool { return e.Binding == last.Binding })
		if last.names() || !voided {
			theirLinks = append(theirLinks, last)
		}
		for _, e := range theirLinks {
			history = slices.DeleteFunc(history, func(o Earlier) bool { return o.Binding == e.Binding })
			if e.Binding != p.stamp {
				history = append(history, e)
			}
		}
		past.History = &history
		p.mu.Lock()
		p.foreign[recordOf(stored)] = stored
		p.mu.Unlock()
	}
	past.Former = p.former(past.earlier())
	return l, nil
}

// VoidArticle takes the article out of a link. If the customer moves to another company, the article still counts as
// one that was made under this one: the run can die before it is written in another product's name.
func (p *Partition) VoidArticle(l *ArticleLink) {
	if p.stamp != "" && l.ArticleID != 0 {
		history := slices.DeleteFunc(slices.Clone(l.earlier()), func(e Earlier) bool { return e.Binding == p.stamp })
		history = append(history, Earlier{Binding: p.stamp, OngoingID: l.ArticleID})
		l.History = &history
	}
	l.ArticleNumber, l.ArticleID, l.Fingerprint = "", 0, ""
}

// only returns these attributes of an item.
func only(it item, names ...string) item {
	part := item{}
	for _, name := range names {
		if v, ok := it[name]; ok {
			part[name] = v
		}
	}
	return part
}

// former returns those earlier links that were made under another company on the same goods owner, the last one first.
func (p *Partition) former(history []Earlier) (f *Former) {
	company, goodsOwner := splitStamp(p.stamp)
	for _, e := range history {
		theirs, place := splitStamp(e.Binding)
		if p.stamp != "" && place == goodsOwner && theirs != company && e.names() {
			f = &Former{Company: theirs, Number: e.Number, OngoingID: e.OngoingID, Next: f}
		}
	}
	return f
}
