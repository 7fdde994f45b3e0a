package stripe_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/stripe"
)

// over is Stripe behind a transport.
func over(answer trip) *stripe.Payments {
	return stripe.New(stripe.Settings{Key: key, HTTP: &http.Client{Transport: answer}})
}

func TestTrap_LibraryNeverAsksAgainByItself(t *testing.T) {
	for name, answer := range map[string]trip{
		"told to":                    shouldRetry(500, `{"error":{"type":"api_error"}}`),
		"told to, by a conflict":     shouldRetry(409, `{"error":{"type":"invalid_request_error","code":"lock_timeout"}}`),
		"told to, when asked slower": shouldRetry(429, `{"error":{"type":"invalid_request_error","code":"lock_timeout"}}`),
		"told to, without reason":    shouldRetry(503, `<html>`),
		"not answered":               func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			p := over(func(r *http.Request) (*http.Response, error) {
				asked++
				return answer(r)
			})
			if w, err := p.Confirm(t.Context(), call(booking.VerbConfirm, "1", "pi_1", price.Amount)); err == nil {
				t.Errorf("%+v", w)
			}
			if asked != 1 {
				t.Errorf("%d requests, want one: whoever delivers tries again", asked)
			}
		})
	}
}

// shouldRetry is an answer by which Stripe wants the library to ask again.
func shouldRetry(status int, body string) trip {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{"Stripe-Should-Retry": {"true"}}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

func TestTrap_AuthorisationLapses_SoNoneIsMade(t *testing.T) {
	t.Run("an intent takes the money when it is confirmed", func(t *testing.T) {
		var form url.Values
		p := over(func(r *http.Request) (*http.Response, error) {
			raw, err := io.ReadAll(r.Body)
			if err == nil {
				form, err = url.ParseQuery(string(raw))
			}
			if err != nil {
				return nil, err
			}
			return answering(200, `{"id":"pi_1","status":"requires_confirmation"}`)(r)
		})
		_, err := p.Create(t.Context(), call(booking.VerbCreate, "1", "", price.Amount), "pm_card_visa")
		if got := form.Get("capture_method"); err != nil || got != "automatic" {
			t.Errorf("capture_method %q, %v", got, err)
		}
	})
	t.Run("a hold that somebody else made is not paid", func(t *testing.T) {
		w, err := over(answering(200, `{"id":"pi_1","status":"requires_capture"}`)).
			Get(t.Context(), call(booking.VerbGet, "1", "pi_1", price.Amount))
		if want := (booking.Word{Intent: "pi_1", Status: booking.WordProcessing}); err != nil || w != want {
			t.Errorf("%+v, %v, want %+v", w, err, want)
		}
	})
}
