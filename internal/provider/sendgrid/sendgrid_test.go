package sendgrid_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/functions/webhook"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/outcome/outcometest"
	"tourbillon/internal/provider/sendgrid"
	"tourbillon/internal/record"
)

const key = "SG.5ecret-of-tests_1"

// full is a message with all that one may have.
var full = record.Message{
	Key: "0123456789abcdef0123456789abcdef", BookingID: "booking-2", Channel: "mail", To: "ada@example.com",
	Subject: "Your tour: it is on", Body: "Dear Ada,\nsee you soon.\n", HTML: "<p>Dear Ada,<br>see you <b>soon</b>.</p>",
	Calendar: "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n", Unsubscribe: "https://book.example.com/u/t0",
}

func open(t testing.TB, url string, timeout time.Duration) record.Messages {
	t.Helper()
	m, err := sendgrid.New(sendgrid.Settings{Key: key, From: "Tours <tours@example.com>", URL: url, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var accept = outcometest.Answer(http.StatusAccepted, "", "X-Message-Id", "14c5d75ce93.dfd.64b469")

func TestSendGrid_Suite(t *testing.T) {
	outcometest.Run(t, outcometest.Subject{
		New: open, Message: full, Accept: accept, Secrets: []string{key, "tours@example.com"},
		Bad: []string{"Ada", "Ada <ada@example.com>", "ada@"},
		Key: func(body string) string {
			var said struct {
				Args map[string]string `json:"custom_args"`
			}
			_ = json.Unmarshal([]byte(body), &said) // what is none has no key
			return said.Args["tourbillon_id"]
		},
	})
}

func TestSend_Wire(t *testing.T) {
	var got map[string]any
	far := outcometest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/v3/mail/send" || r.Header.Get("Authorization") != "Bearer "+key || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		accept(w, r)
	})
	send := func(m record.Message) (booking.Receipt, error) {
		got = nil
		return open(t, far.URL, 0).Send(t.Context(), m)
	}
	t.Run("a message has text, HTML, a calendar, our reference and one click to unsubscribe", func(t *testing.T) {
		if r, err := send(full); err != nil || r != (booking.Receipt{ID: "14c5d75ce93.dfd.64b469"}) {
			t.Errorf("%+v, %v", r, err)
		}
		want := map[string]any{
			"from": map[string]any{"name": "Tours", "email": "tours@example.com"}, "subject": full.Subject,
			"personalizations": []any{map[string]any{"to": []any{map[string]any{"email": "ada@example.com"}}}},
			"content": []any{
				map[string]any{"type": "text/plain", "value": full.Body}, map[string]any{"type": "text/html", "value": full.HTML},
			},
			"attachments": []any{map[string]any{
				"content": base64.StdEncoding.EncodeToString([]byte(full.Calendar)), "type": "text/calendar",
				"filename": "invite.ics", "disposition": "attachment",
			}},
			"custom_args": map[string]any{webhook.Reference: full.Key},
			"headers": map[string]any{
				"List-Unsubscribe": "<https://book.example.com/u/t0>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("a plain one has its text alone", func(t *testing.T) {
		if _, err := send(record.Message{Key: full.Key, To: full.To, Subject: "s", Body: "b"}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"attachments", "headers"} {
			if got[name] != nil {
				t.Errorf("it has %s: %v", name, got[name])
			}
		}
		if n := len(got["content"].([]any)); n != 1 {
			t.Errorf("it has %d contents", n)
		}
	})
}

// refusing answers as SendGrid does, with what is wrong with which fields.
func refusing(fields ...string) http.HandlerFunc {
	var all []string
	for _, f := range fields {
		all = append(all, fmt.Sprintf(`{"message":"Does not contain a valid address.","field":%q,"help":"http://sendgrid.com/docs/errors.html#message"}`, f))
	}
	return outcometest.Answer(http.StatusBadRequest, `{"errors":[`+strings.Join(all, ",")+`]}`)
}

func TestTrap_NoErrorOfTheLibraryIsNotAMessageTaken(t *testing.T) {
	send := func(t *testing.T, h http.HandlerFunc) (booking.Receipt, error) {
		return open(t, outcometest.Serve(t, h).URL, 0).Send(t.Context(), full)
	}
	t.Run("an address that is none is refused for good", func(t *testing.T) {
		for _, field := range []string{"personalizations.0.to.0.email", "personalizations.0.to"} {
			if r, err := send(t, refusing(field)); err != nil || r.Refused != booking.BadAddress {
				t.Errorf("%s: %+v, %v", field, r, err)
			}
		}
	})
	t.Run("what is our own fault is not the recipient's", func(t *testing.T) {
		for _, fields := range [][]string{{"from.email"}, {"personalizations.0.to.0.email", "from.email"}, {"attachments.0.type"}, {}} {
			_, err := send(t, refusing(fields...))
			outcometest.NotSent(t, err)
		}
	})
	t.Run("the sandbox of SendGrid sends nothing", func(t *testing.T) {
		_, err := send(t, outcometest.Answer(http.StatusOK, "", "X-Message-Id", "1"))
		outcometest.Unknown(t, err)
	})
	t.Run("a message that was taken without an id was taken", func(t *testing.T) {
		if r, err := send(t, outcometest.Answer(http.StatusAccepted, "")); err != nil || r.Refused != "" {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestTrap_LimitThatTheLibraryWouldSleepFor(t *testing.T) {
	reset := fmt.Sprint(time.Now().Add(time.Minute).Unix())
	far := outcometest.Serve(t, outcometest.Answer(http.StatusTooManyRequests, `{"errors":[{"message":"too many requests"}]}`, "X-RateLimit-Limit", "600", "X-RateLimit-Reset", reset))
	began := time.Now()
	_, err := open(t, far.URL, 0).Send(t.Context(), full)
	if no := outcometest.NotSent(t, err); no.After < 30*time.Second || no.After > time.Minute {
		t.Errorf("not before %v", no.After)
	}
	if far.Asked() != 1 || time.Since(began) > 30*time.Second {
		t.Errorf("%d requests in %v", far.Asked(), time.Since(began))
	}
}

func TestTrap_ReferenceHasNothingPersonalInIt(t *testing.T) {
	far := outcometest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // it was read before
		var said map[string]json.RawMessage
		_ = json.Unmarshal(body, &said) // checked elsewhere
		if args := string(said["custom_args"]); args != `{"tourbillon_id":"`+full.Key+`"}` || said["categories"] != nil {
			t.Errorf("%s %s", args, said["categories"])
		}
		accept(w, r)
	})
	if _, err := open(t, far.URL, 0).Send(t.Context(), full); err != nil {
		t.Error(err)
	}
}

// TestTrap_UnsubscribeHeaderThatIsFolded holds that the address of one click is
// on one line however long it is, as a signature over two has been broken on the
// way, and in no mail that nobody may miss.
func TestTrap_UnsubscribeHeaderThatIsFolded(t *testing.T) {
	at := "https://book.example.com/u/" + strings.Repeat("0123456789abcdef", 2) + ".receipt." + strings.Repeat("0123456789abcdef", 4)
	for template, want := range map[string]map[string]string{
		"payment.succeeded": {"List-Unsubscribe": "<" + at + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
		"booking.confirmed": nil, "tour.departure.changed": nil,
	} {
		var got struct{ Headers map[string]string }
		far := outcometest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
			if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
				t.Error(err)
			}
			accept(w, r)
		})
		if _, err := open(t, far.URL, 0).Send(t.Context(), outcometest.Worded(t, full, template, at)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Headers); diff != "" {
			t.Errorf("%s (-want +got):\n%s", template, diff)
		}
	}
}

func TestNew_Refuses(t *testing.T) {
	for says, s := range map[string]sendgrid.Settings{
		"no key":            {From: "a@b.c"},
		"a key with a line": {Key: "SG.hunter2\n", From: "a@b.c"},
		"nobody who writes": {Key: "SG.hunter2"},
		"a name that is no": {Key: "SG.hunter2", From: "Tours"},
		"what is no URL":    {Key: "SG.hunter2", From: "a@b.c", URL: "sendgrid"},
	} {
		if _, err := sendgrid.New(s); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", says, err)
		}
	}
}
