package request

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/web"
	"tourbillon/saga"
)

// maxWait is the longest that a reader may wait for a booking to be settled.
const maxWait = time.Minute

// view is what the records say of a booking.
type view struct {
	id     string
	intake booking.Intake
	keeper saga.Record
	own    booking.Record
	action *booking.Action // what the customer must do, while the money is awaited
}

// look reads a booking's records, its own last: that one arbitrates.
func (d Door) look(ctx context.Context, id string) (v view, err error) {
	v.id = id
	if v.intake, err = record.ReadIntake(ctx, d.Records, id); err != nil {
		return v, err
	}
	if err = readEntry(ctx, d.Records, record.KindSaga, id, id, &v.keeper); err != nil {
		return v, err
	}
	if err = readEntry(ctx, d.Records, record.KindBooking, id, id, &v.own); err != nil || v.own.Status() != booking.StatusOnHold {
		return v, err
	}
	pays, err := record.ReadPayment(ctx, d.Records, id)
	if v.action = pays.Action; pays.Undo != nil {
		v.action = nil // it would be of no use any more
	}
	return v, err
}

// readEntry reads one entry into what it is of; where there is none it stays.
func readEntry(ctx context.Context, r *store.Records, kind, id, entry string, into any) error {
	row, err := r.Read(ctx, store.Key{Record: kind, ID: id}, entry)
	if err == nil && len(row.Entry) > 0 {
		err = json.Unmarshal(row.Entry, into)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", kind, err)
	}
	return nil
}

// known reports whether anybody asked for the booking. The zero view is not.
func (v view) known() bool { return v.intake.Requested != nil || v.own.Version > 0 }

func (v view) requestedAt() (at time.Time) {
	if v.intake.Requested != nil {
		at = v.intake.Requested.At
	}
	return at
}

// status is the own record's word, else what the keeper has heard: which is
// PENDING of a booking that it has not heard of.
func (v view) status() booking.Status { return cmp.Or(v.own.Status(), v.keeper.Status()) }

// booking is what is known of it, from the record that knows most.
func (v view) booking() booking.Booking {
	b := v.own.Booking
	if b.Price.Currency == "" && v.keeper.Booking.ID != "" {
		b = v.keeper.Booking
	}
	if b.DepartureID == "" {
		b = v.intake.Booking
	}
	return b
}

func (v view) reason() booking.Reason {
	if v.own.Closed != nil {
		return v.own.Closed.Reason
	}
	return v.keeper.Reason()
}

// settled reports whether the status is one that a reader waits for.
func settled(s booking.Status) bool {
	return s.Closed() || s == booking.StatusConfirmed || s == booking.StatusCompleted
}

// shown is a booking as its reader sees it: nothing of it tells who asked.
type shown struct {
	ID          string          `json:"id"`
	Status      booking.Status  `json:"status"`
	Reason      booking.Reason  `json:"reason,omitempty"`
	DepartureID string          `json:"departureId,omitempty"`
	Seats       int             `json:"seats,omitempty"`
	Price       booking.Money   `json:"price,omitzero"`
	Flow        booking.Flow    `json:"flow,omitempty"`
	ExpiresAt   time.Time       `json:"expiresAt,omitzero"`
	NextAction  *booking.Action `json:"nextAction,omitempty"` // what the customer must do for it to go on
	CreatedAt   time.Time       `json:"createdAt,omitzero"`   // when it was taken on
	Timeline    []saga.Moment   `json:"timeline"`
}

func (v view) show(plans saga.Plans, at *url.URL) shown {
	b := v.booking()
	return shown{
		NextAction: reachable(v.action, at),
		ID:         v.id, Status: v.status(), Reason: v.reason(), DepartureID: b.DepartureID, Seats: b.Seats,
		Price: b.Price, Flow: b.Flow, ExpiresAt: b.ExpiresAt, CreatedAt: v.requestedAt(),
		Timeline: append([]saga.Moment{}, plans.Timeline(v.keeper)...), // a list even where there is nothing to tell
	}
}

// reachable is an action whose address is whole: one of ours is below the door.
func reachable(a *booking.Action, door *url.URL) *booking.Action {
	if a == nil {
		return nil
	}
	u, err := door.Parse(a.URL)
	if err != nil {
		return a
	}
	return &booking.Action{Type: a.Type, URL: u.String()}
}

// at is where the asker reaches the door: as it is set, else as he says.
func (d Door) at(r *http.Request) *url.URL {
	if d.Public != nil {
		return d.Public
	}
	return &url.URL{Scheme: "http", Host: r.Host}
}

// showBooking answers how a booking stands: now, or, asked to wait, as soon as
// it is settled.
func (d Door) showBooking(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, bookingPattern)
	if err != nil {
		return err
	}
	wait, err := waiting(r)
	if err != nil {
		return err
	}
	v, err := d.look(r.Context(), id)
	if err == nil && !v.known() {
		err = notFound
	}
	if err == nil && wait > 0 && !settled(v.status()) {
		if err = d.await(r.Context(), id, wait); err == nil {
			v, err = d.look(r.Context(), id)
		}
	}
	if err != nil {
		return err
	}
	web.JSON(w, http.StatusOK, v.show(d.Plans, d.at(r)))
	return nil
}

func waiting(r *http.Request) (time.Duration, error) {
	if !r.URL.Query().Has("wait") {
		return 0, nil
	}
	wait, err := time.ParseDuration(r.URL.Query().Get("wait"))
	if err != nil || wait <= 0 || wait > maxWait {
		return 0, parameter("wait", "write a duration of more than 0s and at most 60s, as 10s")
	}
	return wait, nil
}

// await returns once the booking is settled, the time is up, or the process
// is to stop; and at once where too many wait already.
func (d Door) await(ctx context.Context, id string, wait time.Duration) error {
	if d.Waiting != nil {
		select {
		case d.Waiting <- struct{}{}:
			defer func() { <-d.Waiting }()
		default:
			return nil
		}
	}
	waits, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	go func() {
		select {
		case <-d.Stopping:
			cancel()
		case <-waits.Done():
		}
	}()
	var broken error
	err := d.Records.Watch(waits, store.Key{Record: record.KindBooking, ID: id}, id, func(row store.Row) bool {
		var own booking.Record
		if len(row.Entry) > 0 {
			broken = json.Unmarshal(row.Entry, &own)
		}
		return broken != nil || settled(own.Status())
	})
	if err != nil && waits.Err() != nil {
		err = ctx.Err() // the wait is over: that is an answer, unless the asker is gone
	}
	return cmp.Or(err, broken)
}
