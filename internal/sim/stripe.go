package sim

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/functions/webhook"
	"tourbillon/internal/provider/stripe"
	"tourbillon/internal/provider/stripe/fake"
)

// outside is a Stripe that is none, and the way back from it: its webhooks come
// to the door that real ones come to, signed as they are.
type outside struct {
	world *World
	fake  *fake.Fake
	door  http.Handler
	calls []call // webhooks that are to come
}

// call is one webhook on its way.
type call struct {
	at   time.Time
	body []byte
}

// hookSecret signs the simulated webhooks.
const hookSecret = "whsec_simulated"

// asleep is the key of what has a replica wait for an answer.
type asleep struct{}

func newOutside(w *World) *outside {
	o := &outside{world: w}
	o.fake = fake.New(fake.Settings{
		Now: w.clock, Late: w.Late, Slow: Lease + 15*time.Second, Emit: o.emit,
		Sleep: func(ctx context.Context, d time.Duration) error {
			if r, ok := ctx.Value(asleep{}).(*replica); ok {
				r.flight.sleep(d)
			}
			return nil
		},
	})
	o.door = webhook.Door{
		Records: w.records, Broker: hooked{w}, Now: w.clock, Log: discard(), Payments: o.payments(),
		Secrets: webhook.Secrets{Stripe: []string{hookSecret}},
	}.Handler()
	return o
}

// payments is the client that a process has.
func (o *outside) payments() *stripe.Payments {
	return stripe.New(stripe.Settings{
		Key: "sk_test_simulated", HTTP: o.fake.Client(), Timeout: time.Hour,
		Return: func(booking string) string { return "https://shop.example/" + booking },
	})
}

// emit takes an event. In a calm world it is told at once; else late, twice or
// never: what is lost is found when the system looks.
func (o *outside) emit(body []byte) {
	w := o.world
	if w.chance(lostCall) {
		w.logf("WEBHOOK is lost")
		return
	}
	for range 2 {
		at := w.now
		if w.chance(lateCall) {
			at = at.Add(time.Duration(w.rng.Int64N(int64(20 * time.Minute))))
		}
		o.calls = append(o.calls, call{at, bytes.Clone(body)})
		if !w.chance(lateCall) {
			return
		}
	}
}

// The chances of what may go wrong with a webhook, and with a call of the API,
// per step.
const (
	lostCall = 0.2
	lateCall = 0.3
	badCall  = 0.01
)

// next is when something will come from outside by itself.
func (o *outside) next() time.Time {
	at := o.fake.Next()
	for _, c := range o.calls {
		if at.IsZero() || c.at.Before(at) {
			at = c.at
		}
	}
	return at
}

// due reports which webhook could come now, if any.
func (o *outside) due() (i int, ok bool) {
	i = slices.IndexFunc(o.calls, func(c call) bool { return !c.at.After(o.world.now) })
	return i, i >= 0
}

// tell posts a webhook to the door.
func (o *outside) tell(i int) {
	w, c := o.world, o.calls[i]
	o.calls = slices.Delete(o.calls, i, i+1)
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/webhooks/stripe", bytes.NewReader(c.body))
	r.Header.Set("Stripe-Signature", webhook.SignStripe(hookSecret, c.body, w.now))
	rec := httptest.NewRecorder()
	if o.door.ServeHTTP(rec, r); rec.Code != http.StatusOK {
		w.fail("a webhook is answered %d %s", rec.Code, rec.Body)
	}
}

// mishap has something go wrong with one of the next calls.
func (o *outside) mishap() {
	w := o.world
	all := []fake.Fault{
		{Lose: true}, {Refuse: true}, {Status: 500}, {Status: 503}, {Status: 409}, {Status: 429, After: time.Second},
		{Status: 500, Done: true}, {Body: "<html>bad gateway</html>"}, {Path: "/v1/payment_intents/*/confirm", Later: 5 * time.Minute},
	}
	o.fake.Fail(all[w.rng.IntN(len(all))])
}

// hooked is the broker as the webhooks' door sees it.
type hooked struct{ world *World }

// Publish implements arrow.Sink.
func (h hooked) Publish(_ context.Context, es ...events.Event) error {
	for _, e := range es {
		ce, err := events.Encode(e)
		if err != nil {
			return err
		}
		h.world.publish("webhook", ce)
	}
	return nil
}
