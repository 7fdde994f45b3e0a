package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/sandbox"
)

// bank runs `tourbillon sandbox` in the test's own process until the test
// ends, and returns where it is. It publishes to sink.
func bank(t *testing.T, sink string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	read, write := io.Pipe()
	ran := make(chan error, 1)
	go func() {
		err := run(ctx, env("K_SINK", sink, "TOURBILLON_LOG", "error"), []string{"sandbox", "-addr=127.0.0.1:0", "-output=json"}, write)
		ran <- err
		_ = write.CloseWithError(io.ErrUnexpectedEOF) // a pipe's close does not fail
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ran; err != nil {
			t.Errorf("the sandbox did not stop in peace: %v", err)
		}
	})
	line, err := bufio.NewReader(read).ReadBytes('\n')
	var at struct{ Sandbox string }
	if err == nil {
		err = json.Unmarshal(line, &at)
	}
	if err != nil {
		t.Fatal(err)
	}
	return at.Sandbox
}

// ends books with the token, and returns the booking's id and how it ended.
func ends(t *testing.T, at, token string) (string, booking.Status) {
	t.Helper()
	k := &console{config: config{URL: at}}
	var made struct{ BookingID string }
	asked := json.RawMessage(strings.Replace(wanted, "tok_visa", token, 1))
	if err := k.ask(t.Context(), http.MethodPost, "/bookings", asked, &made); err != nil {
		t.Fatal(err)
	}
	var b bookingView
	if err := k.ask(t.Context(), http.MethodGet, "/bookings/"+made.BookingID+"?wait=30s", nil, &b); err != nil {
		t.Fatal(err)
	}
	return made.BookingID, b.Status
}

func TestSandbox_Elsewhere(t *testing.T) {
	var to atomic.Pointer[url.URL]
	front := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to.Load()) }})
	defer front.Close()
	at := bank(t, front.URL+"/broker/bookings")
	h := opened(t, "TOURBILLON_SANDBOX_URL", at, "TOURBILLON_MAILBOX_URL", at+"/")
	u, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	to.Store(u)
	began := time.Now()
	for token, want := range map[string]booking.Status{
		"tok_visa": booking.StatusConfirmed, "tok_declined": booking.StatusCancelled, "tok_async": booking.StatusConfirmed,
	} {
		id, got := ends(t, h.url, token)
		if got != want {
			t.Errorf("%s: %s, want %s", token, got, want)
		}
		k := &console{config: config{URL: at}}
		var there []sandbox.Intent
		if err := k.ask(t.Context(), http.MethodPost, "/payments/ledger", struct{}{}, &there); err != nil {
			t.Fatal(err)
		}
		var here struct{ Payments []struct{ BookingID string } }
		k.URL = h.url
		if err := k.ask(t.Context(), http.MethodGet, "/ledger?booking="+id, nil, &here); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(fmt.Sprint(there), id) || len(here.Payments) != 1 {
			t.Errorf("%s: the books there %+v, and as shown here %+v", token, there, here)
		}
	}
	if took := time.Since(began); took > 25*time.Second {
		t.Errorf("took %v: the late outcome was not announced", took)
	}
	t.Run("is told of trouble", func(t *testing.T) {
		k := &console{config: config{URL: at}}
		if err := k.ask(t.Context(), http.MethodPut, "/trouble", map[string]any{"refuse": 1}, new(struct{})); err != nil {
			t.Fatal(err)
		}
		if err := k.ask(t.Context(), http.MethodPost, "/mail/send", struct{}{}, new(struct{})); err == nil {
			t.Error("a call went well")
		}
		for _, wrong := range []map[string]any{{"refuse": 0, "late": "often"}, {"refuse": 0, "loose": 1}, {"refuse": 2}} {
			if err := k.ask(t.Context(), http.MethodPut, "/trouble", wrong, new(struct{})); err == nil {
				t.Errorf("%v is taken", wrong)
			}
		}
		if err := k.ask(t.Context(), http.MethodPost, "/mail/send", struct{}{}, new(struct{})); err == nil {
			t.Error("what was refused took the trouble away")
		}
		var n struct{ Calls, Refused int } // the system may have called too, and been refused
		if err := k.ask(t.Context(), http.MethodGet, "/counts", nil, &n); err != nil || n.Refused < 2 || n.Calls < 7 {
			t.Errorf("%+v, %v", n, err)
		}
	})
}

func TestSandbox_Refuses(t *testing.T) {
	for _, name := range []string{"TOURBILLON_SANDBOX_URL", "TOURBILLON_MAILBOX_URL"} {
		if _, err := read(env(name, "localhost:3010")); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := run(t.Context(), env(), []string{"sandbox", "-addr=256.0.0.1:1"}, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), "--addr") {
		t.Errorf("%v", err)
	}
}
