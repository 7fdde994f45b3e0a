package booking_test

import (
	"fmt"
	"time"

	"tourbillon/internal/booking"
)

// Two parties want the last seats; one gets them. Asked again, each hears what
// it heard before.
func ExampleDeparture_Hold() {
	now := time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)
	d, _ := booking.Departure{}.Open(booking.Change{}, "lyon-0900", booking.Terms{
		TourID: "old-town", StartsAt: now.Add(72 * time.Hour), TimeZone: "Europe/Paris", Capacity: 4,
		Price: booking.Money{Amount: 4500, Currency: "EUR"},
	}, now)

	d, first := d.Hold(booking.Seat{}, booking.Booking{ID: "first", Seats: 3}, now)
	d, second := d.Hold(booking.Seat{}, booking.Booking{ID: "second", Seats: 2}, now)
	fmt.Println(first.Held.Seats, "held for", first.Booking.Price)
	fmt.Println("refused:", second.Refused.Reason)

	d, first = d.Hold(first, first.Booking, now.Add(time.Minute))
	fmt.Println(first.Held.At.Format(time.TimeOnly), "still; available:", d.Available())
	// Output:
	// 3 held for 13500 EUR
	// refused: sold_out
	// 12:00:00 still; available: 1
}

// What a cancellation gives back depends on how early it comes.
func ExamplePolicy_Refund() {
	policy := booking.Policy{{HoursBefore: 48, Percent: 100}, {HoursBefore: 24, Percent: 50}}
	price := booking.Money{Amount: 9000, Currency: "EUR"}
	leaves := time.Date(2026, 5, 5, 9, 0, 0, 0, time.UTC)

	for _, left := range []time.Duration{72 * time.Hour, 30 * time.Hour, time.Hour} {
		fmt.Println(left, "before:", policy.Refund(price, leaves, leaves.Add(-left)))
	}
	// Output:
	// 72h0m0s before: 9000 EUR
	// 30h0m0s before: 4500 EUR
	// 1h0m0s before: 0 EUR
}

// Next is asked what to do, told the provider's word, and asked again, until
// there is no call left to make; the outcome is then in the payment.
func ExamplePayment_Next() {
	now := time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)
	ask := booking.Ask{Wish: booking.WishCharge, Booking: booking.Booking{
		ID: "q7Xw2LrT", Price: booking.Money{Amount: 9000, Currency: "EUR"},
	}}
	provider := map[booking.Verb]booking.Word{
		booking.VerbCreate:  {Intent: "pi_1", Status: booking.WordUnconfirmed},
		booking.VerbConfirm: {Intent: "pi_1", Status: booking.WordSucceeded},
	}

	p, call := booking.Payment{}.Next(ask, nil, now)
	for call != nil {
		fmt.Println(call.Verb, call.Key)
		word := provider[call.Verb] // p is committed before this, and the word after it
		p, call = p.Next(ask, &word, now)
	}
	fmt.Println("succeeded:", *p.Succeeded.Amount, p.Succeeded.Intent)
	// Output:
	// create q7Xw2LrT:1:create
	// confirm q7Xw2LrT:1:confirm
	// succeeded: 9000 EUR pi_1
}
