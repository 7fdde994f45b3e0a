package postfake_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tourbillon/internal/provider/postfake"
)

// asks posts a body as somebody who is not one of our clients, and returns the
// status and what is said.
func (w world) asks(t *testing.T, path, kind, body string, change func(*http.Request)) (status int, said string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	if change != nil {
		change(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

const (
	asJSON = "application/json"
	asForm = "application/x-www-form-urlencoded"
)

func bearing(r *http.Request) { r.Header.Set("Authorization", "Bearer SG.1") }

func TestSendGrid_Looks(t *testing.T) {
	w := open(t)
	mail := func(old, now string) string {
		return strings.Replace(`{"from":{"email":"tours@example.com"},"personalizations":[{"to":[{"email":"ada@example.com"}]}],"subject":"s",`+
			`"content":[{"type":"text/plain","value":"b"},{"type":"text/html","value":"<p>b</p>"}],`+
			`"attachments":[{"content":"QQ==","type":"text/calendar","filename":"a.ics"}],"custom_args":{"tourbillon_id":"1"}}`, old, now, 1)
	}
	for says, c := range map[string]struct {
		body   string
		status int
		said   string
	}{
		"a mail as it should be":        {mail("", ""), 202, ""},
		"what is no JSON":               {"{", 400, "Bad Request"},
		"nobody who writes":             {mail(`"tours@example.com"`, `""`), 400, `"field":"from.email"`},
		"nobody to write to":            {mail(`{"email":"ada@example.com"}`, ""), 400, `"field":"personalizations.0.to"`},
		"no personalization":            {mail(`{"to":[{"email":"ada@example.com"}]}`, ""), 400, `"field":"personalizations"`},
		"a recipient that is none":      {mail("ada@example.com", "ada"), 400, `"field":"personalizations.0.to.0.email"`},
		"no subject":                    {mail(`"subject":"s"`, `"subject":""`), 400, `"field":"subject"`},
		"a part that says nothing":      {mail(`"<p>b</p>"`, `""`), 400, `"field":"content.1.value"`},
		"plain text that is not first":  {mail("text/html", "text/plain"), 400, `"field":"content.1.type"`},
		"no words":                      {mail(`"content":[`, `"content":[],"other":[`), 400, `"field":"content"`},
		"a type with a parameter":       {mail("text/calendar", "text/calendar; method=REQUEST"), 400, `"field":"attachments.0.type"`},
		"what is no base64":             {mail("QQ==", "Q"), 400, `"field":"attachments.0.content"`},
		"an attachment without a name":  {mail("a.ics", ""), 400, `"field":"attachments.0.filename"`},
		"arguments that are very large": {mail(`"tourbillon_id":"1"`, `"tourbillon_id":"`+strings.Repeat("1", 10_000)+`"`), 400, `"field":"custom_args"`},
	} {
		if status, said := w.asks(t, "/v3/mail/send", asJSON, c.body, bearing); status != c.status || !strings.Contains(said, c.said) {
			t.Errorf("%s: %d %s", says, status, said)
		}
	}
	if status, _ := w.asks(t, "/v3/mail/send", asJSON, mail("", ""), nil); status != 401 {
		t.Errorf("without a key: %d", status)
	}
	if n := len(w.Messages(postfake.Which{})); n != 1 {
		t.Errorf("%d messages", n)
	}
}

// form is a form: pairs, a value of which that is empty is not there.
func form(pairs ...string) string {
	f := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if f.Del(pairs[i]); pairs[i+1] != "" {
			f.Set(pairs[i], pairs[i+1])
		}
	}
	return f.Encode()
}

func TestMailgun_Looks(t *testing.T) {
	w := open(t)
	mail := func(more ...string) string {
		const edge = "x0x"
		f := map[string]string{"from": "Tours <tours@mg.example.com>", "to": address, "subject": "s", "text": "b"}
		for i := 0; i < len(more); i += 2 {
			f[more[i]] = more[i+1]
		}
		body := ""
		for name, value := range f {
			body += "--" + edge + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
		}
		return body + "--" + edge + "--\r\n"
	}
	key := func(r *http.Request) { r.SetBasicAuth("api", "1") }
	const kind = "multipart/form-data; boundary=x0x"
	for says, c := range map[string]struct {
		body   string
		status int
		said   string
	}{
		"a mail as it should be":  {mail(), 200, "Queued. Thank you."},
		"nobody who writes":       {mail("from", ""), 400, "'from' parameter is missing"},
		"a writer that is none":   {mail("from", "Tours"), 400, "'from' parameter is not a valid address"},
		"nobody to write to":      {mail("to", ""), 400, "'to' parameter is missing"},
		"several to write to":     {mail("to", "a@b.example, c@d.example"), 400, "'to' parameter is not a valid address"},
		"no words":                {mail("text", ""), 400, "Need at least one of"},
		"what is no form at all":  {"--x0", 400, "Bad Request"},
		"HTML alone is a message": {mail("text", "", "html", "<p>b</p>"), 200, "Queued"},
	} {
		if status, said := w.asks(t, "/v3/mg.example.com/messages", kind, c.body, key); status != c.status || !strings.Contains(said, c.said) {
			t.Errorf("%s: %d %s", says, status, said)
		}
	}
	for says, who := range map[string]func(*http.Request){"nobody": nil, "another": func(r *http.Request) { r.SetBasicAuth("me", "1") }} {
		if status, _ := w.asks(t, "/v3/mg.example.com/messages", kind, mail(), who); status != 401 {
			t.Errorf("%s: %d", says, status)
		}
	}
}

func TestTwilio_Looks(t *testing.T) {
	w := open(t)
	const path = "/2010-04-01/Accounts/AC1/Messages.json"
	text := func(more ...string) string {
		return form(append([]string{"To", phone, "From", "+15005550006", "Body", "b"}, more...)...)
	}
	token := func(r *http.Request) { r.SetBasicAuth("AC1", "1") }
	for says, c := range map[string]struct {
		body   string
		status int
		said   string
	}{
		"a text as it should be":           {text(), 201, `"status":"queued"`},
		"one of a service":                 {text("From", "", "MessagingServiceSid", "MG1"), 201, `"sid":"SM`},
		"nobody to write to":               {text("To", ""), 400, `"code":21604`},
		"nobody who writes":                {text("From", ""), 400, `"code":21603`},
		"no words":                         {text("Body", ""), 400, `"code":21602`},
		"a number that is none":            {text("To", "0612345678"), 400, `"code":21211`},
		"words that are too long":          {text("Body", strings.Repeat("é", 1601)), 400, `"code":21617`},
		"long words":                       {text("Body", strings.Repeat("é", 1600)), 201, ""},
		"a place to tell to that is none":  {text("StatusCallback", "tours.example"), 400, `"code":21609`},
		"what is no form":                  {"To=%zz", 400, `"code":20400`},
		"a message larger than any may be": {text("Body", strings.Repeat("b", 100<<10)), 413, `"code":20413`},
	} {
		if status, said := w.asks(t, path, asForm, c.body, token); status != c.status || !strings.Contains(said, c.said) {
			t.Errorf("%s: %d %s", says, status, said)
		}
	}
	for says, who := range map[string]func(*http.Request){"nobody": nil, "another account": func(r *http.Request) { r.SetBasicAuth("AC2", "1") }} {
		if status, said := w.asks(t, path, asForm, text(), who); status != 401 || !strings.Contains(said, `"code":20003`) {
			t.Errorf("%s: %d %s", says, status, said)
		}
	}
}

func TestSNS_Looks(t *testing.T) {
	w := open(t)
	push := func(more ...string) string {
		return form(append([]string{"Action", "Publish", "TargetArn", device, "MessageStructure", "json", "Message", `{"default":"b"}`}, more...)...)
	}
	signed := func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA1/x") }
	for says, c := range map[string]struct {
		body   string
		status int
		said   string
	}{
		"a push as it should be":         {push(), 200, "<MessageId>"},
		"words that are words":           {push("MessageStructure", "", "Message", "b"), 200, "<MessageId>"},
		"another action":                 {push("Action", "Subscribe"), 400, "<Code>InvalidAction</Code>"},
		"a topic":                        {push("TargetArn", "arn:aws:sns:eu-west-1:123456789012:all"), 400, "TargetArn"},
		"no words":                       {push("Message", ""), 400, "Empty message"},
		"words that are too long":        {push("Message", strings.Repeat("b", 256<<10+1)), 400, "Message too long"},
		"what is no JSON":                {push("Message", "b"), 400, "failed to parse"},
		"nothing for who has no form":    {push("Message", `{"GCM":"{}"}`), 400, "No default entry"},
		"JSON in which there is no JSON": {push("Message", `{"default":"b","GCM":"b"}`), 400, "failed to parse"},
	} {
		if status, said := w.asks(t, "/", asForm, c.body, signed); status != c.status || !strings.Contains(said, c.said) {
			t.Errorf("%s: %d %s", says, status, said)
		}
	}
	if status, said := w.asks(t, "/", asForm, push(), nil); status != 403 || !strings.Contains(said, "MissingAuthenticationToken") {
		t.Errorf("without a signature: %d %s", status, said)
	}
}

func TestFake_KnowsNoOtherPath(t *testing.T) {
	w := open(t)
	for _, path := range []string{"/v3/mail", "/v3/a/b/messages", "/2010-04-01/Accounts/AC1/Calls.json", "/v1/payment_intents"} {
		if status, _ := w.asks(t, path, asJSON, "{}", nil); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if len(postfake.Patterns()) != len(postfake.Providers()) {
		t.Errorf("%v", postfake.Patterns())
	}
}
