package webhook

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tourbillon/events"
)

// StripeVersion is the API version that examples are of.
const StripeVersion = "2026-06-24.dahlia"

// object is a JSON object of an example.
type object = map[string]any

// stripeExamples are the objects that events are about, by kind.
var stripeExamples = map[string]func(example) object{
	"payment_intent.succeeded": func(e example) object {
		return e.about(object{"status": "succeeded", "amount_received": amount, "latest_charge": e.id("ch")})
	},
	"payment_intent.payment_failed": func(e example) object {
		return e.about(object{"status": "requires_payment_method", "last_payment_error": object{
			"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds", "charge": e.id("ch"),
			"message": "Your card has insufficient funds.",
		}})
	},
	"payment_intent.canceled": func(e example) object {
		return e.about(object{"status": "canceled", "canceled_at": e.at.Unix(), "cancellation_reason": "abandoned"})
	},
	"payment_intent.requires_action": func(e example) object {
		return e.about(object{"status": "requires_action", "next_action": object{"type": "use_stripe_sdk"}})
	},
	"charge.refunded": func(e example) object {
		return object{
			"id": e.id("ch"), "object": "charge", "amount": amount, "amount_captured": amount, "amount_refunded": amount,
			"currency": "eur", "created": e.at.Unix(), "paid": true, "captured": true, "refunded": true, "status": "succeeded",
			"livemode": false, "metadata": object{"booking_id": e.booking}, "payment_intent": e.id("pi"), "payment_method": e.id("pm"),
		}
	},
	"refund.failed": func(e example) object {
		return object{
			"id": e.id("re"), "object": "refund", "amount": amount, "currency": "eur", "created": e.at.Unix(), "status": "failed",
			"failure_reason": "expired_or_canceled_card", "charge": e.id("ch"), "payment_intent": e.id("pi"),
			"metadata": object{"booking_id": e.booking},
		}
	},
	// At Stripe a dispute has no metadata until somebody gives it some. This one
	// has, so that it leads somewhere without asking Stripe for its intent.
	"charge.dispute.created": func(e example) object {
		return object{
			"id": e.id("du"), "object": "dispute", "amount": amount, "currency": "eur", "created": e.at.Unix(),
			"status": "needs_response", "reason": "fraudulent", "is_charge_refundable": false, "livemode": false,
			"charge": e.id("ch"), "payment_intent": e.id("pi"), "metadata": object{"booking_id": e.booking},
		}
	},
}

// amount is what was paid in every example, in cents.
const amount = 9000

type example struct {
	booking string
	at      time.Time
}

// id is an id as Stripe's look, always the same for the same booking.
func (e example) id(prefix string) string {
	return prefix + "_" + events.EffectID("example", prefix, e.booking)[:24]
}

// about is the intent of the example, with more.
func (e example) about(more object) object {
	o := object{
		"id": e.id("pi"), "object": "payment_intent", "amount": amount, "amount_received": 0, "currency": "eur",
		"created": e.at.Unix(), "capture_method": "automatic_async", "confirmation_method": "automatic", "livemode": false,
		"metadata": object{"booking_id": e.booking}, "payment_method": e.id("pm"), "payment_method_types": []string{"card"},
	}
	maps.Copy(o, more)
	return o
}

// StripeKinds are the kinds of event that there are examples of.
func StripeKinds() []string { return slices.Sorted(maps.Keys(stripeExamples)) }

// StripeExample is the body of an event as Stripe sends it at the given time,
// about the payment of a booking: for development and tests. Each has an id of
// its own, by its kind, booking and time.
func StripeExample(kind, bookingID string, at time.Time) ([]byte, error) {
	of, ok := stripeExamples[kind]
	if !ok {
		return nil, fmt.Errorf("no example of %q: there are %s", kind, strings.Join(StripeKinds(), ", "))
	}
	id := events.EffectID("example", kind, bookingID, at.UTC().Format(time.RFC3339Nano))
	return json.Marshal(object{
		"id": "evt_" + id[:24], "object": "event", "api_version": StripeVersion, "created": at.Unix(), "type": kind,
		"livemode": false, "pending_webhooks": 1, "request": object{"id": nil, "idempotency_key": nil},
		"data": object{"object": of(example{bookingID, at})},
	})
}
