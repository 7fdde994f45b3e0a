package mailgun_test

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/functions/webhook"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/mailgun"
	"tourbillon/internal/provider/outcome/outcometest"
	"tourbillon/internal/record"
)

const key = "5ecret-of-tests-1"

// full is a message with all that one may have.
var full = record.Message{
	Key: "0123456789abcdef0123456789abcdef", BookingID: "booking-2", Channel: "mail", To: "ada@example.com",
	Subject: "Your tour: it is on", Body: "Dear Ada,\nsee you soon.\n", HTML: "<p>Dear Ada,<br>see you <b>soon</b>.</p>",
	Calendar: "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n", Unsubscribe: "https://book.example.com/u/t0",
}

func open(t testing.TB, url string, timeout time.Duration) record.Messages {
	t.Helper()
	m, err := mailgun.New(mailgun.Settings{Key: key, Domain: "mg.example.com", From: "Tours <tours@mg.example.com>", Base: url, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var accept = outcometest.Answer(http.StatusOK, `{"id":"<20261125.1.A@mg.example.com>","message":"Queued. Thank you."}`)

var ours = regexp.MustCompile(`name="v:tourbillon_id"\r\n\r\n([0-9a-f]*)\r\n`)

func TestMailgun_Suite(t *testing.T) {
	outcometest.Run(t, outcometest.Subject{
		New: open, Message: full, Accept: accept, Secrets: []string{key},
		Bad: []string{"Ada", "Ada <ada@example.com>", "ada@"},
		Key: func(body string) string {
			if found := ours.FindStringSubmatch(body); found != nil {
				return found[1]
			}
			return ""
		},
	})
}

// form reads a form: each field, and of files their name too. A server asks,
// and may not end the test.
func form(t *testing.T, r *http.Request) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		t.Errorf("%s, %v", kind, err)
		return nil
	}
	fields := map[string]string{}
	parts := multipart.NewReader(r.Body, params["boundary"])
	for {
		p, err := parts.NextPart()
		if err == io.EOF {
			return fields
		}
		if err != nil {
			t.Error(err)
			return fields
		}
		var value bytes.Buffer
		if _, err := value.ReadFrom(p); err != nil {
			t.Error(err)
		}
		fields[strings.Trim(p.FormName()+" "+p.FileName(), " ")] += value.String()
	}
}

func TestSend_Wire(t *testing.T) {
	var got map[string]string
	far := outcometest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if r.Method != http.MethodPost || r.URL.Path != "/v3/mg.example.com/messages" || user != "api" || password != key {
			t.Errorf("%s %s %s", r.Method, r.URL, user)
		}
		got = form(t, r)
		accept(w, r)
	})
	t.Run("a message has text, HTML, a calendar, our reference and one click to unsubscribe", func(t *testing.T) {
		r, err := open(t, far.URL, 0).Send(t.Context(), full)
		if err != nil || r != (booking.Receipt{ID: "20261125.1.A@mg.example.com"}) {
			t.Errorf("%+v, %v", r, err)
		}
		want := map[string]string{
			"from": `"Tours" <tours@mg.example.com>`, "to": full.To, "subject": full.Subject, "text": full.Body, "html": full.HTML,
			"attachment invite.ics": full.Calendar, "v:" + webhook.Reference: full.Key,
			"h:List-Unsubscribe": "<https://book.example.com/u/t0>", "h:List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("a plain one has its text alone", func(t *testing.T) {
		if _, err := open(t, far.URL, 0).Send(t.Context(), record.Message{Key: full.Key, To: full.To, Subject: "s", Body: "b"}); err != nil || len(got) != 5 {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestTrap_BaseWithAVersion(t *testing.T) {
	far := outcometest.Serve(t, accept)
	for _, base := range []string{far.URL, far.URL + "/", far.URL + "/v3", far.URL + "/v3/"} {
		if _, err := open(t, base, 0).Send(t.Context(), full); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
	s := mailgun.Settings{Key: key, Domain: "mg.example.com", From: "a@b.c", Base: far.URL + "/v4/mg.example.com"}
	if _, err := mailgun.New(s); err == nil || !strings.Contains(err.Error(), "version") {
		t.Error(err)
	}
}

func TestTrap_LimitThatIsATime(t *testing.T) {
	reset := time.Now().Add(time.Minute)
	for _, at := range []int64{reset.Unix(), reset.UnixMilli()} {
		far := outcometest.Serve(t, outcometest.Answer(http.StatusTooManyRequests, `{"message":"rate limit exceeded"}`, "X-RateLimit-Reset", fmt.Sprint(at)))
		_, err := open(t, far.URL, 0).Send(t.Context(), full)
		if no := outcometest.NotSent(t, err); no.After < 30*time.Second || no.After > time.Minute {
			t.Errorf("not before %v", no.After)
		}
	}
}

func TestTrap_RecipientIsRefusedInWords(t *testing.T) {
	send := func(t *testing.T, status int, text string) (booking.Receipt, error) {
		far := outcometest.Serve(t, outcometest.Answer(status, fmt.Sprintf(`{"message":%q}`, text)))
		return open(t, far.URL, 0).Send(t.Context(), full)
	}
	if r, err := send(t, 400, "'to' parameter is not a valid address. please check documentation"); err != nil || r.Refused != booking.BadAddress {
		t.Errorf("%+v, %v", r, err)
	}
	for text, status := range map[string]int{
		"'from' parameter is not a valid address. please check documentation":                                                 400,
		"Sandbox subdomains are for test purposes only. Please add the address to authorized recipients in Account Settings.": 403,
		"Domain mg.example.com is not allowed to send: The domain is unverified and requires DNS configuration.":              403,
		"Mailgun Magnificent API": 404, "Request Failed": 402, "Forbidden": 401,
	} {
		_, err := send(t, status, text)
		outcometest.NotSent(t, err)
	}
}

func TestTrap_AnswerWithoutAnID(t *testing.T) {
	for _, body := range []string{`{}`, `{"id":""}`, `{"id":"<see ada@example.com>"}`, `null`, `[]`} {
		far := outcometest.Serve(t, outcometest.Answer(http.StatusOK, body))
		_, err := open(t, far.URL, 0).Send(t.Context(), full)
		outcometest.Unknown(t, err)
	}
}

func TestTrap_ListOfAddressesIsNotOne(t *testing.T) {
	far := outcometest.Serve(t, accept)
	m := full
	m.To = "ada@example.com,eve@example.com"
	if r, err := open(t, far.URL, 0).Send(t.Context(), m); err != nil || r.Refused != booking.BadAddress || far.Asked() != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestTrap_UnsubscribeHeaderThatIsFolded holds that the address of one click is
// on one line however long it is, as a signature over two has been broken on the
// way, and in no mail that nobody may miss.
func TestTrap_UnsubscribeHeaderThatIsFolded(t *testing.T) {
	at := "https://book.example.com/u/" + strings.Repeat("0123456789abcdef", 2) + ".receipt." + strings.Repeat("0123456789abcdef", 4)
	for template, want := range map[string][]string{
		"payment.succeeded": {"<" + at + ">", "List-Unsubscribe=One-Click"}, "booking.confirmed": {"", ""}, "tour.departure.changed": {"", ""},
	} {
		var got map[string]string
		far := outcometest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
			got = form(t, r)
			accept(w, r)
		})
		if _, err := open(t, far.URL, 0).Send(t.Context(), outcometest.Worded(t, full, template, at)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, []string{got["h:List-Unsubscribe"], got["h:List-Unsubscribe-Post"]}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", template, diff)
		}
		if _, there := got["h:List-Unsubscribe"]; there != (want[0] != "") {
			t.Errorf("%s has an empty header", template)
		}
	}
}

func TestNew_Refuses(t *testing.T) {
	for says, s := range map[string]mailgun.Settings{
		"no key":            {Domain: "mg.example.com", From: "a@b.c"},
		"a key with a line": {Key: "hunter2\n", Domain: "mg.example.com", From: "a@b.c"},
		"no domain":         {Key: "hunter2", From: "a@b.c"},
		"a path":            {Key: "hunter2", Domain: "mg.example.com/messages", From: "a@b.c"},
		"nobody who writes": {Key: "hunter2", Domain: "mg.example.com"},
		"what is no URL":    {Key: "hunter2", Domain: "mg.example.com", From: "a@b.c", Base: "mailgun"},
	} {
		if _, err := mailgun.New(s); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", says, err)
		}
	}
}
