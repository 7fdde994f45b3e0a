// Package mailbox is a message provider that keeps what it is given in the
// store, where a person can read it as the customer would. It knows its keys:
// the same message is delivered once, however often it is sent.
package mailbox

import (
	"context"
	"encoding/json"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/parse"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// Kind is the mailbox's kind of record, and Index the list of all messages by
// the time they came.
const (
	Kind  = "mailbox"
	Index = "mailbox"
)

// IndexOf names the list of a booking's messages, by the time they came.
func IndexOf(bookingID string) string { return Index + "/" + bookingID }

// IndexOfCustomer names the list of a customer's messages, those of their bookings
// too.
func IndexOfCustomer(customerID string) string { return Index + "/customer/" + customerID }

// Mail is one message as it was delivered. Asked counts how often it was sent
// to us.
type Mail = record.Mail

// Mailbox is the provider. It keeps the contract of record.Messages.
type Mailbox struct {
	records *store.Records
	now     func() time.Time
}

// New returns a mailbox in r.
func New(r *store.Records, now func() time.Time) *Mailbox { return &Mailbox{r, now} }

// Send delivers the message, unless its key was delivered before.
func (b *Mailbox) Send(ctx context.Context, m record.Message) (booking.Receipt, error) {
	err := b.records.Update(ctx, store.Key{Record: Kind, ID: m.Key}, m.Key, func(row store.Row) (store.Change, error) {
		mail := Mail{Message: m, At: b.now()}
		if len(row.Entry) > 0 {
			if err := parse.JSON(row.Entry, &mail); err != nil {
				return store.Change{}, err
			}
		}
		mail.Asked++
		raw, err := json.Marshal(mail)
		c := store.Change{Entry: raw}
		for list, of := range map[string]string{Index: m.Key, IndexOf(mail.BookingID): mail.BookingID, IndexOfCustomer(mail.CustomerID): mail.CustomerID} {
			if of != "" {
				c.Index = append(c.Index, store.Index{Name: list, Member: m.Key, Score: mail.At.UnixMilli(), In: true})
			}
		}
		return c, err
	})
	return booking.Receipt{ID: m.Key}, err
}

// List returns a page of the messages, oldest first, and the cursor of the next.
func (b *Mailbox) List(ctx context.Context, cursor string, limit int) ([]Mail, string, error) {
	return b.list(ctx, Index, cursor, limit)
}

// Of is [Mailbox.List] of one booking's messages.
func (b *Mailbox) Of(ctx context.Context, bookingID, cursor string, limit int) ([]Mail, string, error) {
	return b.list(ctx, IndexOf(bookingID), cursor, limit)
}

// OfCustomer is [Mailbox.List] of one customer's.
func (b *Mailbox) OfCustomer(ctx context.Context, customerID, cursor string, limit int) ([]Mail, string, error) {
	return b.list(ctx, IndexOfCustomer(customerID), cursor, limit)
}

func (b *Mailbox) list(ctx context.Context, index, cursor string, limit int) ([]Mail, string, error) {
	page, err := b.records.List(ctx, index, cursor, limit)
	if err != nil {
		return nil, "", err
	}
	var mails []Mail
	for _, key := range page.Members {
		row, err := b.records.Read(ctx, store.Key{Record: Kind, ID: key}, key)
		if err != nil {
			return nil, "", err
		}
		var m Mail
		if err := parse.JSON(row.Entry, &m); err != nil {
			return nil, "", err
		}
		mails = append(mails, m)
	}
	return mails, page.Next, nil
}

// Erase forgets to whom a booking's messages went and what they said, and
// returns how many were not erased before. That they were sent is not forgotten:
// none is sent again.
func (b *Mailbox) Erase(ctx context.Context, bookingID string) (erased int, err error) {
	return b.eraseAll(ctx, IndexOf(bookingID))
}

// EraseCustomer is [Mailbox.Erase] of a customer's messages, those of their
// bookings too.
func (b *Mailbox) EraseCustomer(ctx context.Context, customerID string) (erased int, err error) {
	return b.eraseAll(ctx, IndexOfCustomer(customerID))
}

func (b *Mailbox) eraseAll(ctx context.Context, index string) (erased int, err error) {
	for cursor := ""; ; {
		page, err := b.records.List(ctx, index, cursor, 100)
		if err != nil {
			return erased, err
		}
		for _, key := range page.Members {
			fresh, err := b.erase(ctx, key)
			if err != nil {
				return erased, err
			}
			if fresh {
				erased++
			}
		}
		if cursor = page.Next; cursor == "" {
			return erased, nil
		}
	}
}

func (b *Mailbox) erase(ctx context.Context, key string) (fresh bool, err error) {
	err = b.records.Update(ctx, store.Key{Record: Kind, ID: key}, key, func(row store.Row) (store.Change, error) {
		var m Mail
		if err := parse.JSON(row.Entry, &m); err != nil {
			return store.Change{}, err
		}
		if fresh = !m.Erased; !fresh {
			return store.Change{}, nil
		}
		m.Message = record.Message{Key: m.Key, BookingID: m.BookingID, Channel: m.Channel}
		m.Erased = true
		raw, err := json.Marshal(m)
		return store.Change{Entry: raw}, err
	})
	return fresh, err
}
