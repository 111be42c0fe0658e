package settings

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/extrafields"
)

// extraFields reads pairs of published names. An empty list is none, as an editor leaves it behind.
func extraFields(dst *[]extrafields.Field) rule {
	r := rule{kind: "L of M", allowed: "maps of from and to", inside: "[].", fields: extraFieldFields(new(extrafields.Field))}
	r.read = func(path string, v types.AttributeValue) (problems []string) {
		l, ok := v.(*types.AttributeValueMemberL)
		if !ok {
			return r.refuse(path, v)
		}
		taken := map[string]bool{}
		for i, element := range l.Value {
			if len(problems) > mostProblems {
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
	problems = record(extraFieldFields(&f)).read(path, v)
	if len(problems) > 0 {
		return f, problems
	}
	if err := extrafields.Check(f); err != nil {
		return f, []string{fmt.Sprintf("%s: %v", path, err)}
	}
	if taken[f.To] {
		return f, []string{fmt.Sprintf("%s.to is %q a second time, allowed: each once", path, f.To)}
	}
	return f, nil
}

func extraFieldFields(f *extrafields.Field) []field {
	return []field{
		{"from", label(&f.From, 60), nil, required, "field of 24SevenOffice, out of its published list"},
		{"to", label(&f.To, 60), nil, required, "field of Ongoing, out of its published list"},
	}
}
