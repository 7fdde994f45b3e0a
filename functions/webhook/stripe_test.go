package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/webhook"
)

// byStripe is a body as Stripe posts it now.
func byStripe(body string) posted { return stripeAt(secret, body, functionstest.Noon) }

func stripeAt(secret, body string, at time.Time) posted {
	return posted{"/webhooks/stripe", body, map[string]string{
		"Stripe-Signature": webhook.SignStripe(secret, []byte(body), at), "Content-Type": "application/json; charset=utf-8",
	}}
}

// stripeEvent is an event of Stripe's, about an object.
func stripeEvent(kind, object string) string {
	return `{"id":"evt_1","object":"event","api_version":"2026-06-24.dahlia","type":"` + kind + `","livemode":true,"data":{"object":` + object + `}}`
}

// intent is one of the booking's.
const intent = `{"id":"pi_1","object":"payment_intent","amount":1,"metadata":{"booking_id":"` + bookID + `"}}`

func stripeExample(t testing.TB, kind string) string {
	t.Helper()
	body, err := webhook.StripeExample(kind, bookID, functionstest.Noon)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestStripe(t *testing.T) {
	for _, kind := range webhook.StripeKinds() {
		t.Run(kind+" has the payment looked at", func(t *testing.T) {
			h := open(t)
			body := stripeExample(t, kind)
			e := h.one(h.takes(byStripe(body), webhook.Published), events.PaymentSettle)
			if e.To != "charge" || e.Subject != bookID || e.Data.ID != bookID || e.Try != 0 || e.Source != "/tourbillon/webhook" || !e.Time.Equal(h.now) {
				t.Errorf("says %+v", e)
			}
			if raw, _ := json.Marshal(e.Data); strings.Contains(string(raw), "9000") || strings.Contains(string(raw), "pi_") {
				t.Errorf("believes what it is told of money: %s", raw)
			}
			h.keepsQuiet(secret, "v1=", "insufficient funds")
		})
	}
	t.Run("no example of another", func(t *testing.T) {
		if _, err := webhook.StripeExample("payment_intent.created", bookID, functionstest.Noon); err == nil {
			t.Error("there is one")
		}
	})
}

func TestStripe_LeadsToNothing(t *testing.T) {
	for name, c := range map[string]struct{ body, outcome string }{
		"a kind that is of no interest":            {stripeEvent("customer.created", `{"metadata":{"booking_id":"`+bookID+`"}}`), webhook.Ignored},
		"a kind to come":                           {stripeEvent("payment_intent.pondered", `[]`), webhook.Ignored},
		"an intent of another system":              {stripeEvent("payment_intent.succeeded", `{"object":"payment_intent","metadata":{}}`), webhook.Foreign},
		"an intent with metadata that is null":     {stripeEvent("payment_intent.succeeded", `{"metadata":null}`), webhook.Foreign},
		"a booking id that is none":                {stripeEvent("payment_intent.succeeded", `{"metadata":{"booking_id":"{s017}:x"}}`), webhook.Foreign},
		"another system's id that looks like ours": {stripeEvent("payment_intent.succeeded", `{"metadata":{"booking_id":"order-0000000017"}}`), webhook.Foreign},
		"a dispute, and nobody to ask whose":       {stripeEvent("charge.dispute.created", `{"payment_intent":"pi_1"}`), webhook.Foreign},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			for range 2 {
				if said := h.takes(byStripe(c.body), c.outcome); len(said) > 0 {
					t.Errorf("says %+v", said)
				}
			}
		})
	}
}

// bookings are the payments that are known by their intent.
type bookings struct {
	of    map[string]string
	err   error
	asked int
}

// Booking looks it up.
func (b *bookings) Booking(_ context.Context, intent string) (string, error) {
	b.asked++
	return b.of[intent], b.err
}

func TestStripe_ADisputeHasNoMetadataOfOurs(t *testing.T) {
	known := &bookings{of: map[string]string{"pi_1": bookID}}
	h := open(t, func(d *webhook.Door) { d.Payments = known })
	for i, object := range []string{
		`{"object":"dispute","metadata":{},"payment_intent":"pi_1"}`,
		`{"object":"dispute","payment_intent":{"id":"pi_1","object":"payment_intent"}}`,
		`{"object":"refund","metadata":{},"payment_intent":"pi_1"}`,
	} {
		kind := []string{"charge.dispute.created", "charge.dispute.funds_withdrawn", "refund.created"}[i]
		body := strings.Replace(stripeEvent(kind, object), "evt_1", fmt.Sprint("evt_1", i), 1)
		if e := h.one(h.takes(byStripe(body), webhook.Published), events.PaymentSettle); e.Data.ID != bookID {
			t.Errorf("%s: says %+v", kind, e)
		}
	}
	asked := known.asked
	h.takes(byStripe(stripeEvent("charge.dispute.closed", `{"payment_intent":"pi_2"}`)), webhook.Foreign)
	h.takes(byStripe(stripeEvent("charge.dispute.closed", `{"payment_intent":null}`)), webhook.Foreign)
	if h.takes(byStripe(stripeEvent("payment_intent.succeeded", intent)), webhook.Published); known.asked != asked+1 {
		t.Errorf("asked %d times", known.asked-asked)
	}
	t.Run("who cannot be asked now is asked again", func(t *testing.T) {
		known.err = errDown
		p := byStripe(strings.Replace(stripeEvent("charge.dispute.closed", `{"payment_intent":"pi_1"}`), "evt_1", "evt_9", 1))
		h.again(p)
		known.err = nil
		h.one(h.takes(p, webhook.Published), events.PaymentSettle)
	})
}

func TestStripe_Signature(t *testing.T) {
	body := stripeEvent("payment_intent.succeeded", intent)
	good := byStripe(body)
	header := good.header["Stripe-Signature"]
	stamp, mac, _ := strings.Cut(header, ",")
	for name, signature := range map[string]string{
		"as it is":                          header,
		"with the secret before, still":     webhook.SignStripe(older, []byte(body), functionstest.Noon),
		"any v1 of several":                 stamp + ",v1=00,v1=" + strings.Repeat("ab", 32) + "," + mac,
		"unknown schemes are passed over":   stamp + ",v0=00,v9=zz," + mac + ",",
		"with spaces between":               stamp + ", " + mac,
		"as far ahead as clocks may differ": webhook.SignStripe(secret, []byte(body), functionstest.Noon.Add(5*time.Minute)),
		"as old as that":                    webhook.SignStripe(secret, []byte(body), functionstest.Noon.Add(-5*time.Minute)),
	} {
		t.Run("is good "+name, func(t *testing.T) {
			h := open(t)
			h.one(h.takes(good.with("Stripe-Signature", signature), webhook.Published), events.PaymentSettle)
		})
	}
	for name, signature := range map[string]string{
		"absent":                         "",
		"without a time":                 mac,
		"without a signature":            stamp,
		"by another secret":              webhook.SignStripe("whsec_guess", []byte(body), functionstest.Noon),
		"by an empty secret":             webhook.SignStripe("", []byte(body), functionstest.Noon),
		"by the secret without its word": webhook.SignStripe(strings.TrimPrefix(secret, "whsec_"), []byte(body), functionstest.Noon),
		"of another body":                webhook.SignStripe(secret, []byte(body+" "), functionstest.Noon),
		"of another time":                "t=1777723201," + mac,
		"of two times":                   "t=1777723201," + header,
		"of a time that is no number":    "t=now," + mac,
		"cut short":                      header[:len(header)-2],
		"under a scheme of the past":     strings.Replace(header, "v1=", "v0=", 1),
		"not hexadecimal":                stamp + ",v1=zz",
		"behind too many others":         stamp + strings.Repeat(",v1=00", 100) + "," + mac,
	} {
		t.Run("is none "+name, func(t *testing.T) {
			h := open(t)
			h.refuses(401, good.with("Stripe-Signature", signature), webhook.Forged)
			h.keepsQuiet(secret, bookID, "evt_1")
		})
	}
	for name, at := range map[string]time.Duration{
		"stale": -5*time.Minute - time.Second, "dated a day ahead, which stripe-go takes": 24 * time.Hour, "dated a bit ahead": 5*time.Minute + time.Second,
		"of the far past": -60 * 365 * 24 * time.Hour,
	} {
		t.Run("is none when "+name, func(t *testing.T) {
			open(t).refuses(401, stripeAt(secret, body, functionstest.Noon.Add(at)), webhook.Stale)
		})
	}
	t.Run("is none of a time beyond all reckoning", func(t *testing.T) {
		at := time.Unix(-1<<62, 0)
		open(t).refuses(401, stripeAt(secret, body, at), webhook.Stale)
	})
}

func TestStripe_Bodies(t *testing.T) {
	for name, body := range map[string]string{
		"nothing": "", "no JSON": "payment", "a list": "[]", "cut short": stripeEvent("payment_intent.succeeded", intent)[:80],
		"without an id": `{"type":"payment_intent.succeeded"}`, "without a type": `{"id":"evt_1"}`,
		"an id of spaces":         `{"id":" ","type":"payment_intent.succeeded"}`,
		"an id that is a book":    `{"id":"` + strings.Repeat("x", 256) + `","type":"payment_intent.succeeded"}`,
		"no object":               `{"id":"evt_1","type":"payment_intent.succeeded"}`,
		"an object that is none":  stripeEvent("payment_intent.succeeded", `"pi_1"`),
		"metadata that is none":   stripeEvent("payment_intent.succeeded", `{"metadata":7}`),
		"an intent that is a sum": stripeEvent("charge.dispute.created", `{"payment_intent":7}`),
	} {
		t.Run(name+" is malformed, however well signed", func(t *testing.T) {
			open(t).refuses(400, byStripe(body), webhook.Malformed)
		})
	}
	t.Run("a megabyte is too large, and is not even looked at", func(t *testing.T) {
		open(t).refuses(413, byStripe(strings.Repeat("x", 1<<20)), webhook.TooLarge)
	})
	t.Run("neither live mode nor version matters", func(t *testing.T) {
		h := open(t)
		for i, with := range []string{`"livemode":false,"api_version":"2014-01-31"`, `"livemode":true`, `"api_version":null`} {
			h.takes(byStripe(fmt.Sprintf(`{"id":"evt_%d",%s,"type":"payment_intent.succeeded","data":{"object":%s}}`, i, with, intent)), webhook.Published)
		}
	})
}

func TestStripe_Again(t *testing.T) {
	h := open(t)
	body := stripeEvent("payment_intent.succeeded", intent)
	first := h.one(h.takes(byStripe(body), webhook.Published), events.PaymentSettle)
	for _, after := range []time.Duration{time.Minute, 3 * 24 * time.Hour, 3 * 24 * time.Hour} {
		h.later(after)
		if said := h.takes(stripeAt(secret, body, h.now), webhook.Duplicate); len(said) > 0 {
			t.Errorf("says it again after %s: %+v", after, said)
		}
	}
	t.Run("another event of the same object is another", func(t *testing.T) {
		second := h.one(h.takes(stripeAt(secret, strings.Replace(body, "evt_1", "evt_2", 1), h.now), webhook.Published), events.PaymentSettle)
		if second.ID == first.ID {
			t.Error("it has the same id")
		}
	})
	t.Run("after a week it is forgotten, and is the same event", func(t *testing.T) {
		h.later(2 * 24 * time.Hour)
		if e := h.one(h.takes(stripeAt(secret, body, h.now), webhook.Published), events.PaymentSettle); e.ID != first.ID {
			t.Errorf("%s, and then %s", first.ID, e.ID)
		}
	})
	t.Run("and what is replayed later was signed too long ago", func(t *testing.T) {
		h.refuses(401, byStripe(body), webhook.Stale)
	})
}

func TestStripe_OurOwnTroubleIsSentAgain(t *testing.T) {
	open(t).troubles(byStripe(stripeEvent("payment_intent.succeeded", intent)))
}

func TestStripe_AtOnce(t *testing.T) {
	h := open(t)
	body := stripeEvent("payment_intent.succeeded", intent)
	done := make(chan bool)
	h.door.Count = nil
	h.mux = h.door.Handler()
	for range 8 {
		go func() {
			defer func() { done <- true }()
			h.post(200, byStripe(body))
		}()
	}
	for range 8 {
		<-done
	}
	for _, e := range h.said {
		if e.ID != h.said[0].ID {
			t.Errorf("%s, and %s", h.said[0].ID, e.ID)
		}
	}
}

func FuzzStripe(f *testing.F) {
	body := stripeEvent("payment_intent.succeeded", intent)
	f.Add(webhook.SignStripe(secret, []byte(body), functionstest.Noon), body)
	f.Add("t=1,v1=00,v0=00", "{}")
	f.Add("t=-9223372036854775808,v1=", stripeEvent("charge.dispute.closed", `{"payment_intent":{"id":"pi_1"}}`))
	f.Add(",,=,t=,t==", stripeEvent("refund.failed", `{"payment_intent":"pi_1","metadata":{"booking_id":"x"}}`))
	f.Fuzz(func(t *testing.T, header, body string) {
		h := open(t, func(d *webhook.Door) { d.Secrets.Stripe = []string{"whsec_unheard-of"} })
		h.letsIn(posted{"/webhooks/stripe", body, map[string]string{"Stripe-Signature": header}}, 401)
		open(t).letsIn(byStripe(body), 200, 400)
	})
}
