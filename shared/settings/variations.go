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

	"ongoing24so/shared/dynamoattr"
)

// variations reads how an article's variation is found.
func variations(dst **Variations) rule {
	var v Variations
	r := section([]field{
		{
			name:    "field",
			rule:    choice(&v.Field, map[string]string{VariationsNo: VariationsNo, VariationsName: VariationsName}),
			missing: required,
			meaning: "the field of the product",
		},
		{
			name:    "pattern",
			rule:    variationPattern(&v.Pattern),
			missing: required,
			meaning: "how to split that field",
		},
	})
	readSection := r.read
	r.read = func(path string, av types.AttributeValue) []string {
		v = Variations{}
		problems := readSection(path, av)
		*dst = new(v)
		return problems
	}
	return r
}

// oneLine returns an error's text, which quotes the pattern, without line breaks and other unprintable characters.
func oneLine(err error) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, err.Error())
}

// variationPattern reads a regular expression. Its size is limited, because it is matched with every product.
func variationPattern(dst **regexp.Regexp) rule {
	const longest, largest = 200, 2000 // characters, instructions
	r := rule{kind: "S", allowed: fmt.Sprintf("a regular expression (RE2) of up to %d characters "+
		"with the named group base and any of color, size, packaging", longest),
		schema: schema{"type": "string", "maxLength": longest, "pattern": `\(\?P?<base>`}}
	r.read = func(path string, v types.AttributeValue) []string {
		s, ok := dynamoattr.TextOf(v)
		if !ok || utf8.RuneCountInString(s) > longest {
			return r.wrongValue(path, v)
		}
		parsed, err := syntax.Parse(s, syntax.Perl)
		if err != nil {
			return r.problem(path, "is refused: "+oneLine(err))
		}
		if program, err := syntax.Compile(parsed.Simplify()); err != nil || len(program.Inst) > largest {
			return r.problem(path, "is too large with its repetitions written out")
		}
		groups := slices.DeleteFunc(parsed.CapNames(), func(name string) bool { return name == "" })
		known := []string{"base", "color", "size", "packaging"}
		unknown := func(name string) bool { return !slices.Contains(known, name) }
		if !slices.Contains(groups, "base") || slices.ContainsFunc(groups, unknown) {
			return r.problem(path, fmt.Sprintf("has the named groups %q", groups))
		}
		*dst, err = regexp.Compile(s)
		if err != nil {
			return r.problem(path, "is refused: "+oneLine(err))
		}
		return nil
	}
	return r
}
