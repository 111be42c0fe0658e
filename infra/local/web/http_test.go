package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ongoing24so/infra/local/workday"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
)

// maxFirstPage is how large the first page may be, with its style and its script.
const maxFirstPage = 100 << 10

func TestFirstPageIsSmallAndComplete(t *testing.T) {
	t.Parallel()
	x := newSite(t)
	x.finishTour(t)
	size := 0
	for _, path := range []string{"/c/fjellsport", "/style.css", "/page.js"} {
		status, _, body := x.get(t, path)
		if status != http.StatusOK {
			t.Errorf("%s: status %d", path, status)
		}
		size += len(body)
	}
	if size > maxFirstPage {
		t.Errorf("the first page has %d bytes", size)
	}
	_, _, body := x.get(t, "/c/fjellsport")
	for _, want := range []string{"Blåbær &amp; Bringebær DA", "FS-40551", "delivery method 9", "Europe/Oslo"} {
		if !strings.Contains(body, want) {
			t.Errorf("the first page lacks %q", want)
		}
	}
}

func TestTextsAreEscaped(t *testing.T) {
	t.Parallel()
	x := newSite(t)
	const evil = `"><script>alert(1)</script>`
	m := x.stack.Merchant("fjellsport")
	m.Company.EditProduct(7101, func(p *office24.Product) { p.Name = evil })
	m.Company.EditOrder(40551, func(o *office24.Order) { o.CustomerName, o.InvoiceText = evil, evil })
	for _, path := range []string{
		"/c/fjellsport", "/c/fjellsport/24so/product/7101", "/c/fjellsport/24so/order/40551", "/incidents", "/control",
		"/c/fjellsport/24so/order/" + url.PathEscape(evil), "/" + url.PathEscape(evil),
	} {
		if _, _, body := x.get(t, path); strings.Contains(body, "<script>alert") {
			t.Errorf("%s contains the script", path)
		}
	}
}

func TestOnlyThisPageChangesAnything(t *testing.T) {
	t.Parallel()
	x := newSite(t)
	token := url.Values{"token": {x.Token()}}.Encode()
	for _, tc := range []struct {
		name, method, host, path, body string
		want                           int
	}{
		{"with the token", "POST", "127.0.0.1:8024", "/tick", token, http.StatusSeeOther},
		{"without a token", "POST", "127.0.0.1:8024", "/tick", "", http.StatusForbidden},
		{"with another token", "POST", "127.0.0.1:8024", "/tick", "token=x", http.StatusForbidden},
		{"by GET", "GET", "127.0.0.1:8024", "/tick?" + token, "", http.StatusNotFound},
		{"by another name of this machine", "POST", "evil.example:8024", "/tick", token, http.StatusForbidden},
		{"a page by another name", "GET", "evil.example:8024", "/tour", "", http.StatusForbidden},
		{"by a form of another page to the control route", "POST", "127.0.0.1:8024", "/control/tick", token,
			http.StatusForbidden},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), tc.method, tc.path, strings.NewReader(tc.body))
			r.Host = tc.host
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			x.Handler().ServeHTTP(w, r)
			if w.Code != tc.want {
				t.Errorf("status %d, want %d", w.Code, tc.want)
			}
			if tc.host != "127.0.0.1:8024" && strings.Contains(w.Body.String(), x.Token()) {
				t.Error("the answer has the token")
			}
			if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
				t.Errorf("policy %q", policy)
			}
		})
	}
}

func TestFormLeadsToNoOtherSite(t *testing.T) {
	t.Parallel()
	x := newSite(t)
	for _, back := range []string{"https://evil.example/", "//evil.example/", "javascript:alert(1)", ""} {
		form := url.Values{"token": {x.Token()}, "back": {back}, "customer": {"fjellsport"}, "key": {"40557"}}
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/act/confirm", strings.NewReader(form.Encode()))
		r.Host = "localhost"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		x.Handler().ServeHTTP(w, r)
		if to := w.Header().Get("Location"); to != "/" {
			t.Errorf("back %q leads to %q", back, to)
		}
	}
}

// control posts to the control route.
func (x site) control(t *testing.T, path, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/control/"+path, strings.NewReader(body))
	r.Host = "127.0.0.1"
	r.Header.Set("X-Token", x.Token())
	w := httptest.NewRecorder()
	x.Handler().ServeHTTP(w, r)
	if !json.Valid(w.Body.Bytes()) {
		t.Errorf("%s: the answer is not JSON: %s", path, w.Body)
	}
	return w.Code, w.Body.String()
}

func TestProgramDoesWhatThePageDoes(t *testing.T) {
	t.Parallel()
	x := newSite(t)
	for _, step := range []struct{ path, body, want string }{
		{"tick", `{}`, "new: Telt «Jotunheimen», 2 pers., 0"},
		{"fjellsport/count", `{"key": "TELT-2", "quantity": "12"}`, "Stock 0 → 12"},
		{"fjellsport/count", `{"key": "KOK-85", "quantity": "50"}`, "Stock 0 → 50"},
		{"fjellsport/send", `{"key": "FS-40551", "waybill": "70722150000012345"}`, "Status 300 Plukk → 450 Sendt"},
		{"tick", `{}`, "Status Confirmed → Sent"},
		{"fjellsport/renumber", `{"key": "7102", "number": "KOK-85-NY"}`, "Number KOK-85 → KOK-85-NY"},
		{"tick", `{}`, `"by": "articles"`},
	} {
		if status, answer := x.control(t, step.path, step.body); status != http.StatusOK ||
			!strings.Contains(answer, step.want) {
			t.Fatalf("%s %s: status %d, want %q in\n%s", step.path, step.body, status, step.want, answer)
		}
	}
	if _, ok := x.stack.Merchant("fjellsport").GoodsOwner.Article("KOK-85-NY"); !ok {
		t.Error("the article has not got its new number")
	}
}

func TestControlSaysWhyNothingWasDone(t *testing.T) {
	t.Parallel()
	x := newSite(t)
	if err := x.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		path, body, want string
		status           int
	}{
		{"nobody/confirm", `{}`, `no customer \"nobody\"`, 404},
		{"fjellsport/fly", `{}`, `there is no act \"fly\"`, 400},
		{"fjellsport/confirm", `{"key": "1"}`, `24SevenOffice has no order \"1\"`, 400},
		{"fjellsport/confirm", `{"key": "40557", "colour": "red"}`, `confirm has no field \"colour\"`, 400},
		{"fjellsport/edit-quantity", `{"key": "40551", "quantity": "two"}`, `must be a decimal number`, 400},
		{"fjellsport/set-status", `{"key": "40551", "status": "Gone"}`, `allowed: None, Offer`, 400},
		{"fjellsport/send", `{"key": "FS-1"}`, `no order \"FS-1\" in Ongoing`, 400},
		{"fjellsport/send", `{"key": "FS-40551"}`, `article TELT-2 has 0 in stock and row-90001 sends 2; article ` +
			`KOK-85 has 0 in stock and row-90002 sends 3; receive goods first (act receive, key: the article)`, 400},
		{"fjellsport/confirm", `[]`, `must be a JSON object of texts`, 400},
	} {
		status, answer := x.control(t, tc.path, tc.body)
		if status != tc.status || !strings.Contains(answer, tc.want) {
			t.Errorf("%s %s: status %d, want %d with %s in\n%s", tc.path, tc.body, status, tc.status, tc.want, answer)
		}
	}
}

// What a page says of a merchant is so now.
func TestPageSaysWhatAMerchantIsNow(t *testing.T) {
	t.Parallel()
	x := newSite(t)
	for _, tc := range []struct{ id, before, after string }{
		{workday.Newcomer, "not yet a customer", "was in both systems before it became a customer."},
		{"blabaer", "is in preview", "was in preview at first"},
		{"torv-og-tang", "has a mistake", "had a mistake in its settings, which somebody has corrected"},
	} {
		path := "/c/" + tc.id
		if _, _, body := x.get(t, path); !strings.Contains(body, tc.before) || strings.Contains(body, tc.after) {
			t.Errorf("%s: before: %s", tc.id, lead(body))
		}
		owner := x.stack.Merchant(tc.id).GoodsOwner
		item := map[string]any{"customerId": tc.id, "ongoing": map[string]any{
			"baseUrl": owner.Warehouse().BaseURL(), "goodsOwnerId": owner.ID,
		}}
		if err := x.stack.PutSettings(t.Context(), item); err != nil {
			t.Fatal(err)
		}
		if _, _, body := x.get(t, path); strings.Contains(body, tc.before) || !strings.Contains(body, tc.after) {
			t.Errorf("%s: after: %s", tc.id, lead(body))
		}
	}
}

// lead returns the sentence under a page's title.
func lead(body string) string {
	_, body, _ = strings.Cut(body, `<p class="lead">`)
	body, _, _ = strings.Cut(body, "</p>")
	return body
}

// A tick comes by itself when the clock says so, however long the program runs already.
func TestTickComesAtItsTime(t *testing.T) {
	t.Parallel()
	x := newSite(t)
	next := x.stack.NextTick()
	if err := x.stack.Clock.Forward(next.Sub(x.stack.Clock.Now())); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		x.Schedule(ctx, naming.Period, func(err error) { t.Error(err) })
	}()
	defer func() { cancel(); <-done }()
	for !x.stack.NextTick().After(next) && t.Context().Err() == nil {
		time.Sleep(10 * time.Millisecond) // the test's own limit ends it
	}
}
