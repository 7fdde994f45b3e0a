package operator_test

import (
	"net/http"
	"strings"
	"testing"

	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// beside is what is kept of a customer that is of no booking.
type beside struct {
	ID, Preview       string
	Contact           bool
	Devices, Messages int
	Watches           []string
}

func (w *world) beside(id string) (b beside) {
	w.t.Helper()
	w.gets(w.Customers(), "/customers/"+id, &b)
	return b
}

// watcher keeps a customer who watches, has a device, and was told something that
// is of no booking: by a mail, and by a test of an operator's.
func (w *world) watcher(email string) (id string) {
	w.t.Helper()
	id = w.CustomerID(email)
	err := record.ChangeWatch(w.t.Context(), w.Records, id, "lyon-0900", func(r booking.Reader, e booking.Watch) (booking.Reader, booking.Watch) {
		r.Contact = &booking.Customer{Name: "Watcher", Email: email}
		r = r.Register(booking.Device{ID: "device-1", Token: "arn:of:camille", Since: w.now})
		return r.Prefer(booking.Preferences{Locale: "fr"}, w.now).Suppress(booking.ChannelMail, booking.SuppressedBounce, w.now, w.now), booking.Watch{Since: w.now}
	})
	if err == nil {
		_, err = w.mailbox.Send(w.t.Context(), record.Message{Key: "told-" + id, CustomerID: id, Channel: booking.ChannelMail, To: email, Body: "Seats for " + email})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	if a := w.ask(w.Notifications(), "POST /notifications/test", `{"to":"`+email+`","template":"booking.cancelled"}`); a.code != http.StatusOK {
		w.t.Fatal(a.body)
	}
	return id
}

func TestCustomers_EraseWhoWatches(t *testing.T) {
	w := newWorld(t)
	w.open()
	id := w.watcher("camille@example.com")
	booked := w.book("tok_visa")
	w.run()
	stranger := w.watcher("ada@example.com")
	is := w.beside(id)
	t.Run("what is kept beside bookings is shown, and not what it says", func(t *testing.T) {
		if !is.Contact || is.Devices != 1 || is.Messages != 2 || strings.Join(is.Watches, " ") != "lyon-0900" {
			t.Errorf("got %+v", is)
		}
		if a := w.ask(w.Customers(), "GET /customers/"+id); strings.Contains(a.body, "arn:") || strings.Contains(a.body, "amille") {
			t.Error(a.body)
		}
	})
	t.Run("all of it is erased with the bookings", func(t *testing.T) {
		var done struct{ Bookings, Messages, Devices, Watches int }
		a := w.ask(w.Customers(), "POST /customers/"+id+"/erase", `{"preview":"`+is.Preview+`"}`)
		if a.into(t, &done); done.Bookings != 1 || done.Messages < 3 || done.Devices != 1 || done.Watches != 1 {
			t.Errorf("got %d %s", a.code, a.body)
		}
		if in := w.intake(booked); in.Customer != nil {
			t.Errorf("%+v", in)
		}
		if again := w.beside(id); again.Contact || again.Devices+again.Messages+len(again.Watches) != 0 {
			t.Errorf("of them is kept still: %+v", again)
		}
		if a := w.ask(w.Notifications(), "GET /mailbox"); strings.Contains(a.body, "camille@") || !strings.Contains(a.body, "ada@example.com") {
			t.Errorf("the mailbox shows %s", a.body)
		}
	})
	t.Run("nobody is told of what they watched", func(t *testing.T) {
		page, err := w.Records.List(t.Context(), record.IndexWatchers("lyon-0900"), "", 10)
		if err != nil || len(page.Members) != 1 || page.Members[0] != stranger {
			t.Errorf("%v, %v", page, err)
		}
	})
	t.Run("what they wish stays, and that they are not to be written to", func(t *testing.T) {
		r, err := record.ReadReader(t.Context(), w.Records, id)
		if err != nil || r.Contact != nil || len(r.Devices) != 0 || r.Preferences.Locale != "fr" || r.Suppressed == nil {
			t.Errorf("%+v, %v", r, err)
		}
	})
	t.Run("others are as they were", func(t *testing.T) {
		if other := w.beside(stranger); !other.Contact || other.Devices != 1 || other.Messages != 2 {
			t.Errorf("%+v", other)
		}
	})
	w.waiting = nil
	t.Run("once more there is nothing left, and nothing is said", func(t *testing.T) {
		if done := w.erases(id, "{}"); done.Messages != 0 || len(w.waiting) != 0 {
			t.Errorf("%+v, %v", done, w.waiting)
		}
	})
}

// TestCustomers_EraseWhoWatchesGoesOn holds that an erasure that was interrupted
// is found, and taken up.
func TestCustomers_EraseWhoWatchesGoesOn(t *testing.T) {
	w := newWorld(t)
	w.open()
	id := w.watcher("camille@example.com")
	w.Mailbox = unerasable{w.Mailbox}
	if a := w.ask(w.Customers(), "POST /customers/"+id+"/erase", "{}"); a.code != http.StatusServiceUnavailable {
		t.Fatalf("got %d %s", a.code, a.body)
	}
	if half := w.beside(id); half.Contact || half.Devices != 0 || half.Messages != 2 || len(half.Watches) != 1 {
		t.Errorf("half erased it is %+v", half)
	}
	w.Mailbox = w.mailbox
	if done := w.erases(id, "{}"); done.Messages != 2 {
		t.Errorf("got %+v", done)
	}
}

func TestCustomers_Page(t *testing.T) {
	w := newWorld(t)
	w.Page = func(id string) string { return "https://door.example/customers/" + id + "?key=k" }
	w.open()
	booked := w.book("tok_visa")
	id := w.CustomerID("camille@example.com")
	for _, of := range []string{id, booked} {
		t.Run("an operator is told where a customer says what they wish, by "+of, func(t *testing.T) {
			var got struct{ ID, Page string }
			w.gets(w.Customers(), "/customers/"+of+"/page", &got)
			if got.ID != id || got.Page != w.Page(id) {
				t.Errorf("%+v", got)
			}
		})
	}
	t.Run("nobody else is", func(t *testing.T) {
		w.Operators.Token = "another"
		w.refused(w.Customers(), http.StatusUnauthorized, "GET /customers/"+id+"/page", "operators-only")
	})
}
