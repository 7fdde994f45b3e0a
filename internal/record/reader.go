package record

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/parse"
	"tourbillon/internal/store"
)

// KindCustomer is the kind of record of who is told: its id is the keyed hash of
// an address of mail, which is the customer's id, of a telephone number or of a
// device's token. Its entries are the departures that the customer watches.
const KindCustomer = "customer"

// IndexWatchers names the list of the customers who watch a departure, by since
// when.
func IndexWatchers(departureID string) string { return "departure/" + departureID + "/watchers" }

// Reader is an arrow over a customer's record, or that of another address.
func Reader(name string, id func(events.Event) string, does arrow.Table[booking.Reader, booking.Watch]) arrow.Function {
	return arrow.On[booking.Reader, booking.Watch]{Name: name, Kind: KindCustomer, Record: id, Entry: noEntry, Does: does}
}

// noEntry is the entry of what is about the head alone.
func noEntry(events.Event) string { return "-" }

// ReadReader reads how somebody is to be told: for act strokes, sources and
// screens only. Who is not known has wished for nothing.
func ReadReader(ctx context.Context, r *store.Records, id string) (booking.Reader, error) {
	return readHead[booking.Reader](ctx, r, KindCustomer, id)
}

// Watching reports whether a customer watches a departure, now: for act strokes
// only.
func Watching(ctx context.Context, r *store.Records, id, departureID string) (bool, error) {
	row, err := r.Read(ctx, store.Key{Record: KindCustomer, ID: id}, departureID)
	var w booking.Watch
	if err == nil && len(row.Entry) > 0 {
		err = parse.JSON(row.Entry, &w)
	}
	if err != nil {
		return false, fmt.Errorf("read what a customer watches: %w", err)
	}
	return !w.Since.IsZero(), nil
}

// ChangeReader changes what the door alone knows of a customer, and no event
// tells but those that are rendered by [AboutCustomer]: contact, devices, wishes.
// What is as it was is not committed.
func ChangeReader(ctx context.Context, r *store.Records, id string, change func(booking.Reader) booking.Reader) error {
	return changeReader(ctx, r, id, "-", func(head booking.Reader, _ booking.Watch) (booking.Reader, booking.Watch, []store.Index) {
		return change(head), booking.Watch{}, nil
	})
}

// ChangeWatch has a customer watch a departure, or not any more, and changes what
// the door knows of them with it.
func ChangeWatch(ctx context.Context, r *store.Records, id, departureID string, change func(booking.Reader, booking.Watch) (booking.Reader, booking.Watch)) error {
	return changeReader(ctx, r, id, departureID, func(head booking.Reader, w booking.Watch) (booking.Reader, booking.Watch, []store.Index) {
		head, w = change(head, w)
		in, since := !w.Since.IsZero(), int64(0)
		if in {
			since = w.Since.UnixMilli()
		}
		return head, w, []store.Index{
			{Name: IndexWatchers(departureID), Member: id, Score: since, In: in},
			{Name: IndexWatched(id), Member: departureID, Score: since, In: in},
		}
	})
}

// IndexWatched names the list of the departures that a customer watches.
func IndexWatched(customerID string) string { return "customer/" + customerID + "/watches" }

func changeReader(ctx context.Context, r *store.Records, id, entry string, change func(booking.Reader, booking.Watch) (booking.Reader, booking.Watch, []store.Index)) error {
	err := r.Update(ctx, store.Key{Record: KindCustomer, ID: id}, entry, func(row store.Row) (c store.Change, err error) {
		var head booking.Reader
		var w booking.Watch
		if len(row.Head) > 0 {
			err = parse.JSON(row.Head, &head)
		}
		if err == nil && len(row.Entry) > 0 {
			err = parse.JSON(row.Entry, &w)
		}
		if err != nil {
			return c, errUnreadable // the error itself may quote it
		}
		var lists []store.Index
		head, w, lists = change(head, w)
		if c.Head, err = renewed(row.Head, head); err == nil && lists != nil {
			c.Entry, err = renewed(row.Entry, w)
		}
		if c.Entry != nil {
			c.Index = lists
		}
		return c, err
	})
	if err != nil {
		err = fmt.Errorf("change a customer: %w", err)
	}
	return err
}

// renewed is what v is kept as, or nil where that is there already.
func renewed(was []byte, v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if bytes.Equal(raw, was) || len(was) == 0 && string(raw) == "{}" {
		return nil, err
	}
	return raw, err
}

// SuppressedFact is the fact that an address is written to no more, or silence.
func SuppressedFact(recipient string, r booking.Reader) events.Answer {
	return aboutAddress(events.Suppressed, recipient, r, r.Suppressed)
}

// RestoredFact is the fact that it is again.
func RestoredFact(recipient string, r booking.Reader) events.Answer {
	return aboutAddress(events.Restored, recipient, r, r.Restored)
}

func aboutAddress(n events.Name, recipient string, r booking.Reader, said *booking.Said) events.Answer {
	return n.As(booking.Booking{}, said).Of(recipient).With(func(d *events.Data) { d.Channel, d.Recipient = r.Channel, recipient })
}

// PreferredFact is the fact of what a customer wishes, or silence.
func PreferredFact(customerID string, r booking.Reader) events.Answer {
	return events.PreferencesChanged.As(booking.Booking{}, r.Preferred).Of(customerID).With(func(d *events.Data) {
		d.CustomerID, d.Preferences = customerID, &r.Preferences
	})
}

// AboutCustomer makes a fact of a customer's record an event, said by function
// because somebody asked at a door. Of silence it makes none.
func AboutCustomer(function, id, trace string, facts ...events.Answer) (all []events.Event) {
	for _, a := range facts {
		if !a.Silent() {
			all = append(all, a.Render(events.Speaker{Function: function, Record: KindCustomer, ID: id}, events.Event{Trace: trace}))
		}
	}
	return all
}

// Watches returns the departures that a customer watches, by since when.
func Watches(ctx context.Context, r *store.Records, customerID string) (all []string, err error) {
	for cursor := ""; ; {
		page, err := r.List(ctx, IndexWatched(customerID), cursor, 100)
		if err != nil {
			return nil, fmt.Errorf("list what a customer watches: %w", err)
		}
		all = append(all, page.Members...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}
