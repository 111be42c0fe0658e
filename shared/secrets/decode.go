package secrets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A Document is a secret in the form in which it is stored.
type Document struct {
	Office24 struct {
		ApplicationID string `json:"applicationId"`
		Username      string `json:"username"`
		Password      string `json:"password"`
	} `json:"office24"`
	Ongoing struct {
		Username string `json:"username"`
		Password string `json:"password"`
	} `json:"ongoing"`
}

// Text returns the document as a text.
func (d Document) Text() string {
	text, _ := json.Marshal(d) // a struct of texts can always be encoded
	return string(text)
}

// guid is the form that 24SevenOffice demands of an application id; shared/office24 refuses any other at a login.
var guid = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// Check returns an error that names the field if a document is not a customer's secret. It quotes no value.
func Check(document string) error {
	c, err := decode(document)
	if err != nil {
		return refused("the secret: %v", err)
	}
	if !guid.MatchString(c.Office24.ApplicationID.Reveal()) {
		return refused("the secret: office24.applicationId must be a GUID such as 7e1f0d00-1111-4222-8333-0000000000bb")
	}
	return nil
}

// decode reads the document strictly: each name must occur exactly once in its exact spelling, and each value must be a
// text that is not empty. encoding/json ignores the case of names and takes the last of several values, which would
// hide a mistake until a login fails. Its errors quote the input and are never passed on.
//
// A byte order mark before the document is ignored: editors on Windows write one, and people do not see it.
func decode(document string) (Credentials, error) {
	var c Credentials
	systems, err := object([]byte(strings.TrimPrefix(document, "\ufeff")), "", "office24", "ongoing")
	if err != nil {
		return Credentials{}, err
	}
	err = texts(systems["office24"], "office24", map[string]*Secret{
		"applicationId": &c.Office24.ApplicationID, "username": &c.Office24.Username, "password": &c.Office24.Password,
	})
	if err != nil {
		return Credentials{}, err
	}
	err = texts(systems["ongoing"], "ongoing", map[string]*Secret{
		"username": &c.Ongoing.Username, "password": &c.Ongoing.Password,
	})
	if err != nil {
		return Credentials{}, err
	}
	return c, nil
}

// texts reads an object whose members are all required and texts.
func texts(raw []byte, at string, into map[string]*Secret) error {
	names := slices.Sorted(maps.Keys(into))
	values, err := object(raw, at+".", names...)
	if err != nil {
		return err
	}
	for _, name := range names {
		var s *string
		if json.Unmarshal(values[name], &s) != nil || s == nil || strings.TrimSpace(*s) == "" {
			return fmt.Errorf("%s.%s must be a text that is not empty", at, name)
		}
		*into[name] = NewSecret(*s)
	}
	return nil
}

// object reads one JSON object with exactly these names. at is the path that leads to them, for the reason. The reason
// does not quote an unknown name, which can be a value in the wrong place.
func object(raw []byte, at string, names ...string) (map[string]json.RawMessage, error) {
	what := "the document"
	if at != "" {
		what = strings.TrimSuffix(at, ".")
	}
	refused := fmt.Errorf("%s must be one JSON object of %s", what, strings.Join(names, ", "))
	d := json.NewDecoder(strings.NewReader(string(raw)))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, refused
	}
	values := make(map[string]json.RawMessage, len(names))
	for d.More() {
		t, err := d.Token()
		name, isText := t.(string)
		if err != nil || !isText {
			return nil, refused
		}
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%s has an unknown field, allowed: %s", what, strings.Join(names, ", "))
		}
		if _, repeated := values[name]; repeated {
			return nil, fmt.Errorf("%s%s occurs twice, allowed: once", at, name)
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return nil, refused
		}
		values[name] = value
	}
	if t, err := d.Token(); err != nil || t != json.Delim('}') {
		return nil, refused
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, refused
	}
	for _, name := range names {
		if values[name] == nil {
			return nil, fmt.Errorf("%s%s is missing", at, name)
		}
	}
	return values, nil
}
