package notify_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"tourbillon/events"
	"tourbillon/functions/notify"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/mailbox"
	limits "tourbillon/internal/provider/post"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// Who is told in these tests, and by what.
const (
	customerID = "3f1c09a7b25e4d68"
	phoneID    = "9a7b25e4d683f1c0"
	deviceID   = "25e4d683f1c09a7b"
	departure  = "lyon-old-town-2026-06-14-0900"
	number     = "+33612345678"
	token      = "arn:aws:sns:eu-west-3:123456789012:endpoint/APNS/tours/1"
)

// reads changes what is known of who has an address.
func (p *post) reads(id string, change func(booking.Reader) booking.Reader) {
	p.T.Helper()
	if err := record.ChangeReader(p.T.Context(), p.Records, id, change); err != nil {
		p.T.Fatal(err)
	}
}

// wishes is what the customer wishes.
func (p *post) wishes(w booking.Preferences) {
	p.T.Helper()
	p.reads(customerID, func(r booking.Reader) booking.Reader { return r.Prefer(w, p.Now) })
}

// suppresses has an address written to no more.
func (p *post) suppresses(id, channel string) {
	p.T.Helper()
	p.reads(id, func(r booking.Reader) booking.Reader {
		return r.Suppress(channel, booking.SuppressedOptOut, p.Now, p.Now)
	})
}

// news is the command to tell Camille of something by mail.
func (p *post) news(template string) events.Event {
	e := p.telling(booking.StatusConfirmed, "", 0)
	e.Occurrence, e.Template, e.CustomerID, e.Among = "fact1."+template, template, customerID, 1
	if template == "payment.succeeded" || template == "payment.refunded" {
		e.Amount = &booking.Money{Amount: 4500, Currency: "EUR"}
	}
	if template == "tour.departure.changed" {
		e.Was = &booking.Was{MeetingPoint: new("Bellecour")}
	}
	return e
}

// by is e on another channel.
func by(channel, recipient string, e events.Event) events.Event {
	e.Data.Channel, e.Recipient = channel, recipient
	return e
}

// watches has the customer watch the departure since then; zero: not any more.
func (p *post) watches(since time.Time) {
	p.T.Helper()
	err := record.ChangeWatch(p.T.Context(), p.Records, customerID, departure, func(r booking.Reader, w booking.Watch) (booking.Reader, booking.Watch) {
		return r, booking.Watch{Since: since}
	})
	if err != nil {
		p.T.Fatal(err)
	}
}

// watched is the command to tell who watches a departure; they have no booking.
func (p *post) watched(template string) events.Event {
	p.watches(p.Now)
	return p.Event(events.Send, events.Data{
		Booking: booking.Booking{DepartureID: departure}, Occurrence: "fact2", Template: template,
		CustomerID: customerID, Channel: "mail", Recipient: customerID, Among: 1, Stock: &booking.Stock{Capacity: 12, Available: 2},
	})
}

// never wants the message refused for good, and nobody asked to send it.
func (p *post) never(why string, e events.Event) {
	p.T.Helper()
	said := p.Says(events.SendFailed, e)
	if said.Code != why || said.Template != e.Template || said.CustomerID != customerID || p.asked != 0 {
		p.T.Errorf("%+v, asked %d times, want %s", said, p.asked, why)
	}
	p.Again(e, said)
}

func withPhone() *booking.Customer {
	c := camille("en")
	c.Phone = number
	return c
}

func TestNotify_Channels(t *testing.T) {
	p := openPost(t, withPhone())
	p.offers()
	p.reads(customerID, func(r booking.Reader) booking.Reader { return r.Register(booking.Device{ID: deviceID, Token: token}) })
	for _, c := range []struct{ channel, recipient, to string }{
		{"mail", customerID, "camille@example.com"}, {"text", phoneID, number}, {"push", deviceID, token},
	} {
		p.Says(events.Sent, by(c.channel, c.recipient, p.news("booking.confirmed")))
		all, _, err := p.mailbox.List(t.Context(), "", 9)
		if err != nil || len(all) == 0 {
			t.Fatal(err)
		}
		var got mailbox.Mail
		for _, m := range all {
			if m.Channel == c.channel {
				got = m
			}
		}
		if got.To != c.to || got.Body == "" || got.CustomerID != customerID || got.Template != "booking.confirmed" || (got.HTML != "") != (c.channel == "mail") {
			t.Errorf("%s: %+v", c.channel, got)
		}
	}
}

func TestNotify_Never(t *testing.T) {
	no := func(c booking.Category) booking.Preferences {
		return booking.Preferences{Channels: map[booking.Category][]string{c: {}}}
	}
	for _, c := range []struct {
		says string
		who  *booking.Customer
		is   func(*post)
		of   func(*post) events.Event
		why  string
	}{
		{"who was erased", nil, nil, func(p *post) events.Event { return p.news("booking.confirmed") }, notify.Unknown},
		{"who watched and was erased", camille("en"), nil, func(p *post) events.Event { return p.watched("tour.availability.low") }, notify.Unknown},
		{"by text who has no telephone", camille("en"), nil, func(p *post) events.Event { return by("text", phoneID, p.news("booking.confirmed")) }, notify.NoAddress},
		{"by push on a device that is not registered any more", camille("en"), nil, func(p *post) events.Event { return by("push", deviceID, p.news("booking.confirmed")) }, notify.NoAddress},
		{"that it is confirmed what is closed by now", camille("en"), func(p *post) { p.stands(booking.Record{Closed: &booking.Said{Version: 1}}) },
			func(p *post) events.Event { return p.news("booking.confirmed") }, notify.Superseded},
		{"that it is moved what is closed by now", camille("en"), func(p *post) { p.stands(booking.Record{Closed: &booking.Said{Version: 1}}) },
			func(p *post) events.Event { return p.news("tour.departure.changed") }, notify.Superseded},
		{"who wants no receipts", camille("en"), func(p *post) { p.wishes(no(booking.CategoryReceipt)) },
			func(p *post) events.Event { return p.news("payment.succeeded") }, notify.Unwanted},
		{"by mail who wants them by text", camille("en"), func(p *post) {
			p.wishes(booking.Preferences{Channels: map[booking.Category][]string{booking.CategoryReceipt: {"text"}}})
		}, func(p *post) events.Event { return p.news("payment.succeeded") }, notify.Unwanted},
		{"at an address that is written to no more", camille("en"), func(p *post) { p.suppresses(customerID, "mail") },
			func(p *post) events.Event { return p.news("payment.succeeded") }, notify.Suppressed},
		{"nor there of what nobody may miss", camille("en"), func(p *post) { p.suppresses(customerID, "mail") },
			func(p *post) events.Event { return p.news("booking.confirmed") }, notify.Suppressed},
		{"on a telephone that has said STOP", withPhone(), func(p *post) { p.suppresses(phoneID, "text") },
			func(p *post) events.Event { return by("text", phoneID, p.news("tour.departure.changed")) }, notify.Suppressed},
		{"on a device that is another customer's now", camille("en"), func(p *post) {
			p.reads(customerID, func(r booking.Reader) booking.Reader { return r.Register(booking.Device{ID: deviceID, Token: token}) })
			p.reads(deviceID, func(r booking.Reader) booking.Reader { r.Owner = "683f1c09a7b25e4d"; return r })
		}, func(p *post) events.Event { return by("push", deviceID, p.news("booking.confirmed")) }, notify.NoAddress},
	} {
		t.Run(c.says, func(t *testing.T) {
			p := openPost(t, c.who)
			p.offers()
			if c.is != nil {
				c.is(p)
			}
			p.never(c.why, c.of(p))
		})
	}
}

func TestNotify_AllTheSame(t *testing.T) {
	for says, c := range map[string]struct {
		is func(*post)
		of func(*post) events.Event
	}{
		"a telephone that has said STOP is no mail": {func(p *post) { p.suppresses(phoneID, "text") }, func(p *post) events.Event { return p.news("booking.confirmed") }},
		"what nobody may miss comes through a no": {func(p *post) {
			p.wishes(booking.Preferences{Channels: map[booking.Category][]string{booking.CategoryEnding: {}, booking.CategoryChange: {}}})
		}, func(p *post) events.Event { return p.news("booking.confirmed") }},
		"and through the night": {func(p *post) { p.wishes(booking.Preferences{Quiet: &booking.Quiet{From: 0, To: 1439}}) },
			func(p *post) events.Event { return p.news("tour.departure.changed") }},
		"who said no and then yes": {func(p *post) {
			p.wishes(booking.Preferences{Channels: map[booking.Category][]string{booking.CategoryReceipt: {}}})
			p.wishes(booking.Preferences{})
		}, func(p *post) events.Event { return p.news("payment.succeeded") }},
		"who said STOP and then START": {func(p *post) {
			p.suppresses(phoneID, "text")
			p.reads(phoneID, func(r booking.Reader) booking.Reader { return r.Restore("text", p.Now, p.Now) })
		}, func(p *post) events.Event { return by("text", phoneID, p.news("booking.confirmed")) }},
		"that what is closed is cancelled": {func(p *post) { p.stands(booking.Record{Closed: &booking.Said{Version: 1}}) },
			func(p *post) events.Event { return p.telling(booking.StatusCancelled, booking.ReasonCustomer, 100) }},
	} {
		t.Run(says, func(t *testing.T) {
			p := openPost(t, withPhone())
			p.offers()
			c.is(p)
			p.Says(events.Sent, c.of(p))
			p.mail()
		})
	}
}

// TestNotify_QuietHours puts a receipt off until the customer is up. It is noon
// of 2 May in Greenwich when a desk opens: half past nine in the evening in
// Adelaide, two in the afternoon in Lyon.
func TestNotify_QuietHours(t *testing.T) {
	quiet := &booking.Quiet{From: 21 * 60, To: 7 * 60}
	p := openPost(t, camille("fr"))
	p.offers()
	p.wishes(booking.Preferences{Quiet: quiet, TimeZone: "Australia/Adelaide"})
	e := p.news("payment.succeeded")
	put := p.Says(events.SendDeferred, e)
	morning := time.Date(2026, 5, 2, 21, 30, 0, 0, time.UTC)
	if !put.Until.Equal(morning) || put.Code != booking.DeferredQuiet || put.Step || p.asked != 0 {
		t.Errorf("%+v", put)
	}
	p.Again(e, put)
	wake := func() events.Event {
		t.Helper()
		lines, err := p.Records.Due(t.Context(), p.Now, time.Minute, 9)
		if err != nil || len(lines) != 1 {
			t.Fatalf("due at %v: %+v, %v", p.Now, lines, err)
		}
		key, _ := strings.CutPrefix(lines[0].Name, "send:")
		return p.Event(events.SendWake, events.Data{Message: key})
	}
	p.Now = morning.Add(-time.Second)
	if lines, err := p.Records.Due(t.Context(), p.Now, time.Minute, 9); err != nil || len(lines) != 0 {
		t.Fatalf("due in the night: %+v, %v", lines, err)
	}
	p.Now = morning
	said := p.Says(events.Sent, wake())
	if p.mail().Locale != "fr" || said.RecordVersion != 2 {
		t.Errorf("%+v", said)
	}
	p.Again(e, said)
	t.Run("who has named no zone sleeps where the tour is", func(t *testing.T) {
		p := openPost(t, camille("fr"))
		p.offers()
		p.wishes(booking.Preferences{Quiet: &booking.Quiet{From: 14 * 60, To: 15 * 60}})
		if put := p.Says(events.SendDeferred, p.news("payment.succeeded")); !put.Until.Equal(time.Date(2026, 5, 2, 13, 0, 0, 0, time.UTC)) {
			t.Errorf("%+v", put)
		}
	})
	t.Run("what is not true any more in the morning is not told", func(t *testing.T) {
		p := openPost(t, nil)
		p.offers()
		p.reads(customerID, func(r booking.Reader) booking.Reader { r.Contact = camille("en"); return r })
		p.wishes(booking.Preferences{Quiet: quiet, TimeZone: "Australia/Adelaide"})
		e := p.watched("tour.availability.low")
		put := p.Says(events.SendDeferred, e)
		p.Now = put.Until
		p.sells(12)
		p.never(notify.Superseded, e)
	})
}

func TestNotify_Turns(t *testing.T) {
	turns := new(limits.PerHour)
	limited := func(s *notify.Settings) { s.Turns = turns }
	p := openPost(t, camille("en"), limited)
	p.offers()
	p.reads(customerID, func(r booking.Reader) booking.Reader { r.Contact = camille("en"); return r })
	of := func(n int) events.Event {
		e := p.watched("tour.availability.low")
		e.Occurrence = "fact" + strconv.Itoa(n)
		return e
	}
	for n := range 12 {
		p.Says(events.Sent, of(n))
	}
	put := p.Says(events.SendDeferred, of(12))
	if wait := put.Until.Sub(p.Now); wait <= 0 || wait > 10*time.Minute || put.Code != booking.DeferredLimit {
		t.Errorf("waits for %v", wait)
	}
	t.Run("what was told already takes no turn, and is told again", func(t *testing.T) { p.Says(events.Sent, of(3)) })
	t.Run("another category has turns of its own", func(t *testing.T) { p.Says(events.Sent, p.news("payment.succeeded")) })
	t.Run("a provider that is down costs one turn, however often it is asked", func(t *testing.T) {
		counted := &counter{}
		p := openPost(t, camille("en"), func(s *notify.Settings) { s.Turns = counted })
		p.offers()
		p.down = errors.New("down")
		e := p.news("payment.succeeded")
		for range 2 {
			if _, err := p.Hear(e); err == nil {
				t.Fatal("it is sent")
			}
		}
		put := p.Says(events.SendDeferred, e)
		p.down, p.Now = nil, put.Until
		p.Says(events.Sent, e)
		if counted.taken != 1 || counted.key != customerID+":receipt" || counted.perHour != 600 {
			t.Errorf("%+v", counted)
		}
	})
	t.Run("what nobody may miss waits for its turn too", func(t *testing.T) {
		p := openPost(t, camille("en"), func(s *notify.Settings) { s.Turns = &counter{wait: time.Minute} })
		p.offers()
		put := p.Says(events.SendDeferred, p.news("booking.confirmed"))
		if !put.Step || p.asked != 0 {
			t.Errorf("%+v", put)
		}
	})
	t.Run("it waits longer each time, and not for the same moment as others", func(t *testing.T) {
		p := openPost(t, camille("en"), func(s *notify.Settings) { s.Turns = &counter{wait: time.Minute} })
		p.offers()
		e, other := p.news("payment.succeeded"), p.news("booking.confirmed")
		var last time.Duration
		for range 4 {
			put := p.Says(events.SendDeferred, e)
			wait := put.Until.Sub(p.Now)
			if wait < time.Minute || wait <= last {
				t.Errorf("put off for %v, and then for %v", last, wait)
			}
			if o := p.Says(events.SendDeferred, other); o.Until.Equal(put.Until) {
				t.Error("both wait for the same moment")
			}
			last, p.Now = wait, put.Until
		}
	})
	t.Run("turns that nobody can count stop no message", func(t *testing.T) {
		p := openPost(t, camille("en"), func(s *notify.Settings) { s.Turns = &counter{err: errors.New("down")} })
		p.offers()
		p.Says(events.Sent, p.news("payment.succeeded"))
	})
}

// counter counts turns, of which there is no end, or none for a while.
type counter struct {
	taken   int
	key     string
	perHour int
	wait    time.Duration
	err     error
}

// Take counts.
func (c *counter) Take(_ context.Context, key string, perHour int) (time.Duration, error) {
	c.taken, c.key, c.perHour = c.taken+1, key, perHour
	if c.err != nil {
		return time.Hour, c.err
	}
	return c.wait, nil
}

// lame is a store in which nobody's wishes can be read, once it is told so.
type lame struct {
	store.Store
	down bool
}

// Load fails, or loads.
func (l *lame) Load(ctx context.Context, k store.Key, entries ...string) (store.Snapshot, error) {
	if l.down && k.Record == record.KindCustomer {
		return store.Snapshot{}, store.ErrUnavailable
	}
	return l.Store.Load(ctx, k, entries...)
}

// TestNotify_NotEvenWritten holds that what may come once at most is not taken
// for sent where nobody was asked to send it, and is where somebody was.
func TestNotify_NotEvenWritten(t *testing.T) {
	l := &lame{down: true}
	p := openPost(t, nil, func(s *notify.Settings) { s.Records = store.New(l) })
	l.Store = p.Desk
	p.offers()
	p.reads(customerID, func(r booking.Reader) booking.Reader { r.Contact = camille("en"); return r })
	again := func(cause error) {
		t.Helper()
		var again *arrow.AgainError
		if out, err := p.Hear(p.watched("tour.availability.low")); out != nil || !errors.As(err, &again) || !errors.Is(err, cause) {
			t.Errorf("%+v, %v, want again", out, err)
		}
	}
	again(store.ErrUnavailable)
	l.down, p.down = false, errors.New("the answer is lost")
	again(p.down)
	p.down = nil
	if said := p.Says(events.Sent, p.watched("tour.availability.low")); said.Code != booking.Unconfirmed || p.asked != 1 {
		t.Errorf("%+v, asked %d times", said, p.asked)
	}
}
