package ongoing_test

import (
	"encoding/json"
	"testing"
	"time"
	_ "time/tzdata" // the test machine may have no time zone data

	"ongoing24so/shared/ongoing"
)

func TestTimesAreReadInEveryForm(t *testing.T) {
	t.Parallel()
	oslo, err := time.LoadLocation("Europe/Oslo")
	must(t, err)
	tests := map[string]struct {
		text     string
		want     string // RFC 3339
		date     string // in Oslo
		dateOnly bool
	}{
		"a timestamp": {
			text: `"2026-11-25T13:02:11Z"`,
			want: "2026-11-25T13:02:11Z",
			date: "2026-11-25",
		},
		"one digit of a fraction": {
			text: `"2026-11-25T13:02:11.3Z"`,
			want: "2026-11-25T13:02:11.3Z",
			date: "2026-11-25",
		},
		"seven digits": {
			text: `"2026-11-25T13:02:11.1234567Z"`,
			want: "2026-11-25T13:02:11.1234567Z",
			date: "2026-11-25",
		},
		"an offset": {
			text: `"2026-11-25T13:02:11+02:00"`,
			want: "2026-11-25T11:02:11Z",
			date: "2026-11-25",
		},
		"no zone is UTC": {
			text: `"2023-01-01T12:00:00.0000000"`,
			want: "2023-01-01T12:00:00Z",
			date: "2023-01-01",
		},
		"a date is the same in every zone": {
			text:     `"2019-10-10"`,
			want:     "2019-10-10T00:00:00Z",
			date:     "2019-10-10",
			dateOnly: true,
		},
		"local midnight in summer": {
			text: `"2023-05-21T22:00:00Z"`,
			want: "2023-05-21T22:00:00Z",
			date: "2023-05-22",
		},
		"local midnight in winter": {
			text: `"2023-12-21T23:00:00Z"`,
			want: "2023-12-21T23:00:00Z",
			date: "2023-12-22",
		},
		"the night of the clock change": {
			text: `"2026-03-29T00:30:00Z"`,
			want: "2026-03-29T00:30:00Z",
			date: "2026-03-29",
		},
		"null":  {text: `null`, want: "0001-01-01T00:00:00Z"},
		"empty": {text: `""`, want: "0001-01-01T00:00:00Z"},
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
			t.Errorf("%s was read as a time", text)
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, seed := range []string{
		`"2026-11-25"`, `"2026-11-25T13:02:11.1234567"`, `"2026-11-25T13:02:11+02:00"`, `null`, `""`, `"x"`,
	} {
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
		if got.DateOnly &&
			(got.Hour() != 0 || got.Date(time.FixedZone("west", -10*3600)) != got.Format(time.DateOnly)) {
			t.Errorf("%s is another date in another zone", text)
		}
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

// Any answer is decoded or refused without a panic, and quantities are written as they were read.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`{"orderInfo":{"orderId":5,"deliveryDate":"2026-11-25","orderedNumberOfItems":42.500},` +
			`"orderLines":[{"id":1,"subOrderLines":[{"id":2}]}]}`,
		`{"articleSystemId":1,"weight":"0.085","inventoryInfo":{"sellableNumberOfItems":-2.000,"reported":null}}`,
		`null`, `[]`, `{"orderInfo":[]}`,
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
