package ongoing_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/number"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
)

// articles adds articles A1, A2 … and returns their ids.
func (w *world) articles(t *testing.T, n int) []int {
	t.Helper()
	var ids []int
	for i := range n {
		id, err := w.owner.AddArticle(ongoingtest.NewArticle{
			Number: fmt.Sprint("A", i+1), Name: "Hengsle", ProductCode: fmt.Sprint(7000 + i), Stock: number.FromInt(5),
		})
		must(t, err)
		ids = append(ids, id)
	}
	return ids
}

func TestDamagedArticleIsTheTroubleOfThatArticle(t *testing.T) {
	t.Parallel()
	for path, value := range map[string]string{
		"inventoryInfo.numberOfItems": `""`, "inventoryInfo.sellableNumberOfItems": `"12,5"`,
		"quantityPerPackage": `6.5`,
		"created":            `"in November"`, "weight": `{}`, "isActive": `"yes"`, "inventoryInfo": `"none"`,
		"barCodeInfo":  `[1]`,
		"articleGroup": `7`, "articleName": `"\ud800"`,
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, ongoingtest.Options{Record: unrecorded})
			ids := w.articles(t, 5)
			w.owner.Damage(ids[2], path, value)
			bad := path != "articleName" // half of a surrogate pair is read as U+FFFD
			for _, q := range []ongoing.ArticleQuery{
				{}, {PageSize: 1}, {Numbers: []string{"A1", "A2", "A3", "A4", "A5"}},
				{ProductCodes: []string{"7000", "7001", "7002", "7003", "7004"}},
			} {
				var numbers []string
				for a, err := range w.client.Articles(t.Context(), q) {
					numbers = append(numbers, a.Number)
					isBad := bad && int(a.ID) == ids[2]
					if !isBad && err != nil || isBad && (!errors.Is(err, ongoing.ErrUnreadable) ||
						!errclass.Is(err, errclass.Rejected) || !strings.Contains(err.Error(), path) ||
						!strings.Contains(err.Error(), `"A3"`) || !errors.Is(a.Unreadable, ongoing.ErrUnreadable)) {
						t.Errorf("article %s: %v", a.Number, err)
					}
					if a.ProductCode != fmt.Sprint(7000+len(numbers)-1) {
						t.Errorf("article %s has the code %q", a.Number, a.ProductCode)
					}
				}
				if diff := cmp.Diff([]string{"A1", "A2", "A3", "A4", "A5"}, numbers); diff != "" {
					t.Errorf("articles (-want +got):\n%s", diff)
				}
			}
			a, err := w.client.Article(t.Context(), ongoing.ArticleID(ids[2]))
			if a.Number != "A3" || bad != errors.Is(err, ongoing.ErrUnreadable) {
				t.Errorf("alone: %q, %v", a.Number, err)
			}
			must(t, w.client.Check(t.Context()))
		})
	}
}

func TestDamagedOrderIsTheTroubleOfThatOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{Record: unrecorded})
	w.articles(t, 1)
	var ids []int
	for i := range 3 {
		line := ongoingtest.NewLine{Row: "1", Article: "A1", Quantity: number.FromInt(2)}
		id, err := w.owner.AddOrder(fmt.Sprint("O", i), line)
		must(t, err)
		ids = append(ids, id)
	}
	w.owner.Damage(ids[0], "orderLines.pickedNumberOfItems", `"two"`)
	w.owner.Damage(ids[1], "orderInfo.deliveryDate", `"soon"`)
	var got []string
	for o, err := range w.client.Orders(t.Context(), ongoing.OrderQuery{}) {
		got = append(got, fmt.Sprint(o.Info.Number, " ", o.Lines[0].Ordered, " ", err != nil))
		if err != nil && !strings.Contains(err.Error(), `order "`+o.Info.Number+`"`) {
			t.Errorf("%s is not named: %v", o.Info.Number, err)
		}
	}
	if diff := cmp.Diff([]string{"O0 2 true", "O1 2 true", "O2 2 false"}, got); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
}

// A page that is too long is asked for again with fewer rows.
func TestLongPagesAreAskedForInParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{Record: unrecorded})
	ids := w.articles(t, 40)
	for i, id := range ids {
		if i < 30 {
			w.owner.Damage(id, "description", `"`+strings.Repeat("x", 1<<20)+`"`)
		}
	}
	w.owner.Damage(ids[20], "description", `"`+strings.Repeat("x", 10<<20)+`"`)
	var read, refused []int
	for a, err := range w.client.Articles(t.Context(), ongoing.ArticleQuery{}) {
		read = append(read, int(a.ID))
		if err != nil {
			refused = append(refused, int(a.ID))
			if !errors.Is(err, ongoing.ErrUnreadable) || !strings.Contains(err.Error(), `article "A21"`) ||
				!strings.Contains(err.Error(), "longer than 8 MiB") {
				t.Errorf("article %s: %v", a.Number, err)
			}
		}
	}
	if diff := cmp.Diff(ids, read); diff != "" {
		t.Errorf("articles (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{ids[20]}, refused); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	if _, err := w.client.Article(t.Context(), ongoing.ArticleID(ids[20])); !errors.Is(err, ongoing.ErrUnreadable) {
		t.Errorf("alone: %v", err)
	}
	if calls := len(w.server.Journal()); calls > len(ids) {
		t.Errorf("%d calls for %d articles", calls, len(ids))
	}
}
