package webhook_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tourbillon/events"
	"tourbillon/functions/webhook"
)

// stalled is a broker that answers nobody.
type stalled struct{}

// Publish waits until it is given up.
func (stalled) Publish(ctx context.Context, _ ...events.Event) error {
	<-ctx.Done()
	return ctx.Err()
}

// Publishing at a broker that stands still ends before any provider gives the
// delivery up: the fastest do after ten seconds.
func TestDoor_AnswersBeforeAProviderGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, func(d *webhook.Door) { d.Broker = stalled{} })
		began := time.Now()
		h.post(503, byStripe(stripeEvent("payment_intent.succeeded", intent)))
		if took := time.Since(began); took >= 10*time.Second {
			t.Errorf("it is answered after %s", took)
		}
		h.door.Broker = h
		h.mux = h.door.Handler()
		h.one(h.takes(byStripe(stripeEvent("payment_intent.succeeded", intent)), webhook.Published), events.PaymentSettle)
	})
}
