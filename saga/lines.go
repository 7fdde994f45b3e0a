package saga

import (
	"strings"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// The kinds of due lines: who set it, and thereby what is said when it falls
// due. A line's name is kind:booking, or kind:booking:departure.
const (
	lineWake   = "wake"   // the keeper's armed command, or the intake's first
	lineHold   = "hold"   // a departure's held seats, past their end
	lineLook   = "look"   // a payment whose finish came too late
	lineLate   = "late"   // a provider's outcome that comes later
	lineFanout = "fanout" // a cancelled departure that still has bookings
	lineSend   = "send"   // a message that was put off, by its notification
)

// WakeLine is the line of a saga's armed command.
func WakeLine(bookingID string) string { return lineWake + ":" + bookingID }

// HoldLine is the line of a booking's held seats.
func HoldLine(bookingID, departureID string) string {
	return lineHold + ":" + bookingID + ":" + departureID
}

// LookLine is the line of a payment at which somebody must look again.
func LookLine(bookingID string) string { return lineLook + ":" + bookingID }

// LateLine is the line of a provider's outcome that comes later.
func LateLine(bookingID string) string { return lineLate + ":" + bookingID }

// FanoutLine is the line of a cancelled departure that still has bookings.
func FanoutLine(departureID string) string { return lineFanout + "::" + departureID }

// SendLine is the line of a message that was put off.
func SendLine(notificationID string) string { return lineSend + ":" + notificationID }

// Due is the command that a due line stands for; false is a line that is not
// ours.
func Due(line string) (events.Name, events.Data, bool) {
	kind, rest, _ := strings.Cut(line, ":")
	id, departure, _ := strings.Cut(rest, ":")
	d := events.Data{Booking: booking.Booking{ID: id, DepartureID: departure}}
	switch kind {
	case lineWake, lineHold:
		return events.SagaWake, d, true
	case lineSend:
		return events.SendWake, events.Data{Message: id}, true
	case lineFanout:
		return events.FanoutNext, d, true
	case lineLook, lineLate:
		return events.PaymentSettle, d, true
	}
	return "", events.Data{}, false
}
