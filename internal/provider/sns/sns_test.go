package sns_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tourbillon/functions/webhook"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/outcome/outcometest"
	"tourbillon/internal/provider/sns"
	"tourbillon/internal/record"
)

const key = "5ecret/of+tests"

const device = "arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/tours/5e3e9847-3183-3f18-a7e8-671c3a57d4b3"

var full = record.Message{
	Key: "0123456789abcdef0123456789abcdef", BookingID: "booking-2", Channel: "push", To: device,
	Subject: "Your tour is on", Body: `See you "soon" <at> the café & bring an umbrella.`,
}

func open(t testing.TB, at string, timeout time.Duration) record.Messages {
	t.Helper()
	m, err := sns.New(sns.Settings{Region: "eu-west-1", ID: "AKIA0123", Secret: key, URL: at, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const space = `xmlns="http://sns.amazonaws.com/doc/2010-03-31/"`

var accept = outcometest.Answer(http.StatusOK, `<PublishResponse `+space+`><PublishResult><MessageId>94f20ce6-13c5-43a0-9a9e-ca52d816e90b</MessageId></PublishResult>`+
	`<ResponseMetadata><RequestId>f187a3c1-376f-11df-8963-01868b7c937a</RequestId></ResponseMetadata></PublishResponse>`, "Content-Type", "text/xml")

// refusing answers as SNS does.
func refusing(status int, code, message string) http.HandlerFunc {
	return outcometest.Answer(status, fmt.Sprintf(`<ErrorResponse %s><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error>`+
		`<RequestId>9dd01905-5012-5f99-8663-4b3ecd0dfaef</RequestId></ErrorResponse>`, space, code, message), "Content-Type", "text/xml")
}

// pushed reads what is for a platform.
func pushed(t testing.TB, body string) map[string]string {
	t.Helper()
	form, err := url.ParseQuery(body)
	var all map[string]string
	if err == nil {
		err = json.Unmarshal([]byte(form.Get("Message")), &all)
	}
	if err != nil {
		t.Error(err)
	}
	return all
}

func TestSNS_Suite(t *testing.T) {
	outcometest.Run(t, outcometest.Subject{
		New: open, Message: full, Accept: accept, Secrets: []string{key, "AKIA0123"},
		Bad: []string{
			"arn:aws:sns:eu-west-1:123456789012:all-customers", "+33612345678", "ada@example.com",
			"arn:aws:sns:eu-west-1:123456789012:app/GCM/tours",
		},
		Key: func(body string) string {
			var apple map[string]any
			_ = json.Unmarshal([]byte(pushed(t, body)["APNS"]), &apple) // what is none has no key
			of, _ := apple["tourbillon_id"].(string)
			return of
		},
	})
}

func TestSend_Wire(t *testing.T) {
	var got url.Values
	far := outcometest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIA0123/") || !strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/sns/") {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		got = r.PostForm
		accept(w, r)
	})
	r, err := open(t, far.URL, 0).Send(t.Context(), full)
	if err != nil || r != (booking.Receipt{ID: "94f20ce6-13c5-43a0-9a9e-ca52d816e90b"}) {
		t.Errorf("%+v, %v", r, err)
	}
	all := pushed(t, got.Encode())
	got.Del("Message")
	want := url.Values{"Action": {"Publish"}, "Version": {"2010-03-31"}, "TargetArn": {device}, "MessageStructure": {"json"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	t.Run("what is pushed is JSON in JSON, and text for who has no form of its own", func(t *testing.T) {
		alert := map[string]any{"title": full.Subject, "body": full.Body}
		for platform, want := range map[string]map[string]any{
			"APNS":         {"aps": map[string]any{"alert": alert}, webhook.Reference: full.Key},
			"APNS_SANDBOX": {"aps": map[string]any{"alert": alert}, webhook.Reference: full.Key},
			"GCM":          {"notification": alert, "data": map[string]any{webhook.Reference: full.Key}},
		} {
			var inner map[string]any
			if err := json.Unmarshal([]byte(all[platform]), &inner); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(want, inner); diff != "" {
				t.Errorf("%s (-want +got):\n%s", platform, diff)
			}
		}
		if all["default"] != full.Body || len(all) != 4 {
			t.Errorf("%q", all)
		}
	})
}

func TestSend_LongWordsAreCut(t *testing.T) {
	far := outcometest.Serve(t, accept)
	for _, letter := range []string{"a", "é", "€", "🎟", `"`, "<"} {
		var all map[string]string
		far.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseForm(); err != nil {
				t.Error(err)
			}
			all = pushed(t, r.PostForm.Encode())
			accept(w, r)
		})
		m := full
		m.Body = strings.Repeat(letter, 5000)
		if _, err := open(t, far.URL, 0).Send(t.Context(), m); err != nil {
			t.Error(err)
		}
		body := all["default"]
		if !utf8.ValidString(body) || len(body) < 990 || len(body) > 1000 || !strings.HasSuffix(body, letter+"…") || len(all["APNS"]) > 4096 || len(all["GCM"]) > 4096 {
			t.Errorf("%d bytes, %d for Apple, %d for Google", len(body), len(all["APNS"]), len(all["GCM"]))
		}
	}
}

func TestSend_Refusals(t *testing.T) {
	send := func(h http.HandlerFunc) (booking.Receipt, error) {
		return open(t, outcometest.Serve(t, h).URL, 0).Send(t.Context(), full)
	}
	for says, c := range map[string]struct {
		h    http.HandlerFunc
		want string
	}{
		"a device that takes no more":        {refusing(400, "EndpointDisabled", "Endpoint is disabled"), booking.EndpointDisabled},
		"an endpoint that is gone":           {refusing(404, "NotFound", "Endpoint does not exist"), booking.BadAddress},
		"one that never was":                 {refusing(400, "InvalidParameter", "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified"), booking.BadAddress},
		"somebody who wants no more of them": {refusing(400, "OptedOut", "opted out"), booking.OptedOut},
	} {
		if r, err := send(c.h); err != nil || r.Refused != c.want {
			t.Errorf("%s: %+v, %v", says, r, err)
		}
	}
	for code, status := range map[string]int{
		"PlatformApplicationDisabled": 400, "AuthorizationError": 403, "InvalidClientTokenId": 403, "SignatureDoesNotMatch": 403,
		"InvalidParameter": 400, "KMSDisabled": 400, "Throttled": 429, "Throttling": 400,
	} {
		_, err := send(refusing(status, code, "Invalid parameter: Message Reason: of "+device))
		no := outcometest.NotSent(t, err)
		if want := fmt.Sprintf("sns: answered %d %s", status, code); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		if throttled := strings.HasPrefix(code, "Throttl"); throttled != (no.After > 0) {
			t.Errorf("%s: not before %v", code, no.After)
		}
	}
	t.Run("a code that we do not know is not told", func(t *testing.T) {
		_, err := send(refusing(400, "AKIA0123", "x"))
		if err == nil || err.Error() != "sns: answered 400" {
			t.Error(err)
		}
	})
}

func TestTrap_LibraryThatAsksAgain(t *testing.T) {
	for _, h := range []http.HandlerFunc{refusing(500, "InternalError", "x"), refusing(503, "ServiceUnavailable", "x")} {
		far := outcometest.Serve(t, h)
		_, err := open(t, far.URL, 0).Send(t.Context(), full)
		outcometest.Unknown(t, err)
		if far.Asked() != 1 {
			t.Errorf("asked %d times", far.Asked())
		}
	}
}

func TestTrap_TopicIsNoDevice(t *testing.T) {
	far := outcometest.Serve(t, accept)
	m := full
	m.To = "arn:aws:sns:eu-west-1:123456789012:all-customers"
	if r, err := open(t, far.URL, 0).Send(t.Context(), m); err != nil || r.Refused != booking.BadAddress || far.Asked() != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestTrap_AnswerWithoutAnID(t *testing.T) {
	for _, body := range []string{"", "<html>", `<PublishResponse ` + space + `><PublishResult></PublishResult></PublishResponse>`} {
		_, err := open(t, outcometest.Serve(t, outcometest.Answer(http.StatusOK, body)).URL, 0).Send(t.Context(), full)
		outcometest.Unknown(t, err)
	}
}

func TestNew_Refuses(t *testing.T) {
	for says, s := range map[string]sns.Settings{
		"no region":            {ID: "A", Secret: "hunter2"},
		"a region that is not": {Region: "Ireland", ID: "A", Secret: "hunter2"},
		"no key":               {Region: "eu-west-1", Secret: "hunter2"},
		"no secret":            {Region: "eu-west-1", ID: "hunter2"},
		"a line":               {Region: "eu-west-1", ID: "A", Secret: "hunter2\n"},
		"what is no URL":       {Region: "eu-west-1", ID: "A", Secret: "hunter2", URL: "sns"},
	} {
		if _, err := sns.New(s); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", says, err)
		}
	}
	for _, region := range []string{"eu-west-1", "us-gov-east-1", "ap-southeast-2"} {
		if _, err := sns.New(sns.Settings{Region: region, ID: "A", Secret: "B"}); err != nil {
			t.Errorf("%s: %v", region, err)
		}
	}
}
