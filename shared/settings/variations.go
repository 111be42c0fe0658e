package settings

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// variations reads where an article's variation is to be found.
func variations(dst **Variations) rule {
	var v Variations
	r := record([]field{
		{"field", choice(&v.Field, map[string]string{VariationsNo: VariationsNo, VariationsName: VariationsName}), nil, required, "the product's field"},
		{"pattern", variationPattern(&v.Pattern), nil, required, "how that field is taken apart"},
	})
	readRecord := r.read
	r.read = func(path string, av types.AttributeValue) []string {
		*dst = &v
		return readRecord(path, av)
	}
	return r
}

// oneLine is an error's text, whose quotation of the pattern may have line breaks and the like.
func oneLine(err error) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, err.Error())
}

// variationPattern reads a regular expression. Its size is bounded, because it meets every product's text.
func variationPattern(dst **regexp.Regexp) rule {
	const longest, largest = 200, 2000 // characters, instructions
	r := rule{kind: "S", allowed: fmt.Sprintf("a regular expression (RE2) of up to %d characters with the named group base and any of color, size, packaging", longest)}
	r.read = func(path string, v types.AttributeValue) []string {
		s, ok := textOf(v)
		if !ok || utf8.RuneCountInString(s) > longest {
			return r.refuse(path, v)
		}
		parsed, err := syntax.Parse(s, syntax.Perl)
		if err != nil {
			return r.because(path, "is refused: "+oneLine(err))
		}
		if program, err := syntax.Compile(parsed.Simplify()); err != nil || len(program.Inst) > largest {
			return r.because(path, "is too large by its repetitions")
		}
		groups := slices.DeleteFunc(parsed.CapNames(), func(name string) bool { return name == "" })
		unknown := func(name string) bool { return !slices.Contains([]string{"base", "color", "size", "packaging"}, name) }
		if !slices.Contains(groups, "base") || slices.ContainsFunc(groups, unknown) {
			return r.because(path, fmt.Sprintf("has the named groups %q", groups))
		}
		*dst, err = regexp.Compile(s)
		if err != nil {
			return r.because(path, "is refused: "+oneLine(err))
		}
		return nil
	}
	return r
}
