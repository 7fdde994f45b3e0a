// Package announce tells people what happened. It is a source: it turns one
// occurrence into one notification.send per channel and recipient, whose ids
// are derived from what happened, so that saying it twice is saying it once.
package announce

import (
	"context"
	"errors"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// Settings is what announce reads and says by. Records and Sink must be set.
type Settings struct {
	Records *store.Records
	Sink    arrow.Sink
	PhoneID func(e164 string) string // the keyed hash of a telephone number; nil: nobody is told by text
}

// Function is the source of notifications.
func Function(s Settings) arrow.Function { return function{s} }

type function struct{ Settings }

// Names returns the command, and the facts that lead to messages.
func (function) Names() []events.Name {
	return []events.Name{
		events.Announce, events.SpotsSold, events.SpotsReleased,
		events.PaymentSucceeded, events.PaymentRefunded, events.PaymentRefundFailed,
	}
}

// errNoTemplate is an occurrence that nobody has words for.
var errNoTemplate = errors.New("there is no template for what is to be told")

// Handle publishes the sends before it says that all is well. Who is not known
// any more is told nothing.
func (s function) Handle(ctx context.Context, _ arrow.Ports, e events.Event) (*events.Event, error) {
	what := happened(e)
	if booking.CategoryOf(what.template) == "" {
		return nil, arrow.Never(errNoTemplate)
	}
	sends, err := s.sends(ctx, e, what)
	if err == nil {
		err = s.Sink.Publish(ctx, sends...)
	}
	if err != nil {
		return nil, arrow.Again(err)
	}
	return nil, nil
}

func (s function) sends(ctx context.Context, e events.Event, what occurrence) ([]events.Event, error) {
	about, tell, err := s.about(ctx, e, what)
	if err != nil || !tell {
		return nil, err
	}
	who, id, err := s.reader(ctx, e)
	if err != nil || who.Contact == nil {
		return nil, err
	}
	all, err := s.reach(ctx, who, id, booking.CategoryOf(what.template))
	if err != nil {
		return nil, err
	}
	sends := make([]events.Event, 0, len(all))
	for _, to := range all {
		d := events.Data{
			Booking: about, Reason: e.Reason, Amount: e.Amount, Was: e.Was,
			Occurrence: what.name, Template: what.template, CustomerID: id,
			Channel: to.channel, Recipient: to.recipient, Among: len(all),
		}
		if e.Data.ID == "" {
			d.Stock = e.Stock
		}
		sends = append(sends, events.Tell(events.Send, d, e.Time).Render(events.Speaker{Function: "announce"}, e))
	}
	return sends, nil
}

// reader is who is to be told, and their id: of a booking, who made it.
func (s function) reader(ctx context.Context, e events.Event) (who booking.Reader, id string, err error) {
	id = e.CustomerID
	var in booking.Intake
	if e.Data.ID != "" {
		if in, err = record.ReadIntake(ctx, s.Records, e.Data.ID); err != nil {
			return who, id, err
		}
		id = in.CustomerID
	}
	if id == "" {
		return who, id, nil
	}
	who, err = record.ReadReader(ctx, s.Records, id)
	if e.Data.ID != "" {
		who.Contact = in.Customer
	}
	return who, id, err
}

// recipient is one address.
type recipient struct{ channel, recipient string }

// reach are the addresses at which somebody is told of a category. Who is reached
// by none of the channels that they want is told by others, where nobody may miss
// it; where they may, notify says why it did not.
func (s function) reach(ctx context.Context, who booking.Reader, id string, c booking.Category) ([]recipient, error) {
	all := s.addresses(who, id, who.Preferences.Wants(c))
	if c.Rule().Critical {
		for _, channels := range [][]string{who.Preferences.Wants(c), c.Rule().Channels, booking.Channels()} {
			good, err := s.good(ctx, who, id, s.addresses(who, id, channels))
			if err != nil || len(good) > 0 {
				return good, err
			}
		}
	}
	if len(all) == 0 {
		all = append(all, recipient{booking.ChannelMail, id})
	}
	return all, nil
}

func (s function) addresses(who booking.Reader, id string, channels []string) (all []recipient) {
	for _, channel := range channels {
		switch {
		case channel == booking.ChannelMail:
			all = append(all, recipient{channel, id})
		case channel == booking.ChannelText && who.Contact.Phone != "" && s.PhoneID != nil:
			all = append(all, recipient{channel, s.PhoneID(who.Contact.Phone)})
		case channel == booking.ChannelPush:
			for _, d := range who.Devices {
				all = append(all, recipient{channel, d.ID})
			}
		}
	}
	return all
}

// good are those of the addresses that may be written to.
func (s function) good(ctx context.Context, who booking.Reader, id string, all []recipient) (good []recipient, err error) {
	for _, to := range all {
		at := who
		if to.recipient != id {
			if at, err = record.ReadReader(ctx, s.Records, to.recipient); err != nil {
				return nil, err
			}
		}
		if at.Serves(id) {
			good = append(good, to)
		}
	}
	return good, nil
}
