package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"golang.org/x/sync/errgroup"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// patience is how long a booking may take to end before we say so.
const patience = time.Minute

// show runs the system, books once in each flow, and prints what happened.
func show(ctx context.Context, c config, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	l, err := newLocal(ctx, c, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	ended := events.Subscription{Name: "show", Concurrency: 1, Filter: events.Filter{"kind": "fact", "record": "saga"}}
	if err := l.broker.Declare(ctx, ended); err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	all, running := errgroup.WithContext(running)
	all.Go(func() error { return l.Run(running) })
	ends := make(chan struct{}, 2)
	all.Go(func() error {
		return l.broker.Consume(running, ended.Name, func(context.Context, events.Delivery) events.Verdict {
			ends <- struct{}{}
			return events.Verdict{}
		})
	})
	err = l.bookings(running, c, ends, out)
	stop()
	if failed := all.Wait(); err == nil {
		err = failed
	}
	return err
}

func (l *local) bookings(ctx context.Context, c config, ends <-chan struct{}, out io.Writer) error {
	if err := l.open(ctx); err != nil {
		return err
	}
	fmt.Fprintln(out, "A departure, lyon-old-town-0900, is on sale: 12 seats at 45.00 EUR.")
	for i, f := range []struct {
		flow  booking.Flow
		token string
		says  string
	}{
		{booking.Orchestration, "tok_visa", "orchestrated: the keeper says each next command"},
		{booking.Choreography, "tok_declined", "choreographed: functions hear each other's facts, and this card is declined"},
	} {
		fmt.Fprintf(out, "\nA booking of 2 seats, %s.\n\n", f.says)
		ce, err := ask(fmt.Sprintf("show-%d", i), f.flow, f.token)
		if err != nil {
			return err
		}
		fact, err := l.receivers["request"](ctx, ce)
		if err != nil {
			return err
		}
		if err := l.broker.Publish(ctx, *fact); err != nil {
			return err
		}
		select {
		case <-ends:
		case <-ctx.Done():
			return fmt.Errorf("the booking did not end within %v: %w", patience, ctx.Err())
		}
		if err := l.tell(ctx, fact.Subject(), out); err != nil {
			return err
		}
	}
	return nil
}

// open puts the departure on sale.
func (l *local) open(ctx context.Context) error {
	day := now().AddDate(0, 0, 14)
	lyon, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return err
	}
	start := time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, lyon).UTC()
	d := events.Data{Booking: booking.Booking{DepartureID: "lyon-old-town-0900"}, Terms: &booking.Terms{
		TourID: "lyon-old-town", StartsAt: start, TimeZone: "Europe/Paris", Capacity: 12,
		Price:  booking.Money{Amount: 4500, Currency: "EUR"},
		Policy: booking.Policy{{HoursBefore: 48, Percent: 100}, {HoursBefore: 24, Percent: 50}},
	}}
	ce, err := events.Encode(events.Tell(events.DepartureOpen, d, now()).Render(events.Speaker{Function: "show"}, events.Event{}))
	if err != nil {
		return err
	}
	_, err = l.receivers["catalog"](ctx, ce)
	return err
}

// ask is a booking's request, as a shop would send it.
func ask(id string, flow booking.Flow, token string) (event.Event, error) {
	ce := event.New()
	ce.SetID(id)
	ce.SetSource("https://shop.example/checkout")
	ce.SetType(events.BookingRequest.Type(2))
	return ce, ce.SetData(event.ApplicationJSON, map[string]any{
		"departureId": "lyon-old-town-0900", "seats": 2, "flow": flow,
		"customer": map[string]string{"name": "Camille", "email": "camille@example.com", "locale": "fr-FR"},
		"payment":  map[string]string{"token": token},
	})
}

// tell prints a booking's timeline, and what its customer reads.
func (l *local) tell(ctx context.Context, id string, out io.Writer) error {
	row, err := l.records.Read(ctx, store.Key{Record: record.KindSaga, ID: id}, id)
	if err != nil {
		return err
	}
	var r saga.Record
	if err := json.Unmarshal(row.Entry, &r); err != nil {
		return err
	}
	fmt.Fprintf(out, "  %-10s  %-22s  %s\n", "after", "fact", "because of")
	for _, m := range saga.Shipped().Timeline(r) {
		fmt.Fprintf(out, "  %-10v  %-22s  %s\n", m.Latency.Round(time.Microsecond), m.Event, m.Cause)
	}
	fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("\n  The booking is %s %s", r.Status(), r.Reason()), " "))
	mails, _, err := l.mailbox.List(ctx, "", 100)
	for _, m := range mails {
		if m.BookingID == id {
			body := strings.ReplaceAll(strings.TrimSpace(m.Body), "\n", "\n  | ")
			fmt.Fprintf(out, "  and its customer reads:\n\n  | %s\n  |\n  | %s\n", m.Subject, body)
		}
	}
	return err
}
