package saga_test

import (
	"testing"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// BenchmarkDecide takes one decision: the fourth fact of a booking.
func BenchmarkDecide(b *testing.B) {
	k := newKeeper(b, booking.Orchestration)
	k.hears(created...)
	paid := k.fact(events.PaymentSucceeded)
	b.ReportAllocs()
	for b.Loop() {
		if _, a := k.plans.Decide(k.r, paid, k.now); a.Name != events.BookingConfirm {
			b.Fatal(a.Name)
		}
	}
}
