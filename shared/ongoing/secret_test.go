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
	slog.New(slog.NewJSONHandler(&log, nil)).
		Info("x", "credentials", credentials, "client", fmt.Sprintf("%+v", w.client))
	encoded, err := json.Marshal(map[string]any{"c": credentials})
	must(t, err)
	key, err := json.Marshal(map[ongoing.Credentials]int{credentials: 1})
	must(t, err)
	printed := []string{
		log.String(),
		string(encoded),
		string(key),
		credentials.String(),
		fmt.Sprint(credentials, &credentials),
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed = append(printed, fmt.Sprintf(verb, credentials), fmt.Sprintf(verb, w.client),
			fmt.Sprintf(verb, []any{w.config.Credentials}))
	}
	for _, text := range printed {
		if strings.Contains(text, secret) || strings.Contains(text, "WSIacme") ||
			strings.Contains(text, fmt.Sprintf("%x", secret)) {
			t.Errorf("printed in clear: %s", text)
		}
	}
}

// People read failure records who must not see a consignee's data or the password.
func TestMessagesHoldNoSecretAndNoPersonalData(t *testing.T) {
	t.Parallel()
	b := body("40557")
	b.SMSNotification = &ongoing.Notification{Value: "+47 900 00 000"}
	b.FreeText1, b.OrderLines[0].Comment = "Kjell Kanari", "merkes Kanari"
	basic := base64.StdEncoding.EncodeToString([]byte("WSIacme:" + secret))
	private := []string{
		secret, "WSIacme", basic, b.FreeText1, b.OrderLines[0].Comment, b.Consignee.Name, b.Consignee.Address1,
		b.Consignee.PostCode, b.Consignee.City, b.EmailNotification.Value, b.SMSNotification.Value,
		b.OrderRemark, "127.0.0.1", "someone@else.example",
	}
	echo, err := json.Marshal(map[string]any{
		"message": "Bad.<br/>" + strings.ToUpper(
			b.Consignee.Name,
		) + " at " + b.Consignee.Address1 + "\n" + b.Consignee.PostCode + " " + b.Consignee.City,
		"errors": map[string][]string{
			"consignee":   {b.EmailNotification.Value, b.SMSNotification.Value},
			"orderRemark": {b.OrderRemark},
		},
		"title": "WSIACME and " + secret + " came as " + basic + " for " + b.FreeText1 + ", " + b.OrderLines[0].Comment,
		"error": "write to <someone@else.example>, or to someone@else.example.",
	})
	must(t, err)
	faults := []ongoingtest.Fault{
		{Kind: ongoingtest.Status, Status: 400, Body: string(echo)},
		{Kind: ongoingtest.Status, Status: 401, Body: string(echo)},
		{Kind: ongoingtest.Status, Status: 429, Body: string(echo)},
		{Kind: ongoingtest.Status, Status: 500, Body: string(echo)},
		{Kind: ongoingtest.ResetBefore},
		{Kind: ongoingtest.CutJSON},
		{Kind: ongoingtest.Redirect, Body: "https://else.example/"},
	}
	for _, f := range faults {
		w := newWorld(t, ongoingtest.Options{Record: unrecorded})
		w.seed(t)
		f.Times = -1
		w.server.Fault(f)
		_, err := w.client.PutOrder(t.Context(), b)
		_, ok := errors.AsType[*errclass.Error](err)
		if !ok {
			t.Fatalf("%s %d: %v", f.Kind, f.Status, err)
		}
		if !strings.HasPrefix(err.Error(), `ongoing: PUT /orders: order "40557": `) {
			t.Errorf("the message does not name call and key: %s", err)
		}
		for _, value := range private {
			if strings.Contains(strings.ToLower(err.Error()), strings.ToLower(value)) {
				t.Errorf("%s %d: %q is in %q", f.Kind, f.Status, value, err)
			}
		}
	}
}

// The service's text about a read could quote anybody's record.
func TestMessageOfAReadQuotesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ongoingtest.Options{})
	w.server.Fault(
		ongoingtest.Fault{Kind: ongoingtest.Status, Status: 400, Body: `{"message":"Kjell Kanari is not here"}`},
	)
	_, err := w.client.Order(t.Context(), 5)
	want := "ongoing: GET /orders/{orderId}: order 5: Ongoing WMS refuses the request (HTTP status 400)"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestVendorTextsAreQuotedAndClassified(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("æ", 400)
	tests := map[string]struct {
		status int
		body   string
		want   string // after the call, the key and the name of the service
		reason error
	}{
		"message": {
			status: 400,
			body:   `{"message":"No.<br/>Not at all."}`,
			want:   `refuses the request (HTTP status 400): "No. Not at all."`,
		},
		"a capital letter": {
			status: 400,
			body:   `{"Message":"No."}`,
			want:   `refuses the request (HTTP status 400): "No."`,
		},
		"the framework's exceptions": {
			status: 500,
			body:   `{"Message":"An error has occurred.","ExceptionMessage":"Null","StackTrace":"at X"}`,
			want:   `fails with an error of its own (HTTP status 500): "An error has occurred.; Null"`,
		},
		"error": {
			status: 400,
			body:   `{"error":{"message":"No."}}`,
			want:   `refuses the request (HTTP status 400): "No."`,
		},
		"errors by field": {
			status: 400,
			body:   `{"title":"Invalid","errors":{"b":["two","three"],"a":["one"]}}`,
			want:   `refuses the request (HTTP status 400): "Invalid; one; two; three"`,
		},
		"modelState": {
			status: 400,
			body:   `{"message":"The request is invalid.","modelState":{"order.deliveryDate":["required"]}}`,
			want:   `refuses the request (HTTP status 400): "The request is invalid.; required"`,
		},
		"a text as JSON": {status: 400, body: `"No."`, want: `refuses the request (HTTP status 400): "No."`},
		"no text":        {status: 400, body: ` `, want: "refuses the request (HTTP status 400)"},
		"an HTML page": {
			status: 502,
			body:   `<html><title>Bad Gateway</title></html>`,
			want:   "does not answer (HTTP status 502)",
		},
		"long": {
			status: 400,
			body:   `{"message":"` + long + `"}`,
			want:   `refuses the request (HTTP status 400): "` + long[:600] + `…"`,
		},
		"white space and controls": {
			status: 400,
			body:   `{"message":"a\r\n\tb\u0007c"}`,
			want:   `refuses the request (HTTP status 400): "a b c"`,
		},
		"started": {
			status: 400,
			body:   `{"message":"The warehouse has started working on order 5."}`,
			want:   `refuses the request (HTTP status 400): "The warehouse has started working on order 5."`,
			reason: ongoing.ErrStarted,
		},
		"started, with another status": {
			status: 409,
			body:   `{"message":"Order has already been picked"}`,
			want:   `refuses the request (HTTP status 409): "Order has already been picked"`,
			reason: ongoing.ErrStarted,
		},
		"cancelled": {
			status: 400,
			body:   `{"message":"Order is already cancelled"}`,
			want:   `refuses the request (HTTP status 400): "Order is already cancelled"`,
			reason: ongoing.ErrCancelled,
		},
		"cancelled, in American": {
			status: 400,
			body:   `{"message":"Order has been canceled"}`,
			want:   `refuses the request (HTTP status 400): "Order has been canceled"`,
			reason: ongoing.ErrCancelled,
		},
		"cannot be cancelled is not cancelled": {
			status: 400,
			body:   `{"message":"Order cannot be cancelled: work has begun"}`,
			want:   `refuses the request (HTTP status 400): "Order cannot be cancelled: work has begun"`,
			reason: ongoing.ErrStarted,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, ongoingtest.Options{})
			w.server.Fault(ongoingtest.Fault{Kind: ongoingtest.Status, Status: tt.status, Body: tt.body, Times: -1})
			_, err := w.client.UpdateOrder(t.Context(), 5,
				ongoing.OrderBody{OrderNumber: "5", DeliveryDate: "2026-11-25"})
			want := `ongoing: PUT /orders/{orderId}: order "5": Ongoing WMS ` + tt.want
			if err == nil || err.Error() != want {
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

func TestNewRefusesAWrongConfig(t *testing.T) {
	t.Parallel()
	good := config("https://api.ongoingsystems.se/acme/api/v1/")
	tests := map[string]struct {
		spoil func(*ongoing.Config)
		class errclass.Class // empty: accepted
	}{
		"valid": {func(*ongoing.Config) {}, ""},
		"plain http to a loopback address": {
			func(c *ongoing.Config) { c.BaseURL = "http://127.0.0.1:1/acme/api/v1/" },
			"",
		},
		"plain http to localhost": {
			func(c *ongoing.Config) { c.BaseURL = "http://localhost:1/acme/api/v1/" },
			"",
		},
		"plain http to another host": {
			func(c *ongoing.Config) { c.BaseURL = "http://api.ongoingsystems.se/acme/api/v1/" },
			errclass.Settings,
		},
		"another scheme": {
			func(c *ongoing.Config) { c.BaseURL = "ftp://api.ongoingsystems.se/" },
			errclass.Settings,
		},
		"no address": {func(c *ongoing.Config) { c.BaseURL = "" }, errclass.Settings},
		"no host": {
			func(c *ongoing.Config) { c.BaseURL = "https:///acme" },
			errclass.Settings,
		},
		"credentials in the URL": {
			func(c *ongoing.Config) { c.BaseURL = "https://u:p@api.ongoingsystems.se/" },
			errclass.Settings,
		},
		"a query in the URL": {func(c *ongoing.Config) { c.BaseURL += "?a=b" }, errclass.Settings},
		"no goods owner":     {func(c *ongoing.Config) { c.GoodsOwner = 0 }, errclass.Settings},
		"no user name": {
			func(c *ongoing.Config) { c.Credentials.Username = "" },
			errclass.Credentials,
		},
		"no password": {
			func(c *ongoing.Config) { c.Credentials.Password = "" },
			errclass.Credentials,
		},
		"a colon in the user name": {
			func(c *ongoing.Config) { c.Credentials.Username = "a:b" },
			errclass.Credentials,
		},
		"no clock": {func(c *ongoing.Config) { c.Now = nil }, errclass.Defect},
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
