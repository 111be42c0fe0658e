package articles

import (
	"strings"

	"ongoing24so/shared/ongoing"
)

// bodyOf returns an article in the form in which it is written, so that it can be compared with what is wanted.
func bodyOf(a ongoing.Article) ongoing.ArticleBody {
	b := ongoing.ArticleBody{
		ArticleNumber:       a.Number,
		ArticleName:         a.Name,
		ProductCode:         a.ProductCode,
		Description:         a.Description,
		IsStockArticle:      a.IsStockArticle,
		IsActive:            a.IsActive,
		Weight:              a.Weight,
		ArticleGroup:        pair(a.Group),
		ArticleColor:        pair(a.Color),
		ArticleSize:         pair(a.Size),
		QuantityPerPackage:  a.QuantityPerPackage,
		SupplierInfo:        a.SupplierInfo,
		PurchasePrice:       a.PurchasePrice,
		StockValuationPrice: a.StockValuationPrice,
		CustomerPrice:       a.CustomerPrice,
	}
	if a.BarCodeInfo.BarCode != "" {
		b.BarCodeInfo = &ongoing.BarCodeInfo{BarCode: a.BarCodeInfo.BarCode}
	}
	return b
}

// readablePart returns the part of a body that can be read back, and reports whether that is all of it.
func readablePart(b ongoing.ArticleBody) (part ongoing.ArticleBody, complete bool) {
	part = ongoing.ArticleBody{
		ArticleNumber:       b.ArticleNumber,
		ArticleName:         b.ArticleName,
		ProductCode:         b.ProductCode,
		Description:         b.Description,
		IsStockArticle:      b.IsStockArticle,
		IsActive:            b.IsActive,
		Weight:              b.Weight,
		ArticleGroup:        b.ArticleGroup,
		ArticleColor:        b.ArticleColor,
		ArticleSize:         b.ArticleSize,
		QuantityPerPackage:  b.QuantityPerPackage,
		SupplierInfo:        b.SupplierInfo,
		PurchasePrice:       b.PurchasePrice,
		StockValuationPrice: b.StockValuationPrice,
		CustomerPrice:       b.CustomerPrice,
		BarCodeInfo:         b.BarCodeInfo,
	}
	part.SupplierInfo.Advanced = ongoing.SupplierAdvanced{}
	if b.BarCodeInfo != nil { // whether alternative bar codes come back as they were sent is not published
		part.BarCodeInfo = &ongoing.BarCodeInfo{BarCode: b.BarCodeInfo.BarCode}
	}
	complete = b.ArticleCategory == nil && b.SupplierInfo.Advanced.SupplierAddress == (ongoing.SupplierAddress{}) &&
		(b.BarCodeInfo == nil || b.BarCodeInfo.Alternative == nil) && b.CountryOfOriginCode == "" &&
		b.StatisticsNumber == "" && b.CustomsDescription == "" && b.StockLimit == nil && b.LinkToPicture == "" &&
		b.NameTranslations == nil && b.PickingComment == "" && b.PackingComment == "" &&
		b.FreeValues == (ongoing.ArticleFreeValue{})
	return part, complete
}

func pair(c ongoing.CodeName) *ongoing.CodeName {
	if c == (ongoing.CodeName{}) {
		return nil
	}
	return &c
}

// shown reports whether a dry run may show a field: all but a supplier's name and address, who may be a person.
func shown(path string) bool {
	return path != "supplierInfo.supplierName" && !strings.HasPrefix(path, "supplierInfo.advanced.supplierAddress")
}
