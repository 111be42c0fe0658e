// Package english writes numbers with their nouns and verbs: 1 article has, 2 articles have.
package english

import (
	"fmt"
	"strings"
)

// Count returns a number with its noun, which is given in the singular.
func Count(n int, noun string) string {
	return fmt.Sprintf("%d %s", n, Choose(n, noun, plural(noun)))
}

// Choose returns the form that belongs to a number.
func Choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// plural is that of regular nouns.
func plural(noun string) string {
	if strings.HasSuffix(noun, "s") { // process
		return noun + "es"
	}
	return noun + "s"
}
