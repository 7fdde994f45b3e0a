package words

import (
	"slices"
	"time"

	"tourbillon/internal/booking"
)

// Example is news that there might be: every template has some, and between
// them they have all that it can come to say.
type Example struct {
	Label string
	News
}

// Examples are all, those of a template together, the most ordinary first.
func Examples() []Example {
	return slices.Concat(endings(), payments(), departures())
}

var (
	exampleDay   = time.Date(2026, time.May, 2, 12, 0, 0, 0, time.UTC)
	exampleStart = time.Date(2026, time.June, 14, 7, 0, 0, 0, time.UTC)
	exampleLinks = Links{
		Booking:     "https://book.example.com/orders/4b1f0c6e2d9a48e7b35f7c1d80a962fe",
		Preferences: "https://book.example.com/preferences/c1b2",
		Unsubscribe: "https://book.example.com/u/c1b2",
	}
)

// example is of an ordinary booking of two seats.
func example(template, label string, change func(*News)) Example {
	n := News{
		Template: template, At: exampleDay,
		Customer: booking.Customer{Name: "Camille Martin", Email: "camille@example.com", Phone: "+33611111111"},
		Booking: booking.Booking{
			ID: "4b1f0c6e2d9a48e7b35f7c1d80a962fe", DepartureID: "lyon-old-town-2026-06-14-0900", TourID: "lyon-old-town", Seats: 2,
			Price: euros(1234_50), StartsAt: exampleStart, TimeZone: "Europe/Paris",
			Policy: booking.Policy{{HoursBefore: 1, Percent: 25}, {HoursBefore: 48, Percent: 100}},
		},
		Tour: booking.Tour{ID: "lyon-old-town", Name: "Old Town and its traboules", City: "Lyon", MeetingPoint: "Place Saint-Jean, by the fountain"},
	}
	if change != nil {
		change(&n)
	}
	return Example{label, n}
}

func euros(cents int64) booking.Money { return booking.Money{Amount: cents, Currency: "EUR"} }

// unheld is a booking that never had a seat, of what is not known.
func unheld(n *News) {
	b := &n.Booking
	b.TourID, b.Price, b.StartsAt, b.TimeZone, b.Policy, n.Tour = "", booking.Money{}, time.Time{}, "", nil, booking.Tour{}
	n.Amount = &booking.Money{Currency: "XXX"}
}

// watched is a departure that somebody watches who has no booking.
func watched(n *News) {
	n.Booking.ID, n.Booking.Seats, n.Booking.Price, n.Booking.Policy = "", 0, booking.Money{}, nil
	n.Links = exampleLinks
	n.Links.Booking = "https://book.example.com/tours/lyon-old-town"
}

func endings() []Example {
	because := func(why booking.Reason, back int64) func(*News) {
		return func(n *News) { n.Reason, n.Amount, n.Confirmed = why, new(euros(back)), back > 0 }
	}
	all := []Example{
		example("booking.confirmed", "confirmed", func(n *News) { n.Links.Booking, n.Links.Preferences = exampleLinks.Booking, exampleLinks.Preferences }),
		example("booking.confirmed", "free-refund", func(n *News) { n.Booking.Policy, n.Booking.Seats = nil, 1 }),
		example("booking.confirmed", "unknown-tour", func(n *News) { n.Tour, n.Booking.TimeZone, n.Booking.Price = booking.Tour{}, "", booking.Money{} }),
		example("booking.rejected", "sold-out", because(booking.ReasonSoldOut, 0)),
		example("booking.rejected", "closed", because(booking.ReasonDepartureClosed, 0)),
		example("booking.rejected", "cancelled", because(booking.ReasonDepartureCancelled, 0)),
		example("booking.rejected", "departed", because(booking.ReasonDeparted, 0)),
		example("booking.rejected", "unknown", func(n *News) { unheld(n); n.Reason = booking.ReasonDepartureUnknown }),
		example("booking.expired", "expired", because(booking.ReasonTimeout, 0)),
		example("booking.expired", "refunded", because(booking.ReasonTimeout, 1234_50)),
	}
	for _, c := range []struct {
		label string
		why   booking.Reason
		back  int64
	}{
		{"customer", booking.ReasonCustomer, 617_25}, {"customer-late", booking.ReasonCustomer, 0}, {"operator", booking.ReasonOperator, 1234_50},
		{"departure", booking.ReasonDepartureCancelled, 1234_50}, {"declined", booking.ReasonCardDeclined, 0}, {"funds", booking.ReasonInsufficientFunds, 0},
	} {
		all = append(all, example("booking.cancelled", c.label, because(c.why, c.back)))
	}
	return all
}

func payments() []Example {
	amount := func(cents int64) func(*News) { return func(n *News) { n.Amount = new(euros(cents)) } }
	return []Example{
		example("payment.succeeded", "receipt", amount(1234_50)),
		example("payment.refunded", "refunded", amount(617_25)),
		example("payment.refund.failed", "failed", amount(617_25)),
	}
}

func departures() []Example {
	earlier := func(n *News) {
		n.Was.StartsAt, n.Was.MeetingPoint = exampleStart.Add(-90*time.Minute), n.Tour.MeetingPoint
	}
	return []Example{
		example("tour.departure.changed", "time", earlier),
		example("tour.departure.changed", "meeting-point", func(n *News) { n.Was = Was{MeetingPoint: "Place Bellecour", Moved: true} }),
		example("tour.departure.changed", "first-meeting-point", func(n *News) { n.Was = Was{Moved: true} }),
		example("tour.departure.changed", "both", func(n *News) { earlier(n); n.Was.MeetingPoint, n.Was.Moved = "Place Bellecour", true }),
		example("tour.departure.cancelled", "cancelled", watched),
		example("tour.availability.low", "low", func(n *News) { watched(n); n.Available = 3 }),
		example("tour.availability.low", "last", func(n *News) { watched(n); n.Available = 1 }),
		example("tour.availability.back", "back", func(n *News) { watched(n); n.Available = 2 }),
		example("tour.availability.back", "one", func(n *News) { watched(n); n.Available = 1 }),
	}
}
