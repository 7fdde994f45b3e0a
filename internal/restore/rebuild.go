package restore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"tourbillon/events"
	"tourbillon/internal/audit"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// The errors of a rebuild.
var (
	// ErrNotEmpty is a store that has records: nothing was written.
	ErrNotEmpty = errors.New("the store is not empty")
	// ErrOther is a record that is there, and is not as the archive has it:
	// somebody wrote it since the rebuild began.
	ErrOther = errors.New("the record is there, and is another")
)

// Options is what a rebuild is made with.
type Options struct {
	History events.History
	Records *store.Records
	Plans   saga.Plans
	Dry     bool // counts, and writes nothing
	Most    int  // bookings in memory at once; 0: audit.MostBookings
}

// Summary is what was made anew.
type Summary struct {
	Facts         int `json:"facts"`
	Tours         int `json:"tours"`
	Departures    int `json:"departures"`
	Bookings      int `json:"bookings"` // that anything is known of
	Payments      int `json:"payments"`
	Notifications int `json:"notifications"`
	Customers     int `json:"customers"` // whose wishes are known, or addresses that are written to no more
	UnderWay      int `json:"underWay"`  // bookings that have not ended
	Uncharged     int `json:"uncharged"` // of those, such as will fail, for nobody has their card
	Holes         int `json:"holes"`     // findings of what the archive itself has wrong
}

// Rebuild makes every record anew from the archive, in a store that is empty.
// A rebuild that was broken off may be begun again: what is there and is as the
// archive has it stays. It answers [ErrNotEmpty], [ErrOther], or the error of
// the archive or the store.
func Rebuild(ctx context.Context, o Options) (Summary, error) {
	b := builder{Options: o}
	if b.Most == 0 {
		b.Most = audit.MostBookings
	}
	begun, err := b.begin(ctx)
	if err != nil {
		return b.sum, err
	}
	err = audit.Fold(ctx, o.History, b.Most, func(books *audit.Books, first bool) error {
		b.sum.Facts = books.Facts()
		if first {
			b.sum.Holes = len(books.Wrong())
			if err := b.catalog(ctx, books); err != nil {
				return err
			}
		}
		if err := b.apart(ctx, books); err != nil {
			return err
		}
		departures := books.Departures()
		return each(ctx, books.Bookings(), func(ctx context.Context, id string) error {
			is := books.Booking(id)
			return b.booking(ctx, departures[is.Seat.Booking.DepartureID].Departure, is)
		})
	})
	if err == nil && begun {
		err = b.end(ctx)
	}
	return b.sum, err
}

// workers is how many bookings are made at once: what is waited for is the store.
const workers = 16

// each does all, several at once, until one fails or ctx ends.
func each(ctx context.Context, all []string, do func(context.Context, string) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	todo := make(chan string)
	var working sync.WaitGroup
	for range workers {
		working.Go(func() {
			for one := range todo {
				if err := do(ctx, one); err != nil {
					stop(err)
				}
			}
		})
	}
	for _, one := range all {
		if ctx.Err() != nil {
			break
		}
		todo <- one // somebody takes it: a worker that fails goes on to the next
	}
	close(todo)
	working.Wait()
	return context.Cause(ctx)
}

type builder struct {
	Options
	mu  sync.Mutex
	sum Summary
}

// mark is the record that says that a rebuild is under way.
var mark = store.Key{Record: "rebuild", ID: "rebuild"}

const underWay, done = `{"state":"under way"}`, `{"state":"done"}`

// begin makes sure that there is nothing, but for what a rebuild has made that
// was broken off.
func (b *builder) begin(ctx context.Context) (begun bool, err error) {
	row, err := b.Records.Read(ctx, mark, mark.ID)
	if err != nil || string(row.Entry) == underWay {
		return !b.Dry, err
	}
	if err := Empty(ctx, b.Records); err != nil {
		return false, err
	}
	return !b.Dry, b.write(ctx, mark, mark.ID, func(store.Row) (store.Change, error) { return store.Change{Entry: []byte(underWay)}, nil })
}

// Empty answers [ErrNotEmpty] where there are tours, departures or sagas.
func Empty(ctx context.Context, r *store.Records) error {
	for _, list := range append(record.AuditNames().Sagas, record.IndexTours, record.IndexDepartures) {
		n, err := r.Count(ctx, list)
		if err != nil {
			return fmt.Errorf("count %s: %w", list, err)
		}
		if n > 0 {
			return fmt.Errorf("%w: the list %s has %d members", ErrNotEmpty, list, n)
		}
	}
	return nil
}

// Unfinished reports whether a rebuild was begun and has not come to its end:
// then there are some of the records. That it could not be seen is a no.
func Unfinished(ctx context.Context, r *store.Records) bool {
	row, err := r.Read(ctx, mark, mark.ID)
	return err == nil && string(row.Entry) == underWay
}

func (b *builder) end(ctx context.Context) error {
	return b.write(ctx, mark, mark.ID, func(store.Row) (store.Change, error) { return store.Change{Entry: []byte(done)}, nil })
}

func (b *builder) write(ctx context.Context, key store.Key, entry string, decide store.Decide) error {
	if b.Dry {
		return nil
	}
	if err := b.Records.Update(ctx, key, entry, decide); err != nil {
		return fmt.Errorf("write %s: %w", key.Record, err)
	}
	return nil
}

// put writes a head and an entry, either of which may be nil, unless they are
// there already.
func (b *builder) put(ctx context.Context, key store.Key, entry string, head, value any, lines []store.Line, index []store.Index) error {
	change := store.Change{}
	var err error
	if head != nil {
		change.Head, err = json.Marshal(head)
	}
	if err == nil && value != nil {
		change.Entry, err = json.Marshal(value)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", key.Record, err)
	}
	for _, l := range lines {
		if !l.At.IsZero() {
			change.Lines = append(change.Lines, l)
		}
	}
	for _, x := range index {
		if x.In {
			change.Index = append(change.Index, x)
		}
	}
	return b.write(ctx, key, entry, func(row store.Row) (store.Change, error) {
		if other(row.Head, change.Head) || other(row.Entry, change.Entry) {
			return store.Change{}, ErrOther
		}
		return change, nil
	})
}

// other reports whether there is something, and not what is to be.
func other(is, want []byte) bool { return is != nil && want != nil && !bytes.Equal(is, want) }

// booking makes a booking's records: its seats, itself, its payment, what its
// customer was told, and at last its saga, which goes on.
func (b *builder) booking(ctx context.Context, of booking.Departure, is audit.Booking) error {
	key := func(kind, id string) store.Key { return store.Key{Record: kind, ID: id} }
	if s := is.Seat; s.Booking.ID != "" {
		lines, index := record.SeatPlace(of, s)
		if err := b.put(ctx, key(record.KindDeparture, s.Booking.DepartureID), is.ID, nil, s, lines, index); err != nil {
			return err
		}
	}
	if is.Own.Version > 0 {
		if err := b.put(ctx, key(record.KindBooking, is.ID), is.ID, nil, is.Own, nil, nil); err != nil {
			return err
		}
	}
	if is.Payment.Version > 0 {
		if err := b.put(ctx, key(record.KindPayment, is.ID), is.ID, nil, leased[booking.Payment]{is.Payment}, record.PaymentPlace(is.Payment), nil); err != nil {
			return err
		}
	}
	for id, n := range is.Messages {
		if err := b.message(ctx, id, n); err != nil {
			return err
		}
	}
	r, err := keep(b.Plans, is)
	if err != nil || r.Booking.ID == "" {
		return err
	}
	b.count(is, r)
	lines, index := record.SagaPlace(r)
	return b.put(ctx, key(record.KindSaga, is.ID), is.ID, nil, r, lines, index)
}

func (b *builder) count(is audit.Booking, r saga.Record) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.Armed.Step != "" && r.Armed.Step != b.Plans[r.Plan].Complete.Command {
		b.sum.UnderWay++
		if is.Payment.Version == 0 && is.Own.Closed == nil {
			b.sum.Uncharged++
		}
	}
	b.sum.Bookings++
	b.sum.Notifications += len(is.Messages)
	if is.Payment.Version > 0 {
		b.sum.Payments++
	}
}

// catalog makes the tours and departures: their heads, and the catalog's
// commands.
func (b *builder) catalog(ctx context.Context, books *audit.Books) error {
	for id, t := range books.Tours() {
		b.sum.Tours++
		for entry, c := range t.Changes {
			key := store.Key{Record: record.KindTour, ID: id}
			if err := b.put(ctx, key, entry, t.Tour, c, nil, record.TourPlace(t.Tour, c)); err != nil {
				return err
			}
		}
	}
	for id, d := range books.Departures() {
		b.sum.Departures++
		key := store.Key{Record: record.KindDeparture, ID: id}
		if len(d.Changes) == 0 { // what opened it is lost: its counters are not
			if err := b.put(ctx, key, "", d.Departure, nil, nil, nil); err != nil {
				return err
			}
		}
		for entry, c := range d.Changes {
			lines, index := record.DeparturePlace(d.Departure, c)
			if err := b.put(ctx, key, entry, d.Departure, c, lines, index); err != nil {
				return err
			}
		}
	}
	return nil
}
