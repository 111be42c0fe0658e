package articles_test

import (
	"testing"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/state"
)

func TestOwnerOf(t *testing.T) {
	t.Parallel()
	linked := state.ArticleLink{ProductID: 7301, ArticleNumber: "KET-17", ArticleID: 900}
	intended := state.ArticleLink{ProductID: 7301, ArticleNumber: "KET-16"}
	former := state.ArticleLink{ProductID: 7301}
	former.Former = &state.Former{Company: 1, Number: "KET-17", OngoingID: 900}
	neverMade, again := linked, linked
	neverMade.Former = &state.Former{Company: 1, Number: "KET-17"} // a run died before it made the article
	again.Former = former.Former
	for name, test := range map[string]struct {
		number, code string
		id           ongoing.ArticleID // 900 if 0
		link         state.ArticleLink
		want         articles.Owner
	}{
		"code and number are the product's": {
			number: "ket-17\u200b", code: "7301", want: articles.Ours,
		},
		"the number, and no code": {number: "KET-17", want: articles.Free},
		"the number, and a bar code as code": {
			number: "KET-17", code: "7090000000017", want: articles.Free,
		},
		"the number, and a padded code": {
			number: "KET-17", code: "0007301", want: articles.Free,
		},
		"the number, and the code of another product": {
			number: "KET-17", code: "7310", want: articles.Conflict,
		},
		"the code, and another number": {
			number: "PUMPE-12", code: "7301", want: articles.Conflict,
		},
		"another code and another number": {
			number: "PUMPE-12", code: "7310", want: articles.Foreign,
		},
		"link, code and number agree": {number: "KET-17", code: "7301", link: linked, want: articles.Ours},
		"the linked one, renumbered in Ongoing": {
			number: "X", code: "7301", link: linked, want: articles.Changed,
		},
		"the linked one without its code": {
			number: "KET-17", link: linked, want: articles.Changed,
		},
		"the linked one with a code of another system": {
			number: "KET-17", code: "+7301", link: linked, want: articles.Changed,
		},
		"the linked id, and another product's code": {
			number: "KET-17", code: "7310", link: linked, want: articles.Foreign,
		},
		"the linked id, and nothing else": {number: "X", link: linked, want: articles.Foreign},
		"a copy that kept code and number": {
			number: "KET-17", code: "7301", id: 901, link: linked, want: articles.Foreign,
		},
		"written before its link was": {
			number: "KET-16", code: "7301", link: intended, want: articles.Ours,
		},
		"intended, but another's code": {
			number: "KET-16", code: "7310", link: intended, want: articles.Foreign,
		},
		"moved aside while numbers are exchanged": {
			number: "MOVED-7301", code: "7301", link: linked, want: articles.Ours,
		},
		"another product's, moved aside": {
			number: "MOVED-7310", code: "7310", link: linked, want: articles.Foreign,
		},
		"made under another company, as its number says": {
			number: "KET-17", code: "7301", id: 901, link: former, want: articles.Foreign,
		},
		"made after another company was to get the same number": {
			number: "KET-17", code: "7301", link: neverMade, want: articles.Ours,
		},
		"made under another company, and linked all the same": {
			number: "KET-17", code: "7301", link: again, want: articles.Foreign,
		},
		"made under another company, as its id says": {
			number: "X", code: "7301", link: former, want: articles.Foreign,
		},
	} {
		if test.id == 0 {
			test.id = 900
		}
		a := ongoing.Article{ID: test.id, Number: test.number, ProductCode: test.code}
		if got := articles.OwnerOf(a, 7301, "KET-17", test.link); got != test.want {
			t.Errorf("%s: %s; want %s", name, got, test.want)
		}
	}
}

func TestOnlyOurOwnFormOfProductIDIsProductCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]office24.ProductID{
		"7301": 7301, "2147483647": 2147483647, "2147483648": 0, "42934839283871": 0, "7090000000017": 0, "0007301": 0,
		"+7301": 0, "-7301": 0, "0": 0, "": 0, "7301.0": 0, "PUMPE": 0, "٧": 0,
	} {
		if got, ok := articles.ProductCode(code); got != want || ok != (want != 0) {
			t.Errorf("%q: %d, %t; want %d", code, got, ok, want)
		}
	}
}
