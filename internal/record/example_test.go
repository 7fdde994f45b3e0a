package record_test

import (
	"context"
	"fmt"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

// A function names what it does; the record says where, and what falls due.
func ExampleDeparture() {
	holds := record.Departure("reserve", arrow.Table[booking.Departure, booking.Seat]{
		events.SpotsReserve: func(d booking.Departure, s booking.Seat, e events.Event, now time.Time) (booking.Departure, booking.Seat, events.Answer) {
			d, s = d.Hold(s, e.Booking, now)
			return d, s, events.First(events.SpotsReserved.As(s.Booking, s.Held), events.SpotsRejected.As(s.Booking, s.Refused))
		},
	})
	ports := arrow.Ports{Records: store.New(memory.New()), Now: time.Now}
	ask := events.Event{Name: events.SpotsReserve, Data: events.Data{
		Booking: booking.Booking{ID: "booking-2", DepartureID: "nobody-opened-it", Seats: 2},
	}}
	fact, err := holds.Handle(context.Background(), ports, ask)
	fmt.Println(fact.Name, fact.Reason, fact.Source, fact.RecordVersion, err)
	// Output: tour.spots.rejected departure_unknown /tourbillon/departure 1 <nil>
}
