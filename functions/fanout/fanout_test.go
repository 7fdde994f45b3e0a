package fanout_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/catalog"
	"tourbillon/functions/compensate"
	"tourbillon/functions/fanout"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/reserve"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

// broker keeps what is published, unless it is down.
type broker struct {
	down error
	got  []events.Event
}

// Publish keeps the events.
func (b *broker) Publish(_ context.Context, es ...events.Event) error {
	if b.down == nil {
		b.got = append(b.got, es...)
	}
	return b.down
}

// wire is fanout, with those who fill a departure.
func (b *broker) wire(d *functionstest.Desk) []arrow.Function {
	fs := append(catalog.Functions(), compensate.Functions(d.Records, nil)...)
	return append(fs, reserve.Function(), fanout.Function(d.Records, b))
}

// desk is where fanout hears of a departure that is cancelled.
type desk struct{ *functionstest.Desk }

func open(t *testing.T, wire func(*functionstest.Desk) []arrow.Function) desk {
	return desk{functionstest.Open(t, "fanout", wire)}
}

var terms = booking.Terms{
	TourID: "old-town", StartsAt: functionstest.Noon.Add(72 * time.Hour), TimeZone: "Europe/Paris", Capacity: 1000, Price: booking.Money{Currency: "EUR"},
}

// filled is a departure with so many bookings.
func (d desk) filled(bookings int) desk {
	d.T.Helper()
	of := events.Data{Booking: booking.Booking{DepartureID: "lyon-0900"}, Terms: &terms}
	d.Says(events.DepartureOpened, d.Event(events.DepartureOpen, of))
	for i := range bookings {
		d.Says(events.SpotsReserved, d.on(events.SpotsReserve, i))
	}
	return d
}

func (d desk) on(n events.Name, i int) events.Event {
	return d.Event(n, events.Data{Booking: booking.Booking{ID: fmt.Sprintf("booking-%03d", i), DepartureID: "lyon-0900", Seats: 1}})
}

// cancelled is the fact that begins the list.
func (d desk) cancelled() events.Event {
	e := d.Event(events.DepartureCancelled, events.Data{
		Booking: booking.Booking{DepartureID: "lyon-0900"}, Reason: booking.ReasonOperator,
		Terms: &terms, Stock: &booking.Stock{Capacity: 1000},
	})
	e.ID = factID
	return e
}

// factID is the id of the fact that begins a list, as facts have them.
const factID = "5c92df742756637fb92a905fee0f7537"

// run hears e and whatever fanout sends itself, and returns who was told, how
// often at most, and over how many pages.
func (b *broker) run(d desk, e events.Event) (told map[string]int, pages int) {
	d.T.Helper()
	told = map[string]int{}
	for next := []events.Event{e}; len(next) > 0; pages++ {
		b.got = nil
		if out, err := d.Hear(next[0]); out != nil || err != nil {
			d.T.Fatalf("%+v, %v, want silence", out, err)
		}
		next = next[1:]
		for _, e := range b.got {
			ce, err := events.Encode(e)
			if err != nil {
				d.T.Fatal(err)
			}
			switch e, err = events.Decode(ce); {
			case err != nil:
				d.T.Fatal(err)
			case e.DepartureID != "lyon-0900":
				d.T.Errorf("published %+v", e)
			case e.Name == events.FanoutNext && e.To == "fanout":
				next = append(next, e)
			case e.Name == events.BookingCancel && e.To == "saga" && e.By == "operator" && e.Reason == booking.ReasonDepartureCancelled:
				told[e.Data.ID]++
			case e.Name == events.Announce && e.To == "announce" && e.Occurrence == factID:
				told[e.Data.ID+e.Data.CustomerID+" of "+e.Template]++
			default:
				d.T.Errorf("published %+v", e)
			}
		}
	}
	return told, pages
}

func TestFanout(t *testing.T) {
	for _, c := range []struct{ bookings, pages int }{ // one page is that of nobody who watches
		{0, 2}, {1, 2}, {fanout.Page, 2}, {fanout.Page + 1, 3}, {2*fanout.Page + 50, 4},
	} {
		t.Run(fmt.Sprintf("%d bookings are each told once, in %d pages", c.bookings, c.pages), func(t *testing.T) {
			b := new(broker)
			d := open(t, b.wire).filled(c.bookings)
			told, pages := b.run(d, d.cancelled())
			if len(told) != c.bookings || pages != c.pages {
				t.Errorf("%d bookings in %d pages", len(told), pages)
			}
			for id, n := range told {
				if n != 1 {
					t.Errorf("%s was told %d times", id, n)
				}
			}
		})
	}
}

func TestFanout_DueAgain(t *testing.T) {
	b := new(broker)
	d := open(t, b.wire).filled(fanout.Page + 1)
	name, data, _ := saga.Due(saga.FanoutLine("lyon-0900"))
	told, pages := b.run(d, d.Event(name, data))
	if len(told) != fanout.Page+1 || pages != 2 {
		t.Errorf("%d bookings in %d pages", len(told), pages)
	}
}

func TestFanout_WhileTheListShrinks(t *testing.T) {
	b := new(broker)
	d := open(t, b.wire).filled(fanout.Page + 50)
	if _, err := d.Hear(d.cancelled()); err != nil {
		t.Fatal(err)
	}
	next := b.got[fanout.Page]
	for i := range fanout.Page { // the first page's bookings give their seats back meanwhile
		e := d.on(events.SpotsRelease, i)
		e.Status = booking.StatusCancelled
		d.Says(events.SpotsReleased, e)
	}
	if told, _ := b.run(d, next); len(told) != 50 {
		t.Errorf("%d bookings of the second page were told, want 50", len(told))
	}
}

func TestFanout_TwiceIsOnce(t *testing.T) {
	b := new(broker)
	d := open(t, b.wire).filled(fanout.Page + 1)
	for range 2 {
		if _, err := d.Hear(d.cancelled()); err != nil {
			t.Fatal(err)
		}
		d.Now = d.Now.Add(time.Minute)
	}
	page := fanout.Page + 2 // with the cursor, and who watches
	for i := range page {
		if first, second := b.got[i], b.got[page+i]; first.ID != second.ID {
			t.Errorf("%s, then %s", first.ID, second.ID)
		}
	}
}

// blind is a store that cannot be listed.
type blind struct{ store.Store }

// List fails.
func (blind) List(context.Context, string, string, int) (store.Page, error) {
	return store.Page{}, store.ErrUnavailable
}

func TestFanout_Again(t *testing.T) {
	b := &broker{down: errors.New("broker is down")}
	for name, c := range map[string]struct {
		wire  func(*functionstest.Desk) []arrow.Function
		cause error
	}{
		"all is not well before it is published": {b.wire, b.down},
		"nor while the list cannot be read": {func(d *functionstest.Desk) []arrow.Function {
			return []arrow.Function{fanout.Function(store.New(blind{d}), new(broker))}
		}, store.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			var again *arrow.AgainError
			d := open(t, c.wire)
			if out, err := d.Hear(d.cancelled()); out != nil || !errors.As(err, &again) || !errors.Is(err, c.cause) {
				t.Errorf("%+v, %v, want again", out, err)
			}
		})
	}
}
