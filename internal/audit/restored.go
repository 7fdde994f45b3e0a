package audit

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// Booking is one booking as the archive has it.
type Booking struct {
	ID        string
	Asked     booking.Booking // as it was requested
	Requested *booking.Said
	Seat      booking.Seat
	Own       booking.Record
	Payment   booking.Payment
	Messages  map[string]booking.Notification // by the id of their record
	Ends      []End                           // of its saga
	Stuck     *booking.Said                   // the newest saga.stuck
	StuckOn   string                          // the step
	StuckBy   string                          // the event that it was said on
	Version   uint64                          // of its saga
	Causes    map[string]string               // what each fact was said on, by its id as an event
}

// End is one ending that a saga has stated.
type End struct {
	Occurrence string
	Cause      string
	Said       *booking.Said
	Requested  time.Time
}

// Catalog is a tour or a departure as the archive has it: the head, and the
// entries of the catalog's commands.
type Catalog struct {
	Tour      booking.Tour
	Departure booking.Departure
	Changes   map[string]booking.Change
}

// Fold folds the whole archive and shows the books to do, once for each share
// of the bookings.
func Fold(ctx context.Context, h events.History, most int, do func(b *Books, first bool) error) error {
	shares := 1
	for share := 0; share < shares; share++ {
		b := NewBooks(share, shares, most)
		b.causes = true
		if share > 0 {
			b.most = math.MaxInt // as many as it takes: the first share has said how many there are
		}
		if _, err := b.Read(ctx, h, ""); err != nil {
			return err
		}
		shares = b.Shares()
		if err := do(b, share == 0); err != nil {
			return err
		}
	}
	return nil
}

// Wrong returns what the facts by themselves have wrong.
func (b *Books) Wrong() []Finding { return b.wrong }

// Tours returns every tour, by id.
func (b *Books) Tours() map[string]Catalog { return catalogOf(b.tours) }

// Departures returns every departure, by id.
func (b *Books) Departures() map[string]Catalog { return catalogOf(b.departures) }

func catalogOf(all map[string]*stock) map[string]Catalog {
	out := make(map[string]Catalog, len(all))
	for id, s := range all {
		out[id] = Catalog{Tour: s.tour, Departure: s.departure, Changes: s.changes}
	}
	return out
}

// Bookings returns the ids of the share's bookings, sorted.
func (b *Books) Bookings() []string { return slices.Sorted(maps.Keys(b.accounts)) }

// Messages returns the share's notifications that are of no booking, by the id of
// their record.
func (b *Books) Messages() map[string]booking.Notification {
	all := map[string]booking.Notification{}
	for _, a := range b.apart {
		maps.Copy(all, a.told)
	}
	return all
}

// Readers returns the share's records of addresses, by id.
func (b *Books) Readers() map[string]booking.Reader {
	all := map[string]booking.Reader{}
	for id, a := range b.apart {
		if a.kind() == customers {
			all[id] = a.reader
		}
	}
	return all
}

// Booking returns one of the share's bookings.
func (b *Books) Booking(id string) Booking {
	a := b.accounts[id].clone()
	a.seal()
	out := Booking{
		ID: id, Asked: a.asked, Requested: a.requested, Seat: a.seat, Own: a.own, Payment: a.payment, Messages: a.told,
		Stuck: a.keeper.Stuck, StuckOn: a.keeper.StuckOn, StuckBy: a.keeper.StuckBy, Version: a.keeper.Version, Causes: a.causes,
	}
	for _, e := range a.keeper.Ends {
		out.Ends = append(out.Ends, End(e))
	}
	return out
}
