package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"tourbillon/internal/booking"
)

// loaded is what a load saw.
type loaded struct {
	took      []time.Duration // from request to end, of each booking
	confirmed int
	cancelled int
}

// load has n customers book, one booking after the other, for a time. Whatever
// was begun is waited for.
func (b bench) load(ctx context.Context, flow string, n int, lasts time.Duration) (loaded, error) {
	until := time.Now().Add(lasts)
	parts, errs := make([]loaded, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			for j := i; time.Now().Before(until) && errs[i] == nil; j++ {
				errs[i] = parts[i].one(ctx, b, flow, j)
			}
		})
	}
	all.Wait()
	var sum loaded
	for _, p := range parts {
		sum.took = append(sum.took, p.took...)
		sum.confirmed += p.confirmed
		sum.cancelled += p.cancelled
	}
	return sum, errors.Join(errs...)
}

// one books, and waits for how it ends.
func (l *loaded) one(ctx context.Context, b bench, flow string, i int) error {
	o := order{
		DepartureID: hot, Seats: 1, Flow: flow,
		Customer: map[string]string{"name": "Bench", "email": "bench-" + flow + strconv.Itoa(i) + "@example.com"},
		Payment:  map[string]string{"token": "tok_visa"},
	}
	if i*b.declines/100 != (i+1)*b.declines/100 { // spread evenly
		o.Payment["token"] = "tok_declined"
	}
	var made struct {
		BookingID string `json:"bookingId"`
	}
	began := time.Now()
	if err := b.ask(ctx, http.MethodPost, "/bookings", o, &made); err != nil {
		return err
	}
	var v struct {
		Status booking.Status `json:"status"`
	}
	if err := b.ask(ctx, http.MethodGet, "/bookings/"+made.BookingID+"?wait=60s", nil, &v); err != nil {
		return err
	}
	switch v.Status {
	case booking.StatusConfirmed:
		l.confirmed++
	case booking.StatusCancelled:
		l.cancelled++
	default:
		return fmt.Errorf("a booking is %s, and should be CONFIRMED or CANCELLED", v.Status)
	}
	l.took = append(l.took, time.Since(began))
	return nil
}
