package acts

import (
	"context"
	"slices"
)

// An Incident is something that can go wrong, for an operator to rehearse.
type Incident struct {
	Name, Title string
	// Story says what happens, Look what to look for after the next tick, and Out how it is put right.
	Story, Look, Out string

	make, repair []deed
}

// A deed is an act with the values of its fields, done to a record of the tour's customer.
type deed struct {
	act, key string
	values   map[string]string
}

// Incidents lists the incidents.
func Incidents() []Incident {
	return []Incident{
		{
			Name: "ongoing-down", Title: "Ongoing WMS is down",
			Story: "Every call to Ongoing gets a 503, while sales confirms another order.",
			Look: "The runs end as “failed”, with the reason. Nothing is lost: the cursor stays where it is, and the " +
				"order waits in 24SevenOffice.",
			Out:    "Nothing but the vendor has to be repaired: the next tick goes on where the last one ended.",
			make:   []deed{{act: "fault", values: values("system", "ongoing", "how", "down")}, {act: "new-order"}},
			repair: []deed{{act: "repair"}},
		},
		{
			Name: "slow", Title: "24SevenOffice becomes slow",
			Story:  "Each of its answers takes half a second.",
			Look:   "Everything is still done, only later. The chart on the page Fleet shows how long the ticks take.",
			Out:    "Nothing has to be done afterwards.",
			make:   []deed{{act: "slow", values: values("system", "24so", "seconds", "0.5")}},
			repair: []deed{{act: "repair"}},
		},
		{
			Name: "outage-day", Title: "A day without 24SevenOffice",
			Story: "24SevenOffice breaks all connections for a day; meanwhile the warehouse counts its tents.",
			Look:  "The page Fleet shows who is late since when. After the repair, one tick carries everything over.",
			Out:   "Repair it, and run a tick.",
			make: []deed{
				{act: "fault", values: values("system", "24so", "how", "reset")},
				{act: "count", key: "TELT-2", values: values("quantity", "7")},
				{act: "clock", values: values("minutes", "1440")},
			},
			repair: []deed{{act: "repair"}},
		},
		{
			Name: "password", Title: "A password is changed",
			Story: "Somebody changes the password of the integration's user in Ongoing and tells nobody.",
			Look: "The customer is “blocked”. The reason names the secret and its fields, not the password. All " +
				"other customers are synced.",
			Out: "Put the right password into the secret (aws secretsmanager put-secret-value, or syncctl customers " +
				"secret).",
			make:   []deed{{act: "break-password", values: values("system", "ongoing")}},
			repair: []deed{{act: "repair-password"}},
		},
		{
			Name: "setting", Title: "A mistake in the settings",
			Story:  "Somebody writes an hour into stock.fullSweepHours that no day has.",
			Look:   "The customer is “blocked”; the reason names the setting, its value and what is allowed.",
			Out:    "Correct the setting on the page Settings; it shows what the change does before it is saved.",
			make:   []deed{{act: "set-setting", values: values("path", "stock.fullSweepHours", "value", "36")}},
			repair: []deed{{act: "remove-setting", values: values("path", "stock.fullSweepHours")}},
		},
		{
			Name: "method", Title: "A delivery method that nobody has listed",
			Story: "Sales confirms an order that is to be collected. The warehouse has no name for that.",
			Look:  "The order is held: “delivery method 9 is not listed”. All other orders go on.",
			Out:   "List the method in salesOrders.deliveryMethods, or change the order.",
			make:  []deed{{act: "new-order", values: values("customer", "Ærlige Åse", "method", "9")}},
			repair: []deed{
				{act: "set-setting", values: values("path", "salesOrders.deliveryMethods.9.code", "value", "HENT")},
				{act: "set-setting", values: values("path", "salesOrders.deliveryMethods.9.name", "value", "Hentes")},
			},
		},
		{
			Name: "numbers", Title: "Two products with one number",
			Story:  "Somebody gives the sleeping bag the tent's number.",
			Look:   "The sleeping bag is refused, and the reason names both products. Their articles stay as they are.",
			Out:    "Give one of them another number.",
			make:   []deed{{act: "renumber", key: "7105", values: values("number", "TELT-2")}},
			repair: []deed{{act: "renumber", key: "7105", values: values("number", "SOVEPOSE-3")}},
		},
		{
			Name: "other", Title: "Another integration's article",
			Story: "A web shop adds an article whose product code is, by chance, the id of our tent.",
			Look:  "Ours is recognised by its link. The web shop's article is left alone, and its stock goes nowhere.",
			Out:   "Nothing has to be done.",
			make: []deed{
				{act: "other-article", values: values("number", "BUTIKK-1", "code", "7101")},
				{act: "count", key: "BUTIKK-1", values: values("quantity", "500")},
			},
			repair: []deed{{act: "delete-article", key: "BUTIKK-1"}},
		},
		{
			Name: "brake", Title: "The warehouse's stock is suddenly zero",
			Story: "An import into Ongoing sets the stock of most articles to zero.",
			Look: "The stock brake holds all of it: 24SevenOffice keeps its figures, and nobody's web shop is " +
				"suddenly sold out.",
			Out: "If zero is right, invoke stock with the products as keys. Here, the warehouse corrects its figures.",
			make: []deed{
				{act: "set-setting", values: values("path", "stock.brakeMinimum", "value", "3")},
				{act: "count", key: "TELT-2", values: values("quantity", "0")},
				{act: "count", key: "JAKKE-BLÅ-L", values: values("quantity", "0")},
				{act: "count", key: "TAU-10", values: values("quantity", "0")},
				{act: "count", key: "SOVEPOSE-3", values: values("quantity", "0")},
			},
			repair: []deed{
				{act: "count", key: "TELT-2", values: values("quantity", "9")},
				{act: "count", key: "JAKKE-BLÅ-L", values: values("quantity", "5")},
				{act: "count", key: "TAU-10", values: values("quantity", "70")},
				{act: "count", key: "SOVEPOSE-3", values: values("quantity", "4")},
			},
		},
		{
			Name: "killed", Title: "A run dies in the middle",
			Story: "Three orders are confirmed. The function is killed right after its second write.",
			Look: "The lease of the dead run expires half a minute after the invocation would have ended. The next " +
				"tick finds what was done, and does the rest: each order is in Ongoing once.",
			Out: "Nothing has to be done but to wait for the next tick.",
			make: []deed{
				{act: "new-order", values: values("customer", "Kåre Øye")},
				{act: "new-order", values: values("customer", "Åse Bø")},
				{act: "new-order", values: values("customer", "Pål Ås")},
				{act: "kill", values: values("write", "2")},
			},
		},
		{
			Name: "moved", Title: "The settings lead to another goods owner",
			Story: "Somebody changes the warehouse's address in the settings. It is a mistake, or a move: no program " +
				"can know.",
			Look: "The customer is “blocked”; nothing is read or written there. The reason names both sides.",
			Out: "Change it back, as the button does; or decide the move (syncctl customers move, or delete the " +
				"record binding), and everything is read once more.",
			make:   []deed{{act: "move", values: values("warehouse", "nord")}},
			repair: []deed{{act: "move", values: values("warehouse", "lager")}},
		},
		{
			Name: "unreadable", Title: "A record that cannot be read",
			Story: "In order 40554, 24SevenOffice answers “to stykker” as a quantity.",
			Look:  "That order is refused, with the field and the text. All others go on.",
			Out:   "Correct the quantity in 24SevenOffice.",
			make: []deed{
				{act: "damage", values: values("order", "40554", "text", "to stykker")},
				{act: "confirm", key: "40554"},
			},
			repair: []deed{
				{act: "damage", values: values("order", "40554", "text", "")},
				{act: "confirm", key: "40554"},
			},
		},
	}
}

// values returns a map of names and values.
func values(pairs ...string) map[string]string {
	m := map[string]string{}
	for pair := range slices.Chunk(pairs, 2) {
		m[pair[0]] = pair[1]
	}
	return m
}

// HasRepair reports whether a button puts the incident right.
func (i Incident) HasRepair() bool { return i.repair != nil }

// Make makes the incident happen to a customer.
func (i Incident) Make(ctx context.Context, t Target) error { return doAll(ctx, t, i.make) }

// Repair puts it right.
func (i Incident) Repair(ctx context.Context, t Target) error { return doAll(ctx, t, i.repair) }

func doAll(ctx context.Context, t Target, deeds []deed) error {
	for _, d := range deeds {
		t.Key, t.Values = d.key, d.values
		if _, err := Do(ctx, d.act, t); err != nil {
			return err
		}
	}
	return nil
}
