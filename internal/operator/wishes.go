package operator

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/web"
	"tourbillon/saga"
)

// deed is what an operator may do about a booking.
type deed struct {
	name booking.Deed
	id   func(saga.Record) string                                  // of the wish: asked twice, it is one
	no   func(saga.Plans, saga.Record, time.Time) error            // why it would change nothing
	says func(d Desk, b booking.Booking, wish string) events.Event // said at the desk's time
}

// retry has the keeper say the armed command now, not when it is due. Until it
// does, it is one wish.
var retry = deed{
	name: booking.DeedRetry,
	id: func(s saga.Record) string {
		return events.EffectID("retry", s.Booking.ID, string(s.Armed.Step), s.Armed.Since.Format(time.RFC3339Nano), strconv.Itoa(s.Tries))
	},
	no: func(ps saga.Plans, s saga.Record, _ time.Time) error {
		switch s.Armed.Step {
		case "":
			return pointless("The booking has ended as " + string(s.Status()) + ": nothing is left to be said.")
		case ps[s.Plan].Complete.Command:
			return pointless("Nothing is left to be said but " + string(s.Armed.Step) + ", when the departure has left.")
		}
		return nil
	},
	says: func(d Desk, b booking.Booking, wish string) events.Event {
		return d.tell(events.SagaWake, events.Data{Booking: about(b), By: "operator"}, wish)
	},
}

// cancel is the customer's own wish, said for them: the policy says what is
// given back, and after the departure it is too late.
var cancel = deed{
	name: booking.DeedCancel,
	id:   func(s saga.Record) string { return events.EffectID("cancel", s.Booking.ID) },
	no: func(ps saga.Plans, s saga.Record, now time.Time) error {
		left := !s.Booking.StartsAt.IsZero() && !now.Before(s.Booking.StartsAt)
		if s.Status() == booking.StatusConfirmed && left {
			return pointless("The departure has left: a customer can cancel no more. To give everything back, compensate.")
		}
		return ended(s)
	},
	says: func(d Desk, b booking.Booking, wish string) events.Event {
		return d.tell(events.BookingCancel, events.Data{Booking: about(b), By: "operator", Reason: booking.ReasonCustomer}, wish)
	},
}

// compensate undoes a booking whole, whatever the policy says.
var compensate = deed{
	name: booking.DeedCompensate,
	id:   func(s saga.Record) string { return events.EffectID("compensate", s.Booking.ID) },
	no:   func(_ saga.Plans, s saga.Record, _ time.Time) error { return ended(s) },
	says: func(d Desk, b booking.Booking, wish string) events.Event {
		return d.tell(events.BookingCancel, events.Data{Booking: about(b), By: "operator", Reason: booking.ReasonOperator}, wish)
	},
}

func ended(s saga.Record) error {
	if now := s.Status(); now.Closed() || now == booking.StatusCompleted {
		return pointless("The booking has ended as " + string(now) + ".")
	}
	return nil
}

// foresee shows what would come of a deed now.
func (d Desk) foresee(what deed) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		s, err := d.find(r.Context(), r.PathValue("id"))
		if err != nil {
			return err
		}
		if err := what.no(d.Plans, s, d.Now()); err != nil {
			return err
		}
		p, err := d.preview(r.Context(), what, s)
		if err != nil {
			return err
		}
		web.JSON(w, http.StatusOK, p)
		return nil
	}
}

// granted is a wish that was taken.
type granted struct {
	ID     string         `json:"id"`
	Status booking.Status `json:"status"` // of the booking, before
}

// wish takes an operator's wish on, and says what it asks for.
func (d Desk) wish(what deed) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		by, body, err := readWish(w, r, "preview")
		if err != nil {
			return err
		}
		s, err := d.find(r.Context(), r.PathValue("id"))
		if err != nil {
			return err
		}
		id := what.id(s)
		if err := d.mayWish(r.Context(), what, s, id, body.Text("preview")); err != nil {
			return err
		}
		taken, fact, err := record.Intervene(r.Context(), d.Records, id, booking.Intervention{
			Deed: what.name, Who: by.Who, Why: by.Why, Booking: withStatus(s),
		}, d.Now())
		if err != nil {
			return err
		}
		then := d                                            // not d itself, which is every request's
		then.Now = func() time.Time { return taken.Said.At } // asked again, it is said as it was
		if err := d.publish(r.Context(), fact, what.says(then, taken.Booking, id)); err != nil {
			return err
		}
		web.JSON(w, http.StatusAccepted, granted{taken.Booking.ID, taken.Booking.Status})
		return nil
	}
}

// mayWish refuses what would change nothing, or something else than was shown.
// What was taken before may be said again: it is the same.
func (d Desk) mayWish(ctx context.Context, what deed, s saga.Record, wish, shown string) error {
	if _, before, err := record.Intervened(ctx, d.Records, wish); before || err != nil {
		return err
	}
	if err := what.no(d.Plans, s, d.Now()); err != nil {
		return err
	}
	if shown == "" {
		return nil
	}
	p, err := d.preview(ctx, what, s)
	if err == nil && p.Preview != shown {
		return movedOn
	}
	return err
}

// movedOn is a wish whose booking is no more as it was shown.
var movedOn = web.Problem{
	Kind: "moved-on", Title: "It would come to something else by now", Status: http.StatusConflict,
	Detail: "The booking, or what is owed of it, is not as it was shown. Look at the preview again.",
}

// about is what a wish says of its booking: which, and where, for a keeper that
// has not heard of it.
func about(b booking.Booking) booking.Booking {
	return booking.Booking{ID: b.ID, DepartureID: b.DepartureID}
}
