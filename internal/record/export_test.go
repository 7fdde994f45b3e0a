package record

import (
	"tourbillon/events"
	"tourbillon/internal/booking"
)

// Asked is the message that an event's data asks for or tells of.
func Asked(d events.Data) booking.Notification { return notificationOf(events.Event{Data: d}) }
