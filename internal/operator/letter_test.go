package operator_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/booking"
)

// shownLetter is one dead letter by itself.
type shownLetter struct {
	Letter, Trigger, Function, Reason string
	Tries                             int
	Event                             map[string]any
	Dry                               struct {
		Verdict, Why string
		Answer       map[string]any
		Publishes    []map[string]any
		Calls        []struct {
			Verb   string
			Amount booking.Money
		}
	}
}

// gaveUp is a letter of an event of ours.
func (w *world) gaveUp(trigger string, n events.Name, d events.Data) {
	w.t.Helper()
	ce, err := events.Encode(events.Tell(n, d, w.now).Of("wish").Render(events.Speaker{Function: "saga"}, events.Event{}))
	if err != nil {
		w.t.Fatal(err)
	}
	ce.SetExtension("knativeerrorcode", "503")
	ce.SetExtension("knativeerrordest", "http://somewhere")
	w.dead = append(w.dead, events.DeadLetter{Event: ce, Subscription: trigger, Reason: "answered 503", Tries: 8, At: w.now})
}

func TestLetters_TriedDry(t *testing.T) {
	w := newWorld(t)
	w.open()
	paid := w.book("tok_visa")
	w.run()
	fresh := w.book("tok_visa")
	w.waiting = nil
	of := func(id string) events.Data {
		return events.Data{Booking: booking.Booking{ID: id, DepartureID: "lyon-0900", Seats: 2, Price: eur(9000)}}
	}
	refund := of(paid)
	refund.Status, refund.Reason, refund.Amount = booking.StatusCancelled, booking.ReasonOperator, new(eur(9000))
	announce := of(paid)
	announce.Status, announce.Occurrence = booking.StatusConfirmed, "booking.confirmed"
	for says, c := range map[string]struct {
		trigger       string
		name          events.Name
		data          events.Data
		verdict, why  string
		answer        events.Name
		calls, letter int
	}{
		"what was done is answered as before":    {"command-reserve", events.SpotsReserve, of(paid), "said", "as it did before", events.SpotsReserved, 0, 0},
		"what was not done would be":             {"command-reserve", events.SpotsReserve, of(fresh), "said", "would answer tour.spots.reserved: replay it", events.SpotsReserved, 0, 0},
		"what builds on nothing is not answered": {"command-book", events.BookingConfirm, of("0123456789abcdef"), "again", "no such booking", "", 0, 0},
		"money that would move is told":          {"command-compensate", events.PaymentRefund, refund, "said", "payment.refunded", events.PaymentRefunded, 1, 0},
		"a card that would be charged":           {"command-charge", events.PaymentCharge, of(fresh), "said", "payment.succeeded", events.PaymentSucceeded, 2, 0},
		"what would be published is told":        {"command-announce", events.Announce, announce, "silent", "would publish 1 events", "", 0, 1},
		"a function that does not take it":       {"command-book", events.PaymentCharge, of(fresh), "never", "book does not take this event", "", 0, 0},
		"a Trigger that leads to no function":    {"archive", events.PaymentCharge, of(fresh), "untried", "Trigger archive brings events to no function", "", 0, 0},
	} {
		t.Run(says, func(t *testing.T) {
			w.dead = nil
			w.gaveUp(c.trigger, c.name, c.data)
			commits, said := w.store.Commits(), len(w.waiting)
			var l shownLetter
			w.gets(w.Events(), "/dead-letters/bookings/1", &l)
			if l.Letter != "bookings/1" || l.Tries != 9 || l.Trigger != c.trigger || l.Dry.Verdict != c.verdict || !strings.Contains(l.Dry.Why, c.why) {
				t.Errorf("got %+v", l)
			}
			if name, _ := l.Dry.Answer["name"].(string); name != string(c.answer) || len(l.Dry.Calls) != c.calls || len(l.Dry.Publishes) != c.letter {
				t.Errorf("got %+v", l.Dry)
			}
			if w.store.Commits() != commits || len(w.waiting) != said {
				t.Error("it was done, and not only tried")
			}
		})
	}
	t.Run("data that breaks its schema is told, and nobody's address", func(t *testing.T) {
		w.dead = []events.DeadLetter{{
			Event:        raw("letter", "application/json", `{"departureId":"lyon","seats":"two","customerName":"Camille","customerEmail":"camille@example.com","paymentToken":"tok_visa"}`),
			Subscription: "command-request", At: w.now,
		}}
		a := w.ask(w.Events(), "GET /dead-letters/bookings/1")
		for _, s := range secrets {
			if strings.Contains(a.body, s) {
				t.Errorf("%s is shown: %s", s, a.body)
			}
		}
		if !strings.Contains(a.body, `"verdict":"never"`) || !strings.Contains(a.body, "/seats") {
			t.Error(a.body)
		}
	})
	t.Run("a command that no Trigger wants is tried where it is addressed to", func(t *testing.T) {
		w.dead = nil
		w.gaveUp("", events.SpotsReserve, of(fresh))
		w.dead[0].Reason = events.Unroutable
		var l shownLetter
		w.gets(w.Events(), "/dead-letters/bookings/1", &l)
		if l.Tries != 0 || l.Function != "reserve" || l.Reason != events.Unroutable || l.Dry.Verdict != "said" {
			t.Errorf("got %+v", l)
		}
	})
}

func eur(amount int64) booking.Money { return booking.Money{Amount: amount, Currency: "EUR"} }

func TestLetters_Filters(t *testing.T) {
	w := newWorld(t)
	w.gaveUp("command-book", events.BookingConfirm, events.Data{Booking: booking.Booking{ID: "booking-1"}})
	w.now = w.now.Add(time.Hour)
	w.gaveUp("command-charge", events.PaymentCharge, events.Data{Booking: booking.Booking{ID: "booking-2"}})
	w.gaveUp("", events.BookingConfirm, events.Data{Booking: booking.Booking{ID: "booking-2"}})
	for query, want := range map[string]string{
		"": "123", "broker=bookings": "123", "trigger=command-book": "1", "function=book": "13", "name=payment.charge": "2",
		"booking=booking-2": "23", "booking=booking-2&function=book": "3", "since=30m": "23", "older=30m": "1", "since=0s": "23",
		"older=2026-05-02T12:00:00Z": "", "since=2026-05-02T12:00:00Z&older=10m": "1", "older=1d": "", "name=nothing": "",
	} {
		t.Run("those of "+query, func(t *testing.T) {
			got := ""
			for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
				var l struct {
					DeadLetters []shownLetter
					Next        string
				}
				w.gets(w.Events(), "/dead-letters?limit=1&cursor="+cursor+"&"+query, &l)
				for _, one := range l.DeadLetters {
					got += strings.TrimPrefix(one.Letter, "bookings/")
				}
				cursor = l.Next
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	w.refused(w.Events(), http.StatusBadRequest, "GET /dead-letters?broker=other", "bookings")
	w.refused(w.Events(), http.StatusBadRequest, "GET /dead-letters?since=long+ago", "since: ")
	w.refused(w.Events(), http.StatusBadRequest, "GET /dead-letters?older=-1h", "older: ")
}

// deaf is a broker that takes nothing.
type deaf struct{}

// Publish implements operator.Publisher.
func (deaf) Publish(context.Context, ...event.Event) error { return errors.New("down") }

// unheard is a broker that tells its letters and takes nothing.
type unheard struct{ *world }

// Publish implements operator.Letters.
func (unheard) Publish(context.Context, ...event.Event) error { return errors.New("down") }

func TestLetters_Replay(t *testing.T) {
	w := newWorld(t)
	w.open()
	id := w.book("tok_visa")
	w.lost[events.SpotsSell] = true
	w.run()
	w.lost = nil
	w.gaveUp("command-reserve", events.SpotsSell, events.Data{Booking: booking.Booking{ID: id, DepartureID: "lyon-0900"}})
	was := w.dead[0].Event
	t.Run("while the broker is down nothing is lost", func(t *testing.T) {
		w.Letters["bookings"] = unheard{w}
		w.refused(w.Events(), http.StatusServiceUnavailable, "POST /dead-letters/bookings/1/replay", "again")
		w.Letters["bookings"] = w
		if len(w.dead) != 1 || len(w.waiting) != 0 {
			t.Errorf("%d letters, %d waiting", len(w.dead), len(w.waiting))
		}
	})
	t.Run("it is published as it was, and is a letter no more", func(t *testing.T) {
		if a := w.ask(w.Events(), "POST /dead-letters/bookings/1/replay"); a.code != http.StatusOK || !strings.Contains(a.body, was.ID()) {
			t.Fatalf("got %d %s", a.code, a.body)
		}
		want := was.Clone()
		want.SetExtension("knativeerrorcode", nil)
		want.SetExtension("knativeerrordest", nil)
		if len(w.waiting) != 1 || w.waiting[0].String() != want.String() || len(w.dead) != 0 {
			t.Errorf("got %v, want %v", w.waiting, want)
		}
		w.run()
		if p := w.shown(id); p.Armed.Step != "booking.complete" {
			t.Errorf("the booking stands at %+v", p.line)
		}
	})
	t.Run("once more there is none", func(t *testing.T) {
		w.refused(w.Events(), http.StatusNotFound, "POST /dead-letters/bookings/1/replay", "not-found")
		w.refused(w.Events(), http.StatusNotFound, "GET /dead-letters/nowhere/1", "not-found")
	})
}

func TestLetters_Drop(t *testing.T) {
	w := newWorld(t)
	w.open()
	id := w.book("tok_visa")
	w.run()
	for says, body := range map[string]string{
		"an address for a name": `{"who":"ada@example.com"}`, "an address in the words": `{"why":"for ada@example.com"}`,
		"a number in the words": `{"why":"call +33 6 12 34 56 78"}`, "two lines": `{"why":"a\nb"}`, "a field that it has not": `{"whom":"ada"}`,
	} {
		t.Run(says+" is refused", func(t *testing.T) {
			w.dead = nil
			w.gaveUp("command-book", events.BookingConfirm, events.Data{Booking: booking.Booking{ID: id}})
			w.refused(w.Events(), http.StatusUnprocessableEntity, "POST /dead-letters/bookings/1/drop", "invalid", body)
			if len(w.dead) != 1 {
				t.Error("and dropped")
			}
		})
	}
	t.Run("it is gone, and a fact says by whom and why", func(t *testing.T) {
		if a := w.ask(w.Events(), "POST /dead-letters/bookings/1/drop", `{"who":"ada","why":"said twice"}`); a.code != http.StatusOK {
			t.Fatalf("got %d %s", a.code, a.body)
		}
		fact := intervened(t, w.waiting)
		if fact.Deed != booking.DeedDrop || fact.Who != "ada" || fact.Why != "said twice" || fact.Dropped != "booking.confirm" ||
			fact.Letter != "bookings/1" || fact.Data.ID != id || fact.Status != booking.StatusConfirmed || len(w.dead) != 0 {
			t.Errorf("got %+v, %d letters", fact.Data, len(w.dead))
		}
	})
	t.Run("of what is nobody's booking no id is kept, and nobody is named", func(t *testing.T) {
		w.waiting, w.dead = nil, []events.DeadLetter{{Event: raw("letter-1", "", `{}`), At: w.now}}
		w.dead[0].Event.SetSubject("camille-martin")
		if a := w.ask(w.Events(), "POST /dead-letters/bookings/1/drop"); a.code != http.StatusOK {
			t.Fatalf("got %d %s", a.code, a.body)
		}
		if fact := intervened(t, w.waiting); fact.Who != "operator" || fact.Data.ID != "" || strings.Contains(w.waiting[0].String(), "camille") {
			t.Errorf("got %+v", fact)
		}
	})
	t.Run("what cannot be said is not dropped", func(t *testing.T) {
		w.dead = []events.DeadLetter{{Event: raw("letter-2", "", `{}`), At: w.now}}
		w.Broker = deaf{}
		w.refused(w.Events(), http.StatusServiceUnavailable, "POST /dead-letters/bookings/1/drop", "again")
		if len(w.dead) != 1 {
			t.Error("it is gone")
		}
	})
}

// intervened is the one fact of an operator's deed among events.
func intervened(t *testing.T, ces []event.Event) (fact events.Event) {
	t.Helper()
	n := 0
	for _, ce := range ces {
		e, err := events.Decode(ce)
		if err != nil {
			t.Fatal(err)
		}
		if e.Name == events.OperatorIntervened {
			fact, n = e, n+1
			if e.Source != "/tourbillon/operator" || e.Record != "operator" || e.RecordVersion != 1 || e.By != "operator" {
				raw, _ := json.Marshal(e)
				t.Errorf("it is said as %s", raw)
			}
		}
	}
	if n != 1 {
		t.Fatalf("%d facts say what an operator did", n)
	}
	return fact
}
