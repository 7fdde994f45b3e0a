package audit

import (
	"maps"
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// account is all that is said of one booking; or of what is of none, by itself:
// a message to who watches a departure, or the record of an address.
type account struct {
	id        string
	asked     booking.Booking // as it was requested
	requested *booking.Said
	seat      booking.Seat
	own       booking.Record
	payment   booking.Payment
	told      map[string]booking.Notification
	reader    booking.Reader
	keeper    keeper
	charged   uint64               // the version that told the payment's attempts
	versions  map[string]*versions // of its own records, by kind
	causes    map[string]string    // what each fact was said on, by its id as an event
}

// keeper is what a saga's record has said and heard: of the rest no fact tells.
type keeper struct {
	Version uint64          `json:"v"`
	Ends    []end           `json:"ends,omitempty"`
	StuckOn string          `json:"stuckOn,omitempty"`
	StuckBy string          `json:"stuckBy,omitempty"`
	Stuck   *booking.Said   `json:"stuck,omitempty"`
	Booking booking.Booking `json:"booking"`
	Heard   []heard         `json:"heard,omitempty"`
}

type end struct {
	Occurrence string        `json:"occurrence"`
	Cause      string        `json:"cause"`
	Said       *booking.Said `json:"said"`
	Requested  time.Time     `json:"requested,omitzero"`
}

type heard struct {
	Name       events.Name    `json:"name"`
	ID         string         `json:"id"`
	At         time.Time      `json:"at"`
	Attempt    int            `json:"attempt,omitempty"`
	Reason     booking.Reason `json:"reason,omitempty"`
	Amount     *booking.Money `json:"amount,omitempty"`
	Occurrence string         `json:"occurrence,omitempty"`
	Among      int            `json:"among,omitempty"`
}

func newAccount(id string) *account {
	return &account{id: id, versions: map[string]*versions{}}
}

// cause keeps what a fact was said on.
func (a *account) cause(id, on string) {
	if a.causes == nil {
		a.causes = map[string]string{}
	}
	a.causes[id] = on
}

// clone may be written to without the original's changing.
func (a *account) clone() *account {
	c := *a
	c.told, c.versions = maps.Clone(a.told), maps.Clone(a.versions)
	for kind, v := range c.versions {
		own := slices.Clone(*v)
		c.versions[kind] = &own
	}
	c.keeper.Ends = slices.Clone(a.keeper.Ends)
	return &c
}

// take folds one fact of the booking in.
func (a *account) take(f fact) {
	switch f.record {
	case intakes:
		a.asked = f.kept()
		put(&a.requested, f)
	case departures:
		a.takeSeat(f)
	case bookings:
		a.takeOwn(f)
	case payments:
		a.takePayment(f)
	case notifications:
		a.takeMessage(f)
	case sagas:
		a.takeSaga(f)
	case customers:
		a.takeReader(f)
	}
}

func (a *account) takeSeat(f fact) {
	a.seat.Booking = f.kept()
	switch f.name {
	case events.SpotsReserved:
		put(&a.seat.Held, f)
	case events.SpotsSold:
		put(&a.seat.Sold, f)
	case events.SpotsRejected:
		put(&a.seat.Refused, f)
	case events.SpotsReleased:
		put(&a.seat.Released, f)
	}
}

func (a *account) takeOwn(f fact) {
	a.own.Booking = f.kept()
	a.own.Version = max(a.own.Version, f.said.Version)
	switch f.name {
	case events.BookingCreated:
		put(&a.own.Created, f)
	case events.BookingConfirmed:
		put(&a.own.Confirmed, f)
	case events.BookingCompleted:
		put(&a.own.Completed, f)
	case events.BookingCloseRefused:
		put(&a.own.Refused, f)
	case events.BookingRejected, events.BookingExpired, events.BookingCancelled:
		put(&a.own.Closed, f)
	}
	if a.own.Closed != nil {
		a.own.Refused = nil // whoever was refused before was granted after
	}
}

func (a *account) takePayment(f fact) {
	p := &a.payment
	p.Booking = f.kept()
	p.Version = max(p.Version, f.said.Version)
	switch f.name {
	case events.PaymentInitiated:
		put(&p.Initiated, f)
	case events.PaymentSucceeded:
		put(&p.Succeeded, f)
	case events.PaymentFailed:
		put(&p.Failed, f)
	case events.PaymentDisputed:
		put(&p.Disputed, f)
		return // which says nothing of the attempts
	case events.PaymentRefunded:
		put(&p.Refunded, f)
	case events.PaymentVoided:
		put(&p.Voided, f)
	case events.PaymentRefundFailed:
		put(&p.RefundFailed, f)
	}
	if f.said.Version >= a.charged {
		a.charged, p.Attempts = f.said.Version, f.data.Charges
	}
	a.undone(f)
}

// undone takes what an undo's fact tells of the wish, and of the refunds that
// were begun.
func (a *account) undone(f fact) {
	p := &a.payment
	moved := f.said.Amount != nil && f.said.Amount.Amount > 0
	switch f.name {
	case events.PaymentRefunded, events.PaymentRefundFailed:
		if moved {
			p.Refunds = max(p.Refunds, f.said.Attempt)
		}
	case events.PaymentVoided:
	default:
		return
	}
	p.Undo = &booking.Undo{Status: f.said.Status, Reason: f.said.Reason}
	if f.said.Amount != nil {
		p.Undo.Due = *f.said.Amount
	}
	if p.RefundFailed != nil && p.RefundFailed.Attempt < p.Refunds {
		p.RefundFailed = nil // another attempt followed it
	}
	if p.RefundFailed != nil && p.Refunded != nil && p.Refunded.Attempt <= p.RefundFailed.Attempt {
		p.Refunded = nil // what was given back came back
	}
}

func (a *account) takeSaga(f fact) {
	k := &a.keeper
	k.Version = max(k.Version, f.said.Version)
	said := f.said
	switch f.name {
	case events.SagaStuck:
		if k.Stuck == nil || k.Stuck.Version <= said.Version {
			k.Stuck, k.StuckOn, k.StuckBy = &said, f.data.Step, f.cause
		}
	case events.SagaCompleted, events.SagaCompensated:
		e := end{Occurrence: ending(f), Cause: f.cause, Said: &said, Requested: f.data.RequestedAt}
		k.Ends = slices.DeleteFunc(slices.Clone(k.Ends), func(o end) bool { return o.Said.Attempt == said.Attempt })
		k.Ends = append(k.Ends, e)
		slices.SortFunc(k.Ends, func(x, y end) int { return x.Said.Attempt - y.Said.Attempt })
	}
}

// ending is the occurrence that a saga's end was the telling of.
func ending(f fact) string {
	if f.name == events.SagaCompleted {
		return string(events.BookingConfirmed)
	}
	return events.Occurrence(f.said.Status)
}

// seal works out what no single fact tells: what an undo owes is what the
// booking was closed with; and the attempts to charge, where facts do not tell
// them, as those that were said by builds before ours.
func (a *account) seal() {
	if len(a.payment.Attempts) == 0 {
		a.payment.Attempts = attempted(a.payment)
	}
	if a.payment.Undo != nil && a.own.Closed != nil && a.own.Closed.Amount != nil {
		undo := *a.payment.Undo
		undo.Due = *a.own.Closed.Amount
		a.payment.Undo = &undo
	}
}

// attempted are a payment's attempts as far as they follow from the other things
// that were said of it: the last, by the provider's id, after those before it.
// Without it nothing could be given back of what was paid.
func attempted(p booking.Payment) (all []booking.Attempt) {
	take := func(s *booking.Said, n int, last booking.Attempt) {
		if s == nil || s.Intent == "" && s != p.Failed {
			return // the provider was not asked
		}
		all = make([]booking.Attempt, min(max(1, n), booking.MaxAttempts))
		for i := range all {
			all[i].State = booking.AttemptDeclined
		}
		last.Intent = s.Intent
		all[len(all)-1] = last
	}
	paid := booking.Attempt{State: booking.AttemptPaid}
	take(p.RefundFailed, 1, paid) // a refund counts attempts of its own
	take(p.Refunded, 1, paid)
	if s := p.Initiated; s != nil {
		take(s, s.Attempt, booking.Attempt{State: booking.AttemptPending})
	}
	if s := p.Failed; s != nil {
		take(s, s.Attempt, booking.Attempt{State: booking.AttemptDeclined, Code: s.Code})
	}
	for _, s := range []*booking.Said{p.Disputed, p.Succeeded} {
		if s != nil {
			take(s, s.Attempt, paid)
		}
	}
	return all
}
