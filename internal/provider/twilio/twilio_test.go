package twilio_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/functions/webhook"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/outcome/outcometest"
	"tourbillon/internal/provider/twilio"
	"tourbillon/internal/record"
)

const token = "5ecret0of0tests"

var full = record.Message{
	Key: "0123456789abcdef0123456789abcdef", BookingID: "booking-2", Channel: "text", To: "+33612345678",
	Subject: "not told", Body: "Your tour is on: see you soon & bring é umbrella +1",
}

// settings are those of tests.
func settings(at string) twilio.Settings {
	return twilio.Settings{Account: "AC0123", Token: token, Number: "+15005550006", Public: "https://book.example.com/shop/", URL: at}
}

func open(t testing.TB, at string, timeout time.Duration) record.Messages {
	t.Helper()
	s := settings(at)
	s.Timeout = timeout
	m, err := twilio.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var accept = outcometest.Answer(http.StatusCreated, `{"sid":"SM0123456789","status":"queued","error_code":null,"to":"+33612345678"}`)

func TestTwilio_Suite(t *testing.T) {
	outcometest.Run(t, outcometest.Subject{
		New: open, Message: full, Accept: accept, Secrets: []string{token},
		Bad: []string{"0612345678", "whatsapp:+33612345678", "+33 6 12 34 56 78", "ada@example.com"},
		Key: func(body string) string {
			form, _ := url.ParseQuery(body) // what is none has no key
			at, _ := url.Parse(form.Get("StatusCallback"))
			return at.Query().Get("tourbillon_id")
		},
	})
}

func TestSend_Wire(t *testing.T) {
	var got url.Values
	far := outcometest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if r.Method != http.MethodPost || r.URL.Path != "/2010-04-01/Accounts/AC0123/Messages.json" || user != "AC0123" || password != token {
			t.Errorf("%s %s %s", r.Method, r.URL, user)
		}
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		got = r.PostForm
		accept(w, r)
	})
	t.Run("a message is its body, and says where its status is told", func(t *testing.T) {
		if r, err := open(t, far.URL, 0).Send(t.Context(), full); err != nil || r != (booking.Receipt{ID: "SM0123456789"}) {
			t.Errorf("%+v, %v", r, err)
		}
		want := url.Values{
			"To": {full.To}, "From": {"+15005550006"}, "Body": {full.Body},
			"StatusCallback": {"https://book.example.com/shop/webhooks/twilio?" + webhook.Reference + "=" + full.Key},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("a service writes instead of a number, and who has no address is told nothing", func(t *testing.T) {
		s := settings(far.URL)
		s.Number, s.Service, s.Public = "", "MG0123", ""
		m, err := twilio.New(s)
		if err == nil {
			_, err = m.Send(t.Context(), full)
		}
		if diff := cmp.Diff(url.Values{"To": {full.To}, "MessagingServiceSid": {"MG0123"}, "Body": {full.Body}}, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

// refusing answers as Twilio does.
func refusing(status, code int, headers ...string) http.HandlerFunc {
	return outcometest.Answer(status, fmt.Sprintf(
		`{"code":%d,"message":"The 'To' number +33612345678 is not a valid phone number.","more_info":"https://www.twilio.com/docs/errors/%d","status":%d}`, code, code, status), headers...)
}

func TestSend_Refusals(t *testing.T) {
	for code, want := range map[int]string{
		21211: booking.BadAddress, 21214: booking.BadAddress, 21217: booking.BadAddress, 21614: booking.BadAddress, 21635: booking.BadAddress,
		21610: booking.OptedOut,
	} {
		r, err := open(t, outcometest.Serve(t, refusing(400, code)).URL, 0).Send(t.Context(), full)
		if err != nil || r.Refused != want {
			t.Errorf("%d: %+v, %v", code, r, err)
		}
	}
	for code, status := range map[int]int{20003: 401, 20404: 404, 20429: 429, 21408: 400, 21609: 400, 21611: 400, 21612: 400, 21617: 400, 63038: 429} {
		_, err := open(t, outcometest.Serve(t, refusing(status, code)).URL, 0).Send(t.Context(), full)
		outcometest.NotSent(t, err)
		if want := fmt.Sprintf("twilio: answered %d %d", status, code); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	t.Run("a server that fails has refused nobody", func(t *testing.T) {
		_, err := open(t, outcometest.Serve(t, refusing(500, 21211)).URL, 0).Send(t.Context(), full)
		outcometest.Unknown(t, err)
	})
}

func TestTrap_ContextThatTheLibraryDoesNotKnow(t *testing.T) {
	done := make(chan struct{})
	defer close(done)
	ctx, cancel := context.WithCancel(t.Context())
	far := outcometest.Serve(t, func(http.ResponseWriter, *http.Request) { cancel(); <-done })
	_, err := open(t, far.URL, 0).Send(ctx, full)
	outcometest.Unknown(t, err)
	if !errors.Is(err, context.Canceled) { // and not that the timeout is over
		t.Error(err)
	}
}

func TestTrap_HeadersThatTheLibraryLoses(t *testing.T) {
	_, err := open(t, outcometest.Serve(t, refusing(429, 20429, "Retry-After", "9")).URL, 0).Send(t.Context(), full)
	if no := outcometest.NotSent(t, err); no.After != 9*time.Second {
		t.Errorf("not before %v", no.After)
	}
}

func TestTrap_AddressThatTheLibraryDoesNotTake(t *testing.T) {
	t.Setenv("TWILIO_REGION", "ie1")
	t.Setenv("TWILIO_EDGE", "dublin")
	far := outcometest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "" || strings.Contains(r.Host, "twilio") || r.URL.Path != "/stand-in/2010-04-01/Accounts/AC0123/Messages.json" {
			t.Errorf("%s %s", r.Host, r.URL)
		}
		accept(w, r)
	})
	if _, err := open(t, far.URL+"/stand-in/", 0).Send(t.Context(), full); err != nil {
		t.Error(err)
	}
}

// TestTrap_BodiesThatTheLibraryDoesNotClose sends many times on few connections:
// what is not closed is never used again.
func TestTrap_BodiesThatTheLibraryDoesNotClose(t *testing.T) {
	connections := map[string]bool{}
	far := outcometest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		connections[r.RemoteAddr] = true
		refusing(400, 21612)(w, r)
	})
	to := open(t, far.URL, 0)
	for range 20 {
		_, err := to.Send(t.Context(), full)
		outcometest.NotSent(t, err)
	}
	if len(connections) > 10 { // now and then one is not used again, where whoever wrote to it was slow to say so
		t.Errorf("%d connections for 20 messages, one after the other", len(connections))
	}
}

func TestTrap_CredentialsThatTheLibraryRefuses(t *testing.T) {
	for says, change := range map[string]func(*twilio.Settings){
		"no account":                    func(s *twilio.Settings) { s.Account = "" },
		"an account that is none":       func(s *twilio.Settings) { s.Account = "SK0123" },
		"one that goes elsewhere":       func(s *twilio.Settings) { s.Account = "AC0123/../AC1" },
		"a token with a dash":           func(s *twilio.Settings) { s.Token = "hunter2-" },
		"several tokens":                func(s *twilio.Settings) { s.Token = "hunter2,hunter2" },
		"no token":                      func(s *twilio.Settings) { s.Token = "" },
		"nobody who writes":             func(s *twilio.Settings) { s.Number = "" },
		"two who write":                 func(s *twilio.Settings) { s.Service = "MG0123" },
		"a service that is none":        func(s *twilio.Settings) { s.Number, s.Service = "", "hunter2" },
		"an API that is nowhere":        func(s *twilio.Settings) { s.URL = "twilio" },
		"a door of ours that is no URL": func(s *twilio.Settings) { s.Public = "book.example.com" },
	} {
		s := settings("")
		change(&s)
		if _, err := twilio.New(s); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", says, err)
		}
	}
}

func TestTrap_AnswerWithoutAnID(t *testing.T) {
	for _, body := range []string{`{}`, `{"sid":null}`, `{"sid":""}`, `{"sid":"+33612345678"}`, `[]`} {
		_, err := open(t, outcometest.Serve(t, outcometest.Answer(http.StatusCreated, body)).URL, 0).Send(t.Context(), full)
		outcometest.Unknown(t, err)
	}
}
