package announce_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tourbillon/events"
	"tourbillon/functions/announce"
	"tourbillon/functions/functionstest"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

const customerID = "3f1c09a7b25e4d68"

// reads changes what is known of the customer.
func (d desk) reads(change func(booking.Reader) booking.Reader) {
	d.T.Helper()
	if err := record.ChangeReader(d.T.Context(), d.Records, customerID, change); err != nil {
		d.T.Fatal(err)
	}
}

func (d desk) wishes(c booking.Category, channels ...string) {
	d.T.Helper()
	d.reads(func(r booking.Reader) booking.Reader {
		return r.Prefer(booking.Preferences{Channels: map[booking.Category][]string{c: channels}}, d.Now)
	})
}

func (d desk) devices(ids ...string) {
	d.T.Helper()
	d.reads(func(r booking.Reader) booking.Reader {
		for _, id := range ids {
			r = r.Register(booking.Device{ID: id, Token: "token of " + id})
		}
		return r
	})
}

// paid is a fact about the booking's money.
func (d desk) paid(n events.Name, s booking.Status, amount int64) events.Event {
	e := d.ended(n, s)
	e.Stock, e.Moved, e.Reason = nil, 0, ""
	e.Amount = &booking.Money{Amount: amount, Currency: "EUR"}
	e.Intent, e.Attempt = "pi_1", 1
	e.ID = "5e88489a"
	return e
}

// of is what fanout says of a departure, to who has a booking of it or watches it.
func (d desk) of(template events.Name, bookingID, customerID string) events.Event {
	return d.Event(events.Announce, events.Data{
		Booking: booking.Booking{ID: bookingID, DepartureID: "lyon-0900"}, Template: string(template), Occurrence: "0badcafe",
		CustomerID: customerID, Was: &booking.Was{StartsAt: functionstest.Noon, TimeZone: "Europe/Paris"},
		Stock: &booking.Stock{Capacity: 10, Available: 2},
	})
}

// sends are the messages that were asked for: template, channel, recipient.
func (b *broker) sends(t *testing.T) (all []string) {
	t.Helper()
	for _, e := range b.got {
		if e.Name != events.Send || e.To != "notify" || e.Data.CustomerID != customerID || e.Among != len(b.got) {
			t.Errorf("published %+v", e)
		}
		ce, err := events.Encode(e)
		if err == nil {
			_, err = events.Decode(ce)
		}
		if err != nil || strings.Contains(string(ce.Data()), "amille") || strings.Contains(string(ce.Data()), "+33") || strings.Contains(string(ce.Data()), "token") {
			t.Errorf("%s, %v", ce.Data(), err)
		}
		all = append(all, strings.Join([]string{e.Template, e.Data.Channel, e.Recipient}, " "))
	}
	return all
}

// TestAnnounce_Table is who hears what: each fact that there is something to tell
// of, and each that its booking's ending tells.
func TestAnnounce_Table(t *testing.T) {
	mail := func(template string) []string { return []string{template + " mail " + customerID} }
	stated := func(occurrence events.Name, ago time.Duration) func(desk) {
		return func(d desk) {
			d.puts(record.KindSaga, saga.Record{Ends: []saga.End{
				{Occurrence: "booking.confirmed", Said: &booking.Said{At: d.Now.Add(-time.Hour)}},
				{Occurrence: string(occurrence), Said: &booking.Said{At: d.Now.Add(-ago)}},
			}})
		}
	}
	confirmed := func(d desk) {
		d.puts(record.KindBooking, booking.Record{Booking: booking.Booking{ID: "booking-2", DepartureID: "lyon-0900", Seats: 2}, Confirmed: &booking.Said{Version: 1}})
	}
	for _, c := range []struct {
		says string
		is   func(desk)
		of   func(desk) events.Event
		want []string
	}{
		{"a receipt", nil, func(d desk) events.Event { return d.paid(events.PaymentSucceeded, booking.StatusOnHold, 9000) }, mail("payment.succeeded")},
		{"a refund that could not be made", nil, func(d desk) events.Event {
			return d.paid(events.PaymentRefundFailed, booking.StatusCancelled, 4500)
		}, mail("payment.refund.failed")},
		{"a refund, before the ending that tells it", nil, func(d desk) events.Event {
			return d.paid(events.PaymentRefunded, booking.StatusCancelled, 4500)
		}, nil},
		{"and with it", stated(events.BookingCancelled, -time.Second), func(d desk) events.Event {
			return d.paid(events.PaymentRefunded, booking.StatusCancelled, 4500)
		}, nil},
		{"a refund that comes after the ending was told", stated(events.BookingCancelled, time.Second), func(d desk) events.Event {
			return d.paid(events.PaymentRefunded, booking.StatusCancelled, 4500)
		}, mail("payment.refunded")},
		{"of nothing", stated(events.BookingCancelled, time.Second), func(d desk) events.Event {
			return d.paid(events.PaymentRefunded, booking.StatusCancelled, 0)
		}, nil},
		{"that a booking is confirmed is no ending that tells a refund", stated(events.BookingConfirmed, time.Second), func(d desk) events.Event {
			return d.paid(events.PaymentRefunded, booking.StatusCancelled, 4500)
		}, nil},
		{"a departure that moved, to who is confirmed", confirmed, func(d desk) events.Event { return d.of(events.DepartureChanged, "booking-2", "") }, mail("tour.departure.changed")},
		{"not to who is not yet", func(d desk) { d.puts(record.KindBooking, booking.Record{Created: &booking.Said{Version: 1}}) },
			func(d desk) events.Event { return d.of(events.DepartureChanged, "booking-2", "") }, nil},
		{"nor to who is not any more", func(d desk) {
			d.puts(record.KindBooking, booking.Record{Confirmed: &booking.Said{Version: 1}, Closed: &booking.Said{Version: 2}})
		}, func(d desk) events.Event { return d.of(events.DepartureChanged, "booking-2", "") }, nil},
		{"nor of a booking that nobody knows", nil, func(d desk) events.Event { return d.of(events.DepartureChanged, "booking-2", "") }, nil},
	} {
		t.Run(c.says, func(t *testing.T) {
			b := new(broker)
			d := open(t, b.wire)
			d.intake(camille)
			if c.is != nil {
				c.is(d)
			}
			d.Silent(c.of(d))
			if diff := cmp.Diff(c.want, b.sends(t)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("what nobody has words for is told to nobody, and is not lost", func(t *testing.T) {
		b := new(broker)
		d := open(t, b.wire)
		d.intake(camille)
		e := d.ended(events.Announce, "")
		var never *arrow.NeverError
		if out, err := d.Hear(e); out != nil || !errors.As(err, &never) || len(b.got) != 0 {
			t.Errorf("%+v, %v, published %+v", out, err, b.got)
		}
	})
	t.Run("and nothing else is heard", func(t *testing.T) {
		heard := announce.Function(announce.Settings{}).Names()
		for _, n := range []events.Name{events.PaymentFailed, events.PaymentVoided, events.PaymentDisputed, events.BookingConfirmed, events.DepartureCancelled} {
			if slices.Contains(heard, n) {
				t.Errorf("%s is told by the ending", n)
			}
		}
	})
}

// TestAnnounce_Reasons is every way in which a booking may close: each is told
// once, by its ending's words, with why.
func TestAnnounce_Reasons(t *testing.T) {
	for status, reasons := range map[booking.Status][]booking.Reason{
		booking.StatusRejected: {
			booking.ReasonSoldOut, booking.ReasonDepartureUnknown, booking.ReasonDepartureClosed, booking.ReasonDepartureCancelled, booking.ReasonDeparted,
		},
		booking.StatusCancelled: {
			booking.ReasonCardDeclined, booking.ReasonInsufficientFunds, booking.ReasonCustomer, booking.ReasonOperator, booking.ReasonDepartureCancelled,
		},
		booking.StatusExpired: {booking.ReasonTimeout},
	} {
		for _, why := range reasons {
			for _, by := range []events.Name{events.Announce, events.SpotsReleased} {
				b := new(broker)
				d := open(t, b.wire)
				d.intake(camille)
				e := d.ended(by, status)
				e.Reason = why
				d.Silent(e)
				if got := b.sends(t); len(got) != 1 || b.got[0].Template != events.Occurrence(status) || b.got[0].Reason != why || *b.got[0].Amount != *e.Amount {
					t.Errorf("%s for %s: %v", status, why, got)
				}
			}
		}
	}
}

// TestAnnounce_OneForADeclinedCard holds that of a card that was declined, a
// booking that is closed for it and seats that are given back, one is told.
func TestAnnounce_OneForADeclinedCard(t *testing.T) {
	for _, ends := range []events.Name{events.Announce, events.SpotsReleased} {
		b := new(broker)
		d := open(t, b.wire)
		d.intake(camille)
		e := d.ended(ends, booking.StatusCancelled)
		e.Reason = booking.ReasonCardDeclined
		for _, n := range []events.Name{events.PaymentFailed, events.PaymentVoided, events.BookingCancelled} {
			fact := d.ended(n, booking.StatusCancelled)
			fact.Reason, fact.Stock, fact.Moved = booking.ReasonCardDeclined, nil, 0
			if n != events.BookingCancelled {
				fact.Attempt = 1
			}
			if out, err := d.Hear(fact); out != nil || !errors.Is(err, arrow.ErrUnroutable) {
				t.Errorf("%s: %v, %v", n, out, err)
			}
		}
		d.Silent(e)
		if got := b.sends(t); len(got) != 1 || b.got[0].Reason != booking.ReasonCardDeclined {
			t.Errorf("%v", got)
		}
	}
}

func TestAnnounce_Reach(t *testing.T) {
	ending := func(d desk) events.Event { return d.ended(events.SpotsSold, booking.StatusConfirmed) }
	receipt := func(d desk) events.Event { return d.paid(events.PaymentSucceeded, booking.StatusOnHold, 9000) }
	moved := func(d desk) events.Event { return d.of(events.DepartureChanged, "booking-2", "") }
	const mail, text = "mail " + customerID, "text phone33612345678"
	for _, c := range []struct {
		says string
		is   func(desk)
		of   func(desk) events.Event
		want []string
	}{
		{"an ending by mail", nil, ending, []string{mail}},
		{"and on each device", func(d desk) { d.devices("d1", "d2") }, ending, []string{mail, "push d1", "push d2"}},
		{"but not on one that is another customer's now", func(d desk) {
			d.devices("d1", "d2")
			err := record.ChangeReader(d.T.Context(), d.Records, "d1", func(r booking.Reader) booking.Reader { r.Owner = "683f1c09"; return r })
			if err != nil {
				d.T.Fatal(err)
			}
		}, ending, []string{mail, "push d2"}},
		{"a change by text too", nil, moved, []string{mail, text}},
		{"and on each device", func(d desk) { d.devices("d1") }, moved, []string{mail, text, "push d1"}},
		{"a receipt by mail alone", func(d desk) { d.devices("d1") }, receipt, []string{mail}},
		{"by what was chosen", func(d desk) { d.wishes(booking.CategoryReceipt, "text") }, receipt, []string{text}},
		{"of an ending too", func(d desk) { d.wishes(booking.CategoryEnding, "text") }, ending, []string{text}},
		{"by mail, where an ending was to be told by nothing", func(d desk) { d.wishes(booking.CategoryEnding) }, ending, []string{mail}},
		{"or by what they do not have", func(d desk) { d.wishes(booking.CategoryEnding, "push") }, ending, []string{mail}},
		{"a receipt that nobody wants is one message, which notify refuses", func(d desk) { d.wishes(booking.CategoryReceipt) }, receipt, []string{mail}},
		{"and one by what they do not have", func(d desk) { d.wishes(booking.CategoryReceipt, "push") }, receipt, []string{mail}},
	} {
		t.Run(c.says, func(t *testing.T) {
			b := new(broker)
			d := open(t, b.wire)
			in := camille
			in.Customer = &booking.Customer{Name: "Camille", Email: "camille@example.com", Phone: "+33612345678"}
			d.intake(in)
			d.puts(record.KindBooking, booking.Record{Confirmed: &booking.Said{Version: 1}})
			if c.is != nil {
				c.is(d)
			}
			d.Silent(c.of(d))
			var got []string
			for _, s := range b.sends(t) {
				_, to, _ := strings.Cut(s, " ")
				got = append(got, to)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			ids := map[string]bool{}
			for _, e := range b.got {
				ids[e.ID] = true
			}
			if len(ids) != len(b.got) {
				t.Errorf("%d messages have %d ids", len(b.got), len(ids))
			}
		})
	}
	t.Run("by no text without a telephone", func(t *testing.T) {
		b := new(broker)
		d := open(t, b.wire)
		d.intake(camille)
		d.puts(record.KindBooking, booking.Record{Confirmed: &booking.Said{Version: 1}})
		d.Silent(moved(d))
		if got := b.sends(t); len(got) != 1 {
			t.Errorf("%v", got)
		}
	})
	t.Run("nor where telephones stand for nobody", func(t *testing.T) {
		b := new(broker)
		d := open(t, func(d *functionstest.Desk) []arrow.Function {
			return []arrow.Function{announce.Function(announce.Settings{Records: d.Records, Sink: b})}
		})
		in := camille
		in.Customer = &booking.Customer{Email: "camille@example.com", Phone: "+33612345678"}
		d.intake(in)
		d.puts(record.KindBooking, booking.Record{Confirmed: &booking.Said{Version: 1}})
		d.Silent(moved(d))
		if got := b.sends(t); len(got) != 1 {
			t.Errorf("%v", got)
		}
	})
}

func TestAnnounce_Watchers(t *testing.T) {
	for _, template := range []events.Name{events.AvailabilityLow, events.AvailabilityBack, events.DepartureCancelled} {
		t.Run(string(template)+" is told to who watches, by what their own record has", func(t *testing.T) {
			b := new(broker)
			d := open(t, b.wire)
			e := d.of(template, "", customerID)
			d.Silent(e)
			if len(b.got) != 0 {
				t.Fatalf("told to who is not known: %+v", b.got)
			}
			d.reads(func(r booking.Reader) booking.Reader {
				r.Contact = &booking.Customer{Name: "Camille", Email: "camille@example.com", Phone: "+33612345678", Locale: "fr"}
				return r
			})
			d.devices("d1")
			d.Silent(e)
			want := []string{string(template) + " mail " + customerID, string(template) + " push d1"}
			if diff := cmp.Diff(want, b.sends(t)); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if got := b.got[0]; got.Occurrence != "0badcafe" || got.Data.ID != "" || got.DepartureID != "lyon-0900" || got.Stock == nil || got.Was == nil || got.Subject != "lyon-0900" {
				t.Errorf("%+v", got)
			}
			d.reads(booking.Reader.Erase)
			b.got = nil
			if d.Silent(e); len(b.got) != 0 {
				t.Errorf("told to who was erased: %+v", b.got)
			}
		})
	}
}

// TestAnnounce_Was holds what a message of a departure that moved carries: what
// it was, for notify to tell, and the booking as it stands, without its stock.
func TestAnnounce_Was(t *testing.T) {
	b := new(broker)
	d := open(t, b.wire)
	d.intake(camille)
	is := booking.Record{Booking: booking.Booking{ID: "booking-2", DepartureID: "lyon-0900", Seats: 2, Flow: booking.Choreography}, Confirmed: &booking.Said{Version: 1}}
	d.puts(record.KindBooking, is)
	d.Silent(d.of(events.DepartureChanged, "booking-2", ""))
	want := is.Booking
	want.Status = booking.StatusConfirmed
	if len(b.got) != 1 || cmp.Diff(want, b.got[0].Booking) != "" || b.got[0].Was == nil || b.got[0].Stock != nil {
		t.Errorf("%+v", b.got)
	}
}

func TestAnnounce_SagaThatCannotBeRead(t *testing.T) {
	b := new(broker)
	d := open(t, b.wire)
	d.intake(camille)
	err := d.Records.Update(t.Context(), store.Key{Record: record.KindSaga, ID: "booking-2"}, "booking-2",
		func(store.Row) (store.Change, error) { return store.Change{Entry: []byte("{")}, nil })
	if err != nil {
		t.Fatal(err)
	}
	var again *arrow.AgainError
	if out, err := d.Hear(d.paid(events.PaymentRefunded, booking.StatusCancelled, 4500)); out != nil || !errors.As(err, &again) || len(b.got) != 0 {
		t.Errorf("%+v, %v, published %+v", out, err, b.got)
	}
}
