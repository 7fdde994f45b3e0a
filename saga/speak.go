package saga

import (
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// speak says the step's command, and arms its reminder.
func (p Plan) speak(r Record, step Step, e events.Event, now time.Time) (Record, events.Answer) {
	name := step.Command
	reminds := r.Armed.Waits > 0 || r.find(step.Partial...) != nil
	if reminds && step.Reminder != "" {
		name = step.Reminder
	}
	r.Tries++
	r.Spoken = Spoken{Command: name, Try: r.Tries, At: now, Cause: e.ID, Data: p.data(r, step)}
	wait := step.deadline(r.Armed.Waits)
	if len(step.Partial) > 0 && r.find(step.Partial...) != nil {
		wait = step.Patience
	}
	r.Armed.Said++
	r.Armed.Waits++
	r.Armed.Due = now.Add(wait)
	if r.cameBack() {
		r.Armed.Due = now.Add(forGood)
	}
	p.bound(&r)
	return r, events.Tell(name, r.Spoken.Data, now)
}

// id is the command's, as it was said.
func (s Spoken) id() string {
	if s.Command == "" {
		return ""
	}
	return events.Tell(s.Command, s.Data, s.At).Render(events.Speaker{Function: "saga"}, events.Event{}).ID
}

// data is what the command tells: the booking as the keeper knows it, and what
// the step needs of the facts before it.
func (p Plan) data(r Record, step Step) events.Data {
	d := events.Data{Booking: r.Booking, Try: r.Tries}
	d.Booking.Status = r.Status()
	switch step.Command {
	case events.BookingRequest:
		d.Booking = booking.Booking{ID: r.Booking.ID}
	case events.BookingClose:
		w := p.close(r)
		d.As, d.Reason, d.AskedAt = w.As, w.Reason, w.At
	case events.PaymentRefund:
		d.Reason, d.Amount = r.closed().Reason, r.closed().Amount
	case events.SpotsRelease, events.Announce:
		d.Reason = r.Reason()
		if back := r.find(p.Debt.Good...); back != nil {
			d.Amount = back.Amount
		}
	}
	if step.Command == events.Announce {
		d.Occurrence, d.Template = r.ending(), r.ending()
		d.Booking.Status = r.endingStatus()
	}
	return d
}

func (r Record) endingStatus() booking.Status {
	if r.closed() == nil {
		return booking.StatusConfirmed
	}
	return r.Status()
}

// Telling is what notification.announce tells of the booking's ending, for who
// wants it told again; false while the plan has not come to it, for a message
// that is sent too early words less than it should, and is never sent twice.
func (ps Plans) Telling(r Record) (events.Data, bool) {
	p, ok := ps[r.Plan]
	if !ok {
		return events.Data{}, false
	}
	if next, more := p.next(r); !r.told(r.ending()) && !(more && next.Command == events.Announce) {
		return events.Data{}, false
	}
	return p.data(r, Step{Command: events.Announce}), true
}

// end states that the saga ended: its customer has been told.
func (r Record) end(occurrence string, e events.Event, now time.Time) (Record, events.Answer) {
	said := r.say(now, booking.Said{Reason: r.Reason(), Attempt: len(r.Ends) + 1})
	end := End{Occurrence: occurrence, Cause: e.ID, Said: said}
	if len(r.Heard) > 0 {
		end.Requested = r.Heard[0].At
	}
	r.Ends = append(slices.Clone(r.Ends), end)
	return r, end.answer(r)
}

func (e End) answer(r Record) events.Answer {
	name := events.SagaCompensated
	if e.Occurrence == string(events.BookingConfirmed) {
		name = events.SagaCompleted
	}
	return name.As(r.Booking, e.Said).With(func(d *events.Data) { d.RequestedAt = e.Requested })
}

// stuck states that an operator is needed, once per step. The command is due
// a moment later, so that the wake which it is said on is another one.
func (r Record) stuck(step Step, e events.Event, now time.Time) (Record, events.Answer) {
	count := 1
	if r.Stuck != nil {
		count += r.Stuck.Attempt
	}
	r.StuckOn, r.StuckSince, r.StuckBy = step.Command, r.Armed.Since, e.ID
	r.Stuck = r.say(now, booking.Said{Reason: r.Reason(), Attempt: count})
	r.Armed.Due = now.Add(time.Second)
	if r.cameBack() {
		r.Armed.Due = now.Add(forGood)
	}
	return r, r.stuckAnswer()
}

// forGood is when a step is due that waits for an operator.
const forGood = 100 * 365 * 24 * time.Hour

func (r Record) stuckAnswer() events.Answer {
	return events.SagaStuck.As(r.Booking, r.Stuck).With(func(d *events.Data) { d.Step = string(r.StuckOn) })
}
