package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tourbillon/internal/provider/postfake"
	"tourbillon/internal/provider/sendgrid"
	"tourbillon/internal/record"
)

// mails has SendGrid at an address send a message under a reference.
func mails(t *testing.T, at, ref, to string) error {
	t.Helper()
	m, err := sendgrid.New(sendgrid.Settings{Key: "SG.1", From: "tours@example.com", URL: at})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Send(t.Context(), record.Message{Key: ref, To: to, Subject: "s", Body: "It is on"})
	return err
}

func TestSandbox_StandsForMessageProviders(t *testing.T) {
	at := bank(t, "")
	k := &console{config: config{URL: at}}
	ask := func(method, path, body string, out any) error {
		t.Helper()
		var in any
		if body != "" {
			in = json.RawMessage(body)
		}
		return k.ask(t.Context(), method, path, in, out)
	}
	must := func(method, path, body string, out any) {
		t.Helper()
		if err := ask(method, path, body, out); err != nil {
			t.Fatal(err)
		}
	}
	for ref, to := range map[string]string{"1": "ada@example.com", "2": "camille@example.com"} {
		if err := mails(t, at, strings.Repeat(ref, 32), to); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("operators see what was accepted", func(t *testing.T) {
		for query, want := range map[string]int{
			"": 2, "?provider=sendgrid": 2, "?provider=mailgun": 0, "?to=ada@example.com": 1, "?reference=" + strings.Repeat("2", 32): 1, "?about=is+on": 2, "?about=off": 0,
		} {
			var all sentMessages
			if must(http.MethodGet, "/messages"+query, "", &all); all.Accepted != want || len(all.Messages) != want || all.Messages == nil {
				t.Errorf("%s: %+v", query, all)
			}
		}
		var some sentMessages
		if must(http.MethodGet, "/messages?limit=1", "", &some); some.Accepted != 2 || len(some.Messages) != 1 {
			t.Errorf("%+v", some)
		}
		if err := ask(http.MethodGet, "/messages?limit=none", "", new(any)); err == nil {
			t.Error("a limit that is none is taken")
		}
	})
	t.Run("and have something go wrong", func(t *testing.T) {
		must(http.MethodPut, "/providers/sendgrid", `{"is":"unavailable","times":1}`, new(any))
		if err := mails(t, at, strings.Repeat("1", 32), "ada@example.com"); err == nil {
			t.Error("a message is sent by who is unavailable")
		}
		for path, body := range map[string]string{"/providers/pigeon": `{}`, "/providers/sendgrid": `{"is":"tired"}`, "/providers/twilio": `{"was":"up"}`} {
			if err := ask(http.MethodPut, path, body, new(any)); err == nil {
				t.Errorf("PUT %s %s is taken", path, body)
			}
		}
		var all map[string]postfake.Standing
		if must(http.MethodGet, "/providers", "", &all); all["sendgrid"].Asked != 3 || all["sendgrid"].Is != postfake.Up || len(all) != 4 {
			t.Errorf("%+v", all)
		}
	})
	t.Run("and are told what cannot be told", func(t *testing.T) {
		for body, want := range map[string]string{
			`{"provider":"sendgrid","kind":"lost","to":"ada@example.com"}`:   "it tells bounce",
			`{"provider":"sendgrid","kind":"bounce","to":"bob@example.com"}`: "no such message",
			`{"provider":"twilio","kind":"STOP","from":"+33612345678"}`:      "TWILIO_AUTH_TOKEN",
			`{"provider":"sendgrid","sort":"bounce"}`:                        "sort",
		} {
			if err := ask(http.MethodPost, "/tell", body, new(any)); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", body, err, want)
			}
		}
	})
	t.Run("trouble on the way is theirs, too", func(t *testing.T) {
		must(http.MethodPut, "/trouble", `{"refuse":1}`, new(any))
		if err := mails(t, at, strings.Repeat("1", 32), "ada@example.com"); err == nil {
			t.Error("a message goes through")
		}
	})
}
