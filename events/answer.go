package events

import (
	"errors"
	"time"

	"tourbillon/internal/booking"
)

// ErrNothingSaid is a record that has no effect to answer with: the event came
// before what it builds on. Asked again later it may have.
var ErrNothingSaid = errors.New("the record does not know the effect that this event builds on")

// Answer is what a decision says: a fact, a command, or nothing (the zero
// value). It becomes an [Event] by [Answer.Render].
type Answer struct {
	Name Name
	Data Data
	Err  error // says nothing, and why that is wrong; steers delivery

	said *booking.Said // facts: the record's memory of it
	id   string        // facts of no booking: what stands in for one in the effect's name
	to   string        // commands
	at   time.Time     // commands and facts without a record: when it was said

	aside bool // it is no step of its booking, whatever its name says
}

// Silent reports whether there is nothing to say.
func (a Answer) Silent() bool { return a.Name == "" && a.Err == nil }

// As is the fact n as the record remembers it, or nothing if it does not.
// b is the booking as the record keeps it.
func (n Name) As(b booking.Booking, s *booking.Said) Answer {
	if s == nil {
		return Answer{}
	}
	d := Data{
		Booking: b, Reason: s.Reason, Code: s.Code, Intent: s.Intent, Attempt: s.Attempt,
		Amount: s.Amount, Moved: s.Seats, Stock: s.Stock,
	}
	if s.Status != "" {
		d.Booking.Status = s.Status
	}
	return Answer{Name: n, Data: d, said: s}
}

// Of names the effect of what is of no booking: a fact by the command that
// caused it, a command by the wish that it stands for. Without it, two changes
// of one departure would be one.
func (a Answer) Of(wish string) Answer {
	a.id = wish
	return a
}

// Aside is a fact that is no step of its booking: what a saga does not wait for.
func (a Answer) Aside() Answer {
	a.aside = true
	return a
}

// With lets fill add to the data of an answer that is not silent.
func (a Answer) With(fill func(*Data)) Answer {
	if a.Name != "" {
		fill(&a.Data)
	}
	return a
}

// Any returns the first answer that is not silent: the fact that stands
// foremost in the record. None is silence.
func Any(answers ...Answer) Answer {
	for _, a := range answers {
		if !a.Silent() {
			return a
		}
	}
	return Answer{}
}

// First is [Any] where silence would be wrong: none is [ErrNothingSaid].
func First(answers ...Answer) Answer {
	if a := Any(answers...); !a.Silent() {
		return a
	}
	return Answer{Err: ErrNothingSaid}
}

// Closing is the fact that closed a booking, by the status it was closed as.
func Closing(b booking.Booking, s *booking.Said) Answer {
	if s == nil {
		return Answer{}
	}
	return closings[s.Status].As(b, s)
}

var closings = map[booking.Status]Name{
	booking.StatusRejected:  BookingRejected,
	booking.StatusExpired:   BookingExpired,
	booking.StatusCancelled: BookingCancelled,
}

// Tell is a command, addressed by the vocabulary, said at the given time.
func Tell(n Name, d Data, at time.Time) Answer {
	return Answer{Name: n, Data: d, to: byName[n].To, at: at}
}

// Note is a fact about no record of the speaker's, said at the given time;
// id is what makes it one effect.
func Note(n Name, d Data, id string, at time.Time) Answer {
	return Answer{Name: n, Data: d, id: id, at: at}
}
