package events_test

import (
	"fmt"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// A record remembers what it said; the fact is rendered from that memory and
// written as a CloudEvent.
func ExampleEncode() {
	b := booking.Booking{ID: "q7Xw2LrT9vKcMz4J", DepartureID: "lyon-0900", Seats: 2, Flow: booking.Choreography}
	said := &booking.Said{Version: 4, At: time.Date(2026, 5, 2, 8, 30, 0, 0, time.UTC), Status: booking.StatusOnHold}

	e := events.BookingCreated.As(b, said).Render(
		events.Speaker{Function: "book", Record: "booking", ID: b.ID},
		events.Event{ID: "the-asker"},
	)
	ce, err := events.Encode(e)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ce.Type(), ce.Source(), ce.Subject())
	fmt.Println(ce.Extensions()["name"], ce.Extensions()["flow"], ce.Extensions()["recordversion"])
	fmt.Println(string(ce.Data()))
	// Output:
	// tourbillon.booking.created.v1 /tourbillon/booking q7Xw2LrT9vKcMz4J
	// booking.created choreography 4
	// {"bookingId":"q7Xw2LrT9vKcMz4J","departureId":"lyon-0900","seats":2,"flow":"choreography","status":"ON_HOLD"}
}

// An older version comes out as the newest; wrong data is told without being
// quoted.
func ExampleDecode() {
	v1 := bare(events.BookingRequest, 1, []byte(`{"departureId": "lyon-0900", "seats": 2,
		"customerName": "Camille", "customerEmail": "camille@example.com", "paymentToken": "tok_visa"}`))
	e, err := events.Decode(v1)
	fmt.Println(e.Name, e.To, e.Seats, e.Customer.Locale == "", err)

	_, err = events.Decode(bare(events.BookingRequest, 1, []byte(`{"departureId": "lyon-0900", "seats": 2,
		"customerName": "Camille", "customerEmail": "camille", "paymentToken": "tok_visa"}`)))
	fmt.Println(err)
	// Output:
	// booking.request request 2 true <nil>
	// data of tourbillon.booking.request.v1: at "/customerEmail": is not a valid email
}

func ExampleFilter() {
	ce, err := events.Encode(events.Event{
		ID: "1", Source: "/tourbillon/payment", Name: events.PaymentSucceeded,
		Data: events.Data{Booking: booking.Booking{ID: "q7Xw2LrT9vKcMz4J", Flow: booking.Choreography}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	confirm := events.Filter{"name": "payment.succeeded", "flow": "choreography"}
	charge := events.Filter{"kind": "command", "to": "charge"}
	fmt.Println(confirm.Matches(ce), charge.Matches(ce))
	// Output: true false
}
