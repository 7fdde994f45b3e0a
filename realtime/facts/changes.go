package facts

import (
	"cmp"
	"encoding/json"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/realtime"
)

// departureData and bookingData are what the API says of one, under its names.
type departureData struct {
	ID string `json:"id"`
	booking.Stock
}

type bookingData struct {
	ID          string         `json:"id"`
	Status      booking.Status `json:"status"`
	Reason      booking.Reason `json:"reason,omitempty"` // why it was closed
	DepartureID string         `json:"departureId,omitempty"`
	Seats       int            `json:"seats,omitempty"`
}

// Changes are what a fact changes for those who watch. Most facts change
// nothing.
func Changes(e events.Event) []realtime.Change {
	switch e.Record {
	case record.KindDeparture:
		return departureChanges(e)
	case record.KindBooking:
		return bookingChanges(e)
	case record.KindSaga, "operator":
		return []realtime.Change{sagas}
	}
	return nil
}

// sagas says that the counts of sagas are others now.
var sagas = realtime.Change{Value: realtime.Value{Topic: realtime.Topic{Kind: realtime.Sagas}}}

func departureChanges(e events.Event) []realtime.Change {
	c := realtime.Change{
		Value:  realtime.Value{Topic: realtime.Topic{Kind: realtime.Departure, ID: e.DepartureID}, Version: e.RecordVersion, At: e.Time},
		Groups: []realtime.Topic{{Kind: realtime.Tours}},
	}
	tour := e.TourID
	if e.Terms != nil {
		tour = cmp.Or(e.Terms.TourID, tour)
	}
	if tour != "" {
		c.Groups = append(c.Groups, realtime.Topic{Kind: realtime.Tour, ID: tour})
	}
	if e.Stock != nil && e.RecordVersion > 0 { // else it is to be read
		c.Data = must(departureData{e.DepartureID, *e.Stock})
	}
	return []realtime.Change{c}
}

func bookingChanges(e events.Event) []realtime.Change {
	data := bookingData{ID: e.Data.ID, Status: e.Status, DepartureID: e.DepartureID, Seats: e.Seats}
	if e.Status.Closed() {
		data.Reason = e.Reason
	}
	c := realtime.Change{Value: realtime.Value{Topic: realtime.Topic{Kind: realtime.Booking, ID: data.ID}, Version: e.RecordVersion, At: e.Time}}
	if e.RecordVersion > 0 {
		c.Data = must(data)
	}
	return []realtime.Change{c, sagas}
}

// must renders what has no value that JSON has not.
func must(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}
