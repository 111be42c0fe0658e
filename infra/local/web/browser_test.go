package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"ongoing24so/infra/local/acts"
	"ongoing24so/infra/local/workday"
)

func TestVisitorTakesTheTour(t *testing.T) {
	t.Parallel()
	for name, without := range map[string]bool{"with JavaScript": false, "without JavaScript": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newTab(t, newSite(t))
			emulate(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: without})
			b.open("/")
			b.click(`a[href="/tour"]`)
			for i := range workday.Steps() {
				b.click(fmt.Sprintf(`input[value="%d"][name=step] ~ button`, i+1))
				if said := b.text(".said"); !strings.Contains(said, fmt.Sprintf("Step %d is done", i+1)) {
					t.Fatalf("after step %d the page says %q", i+1, said)
				}
			}
			text := b.text("main")
			if strings.Contains(text, "did not") || !strings.Contains(text, "That was the tour") {
				t.Errorf("the tour ends with\n%s", text)
			}
			b.open("/c/fjellsport/24so/order/40552")
			story := b.text("main")
			for _, want := range []string{
				"in the warehouse: Ongoing WMS order FS-40552", "rest order: 24SevenOffice order 40561",
				"Status Rest → Sent", "new: 300 Plukk, 2 × JAKKE-RØD-M, 2.5 × TAU-10",
			} {
				if !strings.Contains(story, want) {
					t.Errorf("the story of order 40552 lacks %q", want)
				}
			}
		})
	}
}

// Each act is done by its form, in the order of its list, in which none prevents the next one.
func TestEveryActCanBeDone(t *testing.T) {
	t.Parallel()
	x := newSite(t)
	x.finishTour(t)
	b := newTab(t, x)
	order := func(key string) string { return "/c/fjellsport/24so/order/" + key }
	product := func(key string) string { return "/c/fjellsport/24so/product/" + key }
	warehouse := func(key string) string { return "/c/fjellsport/ongoing/order/" + key }
	article := func(key string) string { return "/c/fjellsport/ongoing/article/" + key }
	const both, operator = "/c/fjellsport", "/incidents"
	list := []struct{ act, page, shows string }{
		{"confirm", order("40557"), "Confirmed"}, {"edit-quantity", order("40554"), "1 × TELT-2"},
		{"add-row", order("40554"), "1 × TELT-2, 1 × TELT-2"}, {"remove-row", order("40554"), "1 × TELT-2"},
		{"edit-delivery", order("40554"), "Bakveien 2"}, {"withdraw", order("40555"), "Inactive"},
		{"set-status", order("40558"), "Pack"}, {"invoice", order("40551"), "Invoiced"},
		{"delete-order", order("40559"), "does not exist any more"},
		{"rename", product("7101"), "Jotunheimen"}, {"renumber", product("7101"), "TELT-2"},
		{"swap", product("7103"), "TELT-2"},
		{"expire", product("7104"), "expired"}, {"revive", product("7104"), "active"},
		{"set-stock", product("7105"), "Stock\n0"}, {"remove-product", product("7106"), "does not exist any more"},
		{"edit-supplier", "/c/fjellsport/24so/supplier/5012", "RINGEBU"},
		{"new-order", both, "Bjørg Ås"}, {"new-product", both, "Lue «Dovre», ull"},
		{"allocate", warehouse("FS-40554"), "320 Skrevet ut"}, {"pick", warehouse("FS-40554"), "400 Plukket"},
		{"send", warehouse("FS-40554"), "450 Sendt"}, {"collect", warehouse("FS-40554"), "500 Hentet"},
		{"late-parcel", warehouse("FS-40554"), "70722150000067890"}, {"return", warehouse("FS-40554"), "800 Retur"},
		{"back-order", warehouse("FS-40560"), "FS-40560-B"}, {"exchange-article", warehouse("FS-40560"), "× TELT-2"},
		{"renumber-order", warehouse("FS-40560"), ""}, {"cancel", warehouse("FS-40555"), "1000 Annullert"},
		{"count", article("TAU-10"), "68"}, {"receive", article("TAU-10"), "78"},
		{"product-code", article("TAU-10"), ""},
		{"renumber-article", article("FRAKT"), ""}, {"delete-article", article("SKI-93"), ""},
		{"other-article", both, "Fra nettbutikken"}, {"other-order", both, "NETT-"},
		{"break-password", operator, ""}, {"repair-password", operator, ""}, {"set-setting", operator, ""},
		{"remove-setting", operator, ""}, {"fault", operator, ""}, {"slow", operator, ""}, {"repair", operator, ""},
		{"block-identity", operator, ""}, {"kill", operator, ""}, {"damage", operator, ""}, {"move", operator, ""},
		{"decide-move", operator, ""}, {"clock", operator, ""},
	}
	done := map[string]bool{}
	for _, act := range list {
		done[act.act] = true
		b.open(act.page)
		form := fmt.Sprintf(`form[action="/act/%s"]`, act.act)
		if evaluate[bool](b, fmt.Sprintf(`document.querySelector(%q)?.closest("details") != null`, form)) {
			b.run(chromedp.Click(fmt.Sprintf(`details:has(%s) > summary`, form)))
		}
		b.click(form + " button")
		if said := b.text(".said"); !strings.Contains(said, ": done") {
			t.Errorf("%s on %s: the page says %q", act.act, act.page, said)
		}
		if text := b.text("main"); !strings.Contains(text, act.shows) {
			t.Errorf("%s on %s: the page lacks %q:\n%s", act.act, act.page, act.shows, text)
		}
	}
	for _, a := range acts.All() {
		if !done[a.Name] {
			t.Errorf("act %s was not done", a.Name)
		}
	}
}

func TestOperatorRehearsesAnIncident(t *testing.T) {
	t.Parallel()
	x := newSite(t)
	x.finishTour(t)
	b := newTab(t, x)
	b.open("/incidents")
	b.click(`form[action="/incidents/password/make"] button.primary`)
	b.click(`form[action="/tick"] button.primary`)
	if now := b.text(".now"); !strings.Contains(now, "blocked") || !strings.Contains(now, "ongoing24so/fjellsport") {
		t.Errorf("with a wrong password the page says\n%s", now)
	}
	b.click(`form[action="/incidents/password/make"] button[formaction]`)
	b.click(`form[action="/tick"] button.primary`)
	if now := b.text(".now"); strings.Contains(now, "blocked") {
		t.Errorf("with the right password the page says\n%s", now)
	}
}

func TestOperatorLooksAtAChangeOfSettingsBeforeSavingIt(t *testing.T) {
	t.Parallel()
	x := newSite(t)
	b := newTab(t, x)
	b.open("/settings/torv-og-tang")
	change := func(to string) {
		evaluate[string](b, fmt.Sprintf(`(() => { const t = document.querySelector("#text");
			return t.value = t.value.replace(/textRows: .*/, "textRows: %s"); })()`, to))
	}
	change("kommentarer")
	b.click(`button[value=preview]`)
	if text := b.text(".verdict.wait"); !strings.Contains(text, `"kommentarer"`) || !strings.Contains(text, "allowed") {
		t.Errorf("a mistake is answered with %q", text)
	}
	change("comment")
	b.click(`button[value=preview]`)
	preview := b.text("#preview")
	for _, want := range []string{"salesOrders.textRows", "kommentar", "blocked", "would write 1"} {
		if !strings.Contains(preview, want) {
			t.Errorf("the preview lacks %q:\n%s", want, preview)
		}
	}
	if articles := x.stack.Merchant("torv-og-tang").GoodsOwner.Articles(); len(articles) > 0 {
		t.Errorf("the preview has written %v", articles)
	}
	b.click(`button[value=save]`)
	b.click(`form[action="/tick"] button.primary`)
	if articles := x.stack.Merchant("torv-og-tang").GoodsOwner.Articles(); len(articles) != 1 {
		t.Errorf("after the change, the next tick has made articles %v", articles)
	}
}

// pagesToCheck are one of each kind.
var pagesToCheck = []string{
	"/c/fjellsport", "/c/fjellsport/24so/order/40552", "/c/fjellsport/ongoing/article/TELT-2", "/tour", "/incidents",
	"/fleet", "/settings/fjellsport", "/settings/havgapet", "/control", "/nowhere",
}

// nameless lists what has no name for a screen reader, and headings that leave a level out.
const nameless = `(() => {
	const wrong = [];
	for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
		if (!e.labels.length || !e.labels[0].textContent.trim()) wrong.push("no label: " + e.outerHTML);
	for (const e of document.querySelectorAll("a, button, summary"))
		if (!e.textContent.trim()) wrong.push("no text: " + e.outerHTML);
	for (const e of document.querySelectorAll("svg")) if (!e.getAttribute("aria-label")) wrong.push("no label: svg");
	const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
	for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push("id twice: " + id);
	if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
	let level = 0;
	for (const e of document.querySelectorAll("main h1, main h2, main h3")) {
		const n = Number(e.tagName[1]);
		if (n > level + 1) wrong.push("level left out before " + e.textContent);
		level = n;
	}
	if (document.documentElement.scrollWidth > innerWidth) wrong.push("wider than the window");
	return wrong.join("\n");
})()`

// pale lists texts whose contrast is below 4.5 (WCAG 2.2, 1.4.3).
const pale = `(() => {
	const rgb = (c) => (c.match(/[\d.]+/g) || []).map(Number);
	const linear = (v) => v <= 10.3 ? v / 3294.6 : ((v / 255 + .055) / 1.055) ** 2.4;
	const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
	const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
		if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
	const wrong = new Set();
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let t; (t = texts.nextNode());) {
		const e = t.parentElement;
		if (!t.textContent.trim() || !e.checkVisibility() || e.disabled) continue;
		const a = light(rgb(getComputedStyle(e).color)), b = light(ground(e));
		const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
		if (ratio < 4.5) wrong.add(e.className + " " + e.tagName + " " + ratio.toFixed(2) + ": " + t.textContent);
	}
	return [...wrong].join("\n");
})()`

// shifts is the sum of the layout shifts since the page was loaded.
const shifts = `new Promise((answer) => {
	let sum = 0;
	new PerformanceObserver((list) => { for (const e of list.getEntries()) sum += e.value; })
		.observe({ type: "layout-shift", buffered: true });
	setTimeout(() => answer(sum), 60);
})`

func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	x := newSite(t)
	x.finishTour(t)
	for range 3 {
		if err := x.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b := newTab(t, x)
	for _, look := range []struct {
		name, scheme string
		width        int64
	}{{"desktop", "light", 1300}, {"dark", "dark", 1300}, {"phone", "light", 360}} {
		emulate(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: look.width, Height: 800, DeviceScaleFactor: 1,
		})
		emulate(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}},
		})
		for _, page := range pagesToCheck {
			b.open(page)
			shifted := evaluate[float64](b, shifts)
			evaluate[string](b, `for (const d of document.querySelectorAll("details")) d.open = true; ""`)
			wrong, low := evaluate[string](b, nameless), evaluate[string](b, pale)
			if wrong+low != "" || shifted > 0.01 {
				t.Errorf("%s, %s: layout shift %v\n%s\n%s", page, look.name, shifted, wrong, low)
			}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = nil // /nowhere is not found, which the browser logs
}

// A keyboard reaches everything in the order of the page, and Enter runs the tick.
func TestTickRunsByKeyboard(t *testing.T) {
	t.Parallel()
	x := newSite(t)
	b := newTab(t, x)
	b.open("/c/fjellsport")
	for range 30 {
		b.run(chromedp.KeyEvent("\t"))
		if evaluate[string](b, `document.activeElement.textContent.trim()`) == "Run the next tick now" {
			b.leave("Enter", chromedp.KeyEvent("\r"))
			if found, ok := x.stack.Merchant("fjellsport").GoodsOwner.Article("TELT-2"); !ok {
				t.Errorf("after the tick there is no tent: %v", found)
			}
			return
		}
	}
	t.Error("the keyboard does not reach the button")
}
