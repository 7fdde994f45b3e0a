package fake_test

import (
	"testing"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/stripe"
	"tourbillon/internal/provider/stripe/fake"
)

// BenchmarkPayment is a payment without a socket: made, confirmed, looked at.
func BenchmarkPayment(b *testing.B) {
	p := stripe.New(stripe.Settings{Key: key, HTTP: fake.New(fake.Settings{Key: key}).Client()})
	for b.Loop() {
		c := booking.Call{BookingID: "b-1", Amount: booking.Money{Amount: 9000, Currency: "EUR"}}
		w, err := p.Create(b.Context(), c, "pm_card_visa")
		if err != nil {
			b.Fatal(err)
		}
		c.Intent = w.Intent
		if _, err := p.Confirm(b.Context(), c); err != nil {
			b.Fatal(err)
		}
		if w, err := p.Get(b.Context(), c); err != nil || w.Status != booking.WordSucceeded {
			b.Fatalf("%+v, %v", w, err)
		}
	}
}
