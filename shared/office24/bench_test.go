package office24

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"ongoing24so/shared/number"
)

// answerOf returns an answer of GetProducts with a thousand products, and one of GetInvoices with a thousand orders of
// three rows.
func answerOf(operation string) string {
	var b strings.Builder
	b.WriteString("<" + operation + "Result>")
	for i := range 1_000 {
		if operation == "GetProducts" {
			fmt.Fprintf(&b, `<Product><Id>%d</Id><Name>Vannkoker %d</Name><Stock>14.0000</Stock><StatusId>1</StatusId>`+
				`<Description>%s</Description><EAN1>7090000000017</EAN1><No>KET-%d</No>`+
				`<DateChanged>2026-01-15T08:03:00</DateChanged><Weight>1.25</Weight></Product>`,
				i+1, i, strings.Repeat("Stål og glass, 1,7 liter. ", 10), i)
			continue
		}
		fmt.Fprintf(&b, `<InvoiceOrder><OrderId>%d</OrderId><CustomerId>5120</CustomerId>`+
			`<CustomerName>Demo AS</CustomerName>`+
			`<Addresses><Post xsi:nil="true" /><Delivery><Street>Testveien 1</Street><PostalCode>0001</PostalCode>`+
			`<PostalArea>TESTBY</PostalArea><Country>NO</Country></Delivery></Addresses>`+
			`<OrderStatus>Confirmed</OrderStatus>`+
			`<DateChanged>2026-01-15T08:03:00</DateChanged><InvoiceRows>`, i+1)
		for row := range 3 {
			fmt.Fprintf(&b, `<InvoiceRow><ProductId>7301</ProductId><RowId>%d</RowId><Price>399.0000</Price>`+
				`<Name>Vannkoker</Name><Quantity>3.0000</Quantity><ProductNo>KET-17</ProductNo></InvoiceRow>`, 3*i+row)
		}
		b.WriteString(`</InvoiceRows></InvoiceOrder>`)
	}
	b.WriteString("</" + operation + "Result>")
	return wrappedAs(operation, b.String())
}

// The bounds of decoding are what encoding/xml needs to split the answer into tokens, and to decode it into a type with
// the same values.
func BenchmarkDecode(b *testing.B) {
	type row struct {
		ProductID, RowID int
		Price, Quantity  number.Decimal
		Name, ProductNo  string
	}
	type order struct {
		OrderID, CustomerID       int
		CustomerName, OrderStatus string
		Addresses                 Addresses
		DateChanged               string
		Rows                      []row `xml:"InvoiceRows>InvoiceRow"`
	}
	type product struct {
		ID                          int `xml:"Id"`
		StatusID                    int `xml:"StatusId"`
		Name, Description, EAN1, No string
		Stock, Weight               number.Decimal
		DateChanged                 string
	}
	answers := map[string]func(answer string) error{
		"GetProducts": func(answer string) error { return readAll[Product](answer, "GetProducts", "Product") },
		"GetInvoices": func(answer string) error { return readAll[Order](answer, "GetInvoices", "InvoiceOrder") },
	}
	for operation, read := range answers {
		answer := answerOf(operation)
		run := func(name string, decode func() error) {
			b.Run(operation+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(answer)))
				b.ReportAllocs()
				for b.Loop() {
					if err := decode(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("client", func() error { return read(answer) })
		run("encoding-xml-tokens", func() error {
			d := xml.NewDecoder(strings.NewReader(answer))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					return nil
				} else if err != nil {
					return err
				}
			}
		})
		run("encoding-xml", func() error {
			var envelope struct {
				Products []product `xml:"Body>GetProductsResponse>GetProductsResult>Product"`
				Orders   []order   `xml:"Body>GetInvoicesResponse>GetInvoicesResult>InvoiceOrder"`
			}
			err := xml.NewDecoder(bytes.NewReader([]byte(answer))).Decode(&envelope)
			if err == nil && len(envelope.Products)+len(envelope.Orders) != 1_000 {
				return errNotSOAP
			}
			return err
		})
	}
}

// readAll decodes an answer as the client does and keeps nothing.
func readAll[T record](answer, operation, entry string) error {
	d := newDecoder(strings.NewReader(answer))
	defer d.xml.release()
	found := 0
	_, err := d.envelope(operation, records(readOperation("", operation), entry, func(_ T, err error) bool {
		found++
		return err == nil
	}))
	if err == nil && found != 1_000 {
		return errNotSOAP
	}
	return err
}
