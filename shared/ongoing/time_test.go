package ongoing_test

import (
	"encoding/json"
	"testing"
	"time"
	_ "time/tzdata" // the test machine may have no zones of its own

	"ongoing24so/shared/ongoing"
)

func TestTime(t *testing.T) {
	t.Parallel()
	oslo, err := time.LoadLocation("Europe/Oslo")
	must(t, err)
	tests := map[string]struct {
		text     string
		want     string // RFC 3339
		date     string // in Oslo
		dateOnly bool
	}{
		"a moment":                       {`"2026-11-25T13:02:11Z"`, "2026-11-25T13:02:11Z", "2026-11-25", false},
		"one digit of a fraction":        {`"2026-11-25T13:02:11.3Z"`, "2026-11-25T13:02:11.3Z", "2026-11-25", false},
		"seven digits":                   {`"2026-11-25T13:02:11.1234567Z"`, "2026-11-25T13:02:11.1234567Z", "2026-11-25", false},
		"an offset":                      {`"2026-11-25T13:02:11+02:00"`, "2026-11-25T11:02:11Z", "2026-11-25", false},
		"no zone is UTC":                 {`"2023-01-01T12:00:00.0000000"`, "2023-01-01T12:00:00Z", "2023-01-01", false},
		"a date is the same anywhere":    {`"2019-10-10"`, "2019-10-10T00:00:00Z", "2019-10-10", true},
		"local midnight in summer":       {`"2023-05-21T22:00:00Z"`, "2023-05-21T22:00:00Z", "2023-05-22", false},
		"local midnight in winter":       {`"2023-12-21T23:00:00Z"`, "2023-12-21T23:00:00Z", "2023-12-22", false},
		"the night when the clock jumps": {`"2026-03-29T00:30:00Z"`, "2026-03-29T00:30:00Z", "2026-03-29", false},
		"null":                           {`null`, "0001-01-01T00:00:00Z", "", false},
		"empty":                          {`""`, "0001-01-01T00:00:00Z", "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got ongoing.Time
			must(t, json.Unmarshal([]byte(tt.text), &got))
			if got.Format(time.RFC3339Nano) != tt.want || got.Date(oslo) != tt.date || got.DateOnly != tt.dateOnly {
				t.Errorf("got %v, %s, %v", got.Time, got.Date(oslo), got.DateOnly)
			}
		})
	}
	for _, text := range []string{`"25.11.2026"`, `"2026-02-30"`, `5`, `{}`, `"2026-11-25T25:00:00Z"`, `"0"`} {
		if err := json.Unmarshal([]byte(text), new(ongoing.Time)); err == nil {
			t.Errorf("%s was taken for a time", text)
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, seed := range []string{`"2026-11-25"`, `"2026-11-25T13:02:11.1234567"`, `"2026-11-25T13:02:11+02:00"`, `null`, `""`, `"x"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var got ongoing.Time
		if json.Unmarshal(text, &got) != nil {
			return
		}
		if got.Location() != time.UTC {
			t.Errorf("%s is not in UTC", text)
		}
		if got.DateOnly && (got.Hour() != 0 || got.Date(time.FixedZone("west", -10*3600)) != got.Format(time.DateOnly)) {
			t.Errorf("%s is a date that moves", text)
		}
		// What was read can be read again.
		again := ongoing.Time{}
		encoded, err := json.Marshal(got.Time)
		if err != nil {
			return // years of more than four digits
		}
		if err = json.Unmarshal(encoded, &again); err != nil || !again.Equal(got.Time) {
			t.Errorf("%s: %v, %v", text, again, err)
		}
	})
}

// An answer of any kind is decoded or refused; it never panics, and quantities are written back as they were read.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`{"orderInfo":{"orderId":5,"deliveryDate":"2026-11-25","orderedNumberOfItems":42.500},"orderLines":[{"id":1,"subOrderLines":[{"id":2}]}]}`,
		`{"articleSystemId":1,"weight":"0.085","inventoryInfo":{"sellableNumberOfItems":-2.000,"reported":null}}`, `null`, `[]`, `{"orderInfo":[]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		var order ongoing.Order
		if json.Unmarshal(answer, &order) == nil {
			_ = order.Changeable()
		}
		var article ongoing.Article
		if json.Unmarshal(answer, &article) != nil || article.Weight == nil {
			return
		}
		encoded, err := json.Marshal(ongoing.ArticleBody{Weight: article.Weight})
		must(t, err)
		var again ongoing.Article
		must(t, json.Unmarshal(encoded, &again))
		if !again.Weight.Equal(*article.Weight) {
			t.Errorf("%s was written as %s", article.Weight, again.Weight)
		}
	})
}
