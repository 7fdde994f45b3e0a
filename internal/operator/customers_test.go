package operator_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/operator"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// customer is what is kept of one.
type customer struct {
	ID       string
	Bookings []struct{ ID, Status, Without string }
	Letters  []string
	Preview  string
}

// of finds the customer who has the address.
func (w *world) of(email string) (c customer) {
	w.t.Helper()
	a := w.ask(w.Customers(), "POST /customers/find", `{"email":"`+email+`"}`)
	if a.code != http.StatusOK || strings.Contains(a.body, "@") {
		w.t.Fatalf("got %d %s", a.code, a.body)
	}
	a.into(w.t, &c)
	w.gets(w.Customers(), "/customers/"+c.ID, &c)
	return c
}

// erases presses the button.
func (w *world) erases(id, body string) (done struct{ Bookings, Messages, Letters int }) {
	w.t.Helper()
	a := w.ask(w.Customers(), "POST /customers/"+id+"/erase", body)
	if a.code != http.StatusOK {
		w.t.Fatalf("got %d %s", a.code, a.body)
	}
	a.into(w.t, &done)
	return done
}

// intake is who asked for a booking.
func (w *world) intake(id string) booking.Intake {
	w.t.Helper()
	in, err := record.ReadIntake(w.t.Context(), w.Records, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return in
}

func TestCustomers_Erase(t *testing.T) {
	w := newWorld(t)
	w.open()
	over, confirmed := w.book("tok_declined"), w.book("tok_visa")
	w.run()
	fresh := w.book("tok_visa")
	stranger := w.says("request", events.BookingRequest, events.Data{
		Booking:  booking.Booking{DepartureID: "lyon-0900", Seats: 1},
		Customer: &booking.Customer{Name: "Ada", Email: "ada@example.com"}, Payment: &booking.Token{Token: "tok_visa"},
	}, "stranger").Subject()
	w.dead = []events.DeadLetter{
		{Event: raw("broken", "", `{"departureId":"lyon","seats":"two","customerEmail":"Camille@Example.com"}`), At: w.now},
		{Event: raw("other", "", `{"customer":{"email":"ada@example.com"}}`), At: w.now},
	}
	c := w.of(" CAMILLE@example.com ")
	t.Run("what is kept is shown, and what it comes to without", func(t *testing.T) {
		without := map[string]string{over: "it is over", confirmed: "keeps its seats", fresh: "not paid yet"}
		for _, b := range c.Bookings {
			if !strings.Contains(b.Without, without[b.ID]) {
				t.Errorf("%+v, want %q", b, without[b.ID])
			}
		}
		if len(c.Bookings) != 3 || len(c.Letters) != 1 || c.Letters[0] != "bookings/1" {
			t.Errorf("got %+v", c)
		}
		var same customer
		if w.gets(w.Customers(), "/customers/"+confirmed, &same); same.ID != c.ID || same.Preview != c.Preview {
			t.Errorf("by a booking it is %+v", same)
		}
		if w.intake(fresh).Customer == nil {
			t.Error("it is erased by looking at it")
		}
	})
	t.Run("while the broker is down nothing is erased", func(t *testing.T) {
		broker := w.Broker
		w.Broker = deaf{}
		w.refused(w.Customers(), http.StatusServiceUnavailable, "POST /customers/"+c.ID+"/erase", "again", `{"who":"ada","why":"asked for in writing"}`)
		w.Broker = broker
		if w.intake(confirmed).Customer == nil {
			t.Error("it is erased, and no fact says so")
		}
	})
	t.Run("what is not as it was shown is not erased", func(t *testing.T) {
		w.refused(w.Customers(), http.StatusConflict, "POST /customers/"+c.ID+"/erase", "moved-on", `{"preview":"another"}`)
	})
	w.waiting = w.waiting[:0]
	t.Run("all of it is erased, and a fact says so", func(t *testing.T) {
		done := w.erases(c.ID, `{"who":"ada","why":"asked for in writing","preview":"`+c.Preview+`"}`)
		if done.Bookings != 3 || done.Messages != 3 || done.Letters != 1 {
			t.Errorf("got %+v", done)
		}
		fact := intervened(t, w.waiting)
		if fact.Deed != booking.DeedErase || fact.Recipient != c.ID || fact.Who != "ada" || fact.Subject != c.ID || fact.Data.ID != "" {
			t.Errorf("the fact says %+v", fact)
		}
		for _, id := range []string{over, confirmed, fresh} {
			if in := w.intake(id); in.Customer != nil || in.Token != nil || in.Requested == nil {
				t.Errorf("of %s there is %v, %v", id, in.Customer, in.Token)
			}
		}
		if len(w.dead) != 1 || w.dead[0].Event.ID() != "other" || w.intake(stranger).Customer == nil {
			t.Error("others are erased too")
		}
		a := w.ask(w.Notifications(), "GET /mailbox")
		for _, s := range secrets {
			if strings.Contains(a.body, s) {
				t.Errorf("the mailbox shows %s: %s", s, a.body)
			}
		}
	})
	t.Run("once more there is nothing left, and nothing is said", func(t *testing.T) {
		w.waiting = nil
		if again := w.of("camille@example.com"); len(again.Bookings)+len(again.Letters) != 0 {
			t.Errorf("got %+v", again)
		}
		if done := w.erases(c.ID, `{"preview":"`+c.Preview+`"}`); done.Bookings != 0 || len(w.waiting) != 0 {
			t.Errorf("got %+v, and %v is said", done, w.waiting)
		}
	})
	t.Run("an unpaid booking is undone, and a confirmed one stands and is told no more", func(t *testing.T) {
		w.took("/sagas/"+fresh+"/retry", "{}")
		w.run()
		if p := w.shown(fresh); p.Status != "CANCELLED" || p.Reason != "card_declined" || w.ledger() != 9000 {
			t.Errorf("got %+v, %d taken", p.line, w.ledger())
		}
		w.took("/sagas/"+confirmed+"/compensate", "{}")
		w.run()
		if p := w.shown(confirmed); p.Status != "CANCELLED" || w.ledger() != 0 {
			t.Errorf("got %+v, %d kept", p.line, w.ledger())
		}
		for range 20 {
			w.tick(5 * time.Minute)
		}
		if p := w.shown(confirmed); p.Armed != nil {
			t.Errorf("it never ends: %+v", p.line)
		}
		if a := w.ask(w.Notifications(), "GET /mailbox"); strings.Contains(a.body, "camille") {
			t.Errorf("the mailbox shows %s", a.body)
		}
	})
	t.Run("who was erased can book anew", func(t *testing.T) {
		id := w.book("tok_visa")
		w.run()
		if p, again := w.shown(id), w.of("camille@example.com"); p.Status != "CONFIRMED" || len(again.Bookings) != 1 || again.Bookings[0].ID != id {
			t.Errorf("got %+v, and of the customer %+v", p.line, again)
		}
	})
}

// unerasable is a mailbox that cannot erase now.
type unerasable struct{ operator.Mailbox }

// Erase implements operator.Mailbox.
func (unerasable) Erase(context.Context, string) (int, error) { return 0, store.ErrUnavailable }

// EraseCustomer implements operator.Mailbox.
func (unerasable) EraseCustomer(context.Context, string) (int, error) {
	return 0, store.ErrUnavailable
}

// TestCustomers_EraseGoesOn holds that an erasure that was interrupted is taken
// up where it stopped.
func TestCustomers_EraseGoesOn(t *testing.T) {
	w := newWorld(t)
	w.open()
	id := w.book("tok_visa")
	w.run()
	c := w.of("camille@example.com")
	w.Mailbox = unerasable{w.Mailbox}
	a := w.ask(w.Customers(), "POST /customers/"+c.ID+"/erase", "{}")
	if a.code != http.StatusServiceUnavailable || w.intake(id).Customer != nil {
		t.Fatalf("got %d %s", a.code, a.body)
	}
	w.Mailbox = w.mailbox
	if again := w.of("camille@example.com"); len(again.Bookings) != 1 {
		t.Errorf("half erased it is not found again: %+v", again)
	}
	if done := w.erases(c.ID, "{}"); done.Bookings != 1 || done.Messages != 2 {
		t.Errorf("got %+v", done)
	}
	if a := w.ask(w.Notifications(), "GET /mailbox"); strings.Contains(a.body, "camille") {
		t.Errorf("the mailbox shows %s", a.body)
	}
}
