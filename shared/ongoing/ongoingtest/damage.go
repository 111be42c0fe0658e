package ongoingtest

import (
	"encoding/json"
	"strings"
)

// Damage makes every answer give a field of an article or order with this JSON, whatever the definition says, as a
// warehouse with its own additions can. The path is such as "inventoryInfo.numberOfItems"; "orderLines.comment" is a
// field of each line. Empty JSON ends the damage.
func (g *GoodsOwner) Damage(id int, path, value string) {
	defer g.lock()()
	if g.damaged[id] == nil {
		g.damaged[id] = map[string]string{}
	}
	g.damaged[id][path] = value
}

// damage sets the fields of Damage in an answer.
func (g *GoodsOwner) damage(id int, o object) object {
	for path, value := range g.damaged[id] {
		if value != "" {
			setField(o, path, json.RawMessage(value))
		}
	}
	return o
}

func setField(value any, path string, to json.RawMessage) {
	first, rest, inner := strings.Cut(path, ".")
	switch v := value.(type) {
	case []object:
		for _, entry := range v {
			setField(entry, path, to)
		}
	case object:
		if inner {
			setField(v[first], rest, to)
		} else {
			v[first] = to
		}
	}
}
