//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// asking is how long a customer asks until an order is accepted. Every fault
// is over long before.
const asking = 5 * time.Minute

// set puts the round's departures on sale.
func (w *world) set(ctx context.Context, ds []*departure) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tour := map[string]string{"id": tourID, "name": "Chaos", "city": "Lyon", "meetingPoint": "Here"}
	if err := w.put(ctx, "/tours", tour); err != nil {
		return fmt.Errorf("tour: %w", err)
	}
	for _, d := range ds {
		if err := w.put(ctx, "/departures", d); err != nil {
			return fmt.Errorf("departure %s: %w", d.ID, err)
		}
	}
	return nil
}

// put makes something that may be there, and waits until it is.
func (w *world) put(ctx context.Context, path string, what any) error {
	return until(ctx, 500*time.Millisecond, func(ctx context.Context) error {
		err := call(ctx, http.MethodPost, w.front.pick()+path, what, nil)
		if e := new(statusError); errors.As(err, &e) && e.status == http.StatusConflict {
			return nil
		}
		return err
	})
}

// load has all customers come at their time, and returns when each is done
// asking.
func (w *world) load(ctx context.Context, all []*order, ds []*departure) {
	began := time.Now()
	var customers sync.WaitGroup
	for _, o := range all {
		customers.Go(func() {
			if pause(ctx, time.Until(began.Add(o.at))) == nil {
				w.serve(ctx, o)
			}
		})
	}
	for _, d := range ds {
		if d.doomed == 0 {
			continue
		}
		customers.Go(func() {
			if pause(ctx, d.doomed) == nil {
				_ = w.insist(ctx, func(ctx context.Context) error { // the check tells
					return call(ctx, http.MethodPost, w.front.pick()+"/departures/"+d.ID+"/cancel", nil, nil, "Idempotency-Key", d.ID)
				})
			}
		})
	}
	customers.Wait()
}

// insist asks until it is answered in words.
func (w *world) insist(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	var said error
	err := until(ctx, 1500*time.Millisecond, func(ctx context.Context) error {
		said = ask(ctx)
		e := new(statusError)
		if errors.As(said, &e) && e.status/100 == 4 && e.status != http.StatusConflict && e.status != http.StatusTooManyRequests {
			return nil // no is an answer
		}
		return said
	})
	if err == nil {
		err = said
	}
	return err
}

// serve is one customer.
func (w *world) serve(ctx context.Context, o *order) {
	id, err := w.ask(ctx, o)
	if err != nil {
		o.wrong = append(o.wrong, fmt.Sprintf("was never accepted: %v", err))
		return
	}
	o.id = id
	var both sync.WaitGroup
	if o.twice > 0 {
		both.Go(func() {
			if pause(ctx, o.twice) != nil {
				return
			}
			again, err := w.ask(ctx, o)
			if err != nil || again != id {
				o.wrong = append(o.wrong, fmt.Sprintf("asked for once more it is %q, %v", again, err))
			}
		})
	}
	if o.cancel > 0 && pause(ctx, o.cancel) == nil {
		err := w.insist(ctx, func(ctx context.Context) error {
			return call(ctx, http.MethodPost, w.front.pick()+"/bookings/"+id+"/cancel", nil, nil)
		})
		o.cancelled = err == nil
	}
	both.Wait()
}

// ask asks for the order until it is accepted.
func (w *world) ask(ctx context.Context, o *order) (string, error) {
	data := map[string]any{
		"departureId": o.departure.ID, "seats": o.seats, "flow": o.flow,
		"customer": map[string]string{"name": "Camille", "email": o.key + "@example.com", "locale": "en"},
		"payment":  map[string]string{"token": o.token},
	}
	var made struct{ BookingID string }
	err := w.insist(ctx, func(ctx context.Context) error {
		o.asks++
		if !o.event {
			return call(ctx, http.MethodPost, w.front.pick()+"/bookings", data, &made, "Idempotency-Key", o.key)
		}
		return call(ctx, http.MethodPost, w.front.pick()+"/events", data, &made,
			"ce-specversion", "1.0", "ce-id", o.key, "ce-source", "https://chaos.example/shop", "ce-type", "tourbillon.booking.request.v2")
	})
	return made.BookingID, err
}
