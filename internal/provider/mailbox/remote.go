package mailbox

import (
	"context"
	"net/http"

	"tourbillon/internal/booking"
	"tourbillon/internal/provider/remote"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// The paths of a mailbox that runs elsewhere.
const (
	pathSend  = "/mail/send"
	pathList  = "/mail/list"
	pathErase = "/mail/erase"
)

// listing asks for a page; without a booking and a customer, of all messages.
type listing struct {
	BookingID  string `json:"bookingId,omitempty"`
	CustomerID string `json:"customerId,omitempty"`
	Cursor     string `json:"cursor,omitempty"`
	Limit      int    `json:"limit"`
}

func (l listing) index() string {
	switch {
	case l.BookingID != "":
		return IndexOf(l.BookingID)
	case l.CustomerID != "":
		return IndexOfCustomer(l.CustomerID)
	}
	return Index
}

type page struct {
	Mails []Mail `json:"mails"`
	Next  string `json:"next,omitempty"`
}

// erasing asks for a booking's messages to be erased, or a customer's, and erased
// says how many.
type (
	erasing struct {
		BookingID  string `json:"bookingId,omitempty"`
		CustomerID string `json:"customerId,omitempty"`
	}
	erased struct {
		Erased int `json:"erased"`
	}
)

// Mount has b answer the calls of a [Remote].
func (b *Mailbox) Mount(mux *http.ServeMux) {
	remote.Handle(mux, pathSend, b.Send)
	remote.Handle(mux, pathList, func(ctx context.Context, l listing) (p page, err error) {
		p.Mails, p.Next, err = b.list(ctx, l.index(), l.Cursor, l.Limit)
		return p, err
	})
	remote.Handle(mux, pathErase, func(ctx context.Context, e erasing) (done erased, err error) {
		if e.BookingID != "" {
			done.Erased, err = b.Erase(ctx, e.BookingID)
		} else {
			done.Erased, err = b.EraseCustomer(ctx, e.CustomerID)
		}
		return done, err
	})
}

// Remote is a mailbox that runs elsewhere. It keeps the contract of
// record.Messages.
type Remote struct{ At remote.Client }

// Send delivers the message, unless its key was delivered before.
func (r Remote) Send(ctx context.Context, m record.Message) (got booking.Receipt, err error) {
	err = r.At.Call(ctx, pathSend, m, &got)
	return got, err
}

// List returns a page of the messages, oldest first, and the cursor of the next.
func (r Remote) List(ctx context.Context, cursor string, limit int) ([]Mail, string, error) {
	return r.list(ctx, listing{Cursor: cursor, Limit: limit})
}

// Of is [Remote.List] of one booking's messages.
func (r Remote) Of(ctx context.Context, bookingID, cursor string, limit int) ([]Mail, string, error) {
	return r.list(ctx, listing{BookingID: bookingID, Cursor: cursor, Limit: limit})
}

// OfCustomer is [Remote.List] of one customer's.
func (r Remote) OfCustomer(ctx context.Context, customerID, cursor string, limit int) ([]Mail, string, error) {
	return r.list(ctx, listing{CustomerID: customerID, Cursor: cursor, Limit: limit})
}

// Erase is [Mailbox.Erase] there.
func (r Remote) Erase(ctx context.Context, bookingID string) (int, error) {
	var done erased
	err := r.At.Call(ctx, pathErase, erasing{BookingID: bookingID}, &done)
	return done.Erased, err
}

// EraseCustomer is [Mailbox.EraseCustomer] there.
func (r Remote) EraseCustomer(ctx context.Context, customerID string) (int, error) {
	var done erased
	err := r.At.Call(ctx, pathErase, erasing{CustomerID: customerID}, &done)
	return done.Erased, err
}

func (r Remote) list(ctx context.Context, l listing) ([]Mail, string, error) {
	if _, err := store.ParseCursor(l.index(), l.Cursor); err != nil {
		return nil, "", err
	}
	var p page
	err := r.At.Call(ctx, pathList, l, &p)
	return p.Mails, p.Next, err
}
