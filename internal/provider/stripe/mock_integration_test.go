//go:build integration

package stripe_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/stripe"
)

// mock is Stripe's own check of requests against its API description. It has
// no memory: what it answers is made up.
const mock = "github.com/stripe/stripe-mock@v0.203.0"

// noted is what was asked and answered.
type noted struct {
	to  http.RoundTripper
	mu  sync.Mutex
	bad []string
	ok  map[string]bool
}

// RoundTrip notes a refusal.
func (n *noted) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := n.to.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(resp.Body)
	if err := resp.Body.Close(); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(raw))
	n.mu.Lock()
	defer n.mu.Unlock()
	what := r.Method + " " + r.URL.Path
	if n.ok[what] = resp.StatusCode == http.StatusOK; !n.ok[what] {
		n.bad = append(n.bad, fmt.Sprintf("%s: %s %s", what, resp.Status, raw))
	}
	if k := r.Header.Get("Idempotency-Key"); r.Method == http.MethodPost && (k == "" || resp.Header.Get("Idempotency-Key") != k) {
		n.bad = append(n.bad, fmt.Sprintf("%s: key %q was not taken", what, k))
	}
	return resp, err
}

func TestMock_FindsEveryRequestOfOursWellFormed(t *testing.T) {
	base := startMock(t)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	n := &noted{to: transport, ok: make(map[string]bool)}
	p := stripe.New(stripe.Settings{
		Key: "sk_test_123", URL: base, HTTP: &http.Client{Transport: n},
		Return: func(id string) string { return "https://tours.example/bookings/" + id },
	})
	ctx := t.Context()
	if err := p.Check(ctx); err != nil {
		t.Error(err)
	}
	made, err := p.Create(ctx, call(booking.VerbCreate, "1", "", price.Amount), "pm_card_visa")
	if err != nil || made.Intent == "" {
		t.Fatalf("%+v, %v", made, err)
	}
	for verb, do := range map[booking.Verb]func(context.Context, booking.Call) (booking.Word, error){
		booking.VerbConfirm: p.Confirm, booking.VerbGet: p.Get, booking.VerbCancel: p.Cancel, booking.VerbRefund: p.Refund,
	} {
		if w, err := do(ctx, call(verb, "1", made.Intent, price.Amount)); err != nil || w.Intent == "" {
			t.Errorf("%s: %+v, %v", verb, w, err)
		}
	}
	if _, err := p.Booking(ctx, made.Intent); err != nil {
		t.Error(err)
	}
	for _, complaint := range n.bad {
		t.Error(complaint)
	}
	resp, err := (&http.Client{Transport: strange{transport}}).Get(base + "/v1/payment_intents/pi_1")
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("%s, %v, of a request that is not well-formed", resp.Status, err)
	}
	of := "/v1/payment_intents/" + made.Intent
	for _, what := range []string{
		"GET /v1/payment_intents", "POST /v1/payment_intents", "POST " + of + "/confirm", "GET " + of, "POST " + of + "/cancel",
		"GET /v1/refunds", "POST /v1/refunds",
	} {
		if !n.ok[what] {
			t.Errorf("%s was not asked", what)
		}
	}
}

// strange adds a parameter that Stripe does not know.
type strange struct{ to http.RoundTripper }

// RoundTrip adds it.
func (s strange) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.RawQuery = "faith=1"
	r.Header.Set("Authorization", "Bearer sk_test_123")
	return s.to.RoundTrip(r)
}

// startMock installs and starts the mock, and returns its address.
func startMock(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	install := exec.CommandContext(t.Context(), "go", "install", mock)
	install.Dir = bin // out of the module: it is no part of it
	install.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("install %s: %v\n%s", mock, err, out)
	}
	said, err := os.Create(filepath.Join(bin, "said"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = said.Close() }) // it was read
	cmd := exec.Command(filepath.Join(bin, "stripe-mock"), "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0")
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has nothing to lose
		_ = cmd.Wait()
	})
	for until := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(said.Name())
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if at, listens := strings.CutPrefix(line, "Listening for HTTP at address: "); listens && strings.HasSuffix(at, "\n") {
				return "http://" + strings.TrimSpace(at)
			}
		}
		if time.Now().After(until) {
			t.Fatalf("the mock does not listen: %s", text)
		}
	}
}
