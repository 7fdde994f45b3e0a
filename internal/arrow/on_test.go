package arrow_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/store"
)

// stock and seat are a small departure: its seats that are free, and what one
// booking holds of them.
type stock struct {
	Free int `json:"free"`
}

type seat struct {
	Held *booking.Said `json:"held,omitempty"`
}

// seats is an arrow that holds whatever is asked for.
func seats() arrow.On[stock, seat] {
	return arrow.On[stock, seat]{
		Name: "reserve", Kind: "departure",
		Record: func(e events.Event) string { return e.DepartureID },
		Does:   arrow.Table[stock, seat]{events.SpotsReserve: hold},
		Lines: func(_ stock, s seat) []store.Line {
			return []store.Line{{Name: "hold:" + id, At: s.Held.At.Add(time.Minute)}}
		},
		Index: func(h stock, _ seat) []store.Index {
			return []store.Index{{Name: "bookings", Member: id, Score: int64(h.Free), In: true}}
		},
	}
}

func hold(h stock, s seat, e events.Event, now time.Time) (stock, seat, events.Answer) {
	if s.Held == nil {
		said := &booking.Said{Version: 1, At: now, Status: booking.StatusOnHold, Seats: e.Seats, Stock: &booking.Stock{}}
		s.Held, h.Free = said, h.Free-e.Seats
	}
	return h, s, events.SpotsReserved.As(e.Booking, s.Held)
}

func TestOn_Handle(t *testing.T) {
	d := newDesk(t)
	first, err := seats().Handle(t.Context(), d.Ports, asks(events.SpotsReserve))
	if err != nil || first == nil {
		t.Fatal(first, err)
	}
	t.Run("it answers with the fact, from its record", func(t *testing.T) {
		got := []any{first.Name, first.Source, first.RecordVersion, first.CausationID, first.Moved, first.Time}
		want := []any{events.SpotsReserved, "/tourbillon/departure", uint64(1), "asker-1", 2, nine}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("head, entry, line and place are written together", func(t *testing.T) {
		head, entry := d.row("departure", "lyon-0900")
		if d.Commits() != 1 || head != `{"free":-2}` || !strings.Contains(entry, `"status":"ON_HOLD"`) {
			t.Errorf("%d commits: %s, %s", d.Commits(), head, entry)
		}
		page, err := d.Records.List(t.Context(), "bookings", "", 10)
		if diff := cmp.Diff([]string{id}, page.Members); diff != "" || err != nil {
			t.Errorf("%v, list (-want +got):\n%s", err, diff)
		}
		if due := d.due(); due != nil {
			t.Errorf("due already: %v", due)
		}
		d.now = nine.Add(time.Minute)
		if diff := cmp.Diff([]string{"hold:" + id}, d.due()); diff != "" {
			t.Errorf("due (-want +got):\n%s", diff)
		}
	})
	t.Run("a second asking writes nothing and gets the same fact", func(t *testing.T) {
		e := asks(events.SpotsReserve)
		e.ID = "asker-2"
		again, err := seats().Handle(t.Context(), d.Ports, e)
		if err != nil {
			t.Fatal(err)
		}
		again.CausationID = "asker-1"
		if diff := cmp.Diff(first, again); diff != "" || d.Commits() != 1 {
			t.Errorf("%d commits (-first +again):\n%s", d.Commits(), diff)
		}
	})
	t.Run("while others are faster it decides again, on what they wrote", func(t *testing.T) {
		d.Conflict(2)
		e := asks(events.SpotsReserve)
		e.Data.ID = "another-booking-1"
		if _, err := seats().Handle(t.Context(), d.Ports, e); err != nil {
			t.Error(err)
		}
		if head, _ := d.row("departure", "lyon-0900"); head != `{"free":-4}` {
			t.Errorf("head is %s", head)
		}
	})
}

func TestOn_Handle_nothing(t *testing.T) {
	t.Run("an arrow with nothing to say is silent, and has written", func(t *testing.T) {
		d := newDesk(t)
		o := arrow.On[arrow.None, stock]{
			Name: "book", Kind: "booking", Record: func(e events.Event) string { return e.Data.ID },
			Does: arrow.Table[arrow.None, stock]{events.BookingCreate: func(h arrow.None, s stock, _ events.Event, _ time.Time) (arrow.None, stock, events.Answer) {
				s.Free++
				return h, s, events.Answer{}
			}},
		}
		out, err := o.Handle(t.Context(), d.Ports, asks(events.BookingCreate))
		head, entry := d.row("booking", id)
		if out != nil || err != nil || head != "" || entry != `{"free":1}` {
			t.Errorf("said %v, %v; wrote %q, %q", out, err, head, entry)
		}
	})
	t.Run("what is nothing still is not written", func(t *testing.T) {
		d := newDesk(t)
		o := seats()
		o.Does = arrow.Table[stock, seat]{events.SpotsReserve: func(h stock, s seat, _ events.Event, _ time.Time) (stock, seat, events.Answer) {
			return h, s, events.Answer{}
		}}
		if out, err := o.Handle(t.Context(), d.Ports, asks(events.SpotsReserve)); out != nil || err != nil || d.Commits() != 0 {
			t.Errorf("said %v, %v after %d commits", out, err, d.Commits())
		}
	})
	t.Run("an entry may have another name than the booking's", func(t *testing.T) {
		d := newDesk(t)
		o := seats()
		o.Entry = func(e events.Event) string { return "command:" + e.ID }
		if _, err := o.Handle(t.Context(), d.Ports, asks(events.SpotsReserve)); err != nil {
			t.Fatal(err)
		}
		row, err := d.Records.Read(t.Context(), store.Key{Record: "departure", ID: "lyon-0900"}, "command:asker-1")
		if _, entry := d.row("departure", "lyon-0900"); err != nil || entry != "" || len(row.Entry) == 0 {
			t.Errorf("%v: the booking's entry is %q, the other %q", err, entry, row.Entry)
		}
	})
	t.Run("it names what it takes", func(t *testing.T) {
		o := seats()
		o.Does[events.SpotsSell] = hold
		names := o.Names()
		slices.Sort(names)
		if diff := cmp.Diff([]events.Name{events.SpotsReserve, events.SpotsSell}, names); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestOn_Handle_errors(t *testing.T) {
	down := errors.New("down")
	fails := seats()
	fails.Does = arrow.Table[stock, seat]{events.SpotsReserve: func(h stock, s seat, _ events.Event, _ time.Time) (stock, seat, events.Answer) {
		h.Free = 99
		return h, s, events.Answer{Err: events.ErrNothingSaid}
	}}
	nowhere := asks(events.SpotsReserve)
	nowhere.DepartureID = ""
	for _, c := range []struct {
		says string
		on   arrow.On[stock, seat]
		e    events.Event
		want error
	}{
		{"an event that is not in the table is unroutable", seats(), asks(events.SpotsSell), arrow.ErrUnroutable},
		{"an event that names no record is unroutable", seats(), nowhere, arrow.ErrUnroutable},
		{"a decision's error is the answer", fails, asks(events.SpotsReserve), events.ErrNothingSaid},
	} {
		t.Run(c.says+", and nothing is written", func(t *testing.T) {
			d := newDesk(t)
			out, err := c.on.Handle(t.Context(), d.Ports, c.e)
			if head, entry := d.row("departure", "lyon-0900"); !errors.Is(err, c.want) || out != nil || head+entry != "" || d.Commits() != 0 {
				t.Errorf("got %v and %v; wrote %q, %q", out, err, head, entry)
			}
		})
	}
	t.Run("a store that is down is the answer", func(t *testing.T) {
		d := newDesk(t)
		d.Fail(down)
		if out, err := seats().Handle(t.Context(), d.Ports, asks(events.SpotsReserve)); !errors.Is(err, down) || out != nil {
			t.Errorf("got %v and %v", out, err)
		}
	})
	t.Run("a commit whose answer was lost is found made at the second asking", func(t *testing.T) {
		d := newDesk(t)
		d.Lose(1)
		if out, err := seats().Handle(t.Context(), d.Ports, asks(events.SpotsReserve)); !errors.Is(err, store.ErrUnavailable) || out != nil {
			t.Errorf("got %v and %v", out, err)
		}
		d.now = nine.Add(time.Minute)
		out, err := seats().Handle(t.Context(), d.Ports, asks(events.SpotsReserve))
		if err != nil || !out.Time.Equal(nine) || d.Commits() != 1 {
			t.Errorf("got %v and %v after %d commits", out, err, d.Commits())
		}
	})
}

func TestOn_Handle_corrupt(t *testing.T) {
	for says, w := range map[string]store.Write{
		"head":  {Head: []byte(`{"free":`)},
		"entry": {Entries: map[string][]byte{id: []byte(`{"held":7}`)}},
	} {
		t.Run("a record whose "+says+" cannot be read is left alone", func(t *testing.T) {
			d := newDesk(t)
			w.Key = store.Key{Record: "departure", ID: "lyon-0900"}
			if err := d.Commit(t.Context(), w); err != nil {
				t.Fatal(err)
			}
			before := d.Commits()
			out, err := seats().Handle(t.Context(), d.Ports, asks(events.SpotsReserve))
			if code, _ := arrow.Status(err); out != nil || code != 503 || d.Commits() != before {
				t.Errorf("got %v and %v (%d), after %d commits", out, err, code, d.Commits())
			}
		})
	}
	t.Run("what cannot be written is an error", func(t *testing.T) {
		d := newDesk(t)
		for says, out := range map[string]any{"head": handleBroken[chan int, stock](d), "entry": handleBroken[stock, chan int](d)} {
			if out == nil {
				t.Errorf("a %s that is no JSON was written", says)
			}
		}
	})
}

// handleBroken runs an arrow over types that JSON may not know.
func handleBroken[H, E any](d *desk) error {
	o := arrow.On[H, E]{
		Name: "reserve", Kind: "departure", Record: func(events.Event) string { return "lyon-0900" },
		Does: arrow.Table[H, E]{events.SpotsReserve: func(h H, e E, _ events.Event, _ time.Time) (H, E, events.Answer) {
			return h, e, events.Answer{}
		}},
	}
	_, err := o.Handle(d.t.Context(), d.Ports, asks(events.SpotsReserve))
	return err
}
