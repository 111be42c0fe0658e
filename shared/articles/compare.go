package articles

import (
	"strings"

	"ongoing24so/shared/ongoing"
)

// written is an article as it would be written, so that what stands in Ongoing can be held against what we want.
func written(a ongoing.Article) ongoing.ArticleBody {
	b := ongoing.ArticleBody{
		ArticleNumber: a.Number, ArticleName: a.Name, ProductCode: a.ProductCode, Description: a.Description,
		IsStockArticle: a.IsStockArticle, IsActive: a.IsActive, Weight: a.Weight,
		ArticleGroup: pair(a.Group), ArticleColor: pair(a.Color), ArticleSize: pair(a.Size),
		QuantityPerPackage: a.QuantityPerPackage, SupplierInfo: a.SupplierInfo, PurchasePrice: a.PurchasePrice,
		StockValuationPrice: a.StockValuationPrice, CustomerPrice: a.CustomerPrice,
	}
	if a.BarCodeInfo.BarCode != "" {
		b.BarCodeInfo = &a.BarCodeInfo
	}
	return b
}

// legible is the part of a body that can be read back and compared; whole tells whether that is all of it.
func legible(b ongoing.ArticleBody) (part ongoing.ArticleBody, whole bool) {
	part = ongoing.ArticleBody{
		ArticleNumber: b.ArticleNumber, ArticleName: b.ArticleName, ProductCode: b.ProductCode, Description: b.Description,
		IsStockArticle: b.IsStockArticle, IsActive: b.IsActive, Weight: b.Weight, ArticleGroup: b.ArticleGroup,
		ArticleColor: b.ArticleColor, ArticleSize: b.ArticleSize, QuantityPerPackage: b.QuantityPerPackage,
		SupplierInfo: b.SupplierInfo, PurchasePrice: b.PurchasePrice, StockValuationPrice: b.StockValuationPrice,
		CustomerPrice: b.CustomerPrice, BarCodeInfo: b.BarCodeInfo,
	}
	part.SupplierInfo.Advanced = ongoing.SupplierAdvanced{}
	whole = b.ArticleCategory == nil && b.SupplierInfo.Advanced.SupplierAddress == (ongoing.SupplierAddress{}) &&
		b.StatisticsNumber == "" && b.CustomsDescription == "" && b.StockLimit == nil && b.LinkToPicture == "" &&
		b.NameTranslations == nil && b.PickingComment == "" && b.PackingComment == "" &&
		b.FreeValues == (ongoing.ArticleFreeValue{})
	return part, whole
}

func pair(c ongoing.CodeName) *ongoing.CodeName {
	if c == (ongoing.CodeName{}) {
		return nil
	}
	return &c
}

// shown tells which fields a dry run may show: all but a supplier's name and address, who may be a person.
func shown(path string) bool {
	return path != "supplierInfo.supplierName" && !strings.HasPrefix(path, "supplierInfo.advanced.supplierAddress")
}
