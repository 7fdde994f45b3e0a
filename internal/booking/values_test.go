package booking_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/internal/booking"
)

var (
	noon   = time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)
	later  = noon.Add(time.Hour)
	leaves = noon.Add(72 * time.Hour) // when the departure does
)

func eur(amount int64) booking.Money { return booking.Money{Amount: amount, Currency: "EUR"} }

// terms are of ten seats at 45 euros, of which four are the minimum party.
func terms() booking.Terms {
	return booking.Terms{
		TourID: "old-town", StartsAt: leaves, TimeZone: "Europe/Paris", Capacity: 10, MinParty: 4, Price: eur(4500),
		Policy: booking.Policy{{HoursBefore: 48, Percent: 100}, {HoursBefore: 24, Percent: 50}},
	}
}

// onSale is a departure that was opened, which was its first fact.
func onSale() booking.Departure {
	d, _ := booking.Departure{}.Open(booking.Change{}, "lyon-0900", terms(), noon)
	return d
}

func party(id string, seats int) booking.Booking {
	return booking.Booking{ID: id, DepartureID: "lyon-0900", Seats: seats, Flow: booking.Choreography}
}

// held is a party of three who got their seats.
func held() (booking.Departure, booking.Seat) {
	return onSale().Hold(booking.Seat{}, party("a", 3), noon)
}

// sold is a party of three who paid for them.
func sold() (booking.Departure, booking.Seat) {
	d, s := held()
	return d.Sell(s, noon)
}

// bought is a booking as it stands once its seats are held.
func bought() booking.Booking {
	_, s := held()
	return s.Booking
}

// why is an undo's memory, as the caller hands it to Release.
func why() booking.Said {
	return booking.Said{Status: booking.StatusCancelled, Reason: booking.ReasonCustomer, Amount: new(eur(6750))}
}

// same complains where got is not want.
func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// changesNothing complains where asking once more changes a record's head or
// its entry.
func changesNothing[H, E any](t *testing.T, head H, entry E, ask func(H, E) (H, E)) {
	t.Helper()
	h, e := ask(head, entry)
	if diff := cmp.Diff(head, h); diff != "" {
		t.Errorf("the head changed (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(entry, e); diff != "" {
		t.Errorf("the entry changed (-before +after):\n%s", diff)
	}
}
