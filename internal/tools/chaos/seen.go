//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// seen is what everybody says once a round has come to rest.
type seen struct {
	bookings   map[string]booking // by id
	payments   map[string][]intent
	mails      map[string][]mail
	departures map[string]counters
	letters    []letter
}

// booking is what the booking's own record and the keeper's say.
type booking struct {
	ID       string
	Status   string // the own record's
	Keeper   string // the keeper's
	Reason   string
	Price    money
	Armed    string // what the keeper is still to say; empty: nothing
	Said     int    // how often it has said that
	Stuck    bool
	Facts    []string // the keeper heard
	Untold   []string
	Expires  time.Time
	Finished bool // it has ended, and nothing is left to be done
}

type intent struct {
	ID        string
	BookingID string
	Token     string
	Amount    money
	Status    string
	Confirms  int
	Refunds   []struct {
		Key    string
		Amount money
		Status string
	}
	Requests map[string]int
}

// taken is the money that it took and did not give back.
func (i intent) taken() int64 {
	if i.Status != "succeeded" {
		return 0
	}
	left := i.Amount.Amount
	for _, r := range i.Refunds {
		if r.Status == "done" {
			left -= r.Amount.Amount
		}
	}
	return left
}

type counters struct {
	State    string
	Capacity int
	Held     int
	Sold     int
}

type letter struct {
	Event struct {
		ID, Type, Subject, Name string
	}
	Trigger string
	Reason  string
	Tries   int
	At      time.Time
}

// String is the letter on one line.
func (l letter) String() string {
	return fmt.Sprintf("%s for %s after %d tries: %s", l.Event.Type, l.Trigger, l.Tries, l.Reason)
}

var ended = []string{"CONFIRMED", "REJECTED", "CANCELLED", "EXPIRED"}

// booking reads how a booking stands.
func (w *world) booking(ctx context.Context, id string) (booking, error) {
	b := booking{ID: id}
	var own struct {
		Status    string
		Reason    string
		Price     money
		ExpiresAt time.Time
	}
	var keeper struct {
		Status string
		Armed  *struct {
			Step string
			Said int
		}
		Stuck    *struct{}
		Timeline []struct{ Event string }
		Untold   []string
	}
	at := w.front.pick()
	if err := errors.Join(get(ctx, at+"/bookings/"+id, &own), get(ctx, at+"/sagas/"+id, &keeper)); err != nil {
		return b, err
	}
	b.Status, b.Reason, b.Price, b.Expires, b.Keeper = own.Status, own.Reason, own.Price, own.ExpiresAt, keeper.Status
	b.Untold, b.Stuck = keeper.Untold, keeper.Stuck != nil
	if keeper.Armed != nil {
		b.Armed, b.Said = keeper.Armed.Step, keeper.Armed.Said
	}
	for _, m := range keeper.Timeline {
		b.Facts = append(b.Facts, m.Event)
	}
	b.Finished = slices.Contains(ended, b.Status) && b.Status == b.Keeper && (b.Armed == "" || b.Armed == "booking.complete")
	return b, nil
}

// look reads everything. Who cannot be asked is asked again, for a while.
func (w *world) look(ctx context.Context, all []*order, ds []*departure) (seen, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	s := seen{bookings: map[string]booking{}, payments: map[string][]intent{}, departures: map[string]counters{}}
	found, err := w.bookings(ctx, all)
	if err != nil {
		return s, err
	}
	for _, b := range found {
		s.bookings[b.ID] = b
	}
	var intents []intent
	if err := call(ctx, http.MethodPost, w.payments.url+"/payments/ledger", struct{}{}, &intents); err != nil {
		return s, err
	}
	for _, i := range intents {
		s.payments[i.BookingID] = append(s.payments[i.BookingID], i)
	}
	if s.mails, err = w.mailbox(ctx); err != nil {
		return s, err
	}
	for _, d := range ds {
		var c counters
		if err := until(ctx, time.Second, func(ctx context.Context) error { return get(ctx, w.front.pick()+"/departures/"+d.ID, &c) }); err != nil {
			return s, err
		}
		s.departures[d.ID] = c
	}
	s.letters, err = w.letters(ctx)
	return s, err
}

// bookings reads all that were accepted. One that cannot be read is zero but
// for its id.
func (w *world) bookings(ctx context.Context, all []*order) ([]booking, error) {
	found := make([]booking, len(all))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, o := range all {
		if o.id == "" {
			continue
		}
		g.Go(func() error {
			return until(ctx, time.Second, func(ctx context.Context) (err error) {
				found[i], err = w.booking(ctx, o.id)
				if e := new(statusError); errors.As(err, &e) && e.status == http.StatusNotFound {
					found[i], err = booking{ID: o.id}, nil
				}
				return err
			})
		})
	}
	err := g.Wait()
	return slices.DeleteFunc(found, func(b booking) bool { return b.ID == "" }), err
}

func (w *world) letters(ctx context.Context) (all []letter, err error) {
	for cursor := ""; ; {
		var page struct {
			DeadLetters []letter
			Next        string
		}
		err := until(ctx, time.Second, func(ctx context.Context) error {
			return get(ctx, w.front.pick()+"/dead-letters?limit=200&cursor="+cursor, &page)
		})
		if err != nil {
			return nil, err
		}
		all = append(all, page.DeadLetters...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

// drain waits until every booking has ended, nothing is left to be done for it,
// and its customer was told what there is to tell; and returns those that have
// not ended in time.
func (w *world) drain(ctx context.Context, all []*order, within time.Duration) ([]booking, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	left := slices.DeleteFunc(slices.Clone(all), func(o *order) bool { return o.id == "" })
	var under []booking
	for len(left) > 0 {
		found, err := w.bookings(ctx, left)
		if ctx.Err() != nil {
			return under, nil
		}
		if err != nil {
			return under, err
		}
		under = slices.DeleteFunc(slices.Clone(found), func(b booking) bool { return b.Finished })
		done := map[string]bool{}
		for _, b := range found {
			done[b.ID] = b.Finished
		}
		left = slices.DeleteFunc(left, func(o *order) bool { return done[o.id] })
		if len(left) > 0 && pause(ctx, 2*time.Second) != nil {
			return under, nil
		}
	}
	return nil, w.told(ctx, all)
}

// String is how the booking stands, on one line.
func (b booking) String() string {
	return fmt.Sprintf("%s %s (keeper: %s) %s, waiting for %q said %d times, heard %s", b.ID, b.Status, b.Keeper, b.Reason, b.Armed, b.Said, strings.Join(b.Facts, " "))
}
