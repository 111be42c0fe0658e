package articles

import (
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

// Map maps a product to an article. An error is of class Rejected and says what to change in 24SevenOffice.
//
// Empty fields of the product are left out, and Ongoing keeps what is left out: empty does not delete.
func Map(p office24.Product, s settings.Customer) (ongoing.ArticleBody, error) {
	number := strings.TrimSpace(p.No)
	switch {
	case number == "":
		return ongoing.ArticleBody{}, reject("product %d has no number (No); give it one", p.ID)
	case utf16Len(number) > maxNumber:
		return ongoing.ArticleBody{}, reject(
			"the number (No) of product %d is longer than %d characters; shorten it", p.ID, maxNumber)
	}
	b := ongoing.ArticleBody{
		ArticleNumber:  number,
		ArticleName:    ongoing.Trim(p.Name, maxName),
		ProductCode:    strconv.Itoa(int(p.ID)),
		Description:    p.Description,
		Weight:         p.Weight,
		IsStockArticle: p.StockControlled,
	}
	if code := strings.TrimSpace(p.EAN1); code != "" {
		b.BarCodeInfo = &ongoing.BarCodeInfo{BarCode: ongoing.Trim(code, maxBarCode)}
	}
	if p.StatusID != nil {
		active := *p.StatusID != 0 // 1 active, 0 expired
		b.IsActive = &active
	}
	if s.Suppliers.Enabled && p.SupplierID != 0 {
		b.SupplierInfo = ongoing.SupplierInfo{
			SupplierNumber:        SupplierNumber(p.SupplierID),
			SupplierArticleNumber: ongoing.Trim(p.SupplierProductCode, maxNumber),
		}
	}
	setVariations(p, s.Articles.Variations, &b)
	extrafields.Product(s.ExtraFields, p, &b)
	return b, nil
}

// Properties returns the properties of a product that Map needs, each once.
func Properties(s settings.Customer) []string {
	names := append([]string{"Id", "No", "Name", "Description", "EAN1", "Weight", "StatusId", "StockControlled",
		"CategoryId", "SupplierId", "SupplierProductCode"}, extrafields.ProductProperties(s.ExtraFields)...)
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

// setVariations reads group, colour, size and packaging from the product's number or name, because 24SevenOffice has no
// variants. A product that does not match the pattern has no variations.
func setVariations(p office24.Product, v *settings.Variations, b *ongoing.ArticleBody) {
	if v == nil {
		return
	}
	text := p.No
	if v.Field == settings.VariationsName {
		text = p.Name
	}
	match := v.Pattern.FindStringSubmatch(strings.TrimSpace(text))
	if match == nil {
		return
	}
	for i, name := range v.Pattern.SubexpNames() {
		value := strings.TrimSpace(match[i])
		if value == "" {
			continue
		}
		pair := &ongoing.CodeName{Code: ongoing.Trim(value, maxGroup), Name: ongoing.Trim(value, maxGroup)}
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
