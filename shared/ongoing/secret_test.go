package ongoing_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"ongoing24so/shared/errclass"
	"ongoing24so/shared/ongoing"
	"ongoing24so/shared/ongoing/ongoingtest"
)

func TestCredentialsPrintAsRedacted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	credentials := w.config.Credentials
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	logger.Info("x", "credentials", credentials, "config", w.config)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "credentials", credentials, "client", fmt.Sprintf("%+v", w.client))
	encoded, err := json.Marshal(map[string]any{"c": credentials})
	must(t, err)
	key, err := json.Marshal(map[ongoing.Credentials]int{credentials: 1})
	must(t, err)
	printed := []string{log.String(), string(encoded), string(key), credentials.String(), fmt.Sprint(credentials, &credentials)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed = append(printed, fmt.Sprintf(verb, credentials), fmt.Sprintf(verb, w.client), fmt.Sprintf(verb, []any{w.config.Credentials}))
	}
	for _, text := range printed {
		if strings.Contains(text, secret) || strings.Contains(text, "WSIacme") || strings.Contains(text, fmt.Sprintf("%x", secret)) {
			t.Errorf("printed in clear: %s", text)
		}
	}
}

// What is in a failure record is read by people who must not see a consignee's data, nor the password.
func TestMessagesHoldNoSecretAndNoPersonalData(t *testing.T) {
	t.Parallel()
	b := body("40557")
	b.SMSNotification = &ongoing.Notification{Value: "+47 900 00 000"}
	b.FreeText1, b.OrderLines[0].Comment = "Kjell Kanari", "merkes Kanari"
	basic := base64.StdEncoding.EncodeToString([]byte("WSIacme:" + secret))
	private := []string{
		secret, "WSIacme", basic, b.FreeText1, b.OrderLines[0].Comment, b.Consignee.Name, b.Consignee.Address1, b.Consignee.PostCode, b.Consignee.City, b.EmailNotification.Value, b.SMSNotification.Value,
		b.OrderRemark, "127.0.0.1", "someone@else.example",
	}
	echo, err := json.Marshal(map[string]any{
		"message": "Bad.<br/>" + strings.ToUpper(b.Consignee.Name) + " at " + b.Consignee.Address1 + "\n" + b.Consignee.PostCode + " " + b.Consignee.City,
		"errors":  map[string][]string{"consignee": {b.EmailNotification.Value, b.SMSNotification.Value}, "orderRemark": {b.OrderRemark}},
		"title":   "WSIACME and " + secret + " came as " + basic + " for " + b.FreeText1 + ", " + b.OrderLines[0].Comment,
		"error":   "write to <someone@else.example>, or to someone@else.example.",
	})
	must(t, err)
	faults := []ongoingtest.Fault{
		{Kind: ongoingtest.Status, Status: 400, Body: string(echo)}, {Kind: ongoingtest.Status, Status: 401, Body: string(echo)},
		{Kind: ongoingtest.Status, Status: 429, Body: string(echo)}, {Kind: ongoingtest.Status, Status: 500, Body: string(echo)},
		{Kind: ongoingtest.ResetBefore}, {Kind: ongoingtest.CutJSON}, {Kind: ongoingtest.Redirect, Body: "https://else.example/"},
	}
	for _, f := range faults {
		w := newWorld(t, ongoingtest.Options{Record: unrecorded})
		w.seed(t)
		f.Times = -1
		w.server.Fault(f)
		_, err := w.client.PutOrder(t.Context(), b)
		var got *errclass.Error
		if !errors.As(err, &got) {
			t.Fatalf("%s %d: %v", f.Kind, f.Status, err)
		}
		if !strings.HasPrefix(err.Error(), `ongoing: PUT /orders: order "40557": `) {
			t.Errorf("the message names neither call nor key: %s", err)
		}
		for _, value := range private {
			if strings.Contains(strings.ToLower(err.Error()), strings.ToLower(value)) {
				t.Errorf("%s %d: %q stands in %q", f.Kind, f.Status, value, err)
			}
		}
	}
}

// What the service says of a read could be about anybody's record.
func TestReadsDoNotSayWhatTheyWereTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.Status, Status: 400, Body: `{"message":"Kjell Kanari is not here"}`})
	_, err := w.client.Order(t.Context(), 5)
	if want := "ongoing: GET /orders/{orderId}: order 5: answered 400"; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestVendorTexts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("æ", 400)
	tests := map[string]struct {
		status int
		body   string
		want   string // after the call and the key
		reason error
	}{
		"message":                    {400, `{"message":"No.<br/>Not at all."}`, "answered 400: No. Not at all.", nil},
		"a capital letter":           {400, `{"Message":"No."}`, "answered 400: No.", nil},
		"the framework's exceptions": {500, `{"Message":"An error has occurred.","ExceptionMessage":"Null","StackTrace":"at X"}`, "answered 500: An error has occurred.; Null", nil},
		"error":                      {400, `{"error":{"message":"No."}}`, "answered 400: No.", nil},
		"errors by field":            {400, `{"title":"Invalid","errors":{"b":["two","three"],"a":["one"]}}`, "answered 400: Invalid; one; two; three", nil},
		"modelState":                 {400, `{"message":"The request is invalid.","modelState":{"order.deliveryDate":["required"]}}`, "answered 400: The request is invalid.; required", nil},
		"a text as JSON":             {400, `"No."`, "answered 400: No.", nil},
		"nothing":                    {400, ` `, "answered 400", nil},
		"a page for people":          {502, `<html><title>Bad Gateway</title></html>`, "answered 502", nil},
		"long":                       {400, `{"message":"` + long + `"}`, "answered 400: " + long[:600] + "…", nil},
		"white space and controls":   {400, `{"message":"a\r\n\tb\u0007c"}`, "answered 400: a b c", nil},
		"begun":                      {400, `{"message":"The warehouse has started working on order 5."}`, "answered 400: The warehouse has started working on order 5.", ongoing.ErrStarted},
		"begun, with another status": {409, `{"message":"Order has already been picked"}`, "answered 409: Order has already been picked", ongoing.ErrStarted},
		"cancelled":                  {400, `{"message":"Order is already cancelled"}`, "answered 400: Order is already cancelled", ongoing.ErrCancelled},
		"cancelled, in American":     {400, `{"message":"Order has been canceled"}`, "answered 400: Order has been canceled", ongoing.ErrCancelled},
		"cannot be cancelled is not cancelled": {
			400, `{"message":"Order cannot be cancelled: work has begun"}`, "answered 400: Order cannot be cancelled: work has begun", ongoing.ErrStarted,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, ongoingtest.Options{})
			w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.Status, Status: tt.status, Body: tt.body, Times: -1})
			_, err := w.client.UpdateOrder(t.Context(), 5, ongoing.OrderBody{OrderNumber: "5", DeliveryDate: "2026-11-25"})
			if want := `ongoing: PUT /orders/{orderId}: order "5": ` + tt.want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			for _, reason := range []error{ongoing.ErrStarted, ongoing.ErrCancelled} {
				if errors.Is(err, reason) != errors.Is(tt.reason, reason) {
					t.Errorf("is %q: %v", reason, errors.Is(err, reason))
				}
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := config("https://api.ongoingsystems.se/acme/api/v1/")
	tests := map[string]struct {
		spoil func(*ongoing.Config)
		class errclass.Class // empty: accepted
	}{
		"a proper one":                       {func(*ongoing.Config) {}, ""},
		"plain http to this machine":         {func(c *ongoing.Config) { c.BaseURL = "http://127.0.0.1:1/acme/api/v1/" }, ""},
		"plain http to this machine by name": {func(c *ongoing.Config) { c.BaseURL = "http://localhost:1/acme/api/v1/" }, ""},
		"plain http would show the password": {func(c *ongoing.Config) { c.BaseURL = "http://api.ongoingsystems.se/acme/api/v1/" }, errclass.Settings},
		"another scheme":                     {func(c *ongoing.Config) { c.BaseURL = "ftp://api.ongoingsystems.se/" }, errclass.Settings},
		"no URL":                             {func(c *ongoing.Config) { c.BaseURL = "" }, errclass.Settings},
		"no host":                            {func(c *ongoing.Config) { c.BaseURL = "https:///acme" }, errclass.Settings},
		"credentials in the URL":             {func(c *ongoing.Config) { c.BaseURL = "https://u:p@api.ongoingsystems.se/" }, errclass.Settings},
		"a query in the URL":                 {func(c *ongoing.Config) { c.BaseURL += "?a=b" }, errclass.Settings},
		"no goods owner":                     {func(c *ongoing.Config) { c.GoodsOwner = 0 }, errclass.Settings},
		"no user name":                       {func(c *ongoing.Config) { c.Credentials.Username = "" }, errclass.Credentials},
		"no password":                        {func(c *ongoing.Config) { c.Credentials.Password = "" }, errclass.Credentials},
		"a colon ends a user name":           {func(c *ongoing.Config) { c.Credentials.Username = "a:b" }, errclass.Credentials},
		"no clock":                           {func(c *ongoing.Config) { c.Now = nil }, errclass.Defect},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := good
			tt.spoil(&c)
			_, err := ongoing.New(c)
			if (err == nil) != (tt.class == "") || err != nil && errclass.Of(err) != tt.class {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "u:p") {
				t.Errorf("quotes the credentials: %v", err)
			}
		})
	}
}
