package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tourbillon/internal/booking"
	"tourbillon/internal/store"
)

// Records is what the records are read through.
type Records interface {
	Load(ctx context.Context, key store.Key, entries ...string) (store.Snapshot, error)
	List(ctx context.Context, index, cursor string, limit int) (store.Page, error)
}

// Names are the lists by which records are found, as they are named in the
// store.
type Names struct {
	Tours, Departures string
	Sagas             []string
	Bookings          func(departureID string) string
	Commands          func(kind, id string) string
	Messages          func(bookingID string) string
}

// unreadableError is a record that is not JSON of its kind.
type unreadableError struct {
	kind, id string
	err      error
}

// Error says what of it could not be read.
func (e *unreadableError) Error() string { return e.err.Error() }

// finding is what is told of it.
func (e *unreadableError) finding() Finding {
	return Finding{Kind: Differs, Record: e.kind, ID: e.id, Rule: string(RuleReadable), Says: "the record cannot be read: " + e.err.Error()}
}

// written is a booking's records as they are in the store: what was read, and
// the bytes of each, to be compared. Of a payment and a notification only the
// entry is: the lease around it is of nobody's concern.
type written struct {
	account
	raw map[string][]byte // by kind; of a notification by kind and id
}

// leased is an entry with its lease.
type leased struct {
	Entry json.RawMessage `json:"entry"`
}

func newWritten(id string) *written {
	w := &written{account: *newAccount(id), raw: map[string][]byte{}}
	w.told = map[string]booking.Notification{}
	return w
}

// load reads a booking's records; that of the departure, and the notifications
// that the archive has, are named. What follows from another is read before it:
// then that is there, whatever happens meanwhile.
func load(ctx context.Context, r Records, n Names, id, departure string, told map[string]booking.Notification) (*written, error) {
	w := newWritten(id)
	if err := w.read(ctx, r, sagas, id, id, sagas, &w.keeper); err != nil {
		return nil, err
	}
	if departure == "" {
		departure = w.where()
	}
	if err := w.settle(ctx, r, departure); err != nil {
		return nil, err
	}
	in := struct {
		Booking   *booking.Booking `json:"booking"`
		Requested **booking.Said   `json:"requested"`
	}{&w.asked, &w.requested}
	if err := w.read(ctx, r, intakes, id, id, intakes, &in); err != nil {
		return nil, err
	}
	if at := w.where(); departure == "" && at != "" {
		if err := w.read(ctx, r, departures, at, id, departures, &w.seat); err != nil {
			return nil, err
		}
	}
	messages := map[string]bool{}
	for message := range told {
		messages[message] = true
	}
	err := listed(ctx, r, n.Messages(id), func(message string) { messages[message] = true })
	for message := range messages {
		err = cmp.Or(err, w.message(ctx, r, message))
	}
	return w, err
}

// message reads one notification.
func (w *written) message(ctx context.Context, r Records, id string) error {
	var n booking.Notification
	err := w.read(ctx, r, notifications, id, id, notifications+" "+id, &n)
	if w.raw[notifications+" "+id] != nil {
		w.told[id] = n
	}
	return err
}

// settle reads the booking's seats, its payment and its own record.
func (w *written) settle(ctx context.Context, r Records, departure string) error {
	if departure != "" {
		if err := w.read(ctx, r, departures, departure, w.id, departures, &w.seat); err != nil {
			return err
		}
	}
	if err := w.read(ctx, r, payments, w.id, w.id, payments, &w.payment); err != nil {
		return err
	}
	return w.read(ctx, r, bookings, w.id, w.id, bookings, &w.own)
}

// Settled holds the records of a booking whose saga has ended against the rules
// of conservation: its seats, its money, and that it ended.
func Settled(ctx context.Context, r Records, b booking.Booking, now time.Time) ([]Violation, error) {
	w := newWritten(b.ID)
	if err := w.settle(ctx, r, b.DepartureID); err != nil {
		return nil, err
	}
	if w.raw[bookings] == nil {
		return []Violation{{RuleEnds, "a saga has ended, and its booking has no record"}}, nil
	}
	return w.conserve(now), nil
}

func (w *written) read(ctx context.Context, r Records, kind, id, entry, as string, into any) error {
	snap, err := r.Load(ctx, store.Key{Record: kind, ID: id}, entry)
	if err != nil {
		return fmt.Errorf("read %s: %w", kind, err)
	}
	raw := snap.Entries[entry]
	if len(raw) > 0 && (kind == payments || kind == notifications) {
		var l leased
		if err := json.Unmarshal(raw, &l); err != nil {
			return &unreadableError{kind, id, err}
		}
		raw = l.Entry
	}
	if len(raw) == 0 {
		return nil
	}
	w.raw[as] = raw
	if err := json.Unmarshal(raw, into); err != nil {
		return &unreadableError{kind, id, err}
	}
	return nil
}

// address reads the record of an address, which is a head.
func (w *written) address(ctx context.Context, r Records) error {
	snap, err := r.Load(ctx, store.Key{Record: customers, ID: w.id})
	if err != nil {
		return fmt.Errorf("read %s: %w", customers, err)
	}
	if len(snap.Head) == 0 {
		return nil
	}
	w.raw[customers] = snap.Head
	if err := json.Unmarshal(snap.Head, &w.reader); err != nil {
		return &unreadableError{customers, w.id, err}
	}
	return nil
}

// where is the departure, as far as any of the booking's records knows it.
func (a *account) where() string {
	for _, b := range []booking.Booking{a.seat.Booking, a.own.Booking, a.payment.Booking, a.asked, a.keeper.Booking} {
		if b.DepartureID != "" {
			return b.DepartureID
		}
	}
	return ""
}

// listed calls each with every member of a list.
func listed(ctx context.Context, r Records, index string, each func(string)) error {
	for cursor := ""; ; {
		page, err := r.List(ctx, index, cursor, 1000)
		if err != nil {
			return fmt.Errorf("list %s: %w", index, err)
		}
		for _, m := range page.Members {
			each(m)
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}
