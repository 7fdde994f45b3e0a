package saga

import (
	"cmp"
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// Decide takes an event into the keeper's record and says what there is to
// say: a command that is due, or that the saga ended or is stuck. It is pure.
func (ps Plans) Decide(r Record, e events.Event, now time.Time) (Record, events.Answer) {
	if again := r.again(e); !again.Silent() {
		return r, again
	}
	if r.Plan == 0 {
		r.Plan = ps.Newest().Version
	}
	p := ps[r.Plan]
	urgent, fresh := r.take(e)
	if !fresh {
		return r, events.Answer{}
	}
	if at := p.expiry(r); !at.IsZero() && !now.Before(at) {
		r.Wish = &Wish{As: booking.StatusExpired, Reason: booking.ReasonTimeout}
		urgent = true
	}
	return p.proceed(r, e, now, urgent)
}

// again is what was said when e was heard the first time.
func (r Record) again(e events.Event) events.Answer {
	for _, end := range r.Ends {
		if end.Cause == e.ID {
			return end.answer(r)
		}
	}
	if r.Stuck != nil && r.StuckBy == e.ID {
		return r.stuckAnswer()
	}
	closing := e.Name == events.BookingCancel && r.Spoken.Command == events.BookingClose &&
		r.wished() && r.Wish.reach() >= wish(e).reach() // else this wish goes further than what was said
	if r.Spoken.Command != "" && (r.Spoken.Cause == e.ID || closing) {
		return events.Tell(r.Spoken.Command, r.Spoken.Data, r.Spoken.At)
	}
	return events.Answer{}
}

// take hears e. urgent is what a person waits for, and is to be said now in both
// flows; fresh is false where nothing new was heard.
func (r *Record) take(e events.Event) (urgent, fresh bool) {
	r.learn(e.Booking)
	switch e.Name {
	case events.SagaWake:
		return e.By == "operator", true
	case events.BookingCancel:
		if r.Wish.reach() >= wish(e).reach() || r.closed() != nil {
			return false, false
		}
		r.Wish = wish(e)
		return true, true
	}
	if e.Name == events.BookingCloseRefused && r.Wish != nil && e.CausationID == r.Spoken.id() {
		r.Wish = nil // this very wish came too late: go on
		fresh = true
	}
	if r.known(e.ID) {
		return false, fresh
	}
	h := Heard{
		Name: e.Name, ID: e.ID, At: e.Time, Cause: e.CausationID, Attempt: e.Attempt,
		Reason: e.Reason, Amount: e.Amount, Occurrence: e.Occurrence, Among: e.Among,
	}
	r.Heard = append(slices.Clip(r.Heard), h) // clipped, it is copied
	slices.SortFunc(r.Heard, func(a, b Heard) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
	r.forget()
	return false, true
}

// forget keeps the newest refusal of a refund only, and the first time that an
// ending's message was put off: there may be hundreds of each.
func (r *Record) forget() {
	put := map[string]bool{}
	r.Heard = slices.DeleteFunc(r.Heard, func(h Heard) bool {
		again := h.Name == events.SendDeferred && put[h.Occurrence]
		put[h.Occurrence] = put[h.Occurrence] || h.Name == events.SendDeferred
		return again
	})
	newest := r.find(events.PaymentRefundFailed)
	if newest == nil {
		return
	}
	id := newest.ID
	r.Heard = slices.DeleteFunc(r.Heard, func(h Heard) bool {
		return h.Name == events.PaymentRefundFailed && h.ID != id
	})
}

// wish is what a booking.cancel asks for.
func wish(e events.Event) *Wish {
	return &Wish{As: booking.StatusCancelled, Reason: e.Reason, At: e.Time}
}

// learn fills in what the keeper did not know of the booking. No two events
// tell it differently, so the order does not matter.
func (r *Record) learn(b booking.Booking) {
	to := &r.Booking
	to.ID = cmp.Or(to.ID, b.ID)
	to.DepartureID = cmp.Or(to.DepartureID, b.DepartureID)
	to.TourID = cmp.Or(to.TourID, b.TourID)
	to.Seats = cmp.Or(to.Seats, b.Seats)
	to.Flow = cmp.Or(to.Flow, b.Flow)
	to.Price = cmp.Or(to.Price, b.Price)
	to.TimeZone = cmp.Or(to.TimeZone, b.TimeZone)
	if to.ExpiresAt.IsZero() {
		to.ExpiresAt = b.ExpiresAt
	}
	if to.StartsAt.IsZero() {
		to.StartsAt = b.StartsAt
	}
	if to.Policy == nil {
		to.Policy = b.Policy
	}
}

// proceed arms what is next and says what is due.
func (p Plan) proceed(r Record, e events.Event, now time.Time, urgent bool) (Record, events.Answer) {
	step, more := p.next(r)
	p.arm(&r, step, more, e, now, urgent)
	if end := r.unsaidEnd(); end != "" {
		return r.end(end, e, now)
	}
	if !more || now.Before(r.Armed.Due) {
		return r, events.Answer{}
	}
	if step.Attempts > 0 && r.Armed.Said >= step.Attempts {
		r.giveUp(step)
		return p.proceed(r, e, now, true)
	}
	late := now.Sub(r.Armed.Since) >= p.StuckAfter || r.cameBack()
	if p.mustNotFail(r) && late && !r.StuckSince.Equal(r.Armed.Since) {
		return r.stuck(step, e, now) // the command follows
	}
	return p.speak(r, step, e, now)
}

// arm sets the deadline of the next step, where that is another than before.
func (p Plan) arm(r *Record, step Step, more bool, e events.Event, now time.Time, urgent bool) {
	partial := slices.Contains(step.Partial, e.Name)
	if !more || r.Armed.Step != step.Command {
		// What was said is answered. Said again, in choreography, it would go
		// round: its answers lead back to the fact that it was said on.
		r.Spoken = Spoken{}
	}
	switch {
	case !more:
		r.Armed = Armed{}
		return
	case r.Armed.Step == step.Command && urgent && step.Command != p.Complete.Command:
		r.Armed.Due, r.Armed.Said = now, 0 // who asks often must not be who gives it up
	case r.Armed.Step == step.Command && !partial:
		return
	case r.Armed.Step == step.Command:
		r.Armed.Due = now.Add(step.Patience)
	default:
		r.Armed = Armed{Step: step.Command, Since: now, Due: now}
		p.first(r, step, now, urgent)
	}
	p.bound(r)
}

// first puts off a step that is not to be said at once.
func (p Plan) first(r *Record, step Step, now time.Time, urgent bool) {
	orchestrated := r.Booking.Flow != booking.Choreography
	switch {
	case step.Command == p.Complete.Command:
		r.Armed.Due = r.Booking.StartsAt.Add(p.CompleteAfter)
	case len(step.Partial) > 0 && r.find(step.Partial...) != nil:
		r.Armed.Due = now.Add(step.Patience)
	case step.Command == p.Undo[0].Command && r.wished():
		return // nobody but the keeper knows of a wish
	case r.cameBack():
		return // an operator is told now
	case step.Command == p.Debt.Command, !orchestrated && !urgent && step.Command != p.Ask.Command:
		r.Armed.Due = now.Add(step.deadline(0))
		r.Armed.Waits = 1
	}
}

// bound makes sure that the keeper is awake when the hold ends.
func (p Plan) bound(r *Record) {
	if at := p.expiry(*r); !at.IsZero() && at.Before(r.Armed.Due) {
		r.Armed.Due = at
	}
}

// mustNotFail reports whether the saga is past the point where a step could be
// given up: confirmed, or to be closed. Telling is noted, and completing waits.
func (p Plan) mustNotFail(r Record) bool {
	step := r.Armed.Step
	if step == events.Announce || step == p.Complete.Command || step == p.Ask.Command {
		return false
	}
	return r.confirmed() || r.closed() != nil || r.Wish != nil || p.refusal(r) != nil
}

func (r *Record) giveUp(step Step) {
	if step.Command == events.Announce {
		r.Untold = append(slices.Clone(r.Untold), r.ending())
		return
	}
	r.Unknown = true
	if r.Wish != nil {
		return // a person's goes further
	}
	r.Wish = &Wish{As: booking.StatusExpired, Reason: booking.ReasonTimeout}
}
