package stack

import (
	"fmt"
	"html"
	"os"
	"strings"
	"testing"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/testenv/readmetest"
)

// The README's picture is drawn from the processes and from the template, so that it shows what is deployed.
func TestREADMEPictureIsThatOfTheStack(t *testing.T) {
	tmpl, _ := synth(t, map[string]any{"alarmEmail": "ops@example.com"})
	const file = "architecture.svg"
	want := drawStack(tmpl)
	if *readmetest.Update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not the picture of the stack; run: make docs", file)
	}
}

// A drawing is an SVG that is legible on a white and on a black page.
type drawing struct{ strings.Builder }

const (
	pictureWidth, pictureHeight = 960, 560
	laneTop, laneHeight         = 96, 56
	laneLeft, laneWidth         = 290, 380
)

// drawStack draws the vendors at the sides, the functions between them with the direction of their data, and below what
// they keep and whom they tell.
func drawStack(tmpl template) string {
	var d drawing
	fmt.Fprintf(&d, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" `+
		`font-size="14">`+"\n",
		pictureWidth, pictureHeight)
	d.WriteString("<title>24SevenOffice, five Lambda functions, Ongoing WMS</title>\n" +
		`<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">` +
		`<path d="M0 0L8 4L0 8z" fill="#5b6b7b"/></marker></defs>` + "\n")
	fmt.Fprintf(&d, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", pictureWidth, pictureHeight)

	entries := naming.Entries()
	bottom := laneTop + len(entries)*laneHeight
	rules := len(tmpl.all("AWS::Events::Rule"))
	d.box(laneLeft, 24, laneWidth, 44, "#fff4dc", fmt.Sprintf("EventBridge: %d rules", rules),
		fmt.Sprintf("every %d minutes, one after the other", int(naming.Period.Minutes())))
	d.arrow(laneLeft+laneWidth/2, 68, laneLeft+laneWidth/2, laneTop-4)
	d.box(24, laneTop, 170, bottom-laneTop-12, "#e4f0fb", "24SevenOffice", "ERP, SOAP")
	d.box(pictureWidth-194, laneTop, 170, bottom-laneTop-12, "#e4f5e6", "Ongoing WMS", "warehouse, REST")
	for i, entry := range entries {
		y := laneTop + i*laneHeight
		about := strings.NewReplacer(" of 24SevenOffice", "", " in 24SevenOffice", "", " of Ongoing WMS", "",
			" in Ongoing WMS", "", " to 24SevenOffice", "").Replace(entry.About)
		d.box(laneLeft, y, laneWidth, laneHeight-12, "#f3ecfb", string(entry.Process), about)
		left, right := laneLeft-90, laneLeft+laneWidth+90
		middle := y + (laneHeight-12)/2
		if toOngoing(entry) {
			d.arrow(left, middle, laneLeft-4, middle)
			d.arrow(laneLeft+laneWidth, middle, right, middle)
		} else {
			d.arrow(right, middle, laneLeft+laneWidth+4, middle)
			d.arrow(laneLeft, middle, left, middle)
		}
	}
	y := bottom + 36
	d.arrow(laneLeft+laneWidth/2, bottom-10, laneLeft+laneWidth/2, y-4)
	queues, topics := len(tmpl.all("AWS::SQS::Queue")), len(tmpl.all("AWS::SNS::Topic"))
	alarms := len(tmpl.all("AWS::CloudWatch::Alarm")) + len(tmpl.all("AWS::CloudWatch::CompositeAlarm"))
	d.box(24, y, 290, 52, "#eef1f4", fmt.Sprintf("DynamoDB: %d tables", len(tmpl.all("AWS::DynamoDB::Table"))),
		"settings by people, state by the functions")
	d.box(335, y, 290, 52, "#eef1f4", "Secrets Manager", "one secret a customer")
	d.box(646, y, 290, 52, "#eef1f4", fmt.Sprintf("CloudWatch: %d alarms, %d dashboard", alarms,
		len(tmpl.all("AWS::CloudWatch::Dashboard"))),
		fmt.Sprintf("%d topic for mail, %d queue of failed events", topics, queues))
	d.box(335, y+84, 290, 44, "#fdeaea", "syncctl", "the operator's command")
	d.arrow(480, y+84, 480, y+56)
	d.arrow(335, y+106, 169, y+56)
	d.arrow(625, y+106, 791, y+56)
	d.WriteString("</svg>\n")
	return d.String()
}

// toOngoing reports whether a process reads in 24SevenOffice: its description begins there.
func toOngoing(entry naming.Entry) bool {
	return strings.Index(entry.About, "24SevenOffice") < strings.Index(entry.About, "Ongoing")
}

func (d *drawing) box(x, y, width, height int, fill, title, text string) {
	fmt.Fprintf(d, `<rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="%s" stroke="#5b6b7b"/>`+"\n",
		x, y, width, height, fill)
	fmt.Fprintf(d, `<text x="%d" y="%d" text-anchor="middle" font-weight="bold" fill="#1d2733">%s</text>`+"\n",
		x+width/2, y+height/2-3, html.EscapeString(title))
	fmt.Fprintf(d, `<text x="%d" y="%d" text-anchor="middle" font-size="12" fill="#1d2733">%s</text>`+"\n",
		x+width/2, y+height/2+14, html.EscapeString(text))
}

func (d *drawing) arrow(x1, y1, x2, y2 int) {
	fmt.Fprintf(d, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#5b6b7b" marker-end="url(#to)"/>`+"\n",
		x1, y1, x2, y2)
}
