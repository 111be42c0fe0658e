package ongoing

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"ongoing24so/shared/errclass"
)

// A kind says what the client has to know of a type of records, articles or orders.
type kind[T any] struct {
	id func(T) int
	// idPath is the field that the id is in.
	idPath string
	// name names the record in messages, e.g. `order 5 ("A-1")`.
	name func(T) string
	// unreadable is where the record keeps why parts of it are missing.
	unreadable func(*T) *error
}

// readRecord makes a call for one record, and repeats it if the answer is not about that record. A record of which a
// part cannot be read, perhaps the id, comes with an error that is ErrUnreadable.
func readRecord[T any](ctx context.Context, c *Client, k call, of kind[T], id int) (T, error) {
	var last T // as far as it could be read
	isObject := false
	read, err := getValidBy(ctx, c, k, func(body []byte) (T, error) {
		row, bad, err := decodeRecord[T](body)
		last, isObject = row, json.Valid(body) && body[0] == '{'
		switch {
		case of.id(row) == id:
			of.note(k, &row, bad)
			return row, nil
		case err != nil && !isObject:
			return row, err
		case err != nil:
			return of.withoutID(k, row, id-1), nil
		default:
			return row, errNoID
		}
	})
	if errors.Is(err, errNoID) && isObject && of.id(last) <= 0 { // also when it was asked for again
		read, err = of.withoutID(k, last, id-1), nil
	}
	if tooLong, ok := errors.AsType[*tooLongError](err); ok {
		if first, found := firstRecord(k, of, append([]byte("["), tooLong.start...)); found && of.id(first) == id {
			read, err = first, nil
		}
	}
	if err == nil {
		err = *of.unreadable(&read)
	}
	return read, err
}

// note keeps in a record which of its fields cannot be read.
func (of kind[T]) note(k call, row *T, bad []string) {
	if len(bad) == 0 {
		return
	}
	k.subject = ""
	*of.unreadable(row) = k.fail(errclass.Rejected, &unreadableError{missing: bad},
		"%s cannot be read: %s is not what the published definition says; correct it in Ongoing",
		of.name(*row), strings.Join(bad[:min(len(bad), 5)], ", "))
}

// withoutID returns a row that has no id, after a row that has this one, as unreadable.
func (of kind[T]) withoutID(k call, row T, after int) T {
	missing := []string{of.idPath}
	if known, ok := errors.AsType[*unreadableError](*of.unreadable(&row)); ok {
		missing = append(missing, known.missing...)
	}
	*of.unreadable(&row) = k.fail(errclass.Rejected, &unreadableError{missing: missing},
		"%s after system id %d cannot be read: %s is not what the published definition says; correct it in Ongoing",
		of.name(row), max(after, 0), of.idPath)
	return row
}

// An unreadableError is an ErrUnreadable that says what is missing of the record.
type unreadableError struct {
	missing []string // paths
	cut     bool     // only the start was read
}

func (*unreadableError) Error() string { return ErrUnreadable.Error() }

func (*unreadableError) Is(target error) bool { return target == ErrUnreadable }

// lacks reports whether a part of a record is missing because it could not be read. If only the start of the record was
// read, any part can be.
func lacks(unreadable error, part string) bool {
	e, ok := errors.AsType[*unreadableError](unreadable)
	return ok && (e.cut || slices.ContainsFunc(e.missing, func(path string) bool {
		return path == part || path == "" || strings.HasPrefix(part, path+".")
	}))
}

// decodeList decodes a list of records. One that does not match the definition is decoded as far as it does.
func decodeList[T any](k call, of kind[T], body []byte) ([]T, error) {
	var rows []T
	err := json.Unmarshal(body, &rows)
	if err == nil && utf8.Valid(body) {
		return rows, nil
	}
	var raw []json.RawMessage
	if json.Unmarshal(body, &raw) != nil {
		return nil, err
	}
	rows = make([]T, len(raw))
	for i := range raw {
		var bad []string
		rows[i], bad, _ = decodeRecord[T](raw[i])
		of.note(k, &rows[i], bad)
	}
	return rows, nil
}

// decodeRecord decodes a record. If a part of it does not match the definition, bad names the fields, which are left
// zero, and err is the decoder's error.
func decodeRecord[T any](raw []byte) (row T, bad []string, err error) {
	if err = json.Unmarshal(raw, &row); err == nil && utf8.Valid(raw) {
		return row, nil, nil
	}
	var partly T
	bad = decodeParts(raw, reflect.ValueOf(&partly).Elem(), "")
	return partly, bad, err
}

// decodeParts decodes a value field by field into a zero v and returns the paths of those that it cannot decode.
func decodeParts(raw json.RawMessage, v reflect.Value, path string) (bad []string) {
	_, decodesItself := reflect.TypeAssert[json.Unmarshaler](v.Addr())
	switch {
	case v.Kind() == reflect.Struct && !decodesItself:
		var fields map[string]json.RawMessage
		if json.Unmarshal(raw, &fields) != nil {
			break
		}
		for field, value := range v.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if given, has := fields[name]; has {
				bad = append(bad, decodeParts(given, value, strings.TrimPrefix(path+"."+name, "."))...)
			}
		}
		return bad
	case v.Kind() == reflect.Slice:
		var entries []json.RawMessage
		if json.Unmarshal(raw, &entries) != nil {
			break
		}
		for _, entry := range entries {
			item := reflect.New(v.Type().Elem()).Elem()
			bad = append(bad, decodeParts(entry, item, path)...)
			v.Set(reflect.Append(v, item))
		}
		return slices.Compact(bad)
	case utf8.Valid(raw) && json.Unmarshal(raw, v.Addr().Interface()) == nil:
		return nil
	}
	v.SetZero()
	return []string{path}
}

// A tooLongError is the cause of an error about an answer that is longer than maxAnswer.
type tooLongError struct{ start []byte }

func (*tooLongError) Error() string { return "the answer " + tooLongReason }

// firstRecord decodes the first record of a list that was not read to its end, as far as it goes.
func firstRecord[T any](k call, of kind[T], start []byte) (row T, found bool) {
	rows, err := decodeList(k, of, closeJSON(start))
	if err != nil || len(rows) == 0 || of.id(rows[0]) <= 0 {
		return row, false
	}
	row = rows[0]
	k.subject = ""
	*of.unreadable(&row) = k.fail(errclass.Rejected, &unreadableError{cut: true}, "%s %s", of.name(row), tooLongReason)
	return row, true
}

// closeJSON ends the start of a JSON document after its last complete value.
func closeJSON(start []byte) []byte {
	var open, closing []byte // the brackets that are open, at the end and at the cut
	cut, inText, escaped := 0, false, false
	for i, b := range start {
		switch {
		case escaped:
			escaped = false
		case inText:
			escaped, inText = b == '\\', b != '"'
		case b == '"':
			inText = true
		case b == '{':
			open = append(open, '}')
		case b == '[':
			open = append(open, ']')
		case (b == '}' || b == ']') && len(open) > 0:
			open = open[:len(open)-1]
		case b == ',':
			cut, closing = i, append(closing[:0], open...)
		}
	}
	slices.Reverse(closing)
	return slices.Concat(start[:cut], closing)
}
