package main

import (
	"context"
	"fmt"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// demoTour is a tour, and its departures by the hour at which they leave.
type demoTour struct {
	booking.Tour
	zone     string
	price    booking.Money
	capacity int
	hours    []int
}

// demoTours are on sale after `up`, unless told otherwise.
var demoTours = []demoTour{
	{
		Tour: booking.Tour{ID: "lyon-old-town", Name: "Old Town and its traboules", City: "Lyon", MeetingPoint: "Place Saint-Jean, by the fountain"},
		zone: "Europe/Paris", price: booking.Money{Amount: 4500, Currency: "EUR"}, capacity: 12, hours: []int{9, 14},
	},
	{
		Tour: booking.Tour{ID: "lisbon-alfama", Name: "Alfama by tram and on foot", City: "Lisbon", MeetingPoint: "Largo das Portas do Sol"},
		zone: "Europe/Lisbon", price: booking.Money{Amount: 3900, Currency: "EUR"}, capacity: 16, hours: []int{10},
	},
	{
		Tour: booking.Tour{ID: "london-borough", Name: "Borough Market, tasted", City: "London", MeetingPoint: "Under the clock of Borough Market"},
		zone: "Europe/London", price: booking.Money{Amount: 5500, Currency: "GBP"}, capacity: 8, hours: []int{11},
	},
	{
		Tour: booking.Tour{ID: "tokyo-yanaka", Name: "Yanaka, the old quarter", City: "Tokyo", MeetingPoint: "Nippori station, west exit"},
		zone: "Asia/Tokyo", price: booking.Money{Amount: 6800, Currency: "JPY"}, capacity: 50, hours: []int{8},
	},
}

// demoAhead is how many days from now demonstration departures leave.
const demoAhead = 14

// demonstrate puts the demonstration tours on sale. Done twice it is done once.
func (l *local) demonstrate(ctx context.Context) error {
	for _, t := range demoTours {
		if err := l.catalog(ctx, events.TourCreate, t.ID, events.Data{Tour: &t.Tour}); err != nil {
			return err
		}
		zone, err := time.LoadLocation(t.zone)
		if err != nil {
			return fmt.Errorf("demonstration tour %s: %w", t.ID, err)
		}
		day := now().In(zone).AddDate(0, 0, demoAhead)
		for _, hour := range t.hours {
			id := fmt.Sprintf("%s-%02d00", t.ID, hour)
			d := events.Data{Booking: booking.Booking{DepartureID: id}, Terms: &booking.Terms{
				TourID: t.ID, TimeZone: t.zone, Capacity: t.capacity, Price: t.price,
				StartsAt: time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, zone).UTC(),
				Policy:   booking.Policy{{HoursBefore: 48, Percent: 100}, {HoursBefore: 24, Percent: 50}},
			}}
			if err := l.catalog(ctx, events.DepartureOpen, id, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// catalog has the function catalog take a command, and publishes its answer.
func (l *local) catalog(ctx context.Context, n events.Name, wish string, d events.Data) error {
	command := events.Tell(n, d, now()).Of("demo "+wish).Render(events.Speaker{Function: "demo"}, events.Event{})
	ce, err := events.Encode(command)
	if err != nil {
		return err
	}
	fact, err := l.receivers["catalog"](ctx, ce)
	if err != nil {
		return fmt.Errorf("demonstration tour %s: %w", wish, err)
	}
	return l.home.Publish(ctx, *fact)
}
