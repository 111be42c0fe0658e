package articles_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ongoing24so/shared/articles"
	"ongoing24so/shared/office24"
	"ongoing24so/shared/ongoing"
)

var tenWords = strings.TrimSpace(strings.Repeat("1234567890123456789 ", 10))

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
		notes   []string
	}{
		"the address for visits": {
			company: office24.Company{
				Name: " Hengsle & Sønn AS ", Addresses: office24.Addresses{Visit: visit, Post: post},
				PhoneNumbers: phones, EmailAddresses: mail,
			},
			want: ongoing.SupplierAddress{
				Name: "Hengsle & Sønn AS", Address: "Testveien 1", Address2: "Port B", PostCode: "0001", City: "TESTBY",
				CountryCode: "NO", Telephone: "22 00 00 00", MobilePhone: "90 00 00 00", Email: "ordre@example.no",
			},
		},
		"else the one for post, with the company's country": {
			company: office24.Company{
				Name: "A", Addresses: office24.Addresses{Visit: &office24.Address{Country: "DK"}, Post: post},
				Country: "se",
			},
			want: ongoing.SupplierAddress{
				Name: "A", Address: "Postboks 7", PostCode: "0002", City: "Postby", CountryCode: "SE",
			},
		},
		"no address, so the default country": {
			company: office24.Company{Name: "A"}, want: ongoing.SupplierAddress{Name: "A", CountryCode: "NO"},
		},
		"a country that is not one is left out": {
			company: office24.Company{Name: "A", Country: "Utlandet"}, want: ongoing.SupplierAddress{Name: "A"},
			notes: []string{"supplier 5012: Country is not a country and was left out"},
		},
		"letters other than A to Z are not a code": {
			company: office24.Company{Name: "A", Country: "Ø"}, want: ongoing.SupplierAddress{Name: "A"},
			notes: []string{"supplier 5012: Country is not a country and was left out"},
		},
		"a long name goes on in the next line": {
			company: office24.Company{Name: strings.Repeat("ø", 201)}, want: ongoing.SupplierAddress{
				Name: strings.Repeat("ø", 200), Address: "ø", CountryCode: "NO",
			},
		},
		"a street of many lines": {
			company: office24.Company{Name: "A", Addresses: office24.Addresses{
				Visit: &office24.Address{Street: "Bygg 1\n\nPort 2\nRampe 3\nLuke 4"},
			}},
			want: ongoing.SupplierAddress{
				Name: "A", Address: "Bygg 1", Address2: "Port 2", Address3: "Rampe 3, Luke 4", CountryCode: "NO",
			},
		},
		"a street that does not fit": {
			company: office24.Company{Name: "A", Addresses: office24.Addresses{
				Visit: &office24.Address{Street: strings.TrimSpace(strings.Repeat("1234567890123456789 ", 31))},
			}},
			want: ongoing.SupplierAddress{
				Name: "A", Address: tenWords, Address2: tenWords, Address3: tenWords, CountryCode: "NO",
			},
			notes: []string{"supplier 5012: Street does not fit into three lines and was cut"},
		},
	} {
		test.company.ID = 5012
		got, notes := articles.SupplierAddress(test.company, "NO")
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
		if diff := cmp.Diff(test.notes, notes); diff != "" {
			t.Errorf("%s: notes: -want +got\n%s", name, diff)
		}
	}
}
