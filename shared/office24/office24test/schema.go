package office24test

import (
	"fmt"
	"slices"
	"strings"
)

// definitions restates the part of the vendor's WSDL files that the simulator implements: calls with their endpoint and
// parts, types with their members in schema order, and enumerations. "?" marks an optional member, "*" a repeated one,
// "nil" one that can be xsi:nil. The names are those of the WSDL, with two exceptions: the company's DistributionMethod
// has one value more than the order's and is called CompanyDistributionMethod here, and currencies are plain strings.
const definitions = `
call Login /authenticate/v001/authenticate.asmx
  credential Credential?

type LoginResponse
  LoginResult string?

type Credential
  ApplicationId guid
  IdentityId guid?
  Password string?
  Username string?

call HasSession /authenticate/v001/authenticate.asmx

type HasSessionResponse
  HasSessionResult boolean

call GetIdentity /authenticate/v001/authenticate.asmx

type GetIdentityResponse
  GetIdentityResult Identity?

type Identity
  Id guid
  User User?
  Client Client?
  IsCurrent boolean
  IsDefault boolean
  IsProtected boolean
  Servers ArrayOfServer?
  IsDisabled boolean?

type User
  ContactId int?
  Id guid?
  Name string?
  EmployeeId int?

type Client
  Id long
  Name string?

type ArrayOfServer
  Server Server*

type Server
  Id int
  Type int

call GetProducts /Logistics/Product/V001/ProductService.asmx
  searchParams ProductSearchParameters?
  returnProperties ArrayOfString?

type GetProductsResponse
  GetProductsResult ArrayOfProduct?

type ProductSearchParameters
  Id int?
  CategoryId int?
  No string?
  EAN1 string?
  Name string?
  Price decimal?
  DateChanged dateTime?
  ProductIds ArrayOfInt?

type ArrayOfInt
  int int*

type ArrayOfString
  string string*

type ArrayOfProduct
  Product Product*

type Product
  CashPriceIncTax double?
  WebPrice decimal?
  SupplierId int?
  Id int?
  Name string?
  TaxRate decimal?
  Stock decimal?
  StatusId int?
  CategoryId int?
  PriceGroupID int?
  InPrice decimal?
  Description string?
  DescriptionLong string?
  Cost decimal?
  EAN1 string?
  Price decimal?
  No string?
  DateChanged dateTime?
  APIException APIException?
  Weight decimal?
  MinimumStock decimal?
  OrderProposal decimal?
  StockLocation string?
  SupplierProductCode string?
  SupplierProductName string?
  Web boolean? nil
  ProductCode string?
  StockControlled boolean? nil
  NewOffer boolean? nil
  NewProduct boolean? nil

type APIException
  Type string?
  Message string?
  StackTrace string?

call SetStockQuantity /Logistics/Product/V001/ProductService.asmx
  productId int
  stockQuantity decimal

type SetStockQuantityResponse
  SetStockQuantityResult boolean

call GetOrderSyncList /Economy/InvoiceOrder/V001/InvoiceService.asmx
  syncParams InvoiceSyncParameters?

type GetOrderSyncListResponse
  GetOrderSyncListResult ArrayOfInt?

type InvoiceSyncParameters
  ChangedAfter dateTime?
  RegisteredAfter dateTime

call GetInvoices /Economy/InvoiceOrder/V001/InvoiceService.asmx
  searchParams InvoiceSearchParameters?
  invoiceReturnProperties ArrayOfString?
  rowReturnProperties ArrayOfString?

type GetInvoicesResponse
  GetInvoicesResult ArrayOfInvoiceOrder?

type InvoiceSearchParameters
  CustomerIds ArrayOfInt?
  ChangedAfter dateTime?
  OrderStates ArrayOfOrderSlipStateType?
  InvoiceIds ArrayOfInt?
  OrderIds ArrayOfInt?
  ExternalStatus ArrayOfInt?

type ArrayOfOrderSlipStateType
  OrderSlipStateType OrderSlipStateType*

enum OrderSlipStateType
  None Offer Pack Invoiced Web Repeating CollectingOrder Return Distribution Rest ForInvoicing OvertimeRent Confirmed
  OrderState_Sent Production PaymentReminder OnAccount Lending InvoicedCashAccount InvoicedPack Inactive Hours
  OrderState_SuperStore Draft

type ArrayOfInvoiceOrder
  InvoiceOrder InvoiceOrder*

type InvoiceOrder
  OrderId int?
  CustomerId int?
  CustomerName string?
  CustomerDeliveryName string?
  CustomerDeliveryPhone string?
  Addresses Addresses?
  OrderStatus OrderSlipStateType?
  InvoiceId int?
  DateOrdered dateTime?
  DateInvoiced dateTime?
  DateChanged dateTime?
  PaymentTime int?
  CustomerReferenceNo string?
  ProjectId int?
  OurReference int?
  IncludeVAT boolean nil
  YourReference string?
  OrderTotalIncVat decimal?
  OrderTotalVat decimal?
  InvoiceTitle string?
  InvoiceText string?
  Paid dateTime?
  OCR string?
  CustomerOrgNo string?
  Currency Currency?
  PaymentMethodId int?
  PaymentAmount decimal?
  ProductionManagerId int?
  SalesOpportunityId int?
  TypeOfSaleId int?
  Distributor Distributor?
  DistributionMethod DistributionMethod?
  DepartmentId int?
  ExternalStatus int?
  InvoiceEmailAddress string?
  InvoiceRows ArrayOfInvoiceRow?
  APIException APIException?
  ProductionNumber string?
  DeliveryDate dateTime?
  ReferenceInvoiceId int?
  ReferenceOrderId int?
  ReferenceNumber string?
  SkipStock boolean?
  AccrualDate dateTime?
  AccrualLength int?
  RoundFactor decimal?
  InvoiceTemplateId guid?
  VippsNumber string?
  DeliveryMethod DeliveryMethod?
  DeliveryAlternative string?
  SendToFactoring boolean? nil
  Commission decimal?
  UserDefinedDimensions ArrayOfUserDefinedDimension?
  GLNNumber string?
  CustomerDeliveryId int?

type Addresses
  Post Address?
  Delivery Address?
  Visit Address?
  Invoice Address?

type Address
  Street string?
  State string?
  PostalCode string?
  PostalArea string?
  Name string?
  City string?
  Country string?

type Currency
  Rate decimal?
  Unit short?
  Symbol string?

enum Distributor
  Default Manual Auto

enum DistributionMethod
  Unchanged Print EMail ElectronicInvoice

type ArrayOfInvoiceRow
  InvoiceRow InvoiceRow*

type InvoiceRow
  ProductId int?
  RowId int?
  VatRate decimal?
  Price decimal?
  Name string?
  DiscountRate decimal?
  Quantity decimal?
  QuantityDelivered decimal?
  QuantityOrdered decimal?
  QuantityRest decimal?
  Cost decimal?
  ChangeState ChangeState?
  TypeGroupId int?
  SequenceNumber short?
  Hidden boolean?
  Type RowType?
  InPrice decimal?
  AccrualDate dateTime?
  AccrualLength int?
  AccountProject boolean? nil
  ProjectId int?
  DepartmentId int?
  ProductNo string?
  TaxSettings TaxSettings?
  UserDefinedDimensions ArrayOfUserDefinedDimension?
  SerialNumber string?

enum ChangeState
  None Add Edit Delete

enum RowType
  Normal Text TextBold

type TaxSettings
  TaxAccount int?
  TaxCode int?
  TaxRate decimal?

type ArrayOfUserDefinedDimension
  UserDefinedDimension UserDefinedDimension*

type UserDefinedDimension
  TypeId int?
  Name string?
  Value string?

type DeliveryMethod
  Id int?
  Description string?

call SaveInvoices /Economy/InvoiceOrder/V001/InvoiceService.asmx
  invoices ArrayOfInvoiceOrder?

type SaveInvoicesResponse
  SaveInvoicesResult ArrayOfInvoiceOrder?

call GetDeliveryMethods /Economy/InvoiceOrder/V001/InvoiceService.asmx

type GetDeliveryMethodsResponse
  GetDeliveryMethodsResult ArrayOfDeliveryMethod?

type ArrayOfDeliveryMethod
  DeliveryMethod DeliveryMethod*

call GetCompanies /CRM/Company/V001/CompanyService.asmx
  searchParams CompanySearchParameters?
  returnProperties ArrayOfString?

type GetCompaniesResponse
  GetCompaniesResult ArrayOfCompany?

type CompanySearchParameters
  ExternalId string?
  CompanyId int?
  CompanyIds ArrayOfInt?
  CompanyName string?
  ChangedAfter dateTime?
  CompanyEmail string?
  CompanyPhone string?
  OrganizationNumber string?

type ArrayOfCompany
  Company Company*

type Company
  APIException APIException?
  Id int?
  ExternalId string?
  OrganizationNumber string?
  Name string?
  FirstName string?
  NickName string?
  Addresses Addresses?
  PhoneNumbers PhoneNumbers?
  EmailAddresses EmailAddresses?
  Url string?
  Country string?
  Note string?
  InvoiceLanguage string?
  Type CompanyType?
  Username string?
  Password string?
  IncorporationDate dateTime?
  DateCreated dateTime?
  Status int?
  PriceList int?
  Owner int?
  BankAccountNo string?
  BankAccountType string?
  BankAccountCountry string?
  BankAccountBic string?
  TermsOfDeliveryId int?
  AccountDebit short?
  AccountCredit short?
  Discount decimal?
  TypeGroup int?
  ShareCapital decimal?
  NumberOfEmployees int?
  Turnover decimal?
  Profit decimal?
  IndustryId int?
  MemberNo int?
  DateChanged dateTime?
  BlockInvoice boolean?
  Relations ArrayOfRelation?
  Maps ArrayOfCompanyMap?
  DistributionMethod CompanyDistributionMethod?
  CurrencyId string?
  PaymentTime short?
  GlnNumber string?
  Factoring boolean? nil
  LedgerCustomerAccount short?
  LedgerSupplierAccount short?
  VatNumber string?
  Private boolean? nil
  ExplicitlySpecifyNewCompanyId boolean? nil

type PhoneNumbers
  Home PhoneNumber?
  Fax PhoneNumber?
  Mobile PhoneNumber?
  Primary PhoneNumber?
  Work PhoneNumber?

type PhoneNumber
  Description string?
  Value string?

type EmailAddresses
  Home EmailAddress?
  Invoice EmailAddress?
  Primary EmailAddress?
  Work EmailAddress?
  Alternative EmailAddress?

type EmailAddress
  Description string?
  Name string?
  Value string?

enum CompanyType
  None Lead Consumer Business Supplier

type ArrayOfRelation
  Relation Relation*

type Relation
  ContactId int?
  CompanyId int?
  FirstName string?
  LastName string?
  Role string?
  RoleId int?
  PhoneNumbers PhoneNumbers?
  EmailAddresses EmailAddresses?
  Fax string?

type ArrayOfCompanyMap
  CompanyMap CompanyMap*

type CompanyMap
  MapType int
  ExternalId string?
  CompanyId int

enum CompanyDistributionMethod
  Unchanged Print EMail ElectronicInvoice Default
`

// A schema is the parsed definitions.
type schema struct {
	paths map[string]string // endpoint of each call
	types map[string][]particle
	enums map[string][]string
}

// A particle is one member of a sequence.
type particle struct {
	name, kind               string
	optional, list, nillable bool
}

func parseSchema() *schema {
	s := &schema{paths: map[string]string{}, types: map[string][]particle{}, enums: map[string][]string{}}
	for block := range strings.SplitSeq(strings.TrimSpace(definitions), "\n\n") {
		lines := strings.Split(block, "\n")
		head := strings.Fields(lines[0])
		name := head[1]
		switch head[0] {
		case "call":
			s.paths[name] = head[2]
			s.types[name] = parseParticles(lines[1:])
		case "type":
			s.types[name] = parseParticles(lines[1:])
		case "enum":
			s.enums[name] = strings.Fields(strings.Join(lines[1:], " "))
		}
	}
	return s
}

func parseParticles(lines []string) []particle {
	list := make([]particle, 0, len(lines))
	for _, line := range lines {
		words := strings.Fields(line)
		kind := strings.TrimRight(words[1], "?*")
		list = append(list, particle{
			name: words[0], kind: kind,
			optional: kind != words[1], list: strings.HasSuffix(words[1], "*"), nillable: len(words) > 2,
		})
	}
	return list
}

// item returns the type of the records that a call answers with, or "" if it answers with none.
func (s *schema) item(call string) string {
	result := s.types[call+"Response"]
	if len(result) == 0 {
		return ""
	}
	return s.entry(result[0].kind)
}

// entry returns the type of an array's entries.
func (s *schema) entry(array string) string {
	if members := s.types[array]; len(members) == 1 && members[0].list {
		return members[0].kind
	}
	return ""
}

func (s *schema) position(kind, member string) int {
	return slices.IndexFunc(s.types[kind], func(p particle) bool { return p.name == member })
}

// check compares a message with the schema and describes the first error, or returns "".
func (s *schema) check(n *node, kind string) string {
	sequence, isObject := s.types[kind]
	switch {
	case n.null:
		return ""
	case !isObject:
		return s.checkText(n, kind)
	case strings.TrimSpace(n.text) != "":
		return fmt.Sprintf("text in %s", n.name)
	}
	reached := 0
	counts := make([]int, len(sequence))
	for _, child := range n.children {
		at := s.position(kind, child.name)
		switch {
		case at < 0 || child.space != namespace:
			return fmt.Sprintf("%s is not a member of %s", child.name, kind)
		case at < reached:
			return fmt.Sprintf("%s comes too late in %s", child.name, kind)
		case counts[at] > 0 && !sequence[at].list:
			return fmt.Sprintf("%s is repeated in %s", child.name, kind)
		case child.null && !sequence[at].nillable:
			return fmt.Sprintf("%s must not be nil", child.name)
		}
		reached = at
		counts[at]++
		if problem := s.check(child, sequence[at].kind); problem != "" {
			return problem
		}
	}
	for i, p := range sequence {
		if counts[i] == 0 && !p.optional {
			return fmt.Sprintf("%s is missing in %s", p.name, kind)
		}
	}
	return ""
}

func (s *schema) checkText(n *node, kind string) string {
	if len(n.children) > 0 {
		return fmt.Sprintf("elements in %s", n.name)
	}
	text := n.text
	if kind != "string" {
		text = strings.TrimSpace(text)
	}
	values, isEnum := s.enums[kind]
	if isEnum && !slices.Contains(values, text) || !isEnum && !isSimple(kind, text) {
		return fmt.Sprintf("'%s' is not of type %s (%s)", text, kind, n.name)
	}
	return ""
}
