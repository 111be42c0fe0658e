package ongoingtest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"ongoing24so/shared/number"
)

// definitionFile has the simulated routes with their query parameters, and the types of the bodies, as in the vendor's
// published definition. adviceLength is a maximum length that the vendor documents only for its older SOAP API.
//
//go:embed definition.json
var definitionFile []byte

// object is a JSON object.
type object = map[string]any

type definition struct {
	Routes map[string]*route  `json:"routes"`
	Types  map[string]*schema `json:"types"`
}

type route struct {
	Request string             `json:"request"`
	Query   map[string]*schema `json:"query"`
	name    string
	parts   []string
	handle  func(*request) reply
}

type schema struct {
	Ref          string             `json:"ref"`
	Type         string             `json:"type"`
	Format       string             `json:"format"`
	Properties   map[string]*schema `json:"properties"`
	Items        *schema            `json:"items"`
	Required     []string           `json:"required"`
	Must         bool               `json:"must"`
	Enum         []string           `json:"enum"`
	MinLength    int                `json:"minLength"`
	MaxLength    int                `json:"maxLength"`
	AdviceLength int                `json:"adviceLength"`
	MinItems     int                `json:"minItems"`
	UniqueBy     string             `json:"uniqueBy"`
	Nullable     *bool              `json:"nullable"`
	MaxAgeHours  int                `json:"maxAgeHours"`
}

func parseDefinition() (*definition, error) {
	d := &definition{}
	if err := json.Unmarshal(definitionFile, d); err != nil {
		return nil, err
	}
	handlers := handlers()
	for name, r := range d.Routes {
		_, path, _ := strings.Cut(name, " ")
		r.name, r.parts, r.handle = name, strings.Split(path, "/")[1:], handlers[name]
		if r.handle == nil {
			return nil, fmt.Errorf("no handler for %s", name)
		}
	}
	return d, nil
}

// An operation is the route of a call, with the warehouse and the ids of its path.
type operation struct {
	*route
	warehouse string
	ids       []int
}

func (o operation) String() string {
	if o.name == "" {
		return "unknown"
	}
	return o.name
}

// find returns the operation of a path /{warehouse}/api/v1/…. Fixed parts of a path take precedence over ids.
func (d *definition) find(method, path string) operation {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) < 4 || parts[1] != "api" || parts[2] != "v1" {
		return operation{route: &route{}}
	}
	best := operation{route: &route{}, warehouse: parts[0]}
	for name, r := range d.Routes {
		ids, ok := r.match(parts[3:])
		if ok && strings.HasPrefix(name, method+" ") && (best.handle == nil || len(ids) < len(best.ids)) {
			best.route, best.ids = r, ids
		}
	}
	return best
}

func (r *route) match(parts []string) (ids []int, ok bool) {
	if len(parts) != len(r.parts) {
		return nil, false
	}
	for i, part := range r.parts {
		if !strings.HasPrefix(part, "{") {
			if part != parts[i] {
				return nil, false
			}
			continue
		}
		id, err := strconv.ParseInt(parts[i], 10, 32)
		if err != nil {
			return nil, false
		}
		ids = append(ids, int(id))
	}
	return ids, true
}

// checkQuery compares the parameters of a call with those of its route.
func (d *definition) checkQuery(r *route, given url.Values, now time.Time) error {
	for key, values := range given {
		s := r.Query[key]
		if s == nil {
			return fmt.Errorf("%s is not a parameter", key)
		}
		if s.Type == "array" {
			s = s.Items
		} else if len(values) > 1 {
			return fmt.Errorf("%s is given %d times", key, len(values))
		}
		for _, value := range values {
			if err := s.checkParameter(value, now); err != nil {
				return fmt.Errorf("%s %w", key, err)
			}
		}
	}
	for key, s := range r.Query {
		if s.Must && given.Get(key) == "" {
			return fmt.Errorf("%s is required", key)
		}
	}
	return nil
}

func (s *schema) checkParameter(value string, now time.Time) error {
	switch {
	case s.Type == "integer":
		if _, err := strconv.ParseInt(value, 10, 32); err != nil {
			return errors.New("must be a whole number")
		}
	case s.Type == "boolean":
		if value != "true" && value != "false" {
			return errors.New("must be true or false")
		}
	case s.Format == "date-time":
		at, err := parseTime(value)
		if err != nil {
			return err
		}
		if limit := time.Duration(s.MaxAgeHours) * time.Hour; limit > 0 && now.Sub(at) > limit {
			return fmt.Errorf("must be within %d hours of the current time", s.MaxAgeHours)
		}
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, value):
		return fmt.Errorf("must be one of %s", strings.Join(s.Enum, ", "))
	}
	return nil
}

// decode decodes a body and checks it against a type.
func (d *definition) decode(body []byte, typeName string) (object, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value object
	if err := decoder.Decode(&value); err != nil || value == nil {
		return nil, errors.New("the body is not a JSON object")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("the body continues after the JSON object")
	}
	return value, d.checkValue(value, &schema{Ref: typeName}, "")
}

// checkValue checks a value against its type. The error names its path.
func (d *definition) checkValue(value any, s *schema, path string) error {
	if s.Ref != "" {
		own := *s
		s = d.Types[s.Ref]
		if own.Nullable != nil && !*own.Nullable && value == nil {
			return fmt.Errorf("%s must not be null", path)
		}
	}
	if value == nil {
		if s.Nullable != nil && !*s.Nullable {
			return fmt.Errorf("%s must not be null", path)
		}
		return nil
	}
	switch s.Type {
	case "object":
		return d.checkObject(value, s, path)
	case "array":
		return d.checkArray(value, s, path)
	case "string":
		return checkString(value, s, path)
	case "boolean":
		if _, ok := value.(bool); !ok {
			return fmt.Errorf("%s must be true or false", path)
		}
	default:
		return checkNumber(value, s, path)
	}
	return nil
}

func (d *definition) checkObject(value any, s *schema, path string) error {
	fields, ok := value.(object)
	if !ok {
		return fmt.Errorf("%s must be an object", path)
	}
	for name, inner := range fields {
		property := s.Properties[name]
		if property == nil {
			return fmt.Errorf("%s is not a field", join(path, name))
		}
		if err := d.checkValue(inner, property, join(path, name)); err != nil {
			return err
		}
	}
	for _, name := range s.Required {
		if fields[name] == nil {
			return fmt.Errorf("%s is required", join(path, name))
		}
	}
	return nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (d *definition) checkArray(value any, s *schema, path string) error {
	items, ok := value.([]any)
	if !ok {
		return fmt.Errorf("%s must be an array", path)
	}
	if len(items) < s.MinItems {
		return fmt.Errorf("%s must have at least %d items", path, s.MinItems)
	}
	seen := map[any]bool{}
	for i, item := range items {
		if err := d.checkValue(item, s.Items, fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
		fields, _ := item.(object)
		if key := fields[s.UniqueBy]; s.UniqueBy != "" && key != nil {
			if seen[key] {
				return fmt.Errorf("%s: %s %v is not unique", path, s.UniqueBy, key)
			}
			seen[key] = true
		}
	}
	return nil
}

func checkString(value any, s *schema, path string) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("%s must be a string", path)
	}
	longest := s.MaxLength
	if longest == 0 {
		longest = s.AdviceLength
	}
	length := len(utf16.Encode([]rune(text)))
	switch {
	case length < s.MinLength:
		return fmt.Errorf("%s must not be empty", path)
	case longest > 0 && length > longest:
		return fmt.Errorf("%s has %d characters, at most %d are allowed", path, length, longest)
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, text):
		return fmt.Errorf("%s must be one of %s", path, strings.Join(s.Enum, ", "))
	case s.Format == "date-time":
		at, err := parseTime(text)
		if err != nil {
			return fmt.Errorf("%s %w", path, err)
		}
		if at.Year() < 1900 {
			return fmt.Errorf("%s is before 1900", path)
		}
	}
	return nil
}

// checkNumber also accepts numbers in quotes, because the vendor's samples send them.
func checkNumber(value any, s *schema, path string) error {
	d, err := number.Parse(fmt.Sprint(value))
	switch value.(type) {
	case json.Number, string:
	default:
		err = errors.New("not a number")
	}
	if err != nil {
		return fmt.Errorf("%s must be a number", path)
	}
	if s.Type == "integer" {
		if n, err := strconv.ParseInt(d.String(), 10, 64); err != nil || n > math.MaxInt32 || n < math.MinInt32 {
			return fmt.Errorf("%s must be a whole number", path)
		}
	}
	return nil
}

func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, errors.New("must be a date or an RFC 3339 timestamp")
}

// wholeOf returns the value of a number that is known to be whole.
func wholeOf(n json.Number) int {
	d, _ := number.Parse(n.String())
	whole, _ := strconv.Atoi(d.String())
	return whole
}
