// Package functions is what people are told about the functions below it: where the fields come from that they write.
// The table is MAPPING.md, so that people read the same in both places.
package functions

import (
	_ "embed"
	"regexp"
	"strconv"
	"strings"

	"ongoing24so/shared/naming"
)

//go:embed MAPPING.md
var document string

// headings are those of the tables that say what becomes of a field.
var headings = map[naming.Process]string{
	naming.Articles: "## Articles", naming.SalesOrders: "## Sales orders", naming.Suppliers: "## Suppliers",
	naming.Stock: "## Stock",
}

// Source returns what a field that a process writes comes from, "" if MAPPING.md does not say it. The field is a path
// as a dry run shows it, such as orderLines[90001].numberOfItems.
func Source(process naming.Process, field string) string {
	heading, ok := headings[process]
	if !ok {
		return ""
	}
	_, section, _ := strings.Cut(document, "\n"+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	field = withoutIndexes(field)
	if process == naming.Stock { // the table has 24SevenOffice's names
		field = "Product." + field
	}
	best, longest := "", 0
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 2 || !strings.HasPrefix(cells[0], "| ") {
			continue
		}
		for _, path := range paths(strings.TrimPrefix(cells[0], "| ")) {
			if (field == path || strings.HasPrefix(field, path+".")) && len(path) > longest {
				best, longest = strings.TrimSuffix(cells[1], " |"), len(path)
			}
		}
	}
	return strings.ReplaceAll(best, "`", "")
}

// Same reports whether a target of the setting extraFields is a field that a process writes.
func Same(to, field string) bool {
	root, path, _ := strings.Cut(to, ".")
	if root == "line" {
		path = "orderLines." + path
	}
	path = strings.TrimSuffix(path, ".no") // the language of a translation
	field = withoutIndexes(field)
	return field == path || strings.HasPrefix(field, path+".")
}

func withoutIndexes(field string) string {
	return regexp.MustCompile(`\[[^]]*\]`).ReplaceAllString(field, "")
}

// paths returns the paths that a cell of the table names: "a.b, c" are a.b and a.c, "a: b, c" are a.b and a.c, and
// "a.b1–3" are a.b1, a.b2 and a.b3.
func paths(cell string) (all []string) {
	prefix, list, in := strings.Cut(cell, ": ")
	if !in {
		prefix, list = "", cell
	}
	for part := range strings.SplitSeq(list, ", ") {
		name, _, _ := strings.Cut(strings.TrimPrefix(part, "or "), " (")
		if i := strings.LastIndexByte(name, '.'); i >= 0 {
			prefix = name[:i]
		} else if prefix != "" {
			name = prefix + "." + name
		}
		if in && !strings.HasPrefix(name, prefix+".") {
			name = prefix + "." + name
		}
		first, last, ranged := strings.Cut(name, "–")
		if !ranged {
			all = append(all, name)
			continue
		}
		to, _ := strconv.Atoi(last)
		from, _ := strconv.Atoi(first[len(first)-1:])
		for n := from; n <= to; n++ {
			all = append(all, first[:len(first)-1]+strconv.Itoa(n))
		}
	}
	return all
}
