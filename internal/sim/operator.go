package sim

import (
	"slices"
	"time"

	"tourbillon/events"
)

// reaction is how long an operator takes to see that a saga is stuck.
const reaction = 10 * time.Minute

// press is an operator's retry that is to come.
type press struct {
	at      time.Time
	booking string
}

// calls has the operator look after a debt that nobody else would: money that
// was given back and came back. What is stuck on anything else ends by itself.
func (w *World) calls(stuck events.Event) {
	if stuck.Data.Step != string(events.PaymentSettle) {
		return
	}
	of := stuck.Data.ID
	if !slices.ContainsFunc(w.presses, func(p press) bool { return p.booking == of }) {
		w.presses = append(w.presses, press{w.now.Add(reaction), of})
	}
}

// pressDue reports which retry is to be pressed now, if any.
func (w *World) pressDue() (i int, ok bool) {
	i = slices.IndexFunc(w.presses, func(p press) bool { return !p.at.After(w.now) })
	return i, i >= 0
}

// press presses a retry: the keeper says its next command now.
func (w *World) press(i int) {
	of := w.presses[i].booking
	w.presses = slices.Delete(w.presses, i, i+1)
	w.logf("OPERATOR retries %s", of)
	d := events.Data{By: "operator"}
	d.Booking.ID = of
	w.command(events.Tell(events.SagaWake, d, w.now).Render(events.Speaker{Function: "operator"}, events.Event{}))
}

// takeOff takes a departure off.
func (w *World) takeOff(i int) {
	w.Departures[i].Cancel = 0
	w.logf("operator cancels %s", w.Departures[i].ID)
	data := events.Data{}
	data.DepartureID = w.Departures[i].ID
	w.command(events.Tell(events.DepartureCancel, data, w.now).Render(events.Speaker{Function: "operator"}, events.Event{}))
}

// meetElsewhere has the tour meet elsewhere.
func (w *World) meetElsewhere() {
	w.Meets = 0
	w.logf("operator has the tour meet elsewhere")
	w.command(events.Tell(events.TourUpdate, events.Data{Tour: tour("at the new gate")}, w.now).Render(events.Speaker{Function: "operator"}, events.Event{}))
}

// move has a departure leave half an hour later, from another place.
func (w *World) move(i int) {
	d := &w.Departures[i]
	d.Change = 0
	w.logf("operator moves %s", d.ID)
	data := events.Data{Terms: w.terms(*d)}
	data.DepartureID = d.ID
	data.Terms.StartsAt, data.Terms.MeetingPoint = data.Terms.StartsAt.Add(30*time.Minute), "at the other gate"
	data.Terms.Capacity += d.More
	w.command(events.Tell(events.DepartureChange, data, w.now).Render(events.Speaker{Function: "operator"}, events.Event{}))
}
