package audit

import (
	"tourbillon/events"
	"tourbillon/internal/booking"
)

// What a record remembers of its facts, one by one.

// remembered is a fact as the record itself remembers it: said is nil where it
// has not said it.
type remembered struct {
	name events.Name
	said *booking.Said
	data func(*events.Data) // what the fact tells besides; nil: nothing
}

func seatFacts(s booking.Seat) []remembered {
	return []remembered{
		{events.SpotsReserved, s.Held, nil}, {events.SpotsSold, s.Sold, nil},
		{events.SpotsRejected, s.Refused, nil}, {events.SpotsReleased, s.Released, nil},
	}
}

func ownFacts(r booking.Record) []remembered {
	all := []remembered{
		{events.BookingCreated, r.Created, nil}, {events.BookingConfirmed, r.Confirmed, nil},
		{events.BookingCloseRefused, r.Refused, nil}, {events.BookingCompleted, r.Completed, nil},
	}
	if r.Closed != nil {
		all = append(all, remembered{closings[r.Closed.Status], r.Closed, nil})
	}
	return all
}

var closings = map[booking.Status]events.Name{
	booking.StatusRejected:  events.BookingRejected,
	booking.StatusExpired:   events.BookingExpired,
	booking.StatusCancelled: events.BookingCancelled,
}

func paymentFacts(p booking.Payment) []remembered {
	charges := func(d *events.Data) { d.Charges = p.Attempts }
	return []remembered{
		{events.PaymentInitiated, p.Initiated, charges}, {events.PaymentSucceeded, p.Succeeded, charges},
		{events.PaymentFailed, p.Failed, charges}, {events.PaymentDisputed, p.Disputed, nil},
		{events.PaymentRefunded, p.Refunded, charges}, {events.PaymentVoided, p.Voided, charges},
		{events.PaymentRefundFailed, p.RefundFailed, charges},
	}
}

func messageFacts(n booking.Notification) []remembered {
	told := func(d *events.Data) {
		d.Occurrence, d.Template, d.CustomerID, d.Channel, d.Recipient = n.Occurrence, n.Template, n.CustomerID, n.Channel, n.Recipient
		d.Among, d.Was, d.Stock = n.Among, n.Was, n.Stock
	}
	until := func(d *events.Data) {
		told(d)
		d.Until = n.Until
	}
	return []remembered{{events.Sent, n.Sent, told}, {events.SendFailed, n.Failed, told}, {events.SendDeferred, n.Deferred, until}}
}

func readerFacts(id string, r booking.Reader) []remembered {
	at := func(d *events.Data) { d.Channel, d.Recipient = r.Channel, id }
	wishes := func(d *events.Data) { d.CustomerID, d.Preferences = id, &r.Preferences }
	return []remembered{
		{events.Suppressed, r.Suppressed, at}, {events.Restored, r.Restored, at}, {events.PreferencesChanged, r.Preferred, wishes},
	}
}

func changeFacts(kind string, c booking.Change) []remembered {
	names := map[string][5]events.Name{
		tours:      {events.TourCreated, events.TourUpdated, "", "", events.TourRefused},
		departures: {events.DepartureOpened, events.DepartureChanged, events.DepartureClosed, events.DepartureCancelled, events.DepartureRefused},
	}[kind]
	told := func(d *events.Data) { d.Terms, d.Tour, d.Was, d.Command = c.Terms, c.Tour, c.Was, c.Command }
	var all []remembered
	for i, said := range []*booking.Said{c.Opened, c.Changed, c.Closed, c.Cancelled, c.Refused} {
		all = append(all, remembered{names[i], said, told})
	}
	return all
}

func keeperFacts(k keeper) (all []remembered) {
	for _, e := range k.Ends {
		name := events.SagaCompensated
		if e.Occurrence == string(events.BookingConfirmed) {
			name = events.SagaCompleted
		}
		all = append(all, remembered{name, e.Said, func(d *events.Data) { d.RequestedAt = e.Requested }})
	}
	return append(all, remembered{events.SagaStuck, k.Stuck, func(d *events.Data) { d.Step = k.StuckOn }})
}

// facts makes facts of what is remembered by a record, which keeps b.
func facts(kind, id string, b booking.Booking, all []remembered) (out []fact) {
	for _, r := range all {
		if r.said == nil {
			continue
		}
		f := fact{name: r.name, record: kind, id: id, said: *r.said}
		f.data = events.Data{
			Booking: b, Reason: f.said.Reason, Code: f.said.Code, Intent: f.said.Intent, Attempt: f.said.Attempt,
			Amount: f.said.Amount, Moved: f.said.Seats, Stock: f.said.Stock,
		}
		if f.said.Status != "" {
			f.data.Booking.Status = f.said.Status
		}
		if r.data != nil {
			r.data(&f.data)
		}
		out = append(out, f)
	}
	return out
}

// facts are all that the booking's records remember.
func (a *account) facts() []fact {
	var all []fact
	add := func(kind, id string, b booking.Booking, some []remembered) {
		all = append(all, facts(kind, id, b, some)...)
	}
	add(intakes, a.id, a.asked, []remembered{{events.BookingRequested, a.requested, nil}})
	add(departures, a.seat.Booking.DepartureID, a.seat.Booking, seatFacts(a.seat))
	add(bookings, a.id, a.own.Booking, ownFacts(a.own))
	add(payments, a.id, a.payment.Booking, paymentFacts(a.payment))
	add(sagas, a.id, a.keeper.Booking, keeperFacts(a.keeper))
	for id, n := range a.told {
		add(notifications, id, n.Booking, messageFacts(n))
	}
	add(customers, a.id, booking.Booking{}, readerFacts(a.id, a.reader))
	for i, f := range all {
		if f.record == sagas {
			all[i].cause = a.keeper.cause(f)
		}
	}
	return all
}

// cause is the event that the keeper said a fact on.
func (k keeper) cause(f fact) string {
	if f.name == events.SagaStuck {
		return k.StuckBy
	}
	for _, e := range k.Ends {
		if e.Said.Version == f.said.Version {
			return e.Cause
		}
	}
	return ""
}

// said are the same, by their ids as events.
func (a *account) said() map[string]fact {
	all := map[string]fact{}
	for _, f := range a.facts() {
		all[f.eventID()] = f
	}
	return all
}
