package events_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

func TestEffectID(t *testing.T) {
	t.Run("is 128 bits in hexadecimal", func(t *testing.T) {
		if id := events.EffectID("a"); !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(id) {
			t.Errorf("got %q", id)
		}
	})
	t.Run("stays what it was in every release", func(t *testing.T) {
		got := events.EffectID("fact", "departure", "lyon-0900", "q7Xw2LrT9vKcMz4J", "tour.spots.reserved", "1")
		if want := "092a12352d68cc9f0d52d687ebd93655"; got != want {
			t.Errorf("got %s, want %s: facts told before would get a second id", got, want)
		}
	})
	t.Run("differs wherever the parts do", func(t *testing.T) {
		seen := make(map[string]bool)
		for _, parts := range [][]string{
			{}, {""}, {"", ""}, {"ab", "c"}, {"a", "bc"}, {"abc"}, {"abc", ""}, {"", "abc"}, {"c", "ab"}, {"1:a"}, {"a1:b"}, {"a", "b"},
		} {
			id := events.EffectID(parts...)
			if seen[id] {
				t.Errorf("%q has the id of another", parts)
			}
			seen[id] = true
		}
	})
}

var (
	reserve = events.Speaker{Function: "reserve", Record: "departure", ID: "lyon-0900"}
	command = events.Event{ID: "cause-1", Trace: trace, Name: events.SpotsReserve, Time: noon.Add(-time.Second)}
	other   = events.Event{ID: "cause-2", Trace: "00-other", Name: events.BookingRequested, Time: noon.Add(time.Hour)}
	said    = booking.Said{Version: 4, At: noon, Status: booking.StatusOnHold, Seats: 2}
)

func TestRender_Fact(t *testing.T) {
	fact := events.SpotsReserved.As(some, &said)
	first := fact.Render(reserve, command)

	t.Run("tells the record, its version and its time", func(t *testing.T) {
		want := events.Event{
			ID: first.ID, Source: "/tourbillon/departure", Subject: some.ID, Name: events.SpotsReserved, Time: noon,
			Step: true, Record: "departure", RecordVersion: 4, CausationID: "cause-1", Trace: trace, Data: fact.Data,
		}
		if diff := cmp.Diff(want, first); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("is the same for every asker but for causationid and trace", func(t *testing.T) {
		again := fact.Render(reserve, other)
		if again.CausationID != "cause-2" || again.Trace != "00-other" {
			t.Errorf("causationid %q, trace %q: want the asker's", again.CausationID, again.Trace)
		}
		again.CausationID, again.Trace = first.CausationID, first.Trace
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("(-first +again):\n%s", diff)
		}
	})
	t.Run("is the same whichever function repeats it", func(t *testing.T) {
		again := fact.Render(events.Speaker{Function: "compensate", Record: "departure", ID: "lyon-0900"}, command)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("(-first +again):\n%s", diff)
		}
	})
	t.Run("attempt 0 and attempt 1 are one effect", func(t *testing.T) {
		one := said
		one.Attempt = 1
		if got := events.SpotsReserved.As(some, &one).Render(reserve, command); got.ID != first.ID {
			t.Errorf("got two ids: %s, %s", first.ID, got.ID)
		}
	})
	for name, differs := range map[string]events.Event{
		"another attempt": events.SpotsReserved.As(some, &booking.Said{Attempt: 2}).Render(reserve, command),
		"another name":    events.SpotsSold.As(some, &said).Render(reserve, command),
		"another booking": events.SpotsReserved.As(booking.Booking{ID: "another-one"}, &said).Render(reserve, command),
		"another record":  events.SpotsReserved.As(some, &said).Render(events.Speaker{Record: "departure", ID: "nice"}, command),
		"another kind":    events.SpotsReserved.As(some, &said).Render(events.Speaker{Record: "saga", ID: "lyon-0900"}, command),
		"another command": events.SpotsReserved.As(some, &said).Of("cmd").Render(reserve, command),
	} {
		t.Run(name+" is another effect", func(t *testing.T) {
			if differs.ID == first.ID {
				t.Errorf("got the same id")
			}
		})
	}
}

func TestRender_Subject(t *testing.T) {
	say := func(n events.Name, d events.Data) string {
		return n.As(d.Booking, &said).With(func(to *events.Data) { to.Tour = d.Tour }).Render(reserve, command).Subject
	}
	t.Run("is the booking where there is one", func(t *testing.T) {
		if got := say(events.SpotsReserved, events.Data{Booking: some}); got != some.ID {
			t.Errorf("got %q", got)
		}
	})
	t.Run("is the departure where there is no booking", func(t *testing.T) {
		if got := say(events.DepartureOpened, events.Data{Booking: booking.Booking{DepartureID: "lyon-0900"}}); got != "lyon-0900" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("is the tour where there is neither", func(t *testing.T) {
		if got := say(events.TourCreated, events.Data{Tour: &booking.Tour{ID: "lyon"}}); got != "lyon" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("is nothing where there is nothing", func(t *testing.T) {
		if got := say(events.ClockTick, events.Data{}); got != "" {
			t.Errorf("got %q", got)
		}
	})
}

func TestRender_Command(t *testing.T) {
	keeper := events.Speaker{Function: "saga", Record: "saga", ID: some.ID}
	tell := func(n events.Name, set func(*events.Data)) events.Event {
		d := events.Data{Booking: some}
		set(&d)
		return events.Tell(n, d, noon).Render(keeper, command)
	}
	first := tell(events.BookingCreate, func(*events.Data) {})

	t.Run("is said by the function, and by no record", func(t *testing.T) {
		want := events.Event{
			ID: first.ID, Source: "/tourbillon/saga", Subject: some.ID, Name: events.BookingCreate, Time: noon, To: "book",
			CausationID: "cause-1", Trace: trace, Data: events.Data{Booking: some},
		}
		if diff := cmp.Diff(want, first); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("has an id that its cause and its time leave alone", func(t *testing.T) {
		again := events.Tell(events.BookingCreate, events.Data{Booking: some}, noon.Add(time.Minute)).Render(keeper, other)
		if again.ID != first.ID {
			t.Errorf("got two ids")
		}
	})
	same := func(*events.Data) {}
	for name, differs := range map[string]events.Event{
		"the next try":         tell(events.BookingCreate, func(d *events.Data) { d.Try = 1 }),
		"another name":         tell(events.BookingConfirm, same),
		"another booking":      tell(events.BookingCreate, func(d *events.Data) { d.ID = "another-one" }),
		"another departure":    tell(events.BookingCreate, func(d *events.Data) { d.DepartureID = "nice" }),
		"another occurrence":   tell(events.BookingCreate, func(d *events.Data) { d.Occurrence = "booking.confirmed" }),
		"another channel":      tell(events.BookingCreate, func(d *events.Data) { d.Channel = "mail" }),
		"another recipient":    tell(events.BookingCreate, func(d *events.Data) { d.Recipient = "3f1c" }),
		"another page":         tell(events.BookingCreate, func(d *events.Data) { d.Cursor = "s001:1" }),
		"one of a command's":   events.Tell(events.BookingCreate, events.Data{Booking: some}, noon).Of("cmd").Render(keeper, command),
		"another one's saying": events.Tell(events.BookingCreate, events.Data{Booking: some}, noon).Render(reserve, command),
	} {
		t.Run(name+" has its own id", func(t *testing.T) {
			if differs.ID == first.ID {
				t.Errorf("got the same id")
			}
		})
	}
}

func TestRender_Note(t *testing.T) {
	d := events.Data{Booking: booking.Booking{DepartureID: "lyon-0900"}, Stock: &booking.Stock{Capacity: 16, Sold: 16}}
	speaker := events.Speaker{Function: "availability"}
	first := events.Note(events.SoldOut, d, "fact-9", noon).Render(speaker, command)

	t.Run("is a fact of no record", func(t *testing.T) {
		want := events.Event{
			ID: first.ID, Source: "/tourbillon/availability", Subject: "lyon-0900", Name: events.SoldOut, Time: noon,
			CausationID: "cause-1", Trace: trace, Data: d,
		}
		if diff := cmp.Diff(want, first); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("is one effect by what it is of", func(t *testing.T) {
		if again := events.Note(events.SoldOut, d, "fact-9", noon.Add(time.Hour)).Render(speaker, other); again.ID != first.ID {
			t.Error("the same note got another id")
		}
		if next := events.Note(events.SoldOut, d, "fact-10", noon).Render(speaker, command); next.ID == first.ID {
			t.Error("another note got the same id")
		}
	})
}

func TestEvent_Speaker(t *testing.T) {
	for source, want := range map[string]string{"/tourbillon/saga": "saga", "/shop": "/shop", "": ""} {
		if got := (events.Event{Source: source}).Speaker(); got != want {
			t.Errorf("Speaker of %q is %q, want %q", source, got, want)
		}
	}
}

func TestOccurrence(t *testing.T) {
	if got := events.Occurrence(booking.StatusConfirmed); got != "booking.confirmed" {
		t.Errorf("got %q", got)
	}
}
