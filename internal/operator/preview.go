package operator

import (
	"context"
	"encoding/json"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/rehearsal"
	"tourbillon/saga"
)

// preview is what would come of a deed, were it done now.
type preview struct {
	ID      string         `json:"id"`
	Deed    booking.Deed   `json:"deed"`
	Status  booking.Status `json:"status"`
	Becomes booking.Status `json:"becomes"`
	Effects []effect       `json:"effects"`
	Calls   []call         `json:"calls"` // of the payment provider, in order
	Taken   booking.Money  `json:"taken"` // if the provider takes it
	Back    booking.Money  `json:"back"`  // if the provider gives it
	Open    []string       `json:"open,omitempty"`
	Preview string         `json:"preview"` // names all of this: see POST
}

// effect is one thing that would be said, and so done.
type effect struct {
	By     string         `json:"by"` // a function
	Says   events.Name    `json:"says"`
	Kind   events.Kind    `json:"kind"`
	Reason booking.Reason `json:"reason,omitempty"`
	Amount *booking.Money `json:"amount,omitempty"` // a booking's facts: owed back; a payment's: moved
	Seats  int            `json:"seats,omitempty"`  // facts: moved
	Again  bool           `json:"again,omitempty"`  // it was said before, and is no more than said again
}

// preview rehearses a deed.
func (d Desk) preview(ctx context.Context, what deed, s saga.Record) (preview, error) {
	play, err := d.Stage.Run(ctx, what.says(d, s.Booking, what.id(s)))
	if err != nil {
		return preview{}, arrow.Again(err)
	}
	after, err := findIn(ctx, play.Records, s.Booking.ID)
	if err != nil {
		return preview{}, err
	}
	p := preview{
		ID: s.Booking.ID, Deed: what.name, Status: s.Status(), Becomes: after.Status(),
		Effects: []effect{}, Calls: append([]call{}, callsOf(play)...), Open: open(play, after),
	}
	for _, scene := range play.Scenes {
		if tells(scene.Event) {
			p.Effects = append(p.Effects, effectOf(scene))
		}
	}
	p.Taken, p.Back = play.Moves()
	if p.Taken.Currency == "" {
		p.Taken.Currency = p.Back.Currency
	}
	if p.Back.Currency == "" {
		p.Back.Currency = p.Taken.Currency
	}
	raw, err := json.Marshal(p)
	p.Preview = events.EffectID("preview", string(raw))
	return p, err
}

// tells reports whether an event is of interest to who looks what would happen:
// what is about the booking's records and its customer, and not who wakes whom
// or what becomes of a departure's availability.
func tells(e events.Event) bool {
	switch e.Name {
	case events.SagaWake, events.SagaCompleted, events.SagaCompensated, events.AvailabilityLow, events.SoldOut:
		return false
	}
	return true
}

func effectOf(s rehearsal.Scene) effect {
	spec, _ := events.Lookup(s.Event.Name)
	e := effect{By: s.By, Says: s.Event.Name, Kind: spec.Kind, Reason: s.Event.Reason, Again: s.Again}
	if spec.Kind != events.Fact {
		return e
	}
	e.Seats = s.Event.Moved
	if spec.Record == record.KindBooking || spec.Record == record.KindPayment { // others tell it on
		e.Amount = s.Event.Amount
	}
	return e
}

// open is what a rehearsal cannot know the end of.
func open(p rehearsal.Play, after saga.Record) (all []string) {
	for _, t := range p.Trouble {
		all = append(all, t.Function+" would not take "+string(t.Event.Name)+": "+failed(t.Function, t.Err).Why)
	}
	for _, c := range p.Calls {
		if c.Verb == booking.VerbConfirm {
			all = append(all, "the card may be declined")
		}
		if c.Verb == booking.VerbRefund {
			all = append(all, "the provider may refuse the refund: then it is asked again until the debt is paid")
		}
	}
	if a := after.Armed.Step; a != "" && a != events.BookingComplete {
		all = append(all, "it would then wait for "+string(a))
	}
	return all
}
