package saga_test

import (
	"fmt"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

// The keeper answers a fact with the next command; in choreography it is silent
// until the step's deadline has passed.
func ExamplePlans_Decide() {
	now := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	requested := events.Event{ID: "e1", Name: events.BookingRequested, Time: now}
	requested.Booking = booking.Booking{ID: "q7Xw2LrT9vKcMz4J", ExpiresAt: now.Add(15 * time.Minute)}
	for _, flow := range []booking.Flow{booking.Orchestration, booking.Choreography} {
		requested.Flow = flow
		record, answer := saga.Shipped().Decide(saga.Record{}, requested, now)
		fmt.Printf("%s: says %q, and reminds of %s in %v\n", flow, answer.Name, record.Armed.Step, record.Armed.Due.Sub(now))
	}
	// Output:
	// orchestration: says "tour.spots.reserve", and reminds of tour.spots.reserve in 20s
	// choreography: says "", and reminds of tour.spots.reserve in 20s
}

func ExamplePlan_Choreography() {
	for _, r := range saga.V1().Choreography()[:3] {
		fmt.Println(r.Filter["name"], "->", r.To)
	}
	// Output:
	// booking.requested -> reserve
	// tour.spots.rejected -> compensate
	// tour.spots.reserved -> book
}

func ExampleDue() {
	name, data, ours := saga.Due(saga.HoldLine("q7Xw2LrT9vKcMz4J", "lyon-0900"))
	fmt.Println(name, data.ID, data.DepartureID, ours)
	// Output: saga.wake q7Xw2LrT9vKcMz4J lyon-0900 true
}
