package record

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// Message is one message to one person. Key is the same for ever for the same
// notification.
type Message struct {
	Key       string `json:"key"`
	BookingID string `json:"bookingId,omitempty"` // empty: of who watches a departure

	CustomerID string `json:"customerId,omitempty"`

	Channel string `json:"channel"`
	To      string `json:"to"`
	Locale  string `json:"locale"`
	Subject string `json:"subject"`
	Body    string `json:"body"` // plain text; of a text message all there is

	Template    string           `json:"template,omitempty"` // which words these are
	Category    booking.Category `json:"category,omitempty"`
	HTML        string           `json:"html,omitempty"`        // mail: the same as Body says
	Calendar    string           `json:"calendar,omitempty"`    // mail: an invitation, as iCalendar (RFC 5545)
	Unsubscribe string           `json:"unsubscribe,omitempty"` // mail: the address of one-click unsubscribing (RFC 8058)
}

// OneClick is the value of the header List-Unsubscribe: the address in brackets.
// It must be one of https (RFC 8058): of any other, "", and the link in the text
// is all there is.
func (m Message) OneClick() string {
	if !strings.HasPrefix(m.Unsubscribe, "https://") {
		return ""
	}
	return "<" + m.Unsubscribe + ">"
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

// IndexMessagesOf names the list of what a customer was told, or was to be: the
// notifications' ids, the one that was asked for last first.
func IndexMessagesOf(customerID string) string { return "customer/" + customerID + "/messages" }

// IndexMessages names the list of a booking's notifications.
func IndexMessages(bookingID string) string { return "booking/" + bookingID + "/messages" }

// Send sends a notification's message, or says until when it is not to be sent.
type Send func(ctx context.Context, n booking.Notification, s booking.Sending) (booking.Receipt, error)

// Unsent is an error by which a message was not sent, for sure, or may be sent
// again without harm: all others leave that open.
type Unsent interface {
	error
	Unsent()
}

// Notification is an arrow over one message, which acts through send.
func Notification(name string, send Send) arrow.Function {
	return arrow.Acts[booking.Notification, sending, booking.Receipt]{
		Name: name, Kind: KindNotification, Record: notificationID,
		Hears: []events.Name{events.Send, events.SendWake, events.Delivered, events.Bounced},
		Next:  nextNotification,
		Act: func(ctx context.Context, _ events.Event, s sending) (booking.Receipt, error) {
			if s.Taken {
				return booking.Receipt{Unconfirmed: true}, nil
			}
			return send(ctx, s.of, s.Sending)
		},
		Settles: events.SendWake,
		Due:     booking.Notification.Due,
		Look:    func(n booking.Notification) string { return saga.SendLine(MessageID(n)) },
		Index:   messageLists,
		Back: func(n booking.Notification, err error) booking.Notification {
			if never := (*arrow.NeverError)(nil); errors.As(err, &never) {
				n.Look = time.Time{} // it is with the dead letters
			}
			if no := Unsent(nil); errors.As(err, &no) {
				n = n.NotSent()
			}
			return n
		},
	}
}

// sending is a call: the message, and the attempt to send it.
type sending struct {
	booking.Sending
	of booking.Notification
}

func messageLists(n booking.Notification) []store.Index {
	in := n.Occurrence != ""
	return []store.Index{
		{Name: IndexMessagesOf(n.CustomerID), Member: MessageID(n), Score: -n.At.UnixMilli(), In: in && n.CustomerID != ""},
		{Name: IndexMessages(n.Booking.ID), Member: MessageID(n), Score: n.At.UnixMilli(), In: in && n.Booking.ID != ""},
	}
}

// ReadNotification reads one message's record by its id, which its provider
// knows it by: for sources and screens only. One that is not there has no
// occurrence.
func ReadNotification(ctx context.Context, r *store.Records, id string) (booking.Notification, error) {
	row, err := r.Read(ctx, store.Key{Record: KindNotification, ID: id}, id)
	var n booking.Notification
	if err == nil {
		n, err = arrow.Within[booking.Notification](row.Entry)
	}
	if err != nil {
		err = fmt.Errorf("read notification: %w", err)
	}
	return n, err
}

// MessageID is the id of a notification's record: the name of the effect.
func MessageID(n booking.Notification) string {
	return events.EffectID(KindNotification, cmp.Or(n.Booking.ID, n.Booking.DepartureID), n.Occurrence, n.Template, n.Channel, n.Recipient)
}

// MessageData is what whoever tells of a message says, so that its record is found
// by that.
func MessageData(n booking.Notification) events.Data {
	d := events.Data{Booking: n.Booking, Reason: n.Reason, Amount: n.Amount}
	about(&d, n)
	return d
}

// about has the data tell of a message.
func about(d *events.Data, n booking.Notification) {
	d.Occurrence, d.Template, d.CustomerID, d.Channel, d.Recipient = n.Occurrence, n.Template, n.CustomerID, n.Channel, n.Recipient
	d.Among, d.Was, d.Stock = n.Among, n.Was, n.Stock
}

func notificationID(e events.Event) string {
	return cmp.Or(e.Message, MessageID(notificationOf(e)))
}

// notificationOf is the notification that an event asks for or tells of.
func notificationOf(e events.Event) booking.Notification {
	template := cmp.Or(e.Template, e.Occurrence)
	return booking.Notification{
		Booking: e.Booking, Occurrence: e.Occurrence, Template: template, Category: booking.CategoryOf(template),
		CustomerID: cmp.Or(e.CustomerID, e.Recipient), Channel: e.Channel, Recipient: e.Recipient, Among: e.Among,
		Reason: e.Reason, Amount: e.Amount, Was: e.Was, Stock: e.Stock,
	}
}

func nextNotification(n booking.Notification, e events.Event, word *booking.Receipt, now time.Time) (booking.Notification, *sending, events.Answer) {
	if word == nil {
		switch e.Name {
		case events.Delivered:
			return n.Reached(e.Time), nil, events.Answer{}
		case events.Bounced:
			return n.CameBack(e.Code, e.Time), nil, events.Answer{}
		case events.SendWake:
			if n.Occurrence == "" {
				return n, nil, events.Answer{Err: events.ErrNothingSaid}
			}
		}
	}
	as := notificationOf(e)
	as.At = e.Time
	n, send := n.Next(as, word, now)
	if send != nil {
		send.Key = MessageID(n)
		return n, &sending{*send, n}, events.Answer{}
	}
	return n, nil, events.First(NotificationFacts(n)...)
}

// NotificationFacts are the facts that a notification remembers, the one that
// stands first.
func NotificationFacts(n booking.Notification) (all []events.Answer) {
	for name, said := range map[events.Name]*booking.Said{events.Sent: n.Sent, events.SendFailed: n.Failed} {
		all = append(all, name.As(n.Booking, said))
	}
	all = append(all, events.SendDeferred.As(n.Booking, n.Deferred))
	for i, a := range all {
		a = a.Of(n.Booking.DepartureID).With(func(d *events.Data) {
			about(d, n)
			if a.Name == events.SendDeferred {
				d.Until = n.Until
			}
		})
		if n.Category != booking.CategoryEnding {
			a = a.Aside()
		}
		all[i] = a
	}
	return all
}
