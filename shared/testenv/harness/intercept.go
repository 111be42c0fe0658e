package harness

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"ongoing24so/shared/dynamoattr"
	"ongoing24so/shared/naming"
	"ongoing24so/shared/testenv/dynamodbtest"
)

// Intercept puts a proxy between the functions and both vendors that can rewrite any answer, for answers that the
// simulators never give. The request identifies the call. The customer's records are kept: they belong to the same
// goods owner, at the address of the proxy.
func (h *Harness) Intercept(rewrite func(r *http.Request, answer string) string) {
	h.t.Helper()
	h.office24Proxy = h.proxy(h.Office24.URL(), rewrite)
	wms := h.Settings["ongoing"].(map[string]any)
	address := h.proxy(h.Ongoing.URL, rewrite)
	h.ongoingProxy = strings.TrimPrefix(address, "http://")
	before := wms["baseUrl"].(string)
	wms["baseUrl"] = strings.Replace(before, h.Ongoing.URL, address, 1)
	if err := h.PutSettings(h.t.Context(), h.Settings); err != nil {
		h.t.Fatal(err)
	}
	h.rebind(before, wms["baseUrl"].(string))
}

// rebind replaces an address of Ongoing in the customer's binding and in the stamps of its records.
func (h *Harness) rebind(from, to string) {
	h.t.Helper()
	db, table := h.DynamoDB.Client(), dynamodbtest.StateTable
	all, err := db.Scan(h.t.Context(), &dynamodb.ScanInput{TableName: &table})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, item := range all.Items {
		changed := false
		for _, name := range []string{"binding", "ongoingBaseUrl"} {
			text, _ := dynamoattr.TextOf(item[name])
			if strings.Contains(text, from) {
				item[name], changed = dynamoattr.Text(strings.Replace(text, from, to, 1)), true
			}
		}
		if !changed {
			continue
		}
		if _, err := db.PutItem(h.t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: item}); err != nil {
			h.t.Fatal(err)
		}
	}
}

// Getenv returns a variable of Env.Environment, pointing to the proxy if there is one.
func (h *Harness) Getenv(name string) string {
	switch value := h.Env.Getenv(name); {
	case name == naming.EnvOffice24URL && h.office24Proxy != "":
		return h.office24Proxy
	case name == naming.EnvOngoingHosts && h.office24Proxy != "":
		return strings.Join([]string{value, h.ongoingProxy, strings.TrimPrefix(h.office24Proxy, "http://")}, ",")
	default:
		return value
	}
}

func (h *Harness) proxy(to string, rewrite func(*http.Request, string) string) string {
	target, err := url.Parse(to)
	if err != nil {
		h.t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		body, err := io.ReadAll(r.Body)
		body = []byte(rewrite(r.Request, string(body)))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return err
	}
	server := httptest.NewServer(proxy)
	h.t.Cleanup(server.Close)
	return server.URL
}

// EmptyAnswers is for Intercept. It empties those answers of 24SevenOffice to an operation that at chooses by their
// number, counted from 1: such an answer is valid, and can come from an outage.
func EmptyAnswers(operation string, at func(n int) bool) func(*http.Request, string) string {
	found := regexp.MustCompile(fmt.Sprintf("(?s)<%[1]sResult>.*</%[1]sResult>", operation))
	n := 0
	return func(_ *http.Request, answer string) string {
		if !found.MatchString(answer) {
			return answer
		}
		if n++; !at(n) {
			return answer
		}
		return found.ReplaceAllString(answer, fmt.Sprintf("<%sResult/>", operation))
	}
}
