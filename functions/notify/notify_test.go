package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tourbillon/events"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/notify"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/words"
)

// post is notify over a mailbox, which may be down.
type post struct {
	*functionstest.Desk
	mailbox *mailbox.Mailbox
	down    error
	asked   int // how often it was, whether it was down or not
}

// Send delivers, unless the post is down.
func (p *post) Send(ctx context.Context, m record.Message) (booking.Receipt, error) {
	p.asked++
	if p.down != nil {
		return booking.Receipt{}, p.down
	}
	return p.mailbox.Send(ctx, m)
}

func openPost(t *testing.T, c *booking.Customer, change ...func(*notify.Settings)) *post {
	p := new(post)
	p.Desk = functionstest.Open(t, "notify", func(d *functionstest.Desk) []arrow.Function {
		p.mailbox = mailbox.New(d.Records, d.Clock)
		s := notify.Settings{Records: d.Records, Messages: p, Now: d.Clock}
		for _, do := range change {
			do(&s)
		}
		return []arrow.Function{notify.Function(s)}
	})
	raw, err := json.Marshal(booking.Intake{Customer: c})
	if err == nil {
		err = p.Records.Update(t.Context(), store.Key{Record: record.KindIntake, ID: "booking-2"}, "booking-2",
			func(store.Row) (store.Change, error) { return store.Change{Entry: raw}, nil })
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func camille(locale string) *booking.Customer {
	return &booking.Customer{Name: "Camille Martin", Email: "camille@example.com", Locale: locale}
}

// telling is the command to tell of an ending.
func (p *post) telling(s booking.Status, why booking.Reason, back int64) events.Event {
	d := events.Data{
		Booking: booking.Booking{
			ID: "booking-2", DepartureID: "lyon-old-town-2026-06-14-0900", TourID: "lyon-old-town", Seats: 2, Status: s,
			Price:    booking.Money{Amount: 123450, Currency: "EUR"},
			StartsAt: time.Date(2026, 6, 14, 7, 0, 0, 0, time.UTC), TimeZone: "Europe/Paris",
			Policy: booking.Policy{{HoursBefore: 1, Percent: 25}, {HoursBefore: 48, Percent: 100}},
		},
		Occurrence: events.Occurrence(s), Channel: "mail", Recipient: "3f1c09a7b25e4d68", Reason: why,
	}
	if s.Closed() {
		d.Amount = &booking.Money{Amount: back, Currency: "EUR"}
	}
	if s == booking.StatusRejected { // no seat was ever held
		d.Price, d.StartsAt, d.TimeZone, d.TourID, d.Policy = booking.Money{}, time.Time{}, "", "", nil
		d.Amount.Currency = "XXX"
	}
	return p.Event(events.Send, d)
}

// mail is the one message that came.
func (p *post) mail() mailbox.Mail {
	p.T.Helper()
	all, next, err := p.mailbox.List(p.T.Context(), "", 9)
	if err != nil || len(all) != 1 || next != "" {
		p.T.Fatalf("mailbox: %+v, %q, %v", all, next, err)
	}
	return all[0]
}

// offers puts the tour of the departure on sale.
func (p *post) offers() {
	p.T.Helper()
	for _, head := range []struct {
		kind, id string
		of       any
	}{
		{record.KindTour, "lyon-old-town", booking.Tour{ID: "lyon-old-town", Name: "Old Town", City: "Lyon", MeetingPoint: "Place Saint-Jean"}},
		{record.KindDeparture, "lyon-old-town-2026-06-14-0900", booking.Departure{State: booking.DepartureOpen, Sold: 10, Terms: booking.Terms{
			TourID: "lyon-old-town", StartsAt: time.Date(2026, 6, 14, 7, 0, 0, 0, time.UTC), TimeZone: "Europe/Paris", Capacity: 12,
		}}},
	} {
		raw, err := json.Marshal(head.of)
		if err == nil {
			err = p.Records.Update(p.T.Context(), store.Key{Record: head.kind, ID: head.id}, "",
				func(store.Row) (store.Change, error) { return store.Change{Head: raw}, nil })
		}
		if err != nil {
			p.T.Fatal(err)
		}
	}
}

// stands makes the booking's own record.
func (p *post) stands(as booking.Record) {
	p.T.Helper()
	raw, err := json.Marshal(as)
	if err == nil {
		err = p.Records.Update(p.T.Context(), store.Key{Record: record.KindBooking, ID: "booking-2"}, "booking-2",
			func(store.Row) (store.Change, error) { return store.Change{Entry: raw}, nil })
	}
	if err != nil {
		p.T.Fatal(err)
	}
}

func TestNotify_Tells(t *testing.T) {
	for _, c := range []struct {
		name   string
		status booking.Status
		reason booking.Reason
		back   int64
		says   []string
	}{
		{"a confirmation", booking.StatusConfirmed, "", 0, []string{"Old Town, Lyon", "Place Saint-Jean", "dimanche 14 juin 2026 à 09h00", "Places\u00a0: 2", "1\u00a0234,50\u00a0EUR", "48 heures", "booking-2"}},
		{"a refusal, of what seats would have been of", booking.StatusRejected, booking.ReasonSoldOut, 0, []string{"Old Town, Lyon", "dimanche 14 juin 2026 à 09h00", "pas assez de places", "Rien n’a été débité"}},
		{"what is given back", booking.StatusCancelled, booking.ReasonCustomer, 61725, []string{"Old Town, Lyon", "617,25\u00a0EUR"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := openPost(t, camille("fr-FR"))
			p.offers()
			e := p.telling(c.status, c.reason, c.back)
			said := p.Says(events.Sent, e)
			if said.Occurrence != e.Occurrence || said.Recipient != e.Recipient || said.Channel != "mail" || said.Record != "notification" || !said.Step {
				t.Errorf("%+v", said)
			}
			m := p.mail()
			if m.To != "camille@example.com" || m.Locale != "fr" || m.Channel != "mail" || m.BookingID != "booking-2" || m.Template != e.Occurrence || m.Category != booking.CategoryEnding {
				t.Errorf("%+v", m)
			}
			for _, says := range append(c.says, "Bonjour Camille Martin") {
				if !strings.Contains(m.Body, says) {
					t.Errorf("want %q in\n%s", says, m.Body)
				}
			}
			if !strings.Contains(m.HTML, "Bonjour Camille Martin") {
				t.Error(m.HTML)
			}
		})
	}
	t.Run("what nobody knows of a departure is not told", func(t *testing.T) {
		p := openPost(t, camille("en"))
		p.Says(events.Sent, p.telling(booking.StatusRejected, booking.ReasonDepartureUnknown, 0))
		if m := p.mail(); !strings.Contains(m.Body, "Departure: lyon-old-town-2026-06-14-0900\n") || m.Subject != "Your booking could not be made" {
			t.Errorf("%+v", m)
		}
	})
	t.Run("an operator's own words are said", func(t *testing.T) {
		own, err := words.Open(fstest.MapFS{"booking.confirmed.en.tmpl": {Data: []byte(`{{define "subject"}}Booked!{{end}}`)}})
		if err != nil {
			t.Fatal(err)
		}
		p := openPost(t, camille("en"), func(s *notify.Settings) { s.Words = own })
		p.Says(events.Sent, p.telling(booking.StatusConfirmed, "", 0))
		if m := p.mail(); m.Subject != "Booked!" {
			t.Errorf("%+v", m)
		}
	})
}

// TestNotify_Calendar holds that what was noted is struck, and nothing else is.
func TestNotify_Calendar(t *testing.T) {
	p := openPost(t, camille("en"))
	p.stands(booking.Record{Confirmed: &booking.Said{Version: 1}})
	p.Says(events.Sent, p.telling(booking.StatusConfirmed, "", 0))
	if m := p.mail(); !strings.Contains(m.Calendar, "METHOD:PUBLISH\r\n") || !strings.Contains(m.Calendar, "UID:booking-2\r\n") || !strings.Contains(m.Calendar, "DTSTAMP:20260502T120000Z\r\n") {
		t.Errorf("%+v", m)
	}
	for _, c := range []struct {
		is   booking.Record
		want bool
	}{
		{booking.Record{Confirmed: &booking.Said{Version: 1}, Closed: &booking.Said{Version: 2}}, true},
		{booking.Record{Closed: &booking.Said{Version: 1}}, false},
	} {
		p := openPost(t, camille("en"))
		p.stands(c.is)
		p.Says(events.Sent, p.telling(booking.StatusCancelled, booking.ReasonCustomer, 0))
		if m := p.mail(); strings.Contains(m.Calendar, "METHOD:CANCEL\r\n") != c.want {
			t.Errorf("of %+v: %q", c.is, m.Calendar)
		}
	}
}

func TestNotify_Twice(t *testing.T) {
	p := openPost(t, camille("en"))
	e := p.telling(booking.StatusConfirmed, "", 0)
	said := p.Says(events.Sent, e)
	p.Again(e, said)
	if m := p.mail(); m.Asked != 1 {
		t.Errorf("sent %d times", m.Asked)
	}
	t.Run("another ending is another message", func(t *testing.T) {
		other := p.Says(events.Sent, p.telling(booking.StatusCancelled, booking.ReasonCustomer, 9000))
		if all, _, err := p.mailbox.List(t.Context(), "", 9); err != nil || len(all) != 2 || other.ID == said.ID {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestNotify_Superseded(t *testing.T) {
	closed := func(t *testing.T) *post {
		p := openPost(t, camille("en"))
		p.stands(booking.Record{Closed: &booking.Said{Version: 1, Status: booking.StatusCancelled}})
		return p
	}
	t.Run("a booking that is closed by now is not told to be confirmed", func(t *testing.T) {
		p := closed(t)
		e := p.telling(booking.StatusConfirmed, "", 0)
		said := p.Says(events.SendFailed, e)
		if said.Code != "superseded" || said.Occurrence != "booking.confirmed" || !said.Step {
			t.Errorf("%+v", said)
		}
		p.Again(e, said)
		if all, _, err := p.mailbox.List(t.Context(), "", 9); err != nil || len(all) != 0 {
			t.Errorf("sent %+v, %v", all, err)
		}
	})
	t.Run("it is told that it is cancelled", func(t *testing.T) {
		p := closed(t)
		p.Says(events.Sent, p.telling(booking.StatusCancelled, booking.ReasonCustomer, 9000))
		p.mail()
	})
}

func TestNotify_Erased(t *testing.T) {
	p := openPost(t, nil)
	e := p.telling(booking.StatusConfirmed, "", 0)
	said := p.Says(events.SendFailed, e)
	if said.Code != "customer_unknown" || said.Occurrence != e.Occurrence {
		t.Errorf("%+v", said)
	}
	p.Again(e, said)
	if all, _, err := p.mailbox.List(t.Context(), "", 9); err != nil || len(all) != 0 {
		t.Errorf("sent %+v, %v", all, err)
	}
}

func TestNotify_Again(t *testing.T) {
	p := openPost(t, camille("en"))
	again := func(t *testing.T, e events.Event) {
		t.Helper()
		var again *arrow.AgainError
		if said, err := p.Hear(e); said != nil || !errors.As(err, &again) {
			t.Errorf("%+v, %v, want again", said, err)
		}
	}
	t.Run("a provider that is down is asked again, and then it is sent", func(t *testing.T) {
		p.down = errors.New("post is down")
		again(t, p.telling(booking.StatusConfirmed, "", 0))
		p.down = nil
		p.Says(events.Sent, p.telling(booking.StatusConfirmed, "", 0))
	})
	t.Run("what happened without words is not sent without words, nor begun again", func(t *testing.T) {
		e := p.telling(booking.StatusConfirmed, "", 0)
		e.Template = "booking.dreamt"
		var never *arrow.NeverError
		if said, err := p.Hear(e); said != nil || !errors.As(err, &never) {
			t.Errorf("%+v, %v, want never", said, err)
		}
		if lines, err := p.Records.Due(t.Context(), p.Now.Add(99*time.Hour), time.Minute, 9); len(lines) != 0 || err != nil {
			t.Errorf("%+v, %v", lines, err)
		}
	})
}
