package restore

import (
	"encoding/json"
	"fmt"
	"strings"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/saga"
)

// leased is an entry as arrows that act outside keep it.
type leased[E any] struct {
	Entry E `json:"entry"`
}

// answers are the facts that an entry remembers, as they were first said.
func answers(kind, id, entry string, raw []byte) (all []saga.Stated, err error) {
	var said []events.Answer
	switch kind {
	case record.KindTour, record.KindDeparture:
		if strings.HasPrefix(entry, "command:") {
			said, err = changed(kind, raw)
			break
		}
		said, err = seated(raw)
	case record.KindIntake:
		var i booking.Intake
		err = json.Unmarshal(raw, &i)
		said = []events.Answer{events.BookingRequested.As(i.Booking, i.Requested)}
	case record.KindBooking:
		said, err = booked(raw)
	case record.KindPayment:
		said, err = paid(raw)
	case record.KindNotification:
		said, err = told(raw)
	case record.KindCustomer:
		var r booking.Reader
		err = json.Unmarshal(raw, &r)
		said = []events.Answer{record.SuppressedFact(id, r), record.RestoredFact(id, r), record.PreferredFact(id, r)}
	case record.KindSaga:
		var r saga.Record
		err = json.Unmarshal(raw, &r)
		all = r.Stated()
	default:
		return nil, fmt.Errorf("no facts are made of a record of kind %q", kind)
	}
	for _, a := range said {
		all = append(all, saga.Stated{Answer: a, Cause: asker})
	}
	return all, err
}

// asker is the cause of what is said again: nobody's event.
const asker = "audit-repair"

func changed(kind string, raw []byte) ([]events.Answer, error) {
	var c booking.Change
	err := json.Unmarshal(raw, &c)
	of := booking.Booking{}
	all := []events.Answer{
		events.DepartureOpened.As(of, c.Opened), events.DepartureChanged.As(of, c.Changed), events.DepartureClosed.As(of, c.Closed),
		events.DepartureCancelled.As(of, c.Cancelled), events.DepartureRefused.As(of, c.Refused),
	}
	if kind == record.KindTour {
		all = []events.Answer{
			events.TourCreated.As(of, c.Opened), events.TourUpdated.As(of, c.Changed), events.TourRefused.As(of, c.Refused),
		}
	}
	for i, a := range all {
		all[i] = a.Of(c.Command).With(func(d *events.Data) {
			d.Terms, d.Tour, d.Was, d.Command = c.Terms, c.Tour, c.Was, c.Command
		})
	}
	return all, err
}

func seated(raw []byte) ([]events.Answer, error) {
	var s booking.Seat
	err := json.Unmarshal(raw, &s)
	return []events.Answer{
		events.SpotsReserved.As(s.Booking, s.Held), events.SpotsSold.As(s.Booking, s.Sold),
		events.SpotsRejected.As(s.Booking, s.Refused), events.SpotsReleased.As(s.Booking, s.Released),
	}, err
}

func booked(raw []byte) ([]events.Answer, error) {
	var r booking.Record
	err := json.Unmarshal(raw, &r)
	b := r.Booking
	return []events.Answer{
		events.BookingCreated.As(b, r.Created), events.BookingConfirmed.As(b, r.Confirmed), events.Closing(b, r.Closed),
		events.BookingCloseRefused.As(b, r.Refused), events.BookingCompleted.As(b, r.Completed),
	}, err
}

func paid(raw []byte) (all []events.Answer, err error) {
	var l leased[booking.Payment]
	err = json.Unmarshal(raw, &l)
	p := l.Entry
	for name, s := range map[events.Name]*booking.Said{
		events.PaymentInitiated: p.Initiated, events.PaymentSucceeded: p.Succeeded, events.PaymentFailed: p.Failed,
		events.PaymentRefunded: p.Refunded, events.PaymentVoided: p.Voided, events.PaymentRefundFailed: p.RefundFailed,
		events.PaymentDisputed: p.Disputed,
	} {
		all = append(all, record.PaymentFact(name, p, s))
	}
	return all, err
}

func told(raw []byte) ([]events.Answer, error) {
	var l leased[booking.Notification]
	err := json.Unmarshal(raw, &l)
	return record.NotificationFacts(l.Entry), err
}

// Said returns the facts that an entry of a record remembers, each as it was
// first said but for who asked, in no order; of a customer those that the head does.
func Said(kind, id, entry string, raw []byte) (all []events.Event, err error) {
	said, err := answers(kind, id, entry, raw)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", kind, err)
	}
	for _, a := range said {
		if a.Silent() {
			continue
		}
		if kind == record.KindDeparture && a.Data.DepartureID == "" {
			a.Data.DepartureID = id
		}
		all = append(all, a.Render(events.Speaker{Record: kind, ID: id}, events.Event{ID: a.Cause}))
	}
	return all, nil
}
