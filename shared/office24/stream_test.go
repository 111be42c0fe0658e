package office24_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/office24"
)

func TestAnswerInAnotherEncodingIsNamed(t *testing.T) {
	t.Parallel()
	document := func(declaration, name string) string {
		return declaration + `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/">` +
			`<Body xmlns="http://24sevenOffice.com/webservices"><GetProductsResponse><GetProductsResult>` +
			`<Product><Id>1</Id><Name>` + name + `</Name></Product>` +
			`</GetProductsResult></GetProductsResponse></Body></Envelope>`
	}
	const latin1 = "K\xf8lle"
	tests := map[string]struct {
		contentType, contentEncoding, body, want string
	}{
		"UTF-8 that calls itself something else": {
			contentType: "text/xml; charset=iso-8859-1",
			body:        document(`<?xml version="1.0" encoding="UTF-8"?>`, "Kølle"),
		},
		"ASCII": {
			contentType: "text/xml",
			body:        document(`<?xml version="1.0" encoding="us-ascii"?>`, "K&#248;lle"),
		},
		"declared in the document": {
			contentType: "text/xml; charset=utf-8",
			body:        document(`<?xml version="1.0" encoding="ISO-8859-1"?>`, latin1),
			want:        `in the encoding "ISO-8859-1", which is not read; it should be in UTF-8`,
		},
		"declared in the header": {
			contentType: "text/xml; charset=windows-1252",
			body:        document("", latin1),
			want:        `in the encoding "windows-1252"`,
		},
		"declared nowhere": {
			contentType: "text/xml",
			body:        document("", latin1),
			want:        "the answer is not in UTF-8",
		},
		"UTF-16": {
			contentType: "text/xml",
			body:        "\xff\xfe<\x00?\x00",
			want:        `in the encoding "utf-16"`,
		},
		"compressed": {
			contentType:     "text/xml",
			contentEncoding: "br",
			body:            "\x0b\x02\x80",
			want:            `in the encoding "br"`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.Header.Get("SOAPAction"), "Login") {
					w.Header().Set("Content-Type", "text/xml")
					_, _ = fmt.Fprint(w, `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/">`+
						`<Body><LoginResponse><LoginResult>s</LoginResult></LoginResponse></Body></Envelope>`)
					return
				}
				w.Header().Set("Content-Type", tt.contentType)
				if tt.contentEncoding != "" {
					w.Header().Set("Content-Encoding", tt.contentEncoding)
				}
				_, _ = fmt.Fprint(w, tt.body)
			}))
			t.Cleanup(server.Close)
			transport := office24.Transport()
			t.Cleanup(transport.CloseIdleConnections)
			client, err := office24.New(office24.Config{
				BaseURL: server.URL, Credentials: credentials(), Transport: transport, Now: now,
			})
			if err != nil {
				t.Fatal(err)
			}
			for p, err := range client.Products(t.Context(), office24.ProductSearch{No: "1"}) {
				switch {
				case tt.want == "" && (err != nil || p.Name != "Kølle"):
					t.Errorf("got %q, %v", p.Name, err)
				case tt.want != "" && (!errclass.Is(err, errclass.Defect) || !strings.Contains(err.Error(), tt.want)):
					t.Errorf("got %v, want %q", err, tt.want)
				}
			}
		})
	}
}

const manyProducts = 50_000

// manyProductsClient returns a client of a server that streams many products of half a kilobyte each.
func manyProductsClient(tb testing.TB) *office24.Client {
	tb.Helper()
	description := strings.Repeat("Stål og glass, 1,7 liter. ", 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		b := bufio.NewWriter(w)
		defer func() { _ = b.Flush() }()
		const start = `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/">` +
			`<Body xmlns="http://24sevenOffice.com/webservices">`
		if strings.Contains(r.Header.Get("SOAPAction"), "Login") {
			_, _ = b.WriteString(
				start + `<LoginResponse><LoginResult>s</LoginResult></LoginResponse></Body></Envelope>`,
			)
			return
		}
		_, _ = b.WriteString(start + `<GetProductsResponse><GetProductsResult>`)
		for i := range manyProducts {
			fmt.Fprintf(
				b,
				`<Product><Id>%d</Id><Name>Vannkoker %d</Name><Stock>14.0000</Stock><StatusId>1</StatusId>`+
					`<Description>%s</Description>`+
					`<EAN1>7090000000017</EAN1><No>KET-%d</No><DateChanged>2026-01-15T08:03:00</DateChanged>`+
					`<Weight>1.25</Weight></Product>`,
				i+1,
				i,
				description,
				i,
			)
		}
		_, _ = b.WriteString(`</GetProductsResult></GetProductsResponse></Body></Envelope>`)
	}))
	tb.Cleanup(server.Close)
	transport := office24.Transport()
	tb.Cleanup(transport.CloseIdleConnections)
	client, err := office24.New(office24.Config{
		BaseURL: server.URL, Credentials: credentials(), Transport: transport, Now: now,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return client
}

// Not parallel: it measures the memory of the whole process.
func TestManyProductsAreNotHeldInMemory(t *testing.T) {
	client := manyProductsClient(t)
	var before, during runtime.MemStats
	seen, most := 0, uint64(0)
	for _, err := range client.Products(t.Context(), allProducts()) {
		if err != nil {
			t.Fatal(err)
		}
		switch seen++; {
		case seen == 1:
			runtime.GC()
			runtime.ReadMemStats(&before)
		case seen%10_000 == 0:
			runtime.GC()
			runtime.ReadMemStats(&during)
			most = max(most, during.HeapAlloc)
		}
	}
	if seen != manyProducts {
		t.Fatalf("%d products, want %d", seen, manyProducts)
	}
	const allowed = 4 << 20 // the whole answer is some 25 MB
	if most > before.HeapAlloc+allowed {
		t.Errorf("the heap grew from %d to %d bytes while the answer was read", before.HeapAlloc, most)
	}
}

func BenchmarkProducts(b *testing.B) {
	client := manyProductsClient(b)
	b.ReportAllocs()
	for b.Loop() {
		seen := 0
		for _, err := range client.Products(b.Context(), allProducts()) {
			if err != nil {
				b.Fatal(err)
			}
			seen++
		}
		if seen != manyProducts {
			b.Fatal(seen)
		}
	}
}
