package sim

import (
	"context"
	"encoding/json"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

const clientSource = "https://shop.example/checkout"

// client is somebody who asks for a booking by the door, asks again until it
// is accepted, and may cancel later.
type client struct {
	Request
	flying    bool
	accepted  bool
	cancelled bool
	shown     bool
	retry     time.Time
	at        time.Time // when the cancellation was wished
}

func (c *client) wantsBooking(w *World) bool {
	return !c.accepted && !c.flying && w.Now() >= c.At && !w.now.Before(c.retry)
}

func (c *client) wantsCancel(w *World) bool {
	return c.Cancel > 0 && c.accepted && !c.cancelled && w.Now() >= c.Cancel
}

// wantsShow reports whether it is time to go to the bank.
func (c *client) wantsShow(w *World) bool {
	return c.Show > 0 && c.accepted && !c.shown && w.Now() >= c.Show
}

// look is how often a customer looks whether the bank asks for them.
const look = 30 * time.Second

// show goes to the bank, if it asks for them: else they look again while the
// hold may last.
func (c *client) show(w *World) {
	ctx := context.Background()
	intents, err := w.books.Ledger(ctx)
	if err != nil {
		w.fail("read ledger: %v", err)
	}
	for _, i := range intents {
		asked, err := w.books.Authenticate(ctx, i.ID, nil)
		if err == nil && asked.Action != nil && i.BookingID == w.BookingID(c.Request) {
			c.shown = true
			asked, err = w.books.Authenticate(ctx, i.ID, new(!c.Hide))
			w.logf("customer of %s was at the bank: the payment is %s", c.ID, asked.Status)
		}
		if err != nil {
			w.fail("at the bank: %v", err)
		}
	}
	c.Show += look
	c.shown = c.shown || c.Show > Hold+look
}

// wakes names the times at which the client will want something.
func (c *client) wakes(w *World, at func(time.Time)) {
	switch {
	case !c.accepted && !c.flying && c.retry.After(w.now):
		at(c.retry)
	case !c.accepted && !c.flying:
		at(w.start.Add(c.At))
	case c.accepted && c.Cancel > 0 && !c.cancelled:
		at(w.start.Add(c.Cancel))
	}
	if c.accepted && c.Show > 0 && !c.shown {
		at(w.start.Add(c.Show))
	}
}

// ask sends the request to the door, which runs the function request itself.
func (c *client) ask(w *World, r *replica) {
	c.flying = true
	ce, err := c.event(w.Flow)
	if err != nil {
		w.fail("request %s: %v", c.ID, err)
		return
	}
	r.fly("request", &message{ce: ce}, c)
}

// dropped is a door that gave no answer. A client whose request was taken in
// all the same never asks again: the booking must go its way without.
func (c *client) dropped(w *World) {
	c.flying = false
	row, known := w.intake(c.Request)
	if c.accepted = known && row.Requested != nil; !c.accepted {
		c.retry = w.now.Add(time.Second)
	}
}

func (c *client) cancel(w *World) {
	c.cancelled, c.at = true, w.now
	w.logf("customer cancels %s", c.ID)
	d := events.Data{By: "customer", Reason: booking.ReasonCustomer}
	d.Booking.ID = w.BookingID(c.Request)
	w.command(events.Tell(events.BookingCancel, d, w.now).Render(events.Speaker{Function: "door"}, events.Event{}))
}

// event is the request as an outsider sends it: the required attributes only.
func (c *client) event(flow booking.Flow) (event.Event, error) {
	ce := event.New()
	ce.SetID(c.ID)
	ce.SetSource(clientSource)
	ce.SetType(events.BookingRequest.Type(2))
	who := c.customer(c.ID)
	data := map[string]any{
		"departureId": c.Departure, "seats": c.Seats, "flow": flow,
		"customer": who,
		"payment":  map[string]any{"token": c.Token},
	}
	if c.Old {
		ce.SetType(events.BookingRequest.Type(1))
		data = map[string]any{
			"departureId": c.Departure, "seats": c.Seats, "flow": flow,
			"customerName": who.Name, "customerEmail": who.Email, "locale": who.Locale,
			"paymentToken": c.Token,
		}
		if who.Phone != "" {
			data["customerPhone"] = who.Phone
		}
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return ce, err
	}
	return ce, ce.SetData("application/json", raw)
}
