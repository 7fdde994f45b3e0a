package record_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/functions/book"
	"tourbillon/functions/catalog"
	"tourbillon/functions/compensate"
	"tourbillon/functions/request"
	"tourbillon/functions/reserve"
	keeper "tourbillon/functions/saga"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/store/memory"
	"tourbillon/saga"
)

var noon = time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)

// desk hears events at a time that the test sets.
type desk struct {
	t       *testing.T
	now     time.Time
	records *store.Records
}

func open(t *testing.T) *desk { return &desk{t, noon, store.New(memory.New())} }

func (d *desk) ports() arrow.Ports {
	return arrow.Ports{Records: d.records, Now: func() time.Time { return d.now }, Lease: time.Minute}
}

// hear gives n about the booking to whichever arrow takes it, and returns what
// is said.
func (d *desk) hear(n events.Name, fill func(*events.Event), arrows ...arrow.Function) events.Name {
	d.t.Helper()
	e := events.Event{ID: "ask " + string(n), Source: "/tourbillon/test", Name: n, Time: d.now, Data: events.Data{Booking: held}}
	if fill != nil {
		fill(&e)
	}
	for _, f := range arrows {
		if !slices.Contains(f.Names(), n) {
			continue
		}
		out, err := f.Handle(d.t.Context(), d.ports(), e)
		if err != nil {
			d.t.Fatalf("%s: %v", n, err)
		}
		if out == nil {
			return ""
		}
		return out.Name
	}
	d.t.Fatalf("nobody takes %s", n)
	return ""
}

// due claims what has fallen due by then, for no time.
func (d *desk) due(by time.Time) []string {
	d.t.Helper()
	lines, err := d.records.Due(d.t.Context(), by, 0, 99)
	if err != nil {
		d.t.Fatal(err)
	}
	var names []string
	for _, l := range lines {
		names = append(names, l.Name)
	}
	return names
}

func (d *desk) list(index string) []string {
	d.t.Helper()
	page, err := d.records.List(d.t.Context(), index, "", 99)
	if err != nil {
		d.t.Fatal(err)
	}
	return page.Members
}

// put writes an entry, as JSON.
func (d *desk) put(kind, id, raw string) {
	d.t.Helper()
	err := d.records.Update(d.t.Context(), store.Key{Record: kind, ID: id}, id, func(store.Row) (store.Change, error) {
		return store.Change{Entry: []byte(raw)}, nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) want(what string, want, got any) {
	d.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		d.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

var held = booking.Booking{
	ID: "booking-2", DepartureID: "lyon-0900", Seats: 2, Flow: booking.Orchestration, Status: booking.StatusPending,
	ExpiresAt: noon.Add(15 * time.Minute), Price: booking.Money{Amount: 9000, Currency: "EUR"}, StartsAt: noon.Add(72 * time.Hour),
}

func onSale(e *events.Event) {
	e.Terms = &booking.Terms{TourID: "old-town", StartsAt: held.StartsAt, TimeZone: "Europe/Paris", Capacity: 4, Price: booking.Money{Amount: 4500, Currency: "EUR"}}
}

func TestDeparture(t *testing.T) {
	arrows := func(d *desk) []arrow.Function {
		return slices.Concat(catalog.Functions(), compensate.Functions(d.records, nil), []arrow.Function{reserve.Function()})
	}
	line := []string{saga.HoldLine("booking-2", "lyon-0900")}
	list := record.IndexBookings("lyon-0900")
	for _, c := range []struct {
		name         string
		hears        []events.Name
		line, listed bool
	}{
		{"held seats wake the keeper, and are listed", []events.Name{events.SpotsReserve}, true, true},
		{"sold seats wake nobody, and are listed", []events.Name{events.SpotsReserve, events.SpotsSell}, false, true},
		{"released seats do neither", []events.Name{events.SpotsReserve, events.SpotsRelease}, false, false},
		{"nor do sold ones that were released", []events.Name{events.SpotsReserve, events.SpotsSell, events.SpotsRelease}, false, false},
		{"nor does a tombstone", []events.Name{events.SpotsRelease, events.SpotsReserve}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			d.hear(events.DepartureOpen, onSale, arrows(d)...)
			for _, n := range c.hears {
				d.hear(n, nil, arrows(d)...)
			}
			end := held.ExpiresAt.Add(record.HoldGrace)
			d.want("due a moment before", []string(nil), d.due(end.Add(-time.Millisecond)))
			if c.line {
				d.want("due a minute after the hold's end", line, d.due(end))
			} else {
				d.want("due", []string(nil), d.due(end.Add(time.Hour)))
			}
			if listed := slices.Equal(d.list(list), []string{"booking-2"}); listed != c.listed {
				t.Errorf("listed: %v", d.list(list))
			}
		})
	}
	t.Run("seats that were refused leave no trace in the lists", func(t *testing.T) {
		d := open(t)
		d.hear(events.SpotsReserve, nil, arrows(d)...)
		d.want("bookings", 0, len(d.list(list)))
		d.want("departures", 0, len(d.list(record.IndexDepartures)))
		d.want("due", []string(nil), d.due(noon.Add(time.Hour)))
	})
	t.Run("a command's entry is apart from a booking's", func(t *testing.T) {
		d := open(t)
		id := func(e *events.Event) { onSale(e); e.ID = "booking-2" }
		d.want("open", events.DepartureOpened, d.hear(events.DepartureOpen, id, arrows(d)...))
		d.want("reserve", events.SpotsReserved, d.hear(events.SpotsReserve, nil, arrows(d)...))
	})
}

func TestDeparture_Fanout(t *testing.T) {
	line := []string{saga.FanoutLine("lyon-0900")}
	of := func(id string) func(*events.Event) {
		return func(e *events.Event) { e.Booking.ID, e.Seats, e.Status = id, 1, booking.StatusCancelled }
	}
	begin := func(t *testing.T, minimum int, bookings ...string) (*desk, func(events.Name, func(*events.Event)) events.Name) {
		d := open(t)
		hear := func(n events.Name, fill func(*events.Event)) events.Name {
			return d.hear(n, fill, slices.Concat(catalog.Functions(), compensate.Functions(d.records, nil), []arrow.Function{reserve.Function()})...)
		}
		hear(events.DepartureOpen, func(e *events.Event) { onSale(e); e.Terms.MinParty = minimum })
		for _, id := range bookings {
			d.want("reserve", events.SpotsReserved, hear(events.SpotsReserve, of(id)))
		}
		return d, hear
	}
	minute := noon.Add(record.FanoutGrace)
	t.Run("a cancelled departure is gone through again until its last seat is back", func(t *testing.T) {
		d, hear := begin(t, 0, "booking-2", "booking-3")
		d.want("says", events.DepartureCancelled, hear(events.DepartureCancel, nil))
		d.want("due a moment before", []string(nil), d.due(minute.Add(-time.Millisecond)))
		d.want("due", line, d.due(minute))
		hear(events.SpotsRelease, of("booking-9")) // a tombstone moves no seat
		hear(events.SpotsRelease, of("booking-2"))
		d.want("due with a seat left", line, d.due(minute.Add(time.Minute)))
		hear(events.SpotsRelease, of("booking-3"))
		d.want("due with none", []string(nil), d.due(noon.Add(time.Hour)))
	})
	t.Run("also a sold one", func(t *testing.T) {
		d, hear := begin(t, 0, "booking-2")
		hear(events.SpotsSell, of("booking-2"))
		hear(events.DepartureCancel, nil)
		d.want("due", line, d.due(minute))
		hear(events.SpotsRelease, of("booking-2"))
		d.want("due with none", []string(nil), d.due(noon.Add(time.Hour)))
	})
	t.Run("and one that too few guests cancelled", func(t *testing.T) {
		d, hear := begin(t, 2, "booking-2")
		d.want("says", events.DepartureCancelled, hear(events.DepartureClose, nil))
		d.want("due", line, d.due(minute))
	})
	t.Run("one without seats taken is not", func(t *testing.T) {
		d, hear := begin(t, 0)
		d.want("says", events.DepartureCancelled, hear(events.DepartureCancel, nil))
		d.want("due", []string(nil), d.due(noon.Add(time.Hour)))
	})
	t.Run("nor one that runs", func(t *testing.T) {
		d, hear := begin(t, 0, "booking-2")
		d.want("says", events.DepartureClosed, hear(events.DepartureClose, nil))
		d.want("due", []string(nil), d.due(minute))
	})
}

func TestReadBooking(t *testing.T) {
	d := open(t)
	is := func(want bool) {
		t.Helper()
		if got, err := record.ReadBooking(t.Context(), d.records, "booking-2"); got.Closed != nil != want || got.Confirmed != nil || err != nil {
			t.Errorf("got %+v, %v, want it closed: %v", got, err, want)
		}
	}
	is(false)
	d.hear(events.BookingCreate, nil, book.Function())
	is(false)
	d.hear(events.BookingClose, func(e *events.Event) { e.As, e.Reason = booking.StatusExpired, booking.ReasonTimeout }, compensate.Functions(d.records, nil)...)
	is(true)
	d.put(record.KindBooking, "booking-2", "{")
	if _, err := record.ReadBooking(t.Context(), d.records, "booking-2"); err == nil {
		t.Error("read what is not JSON")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := record.ReadBooking(gone, d.records, "booking-2"); err == nil {
		t.Error("read for a reader who is gone")
	}
}

func TestReadOffer(t *testing.T) {
	d := open(t)
	if tour, err := record.ReadTour(t.Context(), d.records, "nobody-made"); tour != (booking.Tour{}) || err != nil {
		t.Errorf("of none: %+v, %v", tour, err)
	}
	err := d.records.Update(t.Context(), store.Key{Record: record.KindTour, ID: "old-town"}, "", func(store.Row) (store.Change, error) {
		return store.Change{Head: []byte(`{"id":"old-town","name":"Old town"}`)}, nil
	})
	if tour, no := record.ReadTour(t.Context(), d.records, "old-town"); tour.Name != "Old town" || no != nil || err != nil {
		t.Errorf("got %+v, %v, %v", tour, no, err)
	}
	err = d.records.Update(t.Context(), store.Key{Record: record.KindDeparture, ID: "old-town-0900"}, "", func(store.Row) (store.Change, error) {
		return store.Change{Head: []byte(`{`)}, nil
	})
	if _, no := record.ReadDeparture(t.Context(), d.records, "old-town-0900"); no == nil || err != nil {
		t.Errorf("read what is not JSON: %v", err)
	}
}

func TestCatalogLists(t *testing.T) {
	d := open(t)
	for i, id := range []string{"late", "early"} {
		d.hear(events.DepartureOpen, func(e *events.Event) {
			onSale(e)
			e.DepartureID, e.Terms.StartsAt = id, noon.Add(-time.Duration(i)*time.Hour)
		}, catalog.Functions()...)
		d.hear(events.TourCreate, func(e *events.Event) {
			e.ID, e.Tour = id, &booking.Tour{ID: id, Name: "Old town", City: "Lyon"}
		}, catalog.Functions()...)
	}
	d.want("departures, by their start", []string{"early", "late"}, d.list(record.IndexDepartures))
	d.want("tours, by their id", []string{"early", "late"}, d.list(record.IndexTours))
	d.want("unknown", events.TourRefused, d.hear(events.TourUpdate, func(e *events.Event) {
		e.Tour = &booking.Tour{ID: "nobody", Name: "Old town", City: "Lyon"}
	}, catalog.Functions()...))
	d.want("tours", 2, len(d.list(record.IndexTours)))
}

func TestSaga(t *testing.T) {
	d := open(t)
	arrows := []arrow.Function{keeper.Function(saga.Shipped())}
	d.want("says", events.SpotsReserve, d.hear(events.BookingRequested, nil, arrows...))
	d.want("due", []string{saga.WakeLine("booking-2")}, d.due(noon.Add(20*time.Second)))
	d.want("pending", []string{"booking-2"}, d.list(record.IndexSagas(booking.StatusPending)))
	d.hear(events.SpotsReserved, nil, arrows...)
	d.want("pending", 0, len(d.list(record.IndexSagas(booking.StatusPending))))
	d.want("on hold", []string{"booking-2"}, d.list(record.IndexSagas(booking.StatusOnHold)))
}

func TestBooking(t *testing.T) {
	d := open(t)
	d.want("says", events.BookingCreated, d.hear(events.BookingCreate, nil, book.Function()))
	row, err := d.records.Read(t.Context(), store.Key{Record: record.KindBooking, ID: "booking-2"}, "booking-2")
	var r booking.Record
	if err == nil {
		err = json.Unmarshal(row.Entry, &r)
	}
	if err != nil || r.Created == nil || row.Head != nil {
		t.Errorf("%+v, %v: it is all entry", r, err)
	}
}

func TestIntake(t *testing.T) {
	settings := request.Settings{Secret: []byte("secret"), Hold: 15 * time.Minute}
	arrows := []arrow.Function{request.Function(settings)}
	t.Run("is born armed", func(t *testing.T) {
		d := open(t)
		d.hear(events.BookingRequest, func(e *events.Event) {
			e.Booking.ID = ""
			e.Customer, e.Payment = &booking.Customer{Email: "camille@example.com"}, &booking.Token{Token: "tok_visa"}
		}, arrows...)
		d.want("due early", []string(nil), d.due(noon.Add(record.BornArmed-time.Millisecond)))
		due := d.due(noon.Add(record.BornArmed))
		if len(due) != 1 {
			t.Fatalf("due: %v", due)
		}
		n, data, _ := saga.Due(due[0])
		in, err := record.ReadIntake(t.Context(), d.records, data.ID)
		if n != events.SagaWake || err != nil || in.Customer == nil || in.Token.Token != "tok_visa" {
			t.Errorf("%s, %+v, %v", n, in, err)
		}
	})
	t.Run("asked for by id, one that nobody requested arms nothing", func(t *testing.T) {
		d := open(t)
		d.want("says", events.Name(""), d.hear(events.BookingRequest, nil, arrows...))
		d.want("due", []string(nil), d.due(noon.Add(time.Hour)))
	})
	t.Run("is read as nobody's when it is gone", func(t *testing.T) {
		d := open(t)
		if in, err := record.ReadIntake(t.Context(), d.records, "booking-9"); err != nil || in.Customer != nil {
			t.Errorf("%+v, %v", in, err)
		}
	})
	t.Run("is not read when it is broken, or nobody waits for it", func(t *testing.T) {
		d := open(t)
		d.put(record.KindIntake, "booking-2", "{")
		if _, err := record.ReadIntake(t.Context(), d.records, "booking-2"); err == nil {
			t.Error("read what is not JSON")
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := record.ReadIntake(gone, d.records, "booking-2"); err == nil {
			t.Error("read for a reader who is gone")
		}
	})
}
