package arrow_test

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
)

func ports() arrow.Ports {
	return arrow.Ports{
		Records: store.New(memory.New()), Now: func() time.Time { return time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC) },
		Log: slog.New(slog.DiscardHandler), Deadline: 10 * time.Second, Lease: 30 * time.Second,
	}
}

// made is an entry that remembers what was said of it.
type made struct{ Created *booking.Said }

var book = arrow.On[arrow.None, made]{
	Name: "book", Kind: "booking", Record: func(e events.Event) string { return e.Data.ID },
	Does: arrow.Table[arrow.None, made]{
		events.BookingCreate: func(h arrow.None, m made, e events.Event, now time.Time) (arrow.None, made, events.Answer) {
			if m.Created == nil {
				m.Created = &booking.Said{Version: 1, At: now, Status: booking.StatusOnHold}
			}
			return h, m, events.BookingCreated.As(e.Booking, m.Created)
		},
	},
}

// Asked twice, by whatever way, an arrow gives the same fact twice.
func ExampleOn() {
	p := ports()
	for _, id := range []string{"a command", "its redelivery"} {
		e := events.Event{ID: id, Name: events.BookingCreate, Data: events.Data{Booking: booking.Booking{ID: "q7Xw2LrT9vKcMz4J"}}}
		fact, err := book.Handle(context.Background(), p, e)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(fact.Name, fact.ID, "because of", fact.CausationID)
	}
	// Output:
	// booking.created 41d9d33ed63528345407ddadb6cd2300 because of a command
	// booking.created 41d9d33ed63528345407ddadb6cd2300 because of its redelivery
}

// A receiver takes a CloudEvent and answers with one; an error says how its
// delivery goes on.
func ExampleServe() {
	serve := arrow.Serve("book", ports(), book)
	for _, n := range []events.Name{events.BookingCreate, events.BookingConfirm} {
		ce, err := events.Encode(events.Event{
			ID: "1", Source: "/tourbillon/saga", Name: n,
			Data: events.Data{Booking: booking.Booking{ID: "q7Xw2LrT9vKcMz4J", DepartureID: "lyon-0900", Status: booking.StatusPending}},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		reply, err := serve(context.Background(), ce)
		if err != nil {
			code, _ := arrow.Status(err)
			fmt.Println(code, err)
			continue
		}
		fmt.Println(reply.Type())
	}
	// Output:
	// tourbillon.booking.created.v1
	// 500 book: function does not take this event: booking.confirm
}
