package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/realtime"
	"tourbillon/realtime/audience"
)

// source makes the facts that a measured relay hears: in its process, and as
// they come from a broker. It is the records that they are of, too.
type source struct {
	numbers map[string]int // of departures, by id

	mu       sync.Mutex
	versions []uint64 // by departure
	hear     func(event.Event)

	heard chan struct{} // closed when somebody listens
	begin func()        // closes it, once
}

func newSource(departures int) *source {
	s := &source{numbers: make(map[string]int), versions: make([]uint64, departures), heard: make(chan struct{})}
	s.begin = sync.OnceFunc(func() { close(s.heard) })
	for n := range departures {
		s.numbers[audience.Departure(n)] = n
	}
	return s
}

// listen is what a relay hears of the source.
func (s *source) listen(ctx context.Context, hear func(event.Event), alive func()) error {
	s.mu.Lock()
	s.hear = hear
	s.mu.Unlock()
	alive()
	s.begin()
	t := time.NewTicker(2 * time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			alive()
		}
	}
}

// changes has the departures change in turn, so often a second, for a time. A
// fact has the time at which it was due: one that the relay's own work delays is
// as late as it is.
func (s *source) changes(ctx context.Context, perSecond float64, lasts time.Duration) error {
	began := time.Now()
	for n := range int(perSecond * lasts.Seconds()) {
		due := began.Add(time.Duration(float64(n) / perSecond * float64(time.Second)))
		if wait := time.Until(due); wait > 0 {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := s.change(n%len(s.versions), due); err != nil {
			return err
		}
	}
	return nil
}

// now are the departures' versions.
func (s *source) now() []uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.versions)
}

func (s *source) change(departure int, at time.Time) error {
	s.mu.Lock()
	s.versions[departure]++
	version, hear := s.versions[departure], s.hear
	s.mu.Unlock()
	stock := audience.Stock(version)
	ce, err := events.Encode(events.Event{
		ID: strconv.Itoa(departure) + "-" + strconv.FormatUint(version, 10), Source: "/tourbillon/" + record.KindDeparture,
		Name: events.SpotsReserved, Time: at.UTC(), Record: record.KindDeparture, RecordVersion: version,
		Data: events.Data{Booking: reserved(audience.Departure(departure), at), Stock: &stock},
	})
	if err != nil {
		return err
	}
	hear(ce)
	return nil
}

// reserved is the booking that a fact of a departure is about.
func reserved(departure string, at time.Time) booking.Booking {
	return booking.Booking{
		ID: "q7Xw2LrT9vKcMz4J", DepartureID: departure, TourID: "bench", Seats: 1, Flow: booking.Orchestration, Status: booking.StatusOnHold,
		ExpiresAt: at.Add(time.Hour).UTC(), StartsAt: at.AddDate(0, 0, 30).UTC(), TimeZone: "Europe/Paris",
		Price: booking.Money{Amount: 4500, Currency: "EUR"},
	}
}

// Read implements [realtime.Snapshots].
func (s *source) Read(_ context.Context, t realtime.Topic) (realtime.Value, error) {
	n, known := s.numbers[t.ID]
	if !known || t.Kind != realtime.Departure {
		return realtime.Value{}, realtime.ErrUnknown
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	is := audience.Stock(s.versions[n])
	data := fmt.Appendf(nil, `{"id":%q,"capacity":%d,"held":%d,"sold":%d,"available":%d}`, t.ID, is.Capacity, is.Held, is.Sold, is.Available)
	return realtime.Value{Topic: t, Version: s.versions[n], Epoch: "bench", Data: data}, nil
}

// Members implements [realtime.Snapshots]: all are of any tour.
func (s *source) Members(ctx context.Context, _ realtime.Topic) (all []realtime.Value, err error) {
	for n := range s.versions {
		v, err := s.Read(ctx, realtime.Topic{Kind: realtime.Departure, ID: audience.Departure(n)})
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// Ping implements [realtime.Snapshots].
func (s *source) Ping(context.Context) error { return nil }
