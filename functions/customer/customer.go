// Package customer keeps who is written to no more: after a message that came
// back for good, a complaint or a STOP, until they say START or save what they
// wish. It hears what providers tell, and what they refuse at once.
package customer

import (
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// Function is the arrow over the records of addresses.
func Function() arrow.Function {
	return record.Reader("customer", func(e events.Event) string { return e.Recipient }, arrow.Table[booking.Reader, booking.Watch]{
		events.Bounced:    hear(bounced),
		events.SendFailed: hear(refused),
		events.OptedOut:   hear(func(events.Event) string { return booking.SuppressedOptOut }),
		events.OptedIn: func(r booking.Reader, w booking.Watch, e events.Event, now time.Time) (booking.Reader, booking.Watch, events.Answer) {
			r = r.Restore(e.Channel, e.Time, now)
			return r, w, record.RestoredFact(e.Recipient, r)
		},
	})
}

// hear has an address written to no more where why tells a reason.
func hear(why func(events.Event) string) arrow.Decision[booking.Reader, booking.Watch] {
	return func(r booking.Reader, w booking.Watch, e events.Event, now time.Time) (booking.Reader, booking.Watch, events.Answer) {
		reason := why(e)
		if reason == "" {
			return r, w, events.Answer{}
		}
		r = r.Suppress(e.Channel, reason, e.Time, now)
		return r, w, record.SuppressedFact(e.Recipient, r)
	}
}

// bounced is why a message that came back is the last, "" if it is not: what may
// go well the next time.
func bounced(e events.Event) string {
	if booking.CameBackForGood(e.Channel, e.Code) {
		return booking.SuppressedBounce
	}
	return ""
}

// refused is why a message that was refused at once is the last.
func refused(e events.Event) string {
	switch {
	case e.Code == booking.OptedOut:
		return booking.SuppressedOptOut
	case e.Code == booking.BadAddress, e.Code == booking.EndpointDisabled:
		return booking.SuppressedBounce
	}
	return ""
}
