package office24

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"ongoing24so/shared/vendorhttp"
)

// A scanner splits an answer into tags and the texts between them. It reads the XML 1.0 that SOAP messages consist of,
// without document types, and checks that tags match.
//
// It exists because encoding/xml ends at the first thing that XML forbids, and .NET writes such things: a control
// character in a product's name comes as &#xB;, and no later product can be read. The scanner takes such characters
// out, notes a text that is damaged or too long, and goes on, so that it is the trouble of one record. It keeps no more
// of the answer than the buffer and one text. FuzzScanner compares it with encoding/xml.
type scanner struct {
	in       io.Reader
	buf      *[]byte
	pos, end int   // the unread part of buf
	ended    error // what in ended with

	// name is that of the last start tag, with its prefix; null reports that it had xsi:nil="true".
	name []byte
	null bool
	// text is what stood between the last two tags, damage what is wrong with it.
	text   []byte
	damage string
	// dropped reports that characters which XML forbids were left out of text. A text can do without them; a number is
	// another one.
	dropped bool

	value    []byte    // of an attribute
	names    []byte    // of the open elements, one after the other
	starts   []int     // of each of them in names
	bindings []binding // of prefixes to namespaces, innermost last
	nils     []nilAttribute
	isEmpty  bool   // the last start tag was <a/>, so its end comes next
	stray    []byte // the name of an end tag that is not that of the innermost element
	// isUTF8 reports that the answer declares UTF-8; then bytes that are not are damage of one text, and otherwise a
	// sign of another encoding.
	isUTF8 bool
}

// A binding declares a prefix, for the elements from a depth on.
type binding struct {
	depth             int
	prefix, namespace string
}

type nilAttribute struct {
	prefix string
	isTrue bool
}

// A tag is what next returns.
type tag byte

const (
	startTag tag = iota + 1
	endTag
)

// Bounds of an answer's parts, far above what the service's own limits allow.
const (
	bufferSize = 64 << 10
	maxText    = 64 << 10 // of one element's text; only DescriptionLong can have more than 750 characters
	maxName    = 1 << 10
	// Of elements inside elements: beyond what encoding/json reads, too. maxNames is that of their names in bytes.
	maxDepth    = 10_000
	maxNames    = 1 << 20
	maxDeclared = 64 // prefixes, and attributes named nil
)

var (
	errSyntax  = errors.New("not well-formed XML")
	errNotUTF8 = errors.New("not UTF-8")
)

// buffers are used again: a run makes many calls, and most answers are smaller than a buffer.
var buffers = sync.Pool{New: func() any { return new(make([]byte, bufferSize)) }}

func newScanner(in io.Reader) *scanner {
	return &scanner{in: in, buf: buffers.Get().(*[]byte)}
}

// release gives the buffer back. The scanner cannot be used after it.
func (s *scanner) release() {
	buffers.Put(s.buf)
	s.buf, s.pos, s.end = nil, 0, 0
}

// peek returns the next bytes without reading them, n of them if the answer has so many.
func (s *scanner) peek(n int) []byte {
	for s.end-s.pos < n && s.fill() {
	}
	return (*s.buf)[s.pos:min(s.end, s.pos+n)]
}

// fill reads more of the answer behind what is unread. It returns false if there is no more.
func (s *scanner) fill() bool {
	if s.ended != nil {
		return false
	}
	s.end = copy(*s.buf, (*s.buf)[s.pos:s.end])
	s.pos = 0
	n, err := io.ReadAtLeast(s.in, (*s.buf)[s.end:], 1)
	s.end += n
	switch _, tooLong := errors.AsType[*http.MaxBytesError](err); {
	case tooLong:
		s.ended = errTooLarge
	case errors.Is(err, io.EOF):
		s.ended = io.ErrUnexpectedEOF
	default:
		s.ended = err
	}
	return n > 0
}

func (s *scanner) read() (byte, error) {
	if s.pos == s.end && !s.fill() {
		return 0, s.ended
	}
	b := (*s.buf)[s.pos]
	s.pos++
	return b, nil
}

// expect reads a text that has to come next.
func (s *scanner) expect(text string) error {
	for i := range len(text) {
		if b, err := s.read(); err != nil || b != text[i] {
			return orSyntax(err)
		}
	}
	return nil
}

func orSyntax(err error) error {
	if err == nil {
		return errSyntax
	}
	return err
}

// next reads to the end of the next tag. The error is io.EOF after the last element.
func (s *scanner) next() (tag, error) {
	s.text, s.damage, s.dropped = s.text[:0], "", false
	if s.isEmpty {
		s.isEmpty = false
		return endTag, s.pop(s.name)
	}
	for {
		if err := s.characters('<'); err != nil {
			return 0, err
		}
		b, err := s.read()
		switch {
		case err != nil:
			return 0, err
		case b == '/':
			return endTag, s.endTag()
		case b == '!':
			err = s.declaration()
		case b == '?':
			err = s.instruction()
		default:
			s.pos--
			return startTag, s.startTag()
		}
		if err != nil {
			return 0, err
		}
	}
}

// skip reads to the end of the current element.
func (s *scanner) skip() error {
	for depth := len(s.starts); len(s.starts) >= depth; {
		if _, err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

// plain are the characters of a text that stand for themselves.
var plain = func() (table [256]bool) {
	for b := ' '; b < utf8.RuneSelf; b++ {
		table[b] = !strings.ContainsRune(`<&"'`, b)
	}
	table['\t'], table['\n'] = true, true
	return table
}()

// characters reads text up to a delimiter: '<', or the quote that ends an attribute's value.
func (s *scanner) characters(delimiter byte) error {
	for {
		if s.pos == s.end && !s.fill() {
			if len(s.starts) == 0 && errors.Is(s.ended, io.ErrUnexpectedEOF) {
				return io.EOF
			}
			return s.ended
		}
		unread := (*s.buf)[s.pos:s.end]
		n := 0
		for n < len(unread) && plain[unread[n]] {
			n++
		}
		s.keep(unread[:n])
		if s.pos += n; n == len(unread) {
			continue
		}
		switch unread[n] {
		case delimiter:
			s.pos++
			return nil
		case '<': // in an attribute's value
			return errSyntax
		case '&':
			s.pos++
			if err := s.reference(); err != nil {
				return err
			}
		default:
			if err := s.character(); err != nil {
				return err
			}
		}
	}
}

// character reads one character that is not plain: a quote, a line end, one beyond ASCII, or one that XML forbids.
func (s *scanner) character() error {
	const longest = utf8.UTFMax
	next := s.peek(longest)
	r, size := utf8.DecodeRune(next)
	switch {
	case r == utf8.RuneError && size <= 1 && isSurrogate(next):
		size, s.dropped = 3, true // half of a pair, which UTF-8 cannot carry either
	case r == utf8.RuneError && size <= 1 && !s.isUTF8:
		return errNotUTF8
	case r == utf8.RuneError && size <= 1:
		s.damage = "is not UTF-8"
	case r == '\r': // a line end is \n (XML 1.0, 2.11)
		s.keep([]byte{'\n'})
		if len(next) > 1 && next[1] == '\n' {
			size = 2
		}
	case isAllowed(r):
		s.keep(next[:size])
	default:
		s.dropped = true
	}
	s.pos += size
	return nil
}

func isSurrogate(b []byte) bool {
	return len(b) >= 3 && b[0] == 0xED && b[1] >= 0xA0 && b[1] < 0xC0 && b[2] >= 0x80 && b[2] < 0xC0
}

// keep adds to the text, as long as it is not too long.
func (s *scanner) keep(more []byte) {
	if room := maxText - len(s.text); len(more) > room {
		s.damage = cmp.Or(s.damage, tooLong)
		more = more[:room]
	}
	s.text = append(s.text, more...)
}

// tooLong is the damage of a text of which only the start was kept.
var tooLong = "is longer than " + strconv.Itoa(maxText) + " bytes"

// reference reads a reference to a character, behind its &. One to a character that XML forbids gives nothing, one that
// is not known damages the text.
func (s *scanner) reference() error {
	var name [40]byte
	n := 0
	for {
		b, err := s.read()
		if err != nil {
			return err
		}
		if b == ';' {
			break
		}
		if !inName[b] && b != '#' || n == len(name) {
			s.pos--
			s.damage = "has an & that is not written as &amp;"
			return nil
		}
		name[n] = b
		n++
	}
	r, known := referenced(name[:n])
	switch {
	case !known:
		s.damage = "has a character reference that XML does not know"
	case isAllowed(r):
		var encoded [utf8.UTFMax]byte
		s.keep(encoded[:utf8.EncodeRune(encoded[:], r)])
	default:
		s.dropped = true
	}
	return nil
}

// referenced returns the character that a reference stands for; 0 for one that is no character.
func referenced(name []byte) (r rune, known bool) {
	switch string(name) {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "apos":
		return '\'', true
	case "quot":
		return '"', true
	}
	digits, isNumber := strings.CutPrefix(string(name), "#")
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 64)
	if !isNumber || err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	if n > utf8.MaxRune {
		return 0, true
	}
	return rune(n), true
}

// isAllowed reports whether XML 1.0 can carry a character.
func isAllowed(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD ||
		r >= 0x10000 && r <= utf8.MaxRune
}

// declaration reads a comment or a CDATA section, behind its "<!". A document type could define entities; nothing in a
// SOAP message needs it (SOAP 1.1, 3).
func (s *scanner) declaration() error {
	switch b, err := s.read(); {
	case err != nil:
		return err
	case b == '[':
		if err := s.expect("CDATA["); err != nil {
			return err
		}
		return s.cdata()
	case b != '-':
		return errForbidden
	}
	if err := s.expect("-"); err != nil {
		return err
	}
	for dashes := 0; ; {
		switch b, err := s.read(); {
		case err != nil:
			return err
		case dashes >= 2 && b == '>':
			return nil
		case dashes >= 2: // XML 1.0, 2.5
			return errSyntax
		case b == '-':
			dashes++
		default:
			dashes = 0
		}
	}
}

// cdata reads to the end of a CDATA section.
func (s *scanner) cdata() error {
	for {
		next := s.peek(3)
		switch {
		case len(next) == 0:
			return s.ended
		case string(next) == "]]>":
			s.pos += 3
			return nil
		case next[0] == '<' || next[0] == '&' || plain[next[0]]:
			s.keep(next[:1])
			s.pos++
		default:
			if err := s.character(); err != nil {
				return err
			}
		}
	}
}

// instruction reads a processing instruction, behind its "<?". Only the XML declaration is accepted.
func (s *scanner) instruction() error {
	var content []byte
	for !bytes.HasSuffix(content, []byte("?>")) {
		b, err := s.read()
		if err != nil {
			return err
		}
		if content = append(content, b); len(content) > maxName {
			return errTooLarge
		}
	}
	text := strings.TrimSuffix(string(content), "?>")
	target := text[:max(0, strings.IndexAny(text+" ", " \t\r\n"))]
	if target != "xml" {
		return errForbidden
	}
	_, rest, _ := strings.Cut(text, "encoding=")
	if rest == "" {
		return nil
	}
	declared, _, _ := strings.Cut(rest[1:], rest[:1])
	if !strings.EqualFold(declared, "utf-8") && !strings.EqualFold(declared, "us-ascii") { // a part of UTF-8
		return vendorhttp.EncodingError(declared)
	}
	return nil
}

// startTag reads a start tag, behind its <.
func (s *scanner) startTag() error {
	start := len(s.names)
	var err error
	if s.names, err = s.readName(s.names); err != nil {
		return err
	}
	if s.starts = append(s.starts, start); len(s.starts) > maxDepth || len(s.names) > maxNames {
		return errTooLarge
	}
	s.name, s.null, s.nils = s.names[start:], false, s.nils[:0]
	for {
		b, err := s.skipSpace()
		switch {
		case err != nil:
			return err
		case b == '>':
			s.setNull()
			return nil
		case b == '/':
			s.isEmpty = true
			s.setNull()
			return s.expect(">")
		default:
			s.pos--
			if err := s.attribute(); err != nil {
				return err
			}
		}
	}
}

// attribute reads an attribute. Only declarations of namespaces and "nil" matter.
func (s *scanner) attribute() error {
	var space [64]byte
	name, err := s.readName(space[:0])
	if err != nil {
		return err
	}
	if b, err := s.skipSpace(); err != nil || b != '=' {
		return orSyntax(err)
	}
	quote, err := s.skipSpace()
	if err != nil || quote != '"' && quote != '\'' {
		return orSyntax(err)
	}
	text, damage, dropped := s.text, s.damage, s.dropped
	s.text, s.damage = s.value[:0], ""
	err = s.characters(quote)
	value := s.text
	s.text, s.damage, s.dropped, s.value = text, damage, dropped, value
	prefix, local := split(name)
	switch {
	case err != nil:
		return err
	case string(local) == "nil" && len(prefix) > 0:
		s.nils = append(s.nils, nilAttribute{string(prefix), string(value) == "true" || string(value) == "1"})
	case string(name) == "xmlns":
		s.bindings = append(s.bindings, binding{len(s.starts), "", string(value)})
	case string(prefix) == "xmlns":
		s.bindings = append(s.bindings, binding{len(s.starts), string(local), string(value)})
	}
	if len(s.bindings)+len(s.nils) > maxDeclared {
		return errTooLarge
	}
	return nil
}

// setNull looks for xsi:nil, whose prefix can be declared behind it.
func (s *scanner) setNull() {
	for _, a := range s.nils {
		if s.lookUp(a.prefix) == xsiNamespace {
			s.null = a.isTrue
			return
		}
	}
}

// lookUp returns the namespace of a prefix; the prefix itself if it is not declared.
func (s *scanner) lookUp(prefix string) string {
	for _, b := range slices.Backward(s.bindings) {
		if b.prefix == prefix {
			return b.namespace
		}
	}
	return prefix
}

// local returns the name of the last start tag without its prefix, namespace what the prefix stands for.
func (s *scanner) local() []byte {
	_, local := split(s.name)
	return local
}

func (s *scanner) namespace() string {
	prefix, _ := split(s.name)
	return s.lookUp(string(prefix))
}

func split(name []byte) (prefix, local []byte) {
	prefix, local, found := bytes.Cut(name, []byte(":"))
	if !found || len(prefix) == 0 || len(local) == 0 {
		return nil, name
	}
	return prefix, local
}

// endTag reads an end tag, behind its "</".
func (s *scanner) endTag() error {
	if last := len(s.starts) - 1; last >= 0 { // nearly always it is the expected one, without white space
		open := s.names[s.starts[last]:]
		next := s.peek(len(open) + 1)
		if len(next) > len(open) && next[len(open)] == '>' && bytes.Equal(next[:len(open)], open) {
			s.pos += len(next)
			return s.pop(open)
		}
	}
	var space [64]byte
	name, err := s.readName(space[:0])
	if err != nil {
		return err
	}
	if b, err := s.skipSpace(); err != nil || b != '>' {
		return orSyntax(err)
	}
	return s.pop(name)
}

// pop ends the innermost element, which must have that name.
func (s *scanner) pop(name []byte) error {
	last := len(s.starts) - 1
	if last < 0 || !bytes.Equal(s.names[s.starts[last]:], name) {
		s.stray = append(s.stray[:0], name...)
		return errSyntax
	}
	s.names, s.starts = s.names[:s.starts[last]], s.starts[:last]
	for n := len(s.bindings); n > 0 && s.bindings[n-1].depth > last; n-- {
		s.bindings = s.bindings[:n-1]
	}
	return nil
}

// leave reads to the end of the element at a depth, although something in it is not XML. It looks for the end tag of
// that name alone. If another element of that name begins before it, the answer is not used: that one would be lost.
func (s *scanner) leave(depth int) error {
	ends := append(slices.Clone(s.starts[depth:]), len(s.names)) // of the names from that element on
	name := bytes.Clone(s.names[s.starts[depth-1]:ends[0]])
	for i, start := range s.starts[depth:] {
		if bytes.Equal(s.names[start:ends[i+1]], name) {
			return errSyntax
		}
	}
	s.names, s.starts, s.isEmpty = s.names[:ends[0]], s.starts[:depth], false
	isOver := bytes.Equal(s.stray, name) // the error was that this tag came too early
	if s.stray = s.stray[:0]; isOver {
		return s.pop(name)
	}
	for {
		b, err := s.read()
		switch {
		case err != nil:
			return err
		case b != '<':
			continue
		}
		next := s.peek(len(name) + 2)
		rest, isEnd := bytes.CutPrefix(next, []byte("/"))
		rest, isSame := bytes.CutPrefix(rest, name)
		switch {
		case !isSame || len(rest) > 0 && inName[rest[0]]:
		case !isEnd:
			return errSyntax
		default:
			s.pos += 1 + len(name)
			if b, err := s.skipSpace(); err != nil || b != '>' {
				return orSyntax(err)
			}
			return s.pop(name)
		}
	}
}

// readName reads a name behind others.
func (s *scanner) readName(behind []byte) ([]byte, error) {
	start := len(behind)
	for {
		if s.pos == s.end && !s.fill() {
			return behind, s.ended
		}
		unread := (*s.buf)[s.pos:s.end]
		n := 0
		for n < len(unread) && inName[unread[n]] {
			n++
		}
		s.pos += n
		if behind = append(behind, unread[:n]...); len(behind)-start > maxName {
			return behind, errTooLarge
		}
		if n < len(unread) {
			break
		}
	}
	name := behind[start:]
	if len(name) == 0 || name[0] == '-' || name[0] == '.' || name[0] >= '0' && name[0] <= '9' ||
		bytes.Count(name, []byte(":")) > 1 || !utf8.Valid(name) {
		return behind, errSyntax
	}
	return behind, nil
}

// inName are the bytes that names consist of.
var inName = func() (table [256]bool) {
	for b := range table {
		table[b] = b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b >= utf8.RuneSelf ||
			b == '_' || b == ':' || b == '.' || b == '-'
	}
	return table
}()

// skipSpace returns the next byte that is not white space.
func (s *scanner) skipSpace() (byte, error) {
	for {
		if b, err := s.read(); err != nil || b != ' ' && b != '\t' && b != '\n' && b != '\r' {
			return b, err
		}
	}
}
