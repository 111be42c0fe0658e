package articles

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/extrafields"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/settings"
)

// Longest texts that Ongoing takes, in UTF-16 units. These are the limits of its SOAP interface, which writes to the
// same fields; for REST they are an assumption. The article number is a key and is never cut.
const (
	maxNumber  = 100
	maxName    = 200
	maxBarCode = 100
	maxGroup   = 50
)

// Map maps a product to an article. The notes say what was cut or left out. An error is of class Rejected and says what
// to change in 24SevenOffice.
//
// Empty fields of the product are left out, and Ongoing keeps what is left out: empty does not delete.
func Map(p office24.Product, s settings.Customer) (b ongoing.ArticleBody, notes []string, err error) {
	number := CleanNumber(p.No)
	switch {
	case p.ID <= 0: // its product code would be that of no product, or of several
		return b, nil, reject("a product with the number %q has no id; save it again", number)
	case number == "":
		return b, nil, reject("product %d has no number (No); give it one", p.ID)
	case utf16Len(number) > maxNumber:
		return b, nil, reject(
			"the number (No) of product %d is longer than %d characters; shorten it", p.ID, maxNumber)
	}
	m := mapper{product: p.ID}
	b = ongoing.ArticleBody{
		ArticleNumber:  number,
		ArticleName:    m.cut("Name", p.Name, maxName),
		ProductCode:    strconv.Itoa(int(p.ID)),
		Description:    p.Description,
		BarCodeInfo:    m.barCodes(p.EAN1),
		Weight:         p.Weight,
		IsStockArticle: p.StockControlled,
	}
	if p.StatusID != nil {
		b.IsActive = new(!expired(p))
	}
	if s.Suppliers.Enabled && p.SupplierID != 0 {
		b.SupplierInfo = ongoing.SupplierInfo{
			SupplierNumber:        SupplierNumber(p.SupplierID),
			SupplierArticleNumber: m.cut("SupplierProductCode", p.SupplierProductCode, maxNumber),
		}
	}
	m.setVariations(p, s.Articles.Variations, &b)
	for _, cut := range extrafields.Product(s.ExtraFields, p, &b) {
		m.note("%s is longer than %d characters and was cut", cut.To, cut.Limit)
	}
	return b, m.notes, nil
}

// A mapper collects the notes about a product.
type mapper struct {
	product office24.ProductID
	notes   []string
}

func (m *mapper) note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf("product %d: ", m.product)+fmt.Sprintf(format, args...))
}

// cut cuts the text of a field.
func (m *mapper) cut(field, text string, limit int) string {
	short := ongoing.Trim(text, limit)
	if strings.TrimSpace(short) != strings.TrimSpace(text) {
		m.note("%s is longer than %d characters and was cut", field, limit)
	}
	return short
}

// barCodes returns the bar codes in EAN1; nil if there are none. People enter several there, or one with the spaces
// that are printed below it. Ongoing takes the first as the article's bar code and the others as alternative ones.
func (m *mapper) barCodes(ean1 string) *ongoing.BarCodeInfo {
	codes := splitBarCodes(ean1)
	if len(codes) == 0 {
		return nil
	}
	info := &ongoing.BarCodeInfo{BarCode: m.cut("EAN1", codes[0], maxBarCode)}
	for _, code := range codes[1:] {
		info.Alternative = append(info.Alternative, ongoing.BarCode{BarCode: m.cut("EAN1", code, maxBarCode)})
	}
	if len(codes) > 1 {
		m.note("EAN1 has %d bar codes; the first is the article's, the others are alternative ones", len(codes))
	}
	return info
}

// splitBarCodes splits a text into bar codes, each once. Digits can be grouped by spaces or hyphens, unless each group
// has the length of a code. Other bar codes than numbers stay as they are.
func splitBarCodes(text string) (codes []string) {
	add := func(code string) {
		if code != "" && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	for part := range strings.FieldsFuncSeq(text, anyOf(",;|\r\n\t")) {
		for _, piece := range splitNumeric([]string{CleanNumber(part)}, "/+&", "-", " ") {
			if joined := withoutSeparators(piece); isDigits(joined) {
				piece = joined
			}
			add(piece)
		}
	}
	return codes
}

func anyOf(separators string) func(rune) bool {
	return func(r rune) bool { return strings.ContainsRune(separators, r) }
}

// splitNumeric splits texts at one kind of separators after the other, each only where every part is the number of a
// bar code: EAN-8, UPC, EAN-13 or GTIN-14.
func splitNumeric(texts []string, separators ...string) []string {
	for _, kind := range separators {
		var parts []string
		for _, text := range texts {
			parts = append(parts, splitNumericAt(text, kind)...)
		}
		texts = parts
	}
	return texts
}

func splitNumericAt(text, separators string) []string {
	var parts []string
	for part := range strings.FieldsFuncSeq(text, anyOf(separators)) {
		part = strings.TrimSpace(part)
		digits := withoutSeparators(part)
		if !isDigits(digits) || !slices.Contains([]int{8, 12, 13, 14}, len(digits)) {
			return []string{text}
		}
		parts = append(parts, part)
	}
	return parts
}

// withoutSeparators takes out what groups digits. A strings.Replacer takes much longer to build than to use.
func withoutSeparators(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, " ", ""), "-", "")
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Properties returns the properties of a product that Map and the planner need, each once.
func Properties(s settings.Customer) []string {
	names := append([]string{"Id", "No", "Name", "Description", "EAN1", "Weight", "StatusId", "StockControlled",
		"CategoryId", "SupplierId", "SupplierProductCode", "DateChanged"},
		extrafields.ProductProperties(s.ExtraFields)...)
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

// setVariations reads group, colour, size and packaging from the product's number or name, because 24SevenOffice has no
// variants. A product that does not match the pattern has no variations.
func (m *mapper) setVariations(p office24.Product, v *settings.Variations, b *ongoing.ArticleBody) {
	if v == nil {
		return
	}
	text := p.No
	if v.Field == settings.VariationsName {
		text = p.Name
	}
	match := v.Pattern.FindStringSubmatch(CleanNumber(text))
	if match == nil {
		return
	}
	for i, name := range v.Pattern.SubexpNames() {
		value := strings.TrimSpace(match[i])
		if value == "" {
			continue
		}
		code := m.cut("the "+name+" in "+v.Field, value, maxGroup)
		pair := &ongoing.CodeName{Code: code, Name: code}
		switch name {
		case "base":
			b.ArticleGroup = pair
		case "color":
			b.ArticleColor = pair
		case "size":
			b.ArticleSize = pair
		case "packaging":
			// A positive whole number is the quantity in a package; anything else is a category.
			if n, err := strconv.ParseInt(value, 10, 32); err == nil && n > 0 {
				quantity := int(n)
				b.QuantityPerPackage = &quantity
			} else {
				b.ArticleCategory = pair
			}
		}
	}
}

func utf16Len(s string) int {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "?")
	}
	return len(utf16.Encode([]rune(s)))
}

func reject(format string, args ...any) error {
	return errclass.New(errclass.Rejected, "", format, args...)
}
