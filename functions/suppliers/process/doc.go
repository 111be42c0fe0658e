// Suppliers: supplier companies of 24SevenOffice reach Ongoing WMS when they change.
//
//	Ongoing                                        24SevenOffice
//	supplierInfo.supplierNumber                    Company.Id
//	supplierInfo.supplierName                      Company.Name
//	supplierInfo.advanced.supplierAddress          Addresses.Visit (else Post, Delivery, Invoice), Country,
//	                                               PhoneNumbers.Work and .Mobile, EmailAddresses.Work
//
// Ongoing has no register of suppliers: a supplier comes into being, and changes, on an article. With this process on,
// articles carry their supplier's number, name and article number; this process writes a changed supplier, with its
// address, through one of its articles, built by the same function as any other article. A supplier without an article
// is held, its record supplier#<companyId> says that it waits, and it goes out in the first run after it gets one.
//
// A company is a supplier if 24SevenOffice says so (Type), or if a product names it: a company that is a customer as
// well is of another type there. Which products name whom is read from the links of all articles, in every run: a
// company that changed years ago is a supplier from the moment a product names it.
//
// Switched off again, the process removes nothing: what stands in Ongoing stays.
//
// A write is the article in full, under its number. A crash behind it, before the link is stored, lets the next run
// write the same again.
package process
