package webhook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"tourbillon/functions/functionstest"
	"tourbillon/functions/webhook"
	"tourbillon/internal/arrow"
	"tourbillon/internal/store"
)

func TestDoor_Paths(t *testing.T) {
	h := open(t)
	for _, name := range webhook.Providers() {
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "OPTIONS"} {
			t.Run(method+" of "+name+" is not allowed", func(t *testing.T) {
				w := httptest.NewRecorder()
				h.mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/webhooks/"+name, nil))
				if w.Code != 405 || w.Header().Get("Allow") != "POST" || w.Header().Get("Content-Type") != "application/problem+json" {
					t.Errorf("got %d %v", w.Code, w.Header())
				}
			})
		}
		t.Run(name+" without a secret is not set up, and nothing is read", func(t *testing.T) {
			h := open(t, func(d *webhook.Door) {
				d.Secrets = webhook.Secrets{Stripe: []string{""}, SendGrid: []string{""}, Mailgun: []string{""}, Twilio: []string{""}}
				d.Topics = []string{""}
			})
			h.refuses(404, posted{"/webhooks/" + name, "{}", nil}, webhook.NotSetUp)
		})
	}
	for _, path := range []string{"/", "/webhooks", "/webhooks/", "/webhooks/paypal", "/webhooks/stripe/1"} {
		t.Run(path+" is not found", func(t *testing.T) { h.post(404, posted{path, "{}", nil}) })
	}
}

func TestDoor_ABodyThatEndsEarlyIsMalformed(t *testing.T) {
	h := open(t)
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/webhooks/stripe", iotest.ErrReader(io.ErrUnexpectedEOF))
	w := httptest.NewRecorder()
	if h.mux.ServeHTTP(w, r); w.Code != 400 || h.count["stripe malformed"] != 1 {
		t.Errorf("got %d, counted %v", w.Code, h.count)
	}
}

func TestDoor_APanicIsToldToNobodyWithWhat(t *testing.T) {
	h := open(t, func(d *webhook.Door) {
		d.Customer = func(email string) string { panic("of " + email) }
	})
	h.counts(500, bySendGrid("["+element("sg-1", "unsubscribe", "", "")+"]"), webhook.Failed)
	if !strings.Contains(h.log.String(), "panic") {
		t.Errorf("log %s", h.log.String())
	}
	h.keepsQuiet(address)
}

func TestDoor_SaysWhenToSendAgain(t *testing.T) {
	h := open(t)
	h.down = &arrow.AgainError{Err: errors.New("down"), After: 42 * time.Second}
	w := h.post(503, byStripe(stripeEvent("payment_intent.succeeded", intent)))
	if w.Header().Get("Retry-After") != "42" {
		t.Errorf("%v", w.Header())
	}
}

func TestDoor_NobodyNeedCount(t *testing.T) {
	h := open(t, func(d *webhook.Door) { d.Count, d.Client = nil, nil })
	h.post(200, byStripe(stripeEvent("customer.created", `{}`)))
	h.post(401, byStripe("").with("Stripe-Signature", ""))
}

func TestDoor_OneLineForEachDelivery(t *testing.T) {
	h := open(t)
	for i, p := range []posted{
		byStripe(stripeEvent("payment_intent.succeeded", intent)), byStripe("").with("Stripe-Signature", ""),
		bySendGrid("[" + element("1", "open", "", "") + "," + element("2", "a kind+33199000000", "", "") + "," + element("3", "bounce", "", "") + "]"),
	} {
		h.log.Reset()
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), "POST", p.path, strings.NewReader(p.body))
		for name, value := range p.header {
			r.Header.Set(name, value)
		}
		h.mux.ServeHTTP(w, r)
		want := []string{
			"level=INFO msg=webhook provider=stripe kind=payment_intent.succeeded outcome=published\n",
			"level=WARN msg=webhook provider=stripe outcome=forged why=\"its signature has no time\"\n",
			"level=INFO msg=webhook provider=sendgrid kind=bounce,open,other outcome=foreign,ignored\n",
		}[i]
		if _, got, _ := strings.Cut(h.log.String(), " "); got != want {
			t.Errorf("got  %swant %s", got, want)
		}
	}
}

func TestDoor_EveryOutcomeIsListed(t *testing.T) {
	h := open(t)
	h.takes(bySNS(confirmation()), webhook.Confirmed)
	h.troubles(byStripe(stripeEvent("payment_intent.succeeded", intent)))
	for key := range h.count {
		if _, outcome, _ := strings.Cut(key, " "); !slices.Contains(webhook.Outcomes(), outcome) {
			t.Errorf("%s is not", outcome)
		}
	}
}

// TestSeen_IsBounded has many thousands of events come, over weeks: what is kept
// is a week of them.
func TestSeen_IsBounded(t *testing.T) {
	h := open(t)
	const days, each = 30, 400
	for day := range days {
		for i := range each {
			body := strings.Replace(stripeEvent("payment_intent.succeeded", intent), "evt_1", fmt.Sprintf("evt_%d_%d", day, i), 1)
			h.post(200, stripeAt(secret, body, h.now))
		}
		h.log.Reset()
		h.later(24 * time.Hour)
	}
	if len(h.said) != days*each {
		t.Fatalf("%d events", len(h.said))
	}
	kept, records := 0, 0
	for i := range webhook.Buckets {
		key := store.Key{Record: webhook.KindSeen, ID: fmt.Sprintf("stripe/%03x", i)}
		row, err := h.door.Records.Read(t.Context(), key, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(row.Head) == 0 {
			continue
		}
		var m struct{ IDs map[string]int64 }
		if err := json.Unmarshal(row.Head, &m); err != nil {
			t.Fatal(err)
		}
		records, kept = records+1, kept+len(m.IDs)
	}
	// What is too old goes when its bucket is next written to.
	if all := days * each; kept > all*2/3 || kept < 7*each || h.store.big > 2000 {
		t.Errorf("%d ids of %d are kept, in %d records of up to %d bytes", kept, all, records, h.store.big)
	}
}

func TestSeen_WhatCannotBeReadIsOurOwnTrouble(t *testing.T) {
	h := open(t)
	p := byStripe(stripeEvent("payment_intent.succeeded", intent))
	h.takes(p, webhook.Published)
	for i := range webhook.Buckets {
		key := store.Key{Record: webhook.KindSeen, ID: fmt.Sprintf("stripe/%03x", i)}
		if err := h.door.Records.Update(t.Context(), key, "", func(store.Row) (store.Change, error) {
			return store.Change{Head: []byte("{")}, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	h.again(p)
}

func ExampleStripeExample() {
	at := functionstest.Noon
	body, err := webhook.StripeExample("payment_intent.succeeded", "q7Xw2LrT9vKcMz4J", at)
	fmt.Println(webhook.SignStripe("whsec_secret", []byte("{}"), at), len(body) > 500, err)
	// Output: t=1777723200,v1=2402cf6440242106588208bb9442299ccaec3e501b1d8f8068917e6d75a230e8 true <nil>
}
