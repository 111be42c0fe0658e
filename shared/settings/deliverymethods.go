package settings

import (
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ongoing24so/shared/office24"
)

// deliveryMethods reads what each delivery method is called in Ongoing.
func deliveryMethods(dst *map[office24.DeliveryMethodID]DeliveryMethod) rule {
	r := rule{
		kind: "M of M", allowed: "one or more delivery method ids, whole numbers from 0",
		inside: ".<id>.", fields: deliveryMethodFields(new(DeliveryMethod)),
		schema: deliveryMethodsSchema(sectionSchema(deliveryMethodFields(new(DeliveryMethod)))),
	}
	r.read = func(path string, v types.AttributeValue) (problems []string) {
		m, ok := v.(*types.AttributeValueMemberM)
		if !ok || len(m.Value) == 0 {
			return r.wrongValue(path, v)
		}
		methods := make(map[office24.DeliveryMethodID]DeliveryMethod, len(m.Value))
		for _, key := range slices.Sorted(maps.Keys(m.Value)) {
			if len(problems) > maxProblems {
				break
			}
			id, err := strconv.ParseInt(key, 10, 32)
			if err != nil || id < 0 || strconv.FormatInt(id, 10) != key {
				problems = append(problems, r.problem(path+"."+showName(key), "is not a delivery method id")...)
				continue
			}
			method, wrong := deliveryMethod(path+"."+key, m.Value[key])
			problems = append(problems, wrong...)
			methods[office24.DeliveryMethodID(id)] = method
		}
		*dst = methods
		return problems
	}
	return r
}

// deliveryMethod reads either a way of delivery or a transporter. In Ongoing they are alternatives.
func deliveryMethod(path string, v types.AttributeValue) (m DeliveryMethod, problems []string) {
	problems = section(deliveryMethodFields(&m)).read(path, v)
	way := m.Code != "" && m.TransporterCode == "" && m.TransporterServiceCode == ""
	transporter := m.TransporterCode != "" && m.TransporterServiceCode != "" && m.Code == "" && m.Name == ""
	if len(problems) == 0 && !way && !transporter {
		problems = []string{path + " does not name exactly one way of delivery or transporter, " +
			"allowed: either code, with or without name, or transporterCode with transporterServiceCode"}
	}
	return m, problems
}

// The lengths are Ongoing's limits for a way of delivery.
func deliveryMethodFields(m *DeliveryMethod) []field {
	return []field{
		{name: "code", rule: printableText(&m.Code, 50), meaning: "code of the way of delivery"},
		{name: "name", rule: printableText(&m.Name, 100), meaning: "name of the way of delivery, together with `code`"},
		{
			name:    "transporterCode",
			rule:    printableText(&m.TransporterCode, 50),
			meaning: "instead of `code`: the transporter",
		},
		{
			name:    "transporterServiceCode",
			rule:    printableText(&m.TransporterServiceCode, 50),
			meaning: "the transporter's service, together with `transporterCode`",
		},
	}
}
