package stripe_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/stripe"
)

// answers are what a Stripe or somebody in between may answer, with all in it
// that must not be told.
const (
	secret = "pi_1_secret_xYz"
	text   = "Invalid API Key provided: " + key + ", of jane@example.com, see " + secret
)

// trip answers a request.
type trip func(*http.Request) (*http.Response, error)

// RoundTrip answers a request.
func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answering(status int, body string) trip {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{"Request-Id": {text}, "Retry-After": {text}, "Stripe-Notice": {text}}
		return &http.Response{StatusCode: status, Status: text, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

func TestErrors_TellNoSecret(t *testing.T) {
	said := fmt.Sprintf(`{"error":{"type":%q,"code":%q,"decline_code":%q,"message":%q,"param":%q,"payment_intent":{"id":"pi_1","status":"succeeded","client_secret":%q}}}`,
		text, text, text, text, text, secret)
	trips := map[string]trip{
		"a broken line": func(*http.Request) (*http.Response, error) { return nil, errors.New(text) },
		"no way there": func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		},
		"text":            answering(200, text),
		"a broken answer": answering(200, `{"id":"`+secret+`","status":"`+text),
	}
	for _, status := range []int{400, 401, 402, 403, 404, 409, 429, 500, 503} {
		trips[fmt.Sprintf("an error %d", status)] = answering(status, said)
		trips[fmt.Sprintf("a text %d", status)] = answering(status, text)
	}
	for name, answer := range trips {
		t.Run(name, func(t *testing.T) {
			p := stripe.New(stripe.Settings{Key: key, URL: "https://user:word@stripe.test", HTTP: &http.Client{Transport: answer}})
			c := call(booking.VerbCreate, "1", "pi_1", price.Amount)
			for what, do := range map[string]func() (booking.Word, error){
				"create":  func() (booking.Word, error) { return p.Create(t.Context(), c, "pm_card_visa") },
				"confirm": func() (booking.Word, error) { return p.Confirm(t.Context(), c) },
				"get":     func() (booking.Word, error) { return p.Get(t.Context(), c) },
				"cancel":  func() (booking.Word, error) { return p.Cancel(t.Context(), c) },
				"refund":  func() (booking.Word, error) { return p.Refund(t.Context(), c) },
				"check":   func() (booking.Word, error) { return booking.Word{}, p.Check(t.Context()) },
				"booking": func() (booking.Word, error) {
					id, err := p.Booking(t.Context(), "pi_1")
					return booking.Word{Intent: id}, err
				},
			} {
				w, err := do()
				told := fmt.Sprintf("%+v %v %+v %+v", w, err, err, p)
				for _, s := range []string{key, "Invalid", "jane@", secret, "user:word"} {
					if strings.Contains(told, s) {
						t.Errorf("%s tells %q: %s", what, s, told)
					}
				}
			}
		})
	}
}

func TestCheck(t *testing.T) {
	b := open(t)
	if err := b.Check(t.Context()); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct {
		trip trip
		want error
	}{
		"Stripe does not know the key": {answering(401, `{"error":{"type":"invalid_request_error"}}`), stripe.ErrKeyUnknown},
		"the key may not do this":      {answering(403, `{"error":{"type":"invalid_request_error"}}`), stripe.ErrKeyForbidden},
		"Stripe fails":                 {answering(500, `{"error":{"type":"api_error"}}`), nil},
		"Stripe does not answer":       {func(*http.Request) (*http.Response, error) { return nil, io.EOF }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			err := stripe.New(stripe.Settings{Key: key, HTTP: &http.Client{Transport: c.trip}}).Check(t.Context())
			refused := errors.Is(err, stripe.ErrKeyUnknown) || errors.Is(err, stripe.ErrKeyForbidden)
			if err == nil || c.want != nil && !errors.Is(err, c.want) || refused != (c.want != nil) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("a wrong key is known by asking", func(t *testing.T) {
		p := stripe.New(stripe.Settings{Key: "sk_test_wrong", HTTP: b.fake.Client()})
		if err := p.Check(t.Context()); !errors.Is(err, stripe.ErrKeyUnknown) {
			t.Error(err)
		}
		if w, err := p.Get(t.Context(), call(booking.VerbGet, "1", "pi_1", 1)); !errors.Is(err, stripe.ErrKeyUnknown) {
			t.Errorf("%+v, %v", w, err)
		}
	})
}

func TestKey_ByItsForm(t *testing.T) {
	for k, c := range map[string]struct{ good, live bool }{
		"sk_test_a1": {true, false}, "rk_test_a1": {true, false}, "sk_live_a1": {true, true}, "rk_live_a1": {true, true},
		"pk_test_a1": {}, "pk_live_a1": {}, "whsec_a1": {}, "": {}, "sk_test_": {}, "secret": {},
		"sk_test_a1\n": {}, "sk_test_a 1": {}, "sk_live_a1 ": {false, true}, " sk_test_a1": {},
	} {
		err := stripe.CheckKey(k)
		if (err == nil) != c.good || stripe.Live(k) != c.live {
			t.Errorf("%q: %v, live %v", k, err, stripe.Live(k))
		}
		if err != nil && len(k) > 8 && strings.Contains(err.Error(), k) {
			t.Errorf("%q is told: %v", k, err)
		}
	}
}

func TestTimeout_IsLessThanADeliveryHas(t *testing.T) {
	var left time.Duration
	p := stripe.New(stripe.Settings{Key: key, HTTP: &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		until, _ := r.Context().Deadline()
		left = time.Until(until)
		return nil, io.EOF
	})}})
	_ = p.Check(t.Context())
	if left <= 0 || left >= 20*time.Second {
		t.Errorf("%v", left)
	}
}

func FuzzErrors_TellNoSecret(f *testing.F) {
	f.Add(200, `{"id":"pi_1","status":"succeeded"}`)
	f.Add(402, `{"error":{"type":"card_error","code":"card_declined"}}`)
	f.Add(427, `{"error":{"type":"c1","code":"1c"}}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		p := stripe.New(stripe.Settings{Key: key, HTTP: &http.Client{Transport: answering(status, strings.ReplaceAll(body, "1", key))}})
		w, err := p.Confirm(t.Context(), call(booking.VerbConfirm, "1", "pi_1", 1))
		if told := fmt.Sprintf("%v %v", w.Code, err); strings.Contains(told, key) {
			t.Errorf("%s", told)
		}
	})
}
