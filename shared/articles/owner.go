package articles

import (
	"strconv"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/state"
)

// An Owner says whose an article in Ongoing is, seen from one product.
type Owner string

// The owners.
const (
	// Ours: all that there is of link, product code and number says that it is the product's article.
	Ours Owner = "ours"
	// Changed: it is the article that we wrote for the product, but somebody has changed its number or product code
	// since. The process articles writes it again; until then nothing else relies on it.
	Changed Owner = "changed"
	// Free: it has the product's number, and nothing says that it is another's. The process articles takes it over.
	Free Owner = "free"
	// Conflict: product code and number point to different products, and there is no link of ours. A person decides.
	Conflict Owner = "conflict"
	// Foreign: it is not the product's article.
	Foreign Owner = "foreign"
)

// OwnerOf is the rule for whose an article is. It looks at one product with its number (No) and its link, which is zero
// if there is none. The ids and numbers that an article has can come from anywhere: from other systems, from before us,
// from people. Therefore one of them alone proves nothing:
//
//   - a link holds only together with the product code or the number: the system id can be another article's by now
//   - a product code holds only together with a link or the number: it can be another system's id
//   - a number alone makes an article free for the product, unless its code is that of another product: then both
//     claim it
//   - an article that was made under another company is never ours; if only the number says that it was, our link says
//     more: the other company's article can be gone, or was never made
//
// A code that names another product is a claim only as long as that product exists. The rule does not know that; who
// wants to resolve a Conflict has to ask.
func OwnerOf(a ongoing.Article, id office24.ProductID, no string, link state.ArticleLink) Owner {
	code, isProduct := ProductCode(a.ProductCode)
	mine, others := isProduct && code == id, isProduct && code != id
	linked := link.ArticleID != 0 && link.ArticleID == int(a.ID)
	known := link.ArticleNumber != "" && SameNumber(link.ArticleNumber, a.Number) || a.Number == asideNumber(id)
	switch {
	case isFormer(a, link), linked && others, link.ArticleID != 0 && !linked:
		return Foreign
	case mine && known, mine && link.ArticleID == 0 && SameNumber(no, a.Number):
		return Ours
	case linked && (mine || known):
		return Changed
	case linked:
		return Foreign
	case SameNumber(no, a.Number) && !isProduct:
		return Free
	case SameNumber(no, a.Number), mine:
		return Conflict
	default:
		return Foreign
	}
}

// isFormer reports whether an article was made under another company, as the link of a product says.
func isFormer(a ongoing.Article, link state.ArticleLink) bool {
	linked := link.ArticleID != 0 && link.ArticleID == int(a.ID)
	return link.Former.Has("", int(a.ID)) || !linked && link.Former.Has(a.Number, 0)
}

// ProductCode returns the product that an article's product code is the id of. Other systems keep other things in that
// field, such as bar codes and padded numbers. Only what we would write ourselves is an id: a whole number above 0 in
// its shortest form that is an int of 24SevenOffice.
func ProductCode(code string) (office24.ProductID, bool) {
	n, err := strconv.ParseInt(code, 10, 32)
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != code {
		return 0, false
	}
	return office24.ProductID(n), true
}

// asideNumber returns the number that an article of a product has while its own number goes to another product and the
// one that it shall have is not free yet. The product's id makes it unique, and says to people and to later runs whose
// article it is.
func asideNumber(id office24.ProductID) string { return "MOVED-" + Key(id) }

// CodeConflict is the reason for which a product is held whose code or number an article has without being its own.
func CodeConflict(a ongoing.Article, id office24.ProductID, no string) error {
	return errclass.New(errclass.Held, "",
		"article %q in Ongoing (system id %d) has the product code %q, but product %d has the number %q, and it is "+
			"not known whose the article is; correct its product code or its number in Ongoing",
		a.Number, a.ID, a.ProductCode, id, no)
}
