package record

import (
	"context"
	"fmt"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/parse"
	"tourbillon/internal/store"
)

// Message is one message to one person. Key is the same for ever for the same
// notification.
type Message struct {
	Key       string `json:"key"`
	BookingID string `json:"bookingId"`
	Channel   string `json:"channel"`
	To        string `json:"to"`
	Locale    string `json:"locale"`
	Subject   string `json:"subject"`
	Body      string `json:"body"` // plain text; of a text message all there is

	Template    string           `json:"template,omitempty"` // which words these are
	Category    booking.Category `json:"category,omitempty"`
	HTML        string           `json:"html,omitempty"`        // mail: the same as Body says
	Calendar    string           `json:"calendar,omitempty"`    // mail: an invitation, as iCalendar (RFC 5545)
	Unsubscribe string           `json:"unsubscribe,omitempty"` // mail: the address of one-click unsubscribing (RFC 8058)
}

// Mail is one message as it was delivered. Asked counts how often it was sent.
// Of one that was erased, its key, booking and channel are left.
type Mail struct {
	Message
	At     time.Time `json:"at"`
	Asked  int       `json:"asked"`
	Erased bool      `json:"erased,omitempty"`
}

// Template is a message that can be said: what happened, what it is for, the
// locales in which there are words for it, and which files of an operator's own
// have a part in it.
type Template struct {
	Name       string           `json:"name"`
	Category   booking.Category `json:"category"`
	Locales    []string         `json:"locales"`
	Overridden []string         `json:"overridden,omitempty"`
}

// Messages is a message provider. An error is an outcome that is not known,
// unless it says itself that nothing was sent (package outcome); a refusal for
// good is in the receipt. A provider that knows its keys sends the
// same key once; one that cannot may send it twice, after a crash between its
// answer and our commit, and never not at all. Safe for concurrent use.
type Messages interface {
	Send(ctx context.Context, m Message) (booking.Receipt, error)
}

// Notification is an arrow over one message, which acts through send.
func Notification(name string, send func(context.Context, events.Event, string) (booking.Receipt, error)) arrow.Function {
	return arrow.Acts[booking.Notification, string, booking.Receipt]{
		Name: name, Kind: KindNotification, Record: notificationID, Hears: []events.Name{events.Send},
		Next: nextNotification,
		Act: func(ctx context.Context, e events.Event, key string) (booking.Receipt, error) {
			return send(ctx, e, key)
		},
	}
}

// ReadNotification reads one message's record by its id, which its provider
// knows it by: for sources only. One that is not there has no booking.
func ReadNotification(ctx context.Context, r *store.Records, id string) (booking.Notification, error) {
	var leased struct {
		Entry booking.Notification `json:"entry"`
	}
	row, err := r.Read(ctx, store.Key{Record: KindNotification, ID: id}, id)
	if err == nil && len(row.Entry) > 0 {
		err = parse.JSON(row.Entry, &leased)
	}
	if err != nil {
		err = fmt.Errorf("read notification: %w", err)
	}
	return leased.Entry, err
}

func notificationID(e events.Event) string {
	return events.EffectID(KindNotification, e.Data.ID, e.Occurrence, e.Channel, e.Recipient)
}

func nextNotification(n booking.Notification, e events.Event, word *booking.Receipt, now time.Time) (booking.Notification, *string, events.Answer) {
	as := booking.Notification{
		Booking: e.Booking, Occurrence: e.Occurrence, Channel: e.Channel,
		Recipient: e.Recipient, Reason: e.Reason, Amount: e.Amount,
	}
	n, send := n.Next(as, word, now)
	if send {
		return n, new(notificationID(e)), events.Answer{}
	}
	told := events.First(events.Sent.As(n.Booking, n.Sent), events.SendFailed.As(n.Booking, n.Failed))
	return n, nil, told.With(func(d *events.Data) {
		d.Occurrence, d.Channel, d.Recipient = n.Occurrence, n.Channel, n.Recipient
	})
}
