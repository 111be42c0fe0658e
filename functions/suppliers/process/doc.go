// Package process writes the suppliers of 24SevenOffice, the ERP, to Ongoing WMS when they change.
//
//	Ongoing                                        24SevenOffice
//	supplierInfo.supplierNumber                    Company.Id
//	supplierInfo.supplierName                      Company.Name
//	supplierInfo.advanced.supplierAddress          Addresses.Visit (else Post, Delivery, Invoice), Country,
//	                                               PhoneNumbers.Work and .Mobile, EmailAddresses.Work
//
// Ongoing has no register of suppliers: a supplier is created and changed on an article. With this process on,
// articles carry their supplier's number, name and article number. This process writes a changed supplier, with its
// address, on one of its articles, which it builds with the same function as the process articles. A supplier without
// an article waits, which is not an error: its record supplier#<companyId> and a note of each run say so, and the
// first run after it gets an article sends it.
//
// A company is a supplier if its Type says so or if a product names it: a company that is also a customer has another
// type. Whoever stores the link of an article indexes which company its product names, and leaves a todo for suppliers,
// so that a company that changed years ago becomes a supplier as soon as a product names it; see shared/state/index.go.
// A run looks at the companies that changed and at those with a todo. It reads no other links, except the first one
// after an older version and a full run, which read all links and index them.
//
// A supplier cannot be read back from Ongoing. A full run therefore writes all of them again, and a company that
// changed is written also if it is as it was last written: with an article, another name can have reached Ongoing in
// between. When the process is switched off again, it removes nothing from Ongoing.
//
// A supplier whose product 24SevenOffice does not return fails once, because that can come from an outage, and then
// waits for another product. Whether the product is back is asked when the company changes or a person names it, and
// once a day.
//
// A write is the article in full, under its number. After a crash between it and the supplier's link, the next run
// writes the same again.
package process
