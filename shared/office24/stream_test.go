package office24_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"ongoing24so/shared/office24"
)

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
