// Package outcometest holds a message provider to what package outcome says
// came of asking it, against a local server that has all the trouble there is.
package outcometest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/outcome"
	"tourbillon/internal/record"
)

// long is more than any answer of these tests takes on a machine that is busy.
const long = time.Minute

// Subject is a provider to be held to the contract.
type Subject struct {
	New     func(t testing.TB, url string, timeout time.Duration) record.Messages
	Message record.Message   // one that is sent
	Accept  http.HandlerFunc // answers as the provider does that takes it
	Key     func(body string) string
	Secrets []string // what must be in no error
	Bad     []string // addresses that are refused without asking anybody
}

// Run holds the subject to all of it.
func Run(t *testing.T, s Subject) {
	t.Run("a message is taken, by one request", s.takes)
	t.Run("an answer that is no", s.answers)
	t.Run("trouble on the way", s.trouble)
	t.Run("nobody is there", s.nobody)
	t.Run("no time is left", s.late)
	t.Run("no secret and no address is told", s.discreet)
	t.Run("what is no address is asked nobody", s.addresses)
	t.Run("messages at once do not mix", s.atOnce)
}

// Far is a server that counts its requests.
type Far struct {
	*httptest.Server
	mu    sync.Mutex
	asked int
}

// Serve starts a server that reads each request to its end, and then does as h.
func Serve(t testing.TB, h http.HandlerFunc) *Far {
	t.Helper()
	f := new(Far)
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.asked++
		f.mu.Unlock()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // who asked is gone
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		h(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

// Asked is how many requests came.
func (f *Far) Asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

// Answer answers every request so. Headers are pairs.
func Answer(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // who is gone does not need it
	}
}

// send sends the message to a server that does as h.
func (s Subject) send(t *testing.T, h http.HandlerFunc) (booking.Receipt, error) {
	t.Helper()
	far := Serve(t, h)
	r, err := s.New(t, far.URL, long).Send(t.Context(), s.Message)
	if n := far.Asked(); n != 1 {
		t.Errorf("%d requests, want one: whoever delivers tries again", n)
	}
	return r, err
}

func (s Subject) takes(t *testing.T) {
	if r, err := s.send(t, s.Accept); err != nil || r.ID == "" || r.Refused != "" {
		t.Errorf("got %+v, %v", r, err)
	}
}

func (s Subject) answers(t *testing.T) {
	for _, status := range []int{301, 307, 308, 400, 401, 403, 404, 405, 413, 429} {
		_, err := s.send(t, Answer(status, "", "Location", "/elsewhere"))
		no := NotSent(t, err)
		if asks := status == http.StatusTooManyRequests; asks != (no.After > 0) {
			t.Errorf("%d: not before %v", status, no.After)
		}
	}
	for _, status := range []int{200, 204, 302, 303, 408, 409, 500, 502, 503, 504} {
		_, err := s.send(t, Answer(status, "<html>", "Location", "/elsewhere"))
		Unknown(t, err)
	}
	_, err := s.send(t, Answer(429, "", "Retry-After", "7"))
	if no := NotSent(t, err); no.After != 7*time.Second {
		t.Errorf("not before %v, want 7 s", no.After)
	}
	_, err = s.send(t, Answer(503, "", "Retry-After", "7"))
	if again := new(arrow.AgainError); !errors.As(err, &again) || again.After != 7*time.Second {
		t.Errorf("%v, want one that says when", err)
	}
}

func (s Subject) trouble(t *testing.T) {
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	half := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, "{") // and the rest is lost
		panic(http.ErrAbortHandler)
	}
	for says, h := range map[string]http.HandlerFunc{"the answer is lost": cut, "half of it is": half} {
		t.Run(says, func(t *testing.T) {
			_, err := s.send(t, h)
			Unknown(t, err)
		})
	}
	t.Run("no answer comes in time", func(t *testing.T) {
		done := make(chan struct{})
		defer close(done)
		var err error
		for patience, asked := 50*time.Millisecond, 0; asked == 0 && patience < time.Minute; patience *= 4 {
			far := Serve(t, func(http.ResponseWriter, *http.Request) { <-done })
			_, err = s.New(t, far.URL, patience).Send(t.Context(), s.Message) // again where it did not get there in time
			asked = far.Asked()
		}
		Unknown(t, err)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
	t.Run("who asks goes away", func(t *testing.T) {
		done := make(chan struct{})
		defer close(done)
		ctx, cancel := context.WithCancel(t.Context())
		far := Serve(t, func(http.ResponseWriter, *http.Request) { cancel(); <-done })
		_, err := s.New(t, far.URL, long).Send(ctx, s.Message)
		Unknown(t, err)
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func (s Subject) nobody(t *testing.T) {
	_, err := s.New(t, "http://127.0.0.1:1", long).Send(t.Context(), s.Message)
	NotSent(t, err)
	secure := httptest.NewUnstartedServer(s.Accept)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshake that fails
	secure.StartTLS()
	defer secure.Close()
	_, err = s.New(t, secure.URL, long).Send(t.Context(), s.Message) // by a certificate of nobody's
	NotSent(t, err)
}

func (s Subject) late(t *testing.T) {
	far := Serve(t, s.Accept)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.New(t, far.URL, long).Send(ctx, s.Message)
	NotSent(t, err)
	if far.Asked() != 0 {
		t.Error("it is asked")
	}
}

func (s Subject) discreet(t *testing.T) {
	secrets := append([]string{s.Message.To, s.Message.Subject, s.Message.Body}, s.Secrets...)
	echo := strings.Join(secrets, " ")
	for _, status := range []int{200, 201, 202, 301, 400, 401, 403, 404, 429, 500, 503} {
		for _, body := range []string{echo, fmt.Sprintf(`{"message":%q,"code":%q,"errors":[{"message":%q,"field":%q}]}`, echo, echo, echo, echo)} {
			r, err := s.send(t, Answer(status, body, "X-Odd", strings.ReplaceAll(echo, "\n", " "), "Retry-After", s.Message.To))
			told := fmt.Sprintf("%+v %v %+v", r, err, err)
			for _, secret := range secrets {
				if secret != "" && strings.Contains(told, secret) {
					t.Errorf("%d tells %q: %s", status, secret, told)
				}
			}
		}
	}
	told := fmt.Sprintf("%v %+v", s.New(t, "http://127.0.0.1:1", 0), s.New(t, "http://127.0.0.1:1", 0))
	for _, secret := range s.Secrets {
		if strings.Contains(told, secret) {
			t.Errorf("it shows %q: %s", secret, told)
		}
	}
}

func (s Subject) addresses(t *testing.T) {
	far := Serve(t, s.Accept)
	to := s.New(t, far.URL, long)
	for _, bad := range append([]string{"", " ", s.Message.To + "," + s.Message.To, s.Message.To + "\r\nBcc: eve@example.com"}, s.Bad...) {
		m := s.Message
		m.To = bad
		if r, err := to.Send(t.Context(), m); err != nil || r.Refused != booking.BadAddress {
			t.Errorf("%q: %+v, %v", bad, r, err)
		}
	}
	if far.Asked() != 0 {
		t.Errorf("%d requests", far.Asked())
	}
}

func (s Subject) atOnce(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	far := Serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // it was read before
		mu.Lock()
		seen[s.Key(string(body))]++
		mu.Unlock()
		s.Accept(w, r)
	})
	to := s.New(t, far.URL, long)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			m := s.Message
			m.Key = fmt.Sprintf("%032x", i)
			if _, err := to.Send(t.Context(), m); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i := range 20 {
		if key := fmt.Sprintf("%032x", i); seen[key] != 1 {
			t.Errorf("%s was sent %d times", key, seen[key])
		}
	}
}

// NotSent fails unless the message was not sent, for sure.
func NotSent(t testing.TB, err error) *outcome.NotSentError {
	t.Helper()
	no := new(outcome.NotSentError)
	if !errors.As(err, &no) {
		t.Errorf("%v, want that it was not sent", err)
	}
	return no
}

// Unknown fails unless it is not known whether the message was sent.
func Unknown(t testing.TB, err error) {
	t.Helper()
	if no := new(outcome.NotSentError); err == nil || errors.As(err, &no) {
		t.Errorf("%v, want that it is not known", err)
	}
}
