package audit

import (
	"cmp"
	"strconv"
	"strings"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// The kinds of record, as facts name them.
const (
	tours         = "tour"
	departures    = "departure"
	intakes       = "intake"
	bookings      = "booking"
	payments      = "payment"
	sagas         = "saga"
	notifications = "notification"
	customers     = "customer"
)

// fact is one thing that a record has said: as the archive has it, or as the
// record's own memory does.
type fact struct {
	name   events.Name
	record string // kind
	id     string // of the record
	said   booking.Said
	data   events.Data
	cause  string
}

// factOf reads an event; false is a fact of no record that is audited.
func factOf(e events.Event) (fact, bool) {
	f := fact{name: e.Name, record: e.Record, data: e.Data, cause: e.CausationID}
	d := e.Data
	f.said = booking.Said{
		Version: e.RecordVersion, At: e.Time, Attempt: d.Attempt, Status: d.Booking.Status, Reason: d.Reason,
		Code: d.Code, Intent: d.Intent, Amount: d.Amount, Seats: d.Moved, Stock: d.Stock,
	}
	switch e.Record {
	case tours:
		if d.Tour != nil {
			f.id = d.Tour.ID
		}
	case departures:
		f.id = d.DepartureID
	case notifications:
		f.id = messageID(d)
		f.said.Stock = nil // it is what is told of, and not what was said
	case customers:
		f.id = cmp.Or(d.CustomerID, d.Recipient)
	case intakes, bookings, payments, sagas:
		f.id = d.ID
	}
	return f, f.id != ""
}

// messageID is the id of a notification's record.
func messageID(d events.Data) string {
	return events.EffectID(notifications, cmp.Or(d.ID, d.DepartureID), d.Occurrence, d.Template, d.Channel, d.Recipient)
}

// eventID is the id that the fact has as an event.
func (f fact) eventID() string {
	about := cmp.Or(f.data.ID, f.data.Command)
	switch f.record {
	case notifications:
		about = f.data.ID + f.data.DepartureID
	case customers:
		about = f.id
	}
	return events.EffectID("fact", f.record, f.id, about, string(f.name), strconv.Itoa(max(1, f.said.Attempt)))
}

// of is the booking that the fact is of, or, of none, its record.
func (f fact) of() string { return cmp.Or(f.data.ID, f.id) }

// place is the record of a booking's that said the fact.
func (f fact) place() string {
	if f.record == notifications {
		return notifications + " " + f.id
	}
	return f.record
}

// kept is the booking as the record keeps it.
func (f fact) kept() booking.Booking {
	b := f.data.Booking
	if f.record != notifications && f.record != intakes {
		b.Status = ""
	}
	return b
}

// entryOf is a catalog command's entry, by the source and id that its fact
// tells.
func entryOf(command string) string {
	source, id, _ := strings.Cut(command, " ")
	return "command:" + events.EffectID(source, id)
}

// put sets a slot of a record's memory: the later version stays.
func put(slot **booking.Said, f fact) {
	if *slot == nil || (*slot).Version <= f.said.Version {
		said := f.said
		*slot = &said
	}
}
