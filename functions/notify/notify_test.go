package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/notify"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/mailbox"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

var update = flag.Bool("update", false, "write the golden files")

// post is notify over a mailbox, which may be down.
type post struct {
	*functionstest.Desk
	mailbox *mailbox.Mailbox
	down    error
}

// Send delivers, unless the post is down.
func (p *post) Send(ctx context.Context, m record.Message) (booking.Receipt, error) {
	if p.down != nil {
		return booking.Receipt{}, p.down
	}
	return p.mailbox.Send(ctx, m)
}

func openPost(t *testing.T, c *booking.Customer) *post {
	p := new(post)
	p.Desk = functionstest.Open(t, "notify", func(d *functionstest.Desk) []arrow.Function {
		p.mailbox = mailbox.New(d.Records, d.Clock)
		return []arrow.Function{notify.Function(d.Records, p)}
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

func TestTemplates(t *testing.T) {
	var want []record.Template
	for _, s := range []booking.Status{booking.StatusCancelled, booking.StatusConfirmed, booking.StatusExpired, booking.StatusRejected} {
		want = append(want, record.Template{Name: events.Occurrence(s), Locales: []string{"en", "fr"}})
	}
	if diff := cmp.Diff(want, notify.Templates()); diff != "" {
		t.Errorf("every ending has words in every language (-want +got):\n%s", diff)
	}
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

func TestNotify_Texts(t *testing.T) {
	for _, c := range []struct {
		name   string
		status booking.Status
		reason booking.Reason
		back   int64
		free   bool
	}{
		{"confirmed", booking.StatusConfirmed, "", 0, false},
		{"confirmed-free-refund", booking.StatusConfirmed, "", 0, true},
		{"rejected-sold-out", booking.StatusRejected, booking.ReasonSoldOut, 0, false},
		{"rejected-unknown", booking.StatusRejected, booking.ReasonDepartureUnknown, 0, false},
		{"rejected-closed", booking.StatusRejected, booking.ReasonDepartureClosed, 0, false},
		{"rejected-cancelled", booking.StatusRejected, booking.ReasonDepartureCancelled, 0, false},
		{"rejected-departed", booking.StatusRejected, booking.ReasonDeparted, 0, false},
		{"expired", booking.StatusExpired, booking.ReasonTimeout, 0, false},
		{"expired-refunded", booking.StatusExpired, booking.ReasonTimeout, 123450, false},
		{"cancelled-declined", booking.StatusCancelled, booking.ReasonCardDeclined, 0, false},
		{"cancelled-funds", booking.StatusCancelled, booking.ReasonInsufficientFunds, 0, false},
		{"cancelled-customer", booking.StatusCancelled, booking.ReasonCustomer, 61725, false},
		{"cancelled-customer-late", booking.StatusCancelled, booking.ReasonCustomer, 0, false},
		{"cancelled-operator", booking.StatusCancelled, booking.ReasonOperator, 123450, false},
		{"cancelled-departure", booking.StatusCancelled, booking.ReasonDepartureCancelled, 123450, false},
	} {
		for _, locale := range []string{"en", "fr"} {
			t.Run(locale+" tells of "+c.name, func(t *testing.T) {
				p := openPost(t, camille(locale))
				e := p.telling(c.status, c.reason, c.back)
				if c.free {
					e.Policy = nil
				}
				said := p.Says(events.Sent, e)
				if said.Occurrence != e.Occurrence || said.Recipient != e.Recipient || said.Channel != "mail" || said.Record != "notification" || !said.Step {
					t.Errorf("%+v", said)
				}
				m := p.mail()
				if m.To != "camille@example.com" || m.Locale != locale || m.Channel != "mail" || m.BookingID != "booking-2" {
					t.Errorf("%+v", m)
				}
				golden(t, locale+"-"+c.name, "Subject: "+m.Subject+"\n\n"+m.Body)
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, []byte(got)) {
		t.Errorf("%s: run with -update if this is better:\n%s", path, got)
	}
}

func TestNotify_Words(t *testing.T) {
	for _, c := range []struct {
		name   string
		locale string
		change func(*events.Event)
		speaks string
		has    string
	}{
		{"a language that we do not speak is English", "tlh", nil, "en", "Hello Camille"},
		{"no language is English", "", nil, "en", "Hello Camille"},
		{"French is French, wherever it is spoken", "fr-CA", nil, "fr", "Bonjour Camille"},
		{"yen have no decimals", "en", func(e *events.Event) { e.Price = booking.Money{Amount: 9000, Currency: "JPY"} }, "en", "Paid: 9,000 JPY\n"},
		{"dinars have three", "en", func(e *events.Event) { e.Price = booking.Money{Amount: 9000, Currency: "KWD"} }, "en", "Paid: 9.000 KWD\n"},
		{"a currency that nobody knows is not told", "en", func(e *events.Event) { e.Price.Currency = "QQQ" }, "en", "Seats: 2\n\nPlease"},
		{"the time is the departure's", "en", func(e *events.Event) { e.TimeZone = "Asia/Tokyo" }, "en", "When: Sunday 14 June 2026 at 16:00\n"},
		{"and its date, too", "fr", func(e *events.Event) {
			e.StartsAt, e.TimeZone = time.Date(2026, 3, 31, 23, 30, 0, 0, time.UTC), "Europe/Paris"
		}, "fr", "Date : mercredi 1er avril 2026 à 01h30\n"},
		{"a zone that nobody knows is UTC, and says so", "en", func(e *events.Event) { e.TimeZone = "Moon/Tranquility" }, "en", "at 07:00 UTC\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := openPost(t, camille(c.locale))
			e := p.telling(booking.StatusConfirmed, "", 0)
			if c.change != nil {
				c.change(&e)
			}
			p.Says(events.Sent, e)
			if m := p.mail(); m.Locale != c.speaks || !strings.Contains(m.Body, c.has) {
				t.Errorf("%s, want %q in\n%s", m.Locale, c.has, m.Body)
			}
		})
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
		raw, err := json.Marshal(booking.Record{Closed: &booking.Said{Version: 1, Status: booking.StatusCancelled}})
		if err == nil {
			err = p.Records.Update(t.Context(), store.Key{Record: record.KindBooking, ID: "booking-2"}, "booking-2",
				func(store.Row) (store.Change, error) { return store.Change{Entry: raw}, nil })
		}
		if err != nil {
			t.Fatal(err)
		}
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
	t.Run("an occurrence without words is not sent without words", func(t *testing.T) {
		e := p.telling(booking.StatusConfirmed, "", 0)
		e.Occurrence = "booking.dreamt"
		var never *arrow.NeverError
		if said, err := p.Hear(e); said != nil || !errors.As(err, &never) {
			t.Errorf("%+v, %v, want never", said, err)
		}
	})
}
