// Articles: products of 24SevenOffice become articles in Ongoing WMS.
//
// 24SevenOffice is the master: what is set there is written to Ongoing, what is empty there is left alone, and nothing
// is ever deleted; a product that has expired becomes an inactive article.
//
//	Ongoing                                        24SevenOffice
//	productCode                                    Product.Id
//	articleNumber                                  Product.No
//	articleName                                    Product.Name
//	description                                    Product.Description
//	barCodeInfo.barCode                            Product.EAN1
//	weight (kg)                                    Product.Weight
//	isActive                                       Product.StatusId is not 0
//	isStockArticle                                 Product.StockControlled
//	articleGroup, articleColor, articleSize,       the named groups of articles.variations
//	quantityPerPackage or articleCategory
//	supplierInfo                                   Product.SupplierId, its company's name, Product.SupplierProductCode;
//	                                               only with the process suppliers switched on
//
// The mapping itself and the recognition of renumbered products stand in shared/articles, because orders and suppliers
// need articles, too.
//
// One run asks for the products that changed since the cursor (one call), drops those whose article would be written
// just as it was written last time, reads the articles of the others from Ongoing and writes what differs. A first run
// over a large register is cut into portions: what is done is remembered by the links, so each run begins where the
// last one stopped.
//
// Every write can be repeated: the article is written in full under its number or id. A crash after it, before the
// link is stored, is noticed by the next run, which finds the article as it should be and only stores the link.
package process
