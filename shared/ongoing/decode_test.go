package ongoing

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// page returns a page of a hundred orders of ten lines.
func page() []byte {
	var b strings.Builder
	b.WriteByte('[')
	for i := range 100 {
		fmt.Fprintf(&b, `{"goodsOwner":{"id":77,"name":"Acme"},"orderInfo":{"orderId":%d,"orderNumber":"SO-%d",`+
			`"goodsOwnerOrderId":"%d","deliveryDate":"2026-11-25","createdDate":"2026-11-24T22:00:00.31Z",`+
			`"shippedTime":null,`+
			`"orderStatus":{"number":450,"text":"Sendt"},"orderedNumberOfItems":30.000,"pickedNumberOfItems":30.000},`+
			`"consignee":{"name":"Fjell Bygg AS","address1":"Industriveien 4","postCode":"5221","city":"Nesttun"},`+
			`"orderLines":[`,
			i+1, i, i)
		for line := range 10 {
			fmt.Fprintf(&b, `{"id":%d,"rowNumber":"%d","article":{"articleSystemId":90311,"articleNumber":"KET-17",`+
				`"articleName":"Kjele","productCode":"7301"},"orderedNumberOfItems":3.000,`+
				`"pickedNumberOfItems":3.000,`+
				`"reportedNumberOfItems":null,"shouldBePicked":true,"pickedArticleItems":[{"numberOfItems":3.000,`+
				`"isPicked":true,"pickedTime":"2026-11-25T08:00:00Z"}],"subOrderLines":null,"prices":null},`,
				10*i+line, line)
		}
		b.WriteString(`{"id":1}],"parcels":null,"tracking":null},`)
	}
	return []byte(strings.TrimSuffix(b.String(), ",") + "]")
}

// The bound of decoding is what encoding/json needs for values without types.
func BenchmarkDecodeOrders(b *testing.B) {
	sound := page()
	damaged := []byte(strings.Replace(string(sound), `"pickedNumberOfItems":3.000`, `"pickedNumberOfItems":"three"`, 1))
	for name, decode := range map[string]func() (int, error){
		"client": func() (int, error) {
			rows, err := decodeList(call{}, orderKind(), sound)
			return len(rows), err
		},
		"client-one-unreadable": func() (int, error) {
			rows, err := decodeList(call{}, orderKind(), damaged)
			return len(rows), err
		},
		"encoding-json-untyped": func() (int, error) {
			var rows []any
			err := json.Unmarshal(sound, &rows)
			return len(rows), err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(sound)))
			b.ReportAllocs()
			for b.Loop() {
				if n, err := decode(); n != 100 || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}

// Any list is decoded or refused. A record that cannot be read says so; what encoding/json decodes, decodeList decodes.
func FuzzDecodeList(f *testing.F) {
	for _, seed := range []string{
		`[{"articleSystemId":5,"articleNumber":"A","inventoryInfo":{"numberOfItems":"12,5"},"created":"soon"}]`,
		`[{"articleSystemId":5,"quantityPerPackage":6.0,"barCodeInfo":[1]},{"articleSystemId":6}]`,
		`[{"orderInfo":{"orderId":5,"orderStatus":{"number":"450"}},"orderLines":[{"pickedNumberOfItems":{}},7]}]`,
		`null`, `{}`, `[null,[],"x"]`, `[{"articleNumber":"K` + "\xf8" + `"}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		checkList(t, body, articleKind())
		checkList(t, body, orderKind())
	})
}

func checkList[T any](t *testing.T, body []byte, of kind[T]) {
	t.Helper()
	rows, err := decodeList(call{}, of, body)
	if err == nil && !json.Valid(body) {
		t.Errorf("%q was decoded", body)
	}
	var standard []T
	if json.Unmarshal(body, &standard) == nil && (err != nil || len(rows) != len(standard)) {
		t.Errorf("%q: %d rows, %v; encoding/json decodes %d", body, len(rows), err, len(standard))
	}
	for _, row := range rows {
		if reason := *of.unreadable(&row); reason != nil && !strings.Contains(reason.Error(), " cannot be read: ") {
			t.Errorf("%q: %v", body, reason)
		}
	}
	// What is cut off must be decodable, too.
	for _, cut := range []int{len(body) / 4, len(body) / 2, len(body) * 3 / 4} {
		if row, found := firstRecord(call{}, of, body[:cut]); found && of.id(row) <= 0 {
			t.Errorf("%q: %+v", body[:cut], row)
		}
	}
}
