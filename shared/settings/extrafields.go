package settings

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/extrafields"
)

// extraFields reads pairs of published names, or of a value and a name. The list can be empty, because editors leave
// empty lists behind.
func extraFields(dst *[]extrafields.Field) rule {
	r := rule{
		kind: "L of M", allowed: "maps with from or value, and to",
		inside: "[].", fields: extraFieldFields(new(extrafields.Field)),
		schema: extraFieldsSchema(sectionSchema(extraFieldFields(new(extrafields.Field)))),
	}
	r.read = func(path string, v types.AttributeValue) (problems []string) {
		l, ok := v.(*types.AttributeValueMemberL)
		if !ok {
			return r.wrongValue(path, v)
		}
		taken := map[string]bool{}
		for i, element := range l.Value {
			if len(problems) > maxProblems {
				break
			}
			f, wrong := extraField(fmt.Sprintf("%s[%d]", path, i), element, taken)
			problems = append(problems, wrong...)
			*dst = append(*dst, f)
			taken[f.To] = true
		}
		return problems
	}
	return r
}

// extraField reads one pair; taken are the fields of Ongoing that already have a source.
func extraField(path string, v types.AttributeValue, taken map[string]bool) (f extrafields.Field, problems []string) {
	problems = section(extraFieldFields(&f)).read(path, v)
	if len(problems) > 0 {
		return f, problems
	}
	if err := extrafields.Check(f); err != nil {
		return f, []string{fmt.Sprintf("%s: %v", path, err)}
	}
	if taken[f.To] {
		return f, []string{fmt.Sprintf("%s.to repeats %q, allowed: each field once", path, f.To)}
	}
	return f, nil
}

func extraFieldFields(f *extrafields.Field) []field {
	return []field{
		{
			name:    "from",
			rule:    printableText(&f.From, 60).refined(schema{"enum": extrafields.Sources()}),
			missing: "value",
			meaning: "a field of 24SevenOffice from the list below; this or `value`",
		},
		{
			name:    "value",
			rule:    printableText(&f.Value, 200),
			missing: "from",
			meaning: "instead of `from`: what is the same for all records, e.g. `NO` for `article.countryOfOriginCode`",
		},
		{
			name:    "to",
			rule:    printableText(&f.To, 60).refined(schema{"enum": extrafields.Targets()}),
			missing: required,
			meaning: "a field of Ongoing from the list below",
		},
	}
}
