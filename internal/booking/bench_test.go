package booking_test

import (
	"testing"

	"tourbillon/internal/booking"
)

// One decision over a departure: held, refused, and asked a second time.
func BenchmarkDeparture_Hold(b *testing.B) {
	d, s := held()
	full := d
	full.Held = 10
	for _, c := range []struct {
		name string
		d    booking.Departure
		s    booking.Seat
	}{{"held", onSale(), booking.Seat{}}, {"refused", full, booking.Seat{}}, {"again", d, s}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			who := party("a", 3)
			for b.Loop() {
				c.d.Hold(c.s, who, noon)
			}
		})
	}
}

// One step of a payment: the first, the one that ends it, and one asked again.
func BenchmarkPayment_Next(b *testing.B) {
	ask := booking.Ask{Wish: booking.WishCharge, Booking: bought()}
	word := &booking.Word{Intent: "pi-1", Status: booking.WordSucceeded}
	begun, _ := booking.Payment{}.Next(ask, nil, noon)
	ended, _ := begun.Next(ask, word, noon)
	for _, c := range []struct {
		name string
		p    booking.Payment
		word *booking.Word
	}{{"begin", booking.Payment{}, nil}, {"finish", begun, word}, {"again", ended, nil}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.p.Next(ask, c.word, noon)
			}
		})
	}
}
