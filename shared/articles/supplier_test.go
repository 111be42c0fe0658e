package articles_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
)

func TestSupplierAddress(t *testing.T) {
	t.Parallel()
	visit := &office24.Address{
		Street: "Testveien 1\r\nPort B", PostalCode: "0001", PostalArea: "TESTBY", City: "ikke denne", Country: "no",
	}
	post := &office24.Address{Street: "Postboks 7", PostalCode: "0002", City: "Postby"}
	phones := office24.PhoneNumbers{
		Work: &office24.PhoneNumber{Value: "22 00 00 00"}, Mobile: &office24.PhoneNumber{Value: "90 00 00 00"},
	}
	mail := office24.EmailAddresses{
		Work:    &office24.EmailAddress{Value: "ordre@example.no"},
		Invoice: &office24.EmailAddress{Value: "faktura@example.no"},
	}
	for name, test := range map[string]struct {
		company office24.Company
		want    ongoing.SupplierAddress
	}{
		"the address for visits": {
			office24.Company{
				Name: " Hengsle & Sønn AS ", Addresses: office24.Addresses{Visit: visit, Post: post},
				PhoneNumbers: phones, EmailAddresses: mail,
			},
			ongoing.SupplierAddress{
				Name: "Hengsle & Sønn AS", Address: "Testveien 1", Address2: "Port B", PostCode: "0001", City: "TESTBY",
				CountryCode: "NO", Telephone: "22 00 00 00", MobilePhone: "90 00 00 00", Email: "ordre@example.no",
			},
		},
		"else the one for post, with the company's country": {
			office24.Company{
				Name: "A", Addresses: office24.Addresses{Visit: &office24.Address{Country: "DK"}, Post: post},
				Country: "se",
			},
			ongoing.SupplierAddress{
				Name: "A", Address: "Postboks 7", PostCode: "0002", City: "Postby", CountryCode: "SE",
			},
		},
		"no address, so the default country": {
			office24.Company{Name: "A"}, ongoing.SupplierAddress{Name: "A", CountryCode: "NO"},
		},
		"a country that is not a code is left out": {
			office24.Company{Name: "A", Country: "Sverige"}, ongoing.SupplierAddress{Name: "A"},
		},
		"letters other than A to Z are not a code": {
			office24.Company{Name: "A", Country: "Ø"}, ongoing.SupplierAddress{Name: "A"},
		},
		"a long name is cut": {
			office24.Company{Name: strings.Repeat("ø", 201)}, ongoing.SupplierAddress{
				Name: strings.Repeat("ø", 200), CountryCode: "NO",
			},
		},
	} {
		if diff := cmp.Diff(test.want, articles.SupplierAddress(test.company, "NO")); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}
