package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"

	"ongoing24so/infra/syncctl/cloud"
	"ongoing24so/infra/syncctl/document"
	"ongoing24so/infra/syncctl/report"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/settings"
)

// An app is what a command works with: the options, the terminal and the stack. Data goes to out, talk to talk.
type app struct {
	Options
	in    *os.File
	out   io.Writer
	talk  io.Writer
	lines *bufio.Reader // of in
	// sources, if not nil, returns what a field that a process writes comes from, for the changes that are shown.
	sources func(process naming.Process, field string) string
	// answers reports that a person can answer, animated that the talk can move, and screen that people read the data.
	answers, animated, screen bool
	// width is that of the screen, 0 if there is none.
	width int
}

func newApp(o Options) *app {
	a := &app{Options: o, in: os.Stdin, out: os.Stdout, talk: os.Stderr, lines: bufio.NewReader(os.Stdin)}
	a.answers, a.animated, a.screen = isTerminal(os.Stdin), isTerminal(os.Stderr), isTerminal(os.Stdout)
	if width, _, err := term.GetSize(int(os.Stdout.Fd())); a.screen && err == nil {
		a.width = width
	}
	if os.Getenv("NO_COLOR") != "" || !a.screen {
		text.DisableColors()
	}
	return a
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// open finds the stack.
func (a *app) open(ctx context.Context) (*cloud.Stack, error) {
	if !a.Local {
		return cloud.Open(ctx, a.Stack, a.Region)
	}
	file := a.Endpoints
	if file == "" {
		file = localFile()
	}
	return cloud.OpenLocal(file)
}

// localFile is the file that the local stack writes: dist/local/endpoints.json in the project's folder, which is the
// nearest one with a go.mod.
func localFile() string {
	name := filepath.Join("dist", "local", "endpoints.json")
	folder, err := os.Getwd()
	for err == nil && folder != filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return filepath.Join(folder, name)
		}
		folder = filepath.Dir(folder)
	}
	return name
}

// openCustomer finds the stack and reads a customer's settings.
func (a *app) openCustomer(ctx context.Context, id string) (*cloud.Stack, document.Item, error) {
	if !settings.ValidID(id) {
		return nil, nil, fmt.Errorf("%q is not a customer id; an id has 1 to 40 of a-z, 0-9 and -", id)
	}
	s, err := a.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	item, err := s.SettingsOf(ctx, id)
	if err == nil && item == nil {
		err = fmt.Errorf("there is no customer %s in stack %s; syncctl customers list shows all", id, s.Name)
	}
	return s, item, err
}

// showSources makes changes be shown with what their fields come from.
func (a *app) showSources(c settings.Customer) {
	a.sources = func(process naming.Process, field string) string { return report.ComesFrom(c, process, field) }
}

// reader returns what gathers reports of a stack, and shows a person that it works.
func (a *app) reader(s *cloud.Stack) report.Reader {
	r := report.Reader{Stack: s}
	if a.animated {
		r.Working = a.waiting
	}
	return r
}

// printJSON prints a document of this kind.
func (a *app) printJSON(kind string, data any) error {
	encoder := json.NewEncoder(a.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report.Document(kind, data))
}

// say prints a line of talk.
func (a *app) say(format string, args ...any) { fmt.Fprintf(a.talk, format+"\n", args...) }

// print prints a line of data.
func (a *app) print(format string, args ...any) { fmt.Fprintf(a.out, format+"\n", args...) }

// widest is the width of a column of long texts.
const widest = 90

// narrowest is how far a column is narrowed for a screen.
const narrowest = 16

// fit returns the widths of columns, narrowed until the table fits a screen, as far as that is possible: the widest one
// is for reading, and is narrowed last.
func fit(widths []int, screen int) []int {
	const between = 3 // a line, with a space at each side
	widths = slices.Clone(widths)
	left := -screen
	for _, w := range widths {
		left += w + between
	}
	main := slices.Index(widths, slices.Max(widths))
	for ; screen > 0 && left > 0; left-- {
		i := -1
		for column, w := range widths {
			if column != main && w > max(narrowest, screen/5) && (i < 0 || w > widths[i]) {
				i = column
			}
		}
		if i < 0 {
			i = slices.Index(widths, slices.Max(widths))
		}
		if widths[i] <= narrowest {
			break
		}
		widths[i]--
	}
	return widths
}

// table prints rows under a header. Long texts are folded, so that the table fits the screen.
func (a *app) table(header table.Row, rows []table.Row) {
	if len(rows) == 0 {
		return
	}
	t := table.NewWriter()
	t.SetOutputMirror(a.out)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.Style().Options.SeparateRows, t.Style().Options.DrawBorder = false, false
	widths := make([]int, len(header))
	for _, row := range append([]table.Row{header}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], text.LongestLineLen(fmt.Sprint(cell)))
		}
	}
	for i, name := range header {
		if widths[i] = min(widths[i], widest); name == comesFrom {
			widths[i] = min(widths[i], widest/2)
		}
	}
	var columns []table.ColumnConfig
	for i, width := range fit(widths, a.width) {
		columns = append(columns, table.ColumnConfig{Number: i + 1, WidthMax: width, WidthMaxEnforcer: text.WrapSoft})
	}
	t.SetColumnConfigs(columns)
	t.AppendHeader(header)
	t.AppendRows(rows)
	t.Render()
}

// confirm asks before something is written. Without a person at a terminal, --yes has to be given.
func (a *app) confirm(yes bool, question string, args ...any) error {
	question = fmt.Sprintf(question, args...)
	if yes {
		return nil
	}
	if !a.answers {
		return fmt.Errorf("nothing was written: there is no terminal to ask %q; to answer it, say --yes", question)
	}
	fmt.Fprintf(a.talk, "%s [y/N] ", question)
	answer, err := a.lines.ReadString('\n')
	if err != nil && answer == "" {
		return errors.New("nothing was written: no answer")
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return errors.New("nothing was written: not confirmed")
	}
	return nil
}

// ask asks for a text. flag names the option that gives it, too.
func (a *app) ask(question, flag string) (string, error) {
	if !a.answers {
		return "", fmt.Errorf("%s is missing, and there is no terminal to ask; give %s", question, flag)
	}
	fmt.Fprintf(a.talk, "%s: ", question)
	answer, err := a.lines.ReadString('\n')
	if answer = strings.TrimSpace(answer); answer == "" {
		return "", fmt.Errorf("%s is missing: %w", question, errors.Join(err, errors.New("no answer")))
	}
	return answer, nil
}

// askSecret asks for a text that the terminal does not show.
func (a *app) askSecret(question, flag string) (string, error) {
	if !a.answers {
		return "", fmt.Errorf("%s is missing, and there is no terminal to ask; give %s", question, flag)
	}
	fmt.Fprintf(a.talk, "%s (not shown): ", question)
	answer, err := term.ReadPassword(int(a.in.Fd()))
	fmt.Fprintln(a.talk)
	if err != nil {
		return "", err
	}
	if len(answer) == 0 {
		return "", fmt.Errorf("%s is missing", question)
	}
	return string(answer), nil
}

// each works through a list and shows the progress to a person. It goes on after an error of one element, and returns
// all errors.
func each[T any](a *app, title string, list []T, work func(T) error) error {
	done := func() {}
	if a.animated && len(list) > 1 {
		bar := progress.NewWriter()
		bar.SetOutputWriter(a.talk)
		bar.SetAutoStop(true)
		bar.SetUpdateFrequency(100 * time.Millisecond)
		tracker := &progress.Tracker{Message: title, Total: int64(len(list))}
		bar.AppendTracker(tracker)
		finished := make(chan struct{})
		go func() { bar.Render(); close(finished) }()
		defer func() { tracker.MarkAsDone(); <-finished }()
		done = func() { tracker.Increment(1) }
	}
	var errs []error
	for _, element := range list {
		if err := work(element); err != nil {
			errs = append(errs, err)
		}
		done()
	}
	return errors.Join(errs...)
}

// note stores what a person did. A failure to store it is only said, because the deed is done.
func (a *app) note(ctx context.Context, s *cloud.Stack, customer string, action cloud.Action) {
	action.At = s.Now()
	var err error
	if action.By, err = s.Caller(ctx); err == nil {
		err = s.Note(ctx, customer, action)
	}
	if err != nil {
		a.say("warning: syncctl history will not show this: %v", err)
	}
}
