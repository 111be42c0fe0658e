package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"ongoing24so/infra/checks"
	"ongoing24so/infra/local/localstack"
	"ongoing24so/infra/local/web"
	"ongoing24so/infra/local/workday"
)

func TestMain(m *testing.M) {
	localstack.RunFunction()
	os.Exit(m.Run())
}

// A site is the page of a stack of its own.
type site struct {
	*web.Server
	stack *localstack.Stack
	day   *workday.Day
	url   string
}

func newSite(t *testing.T) site {
	t.Helper()
	ctx := context.Background() // t's is done before the cleanup
	s, err := localstack.Start(ctx, localstack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	day, err := workday.Begin(ctx, s)
	if err == nil {
		err = workday.AddNewcomer(ctx, s)
	}
	if err != nil {
		t.Fatal(err)
	}
	look := httptest.NewServer(s.LookAPI())
	t.Cleanup(look.Close)
	stack, err := s.Cloud(look.URL)
	if err != nil {
		t.Fatal(err)
	}
	x := site{Server: web.New(ctx, s, day, stack), stack: s, day: day}
	t.Cleanup(x.Wait)
	pages := httptest.NewServer(x.Handler())
	t.Cleanup(pages.Close)
	x.url = pages.URL
	return x
}

// finishTour does all steps of the tour.
func (x site) finishTour(t *testing.T) {
	t.Helper()
	x.day.Into = new([]checks.Check)
	for _, step := range workday.Steps() {
		if err := x.day.Do(t.Context(), step); err != nil {
			t.Fatal(err)
		}
	}
}

func (x site) get(t *testing.T, path string) (status int, header http.Header, body string) {
	t.Helper()
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	request.Host = "127.0.0.1"
	x.Handler().ServeHTTP(recorder, request)
	return recorder.Code, recorder.Header(), recorder.Body.String()
}

// browserNames are those that a Chromium can have.
var browserNames = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// A tab is a page in a real browser.
type tab struct {
	t    *testing.T
	ctx  context.Context //nolint:containedctx // of the browser
	site site

	mu     sync.Mutex
	errors []string // that the browser has logged
}

// newTab opens a browser. Without one, the test is skipped.
func newTab(t *testing.T, x site) *tab {
	t.Helper()
	i := slices.IndexFunc(browserNames, func(name string) bool {
		_, err := exec.LookPath(name)
		return err == nil
	})
	if i < 0 {
		t.Skip("no Chromium: the page was not tested in a browser; apt-get install chromium")
	}
	// As root, and on some systems, Chromium does not start with its sandbox. It opens our own page only.
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.NoSandbox,
		chromedp.ExecPath(browserNames[i]))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	b := &tab{t: t, ctx: ctx, site: x}
	err := chromedp.Listen(ctx, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := event.(type) {
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError {
				b.errors = append(b.errors, e.Entry.Text)
			}
		case *runtime.EventExceptionThrown:
			b.errors = append(b.errors, e.ExceptionDetails.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.errors) > 0 {
			t.Errorf("the browser has logged errors: %s", strings.Join(b.errors, "; "))
		}
	})
	return b
}

// patience is how long the browser may take for one action.
const patience = 30 * time.Second

// run runs actions in the browser.
func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) open(path string) { b.t.Helper(); b.run(chromedp.Navigate(b.site.url + path)) }

// leave does something and waits for the page that comes of it.
func (b *tab) leave(what string, action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	if _, err := chromedp.RunResponse(ctx, action); err != nil {
		b.t.Fatalf("%s: no page comes of it: %v", what, err)
	}
}

// click clicks what a CSS selector finds and waits for the page that comes of it.
func (b *tab) click(selector string) { b.t.Helper(); b.leave(selector, chromedp.Click(selector)) }

// text returns the visible text of what a CSS selector finds.
func (b *tab) text(selector string) string {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	text, err := chromedp.Run(ctx, chromedp.Text(selector))
	if err != nil {
		b.t.Fatalf("%s: %v", selector, err)
	}
	return text
}

// evaluate returns the value of a script.
func evaluate[T any](b *tab, script string) T {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return value
}

// emulate calls a command of the browser.
func emulate[P, R any](b *tab, command cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.t.Fatal(err)
	}
}
