// Package process writes the products of 24SevenOffice to Ongoing WMS as articles.
//
// 24SevenOffice, the ERP, is the master: what is set there is written to Ongoing, and what is empty there is left
// alone. Nothing is ever deleted; a product that has expired becomes an inactive article.
//
//	Ongoing                                        24SevenOffice
//	productCode                                    Product.Id
//	articleNumber                                  Product.No, cleaned
//	articleName                                    Product.Name
//	description                                    Product.Description
//	barCodeInfo.barCode, .alternativeBarCodes      Product.EAN1, without spaces; several are split
//	weight (kg)                                    Product.Weight
//	isActive                                       Product.StatusId is not 0
//	isStockArticle                                 Product.StockControlled
//	articleGroup, articleColor, articleSize,       the named groups of articles.variations
//	quantityPerPackage or articleCategory
//	supplierInfo                                   Product.SupplierId, its company's name,
//	                                               Product.SupplierProductCode; only with suppliers switched on
//
// The mapping and the rules for whose an article is are in shared/articles, because the processes salesorders and
// suppliers write articles as well. A product that needs no number and has none is skipped. So is one that has expired
// and whose number is another's now, unless it has an article under another number: that is written under it.
//
// A run asks for the products that changed since the cursor (one call) and drops those whose article would be written
// as it was last time. It reads the articles of the others from Ongoing and writes what differs. A first run over
// many products does this part by part; the links say what is done, so that the next run continues where the last one
// stopped.
//
// Before a run creates or renames its first article, it lists the first few thousand articles in Ongoing: their numbers
// can look like the new one and be spelt in a way that no search finds.
//
// An article that is gone from Ongoing is written again when salesorders or stock notice that (Register.Forget), in a
// full run, or when a person names its product: what a person names is always compared.
//
// Every write can be repeated: the article is written in full under its number or id. After a crash between the article
// and its link, the next run finds the article as it should be and only writes the link. Articles are written in
// batches, one after the other; their links are stored beside that. A crash can leave the links of some of them.
package process
