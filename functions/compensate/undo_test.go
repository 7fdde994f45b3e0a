package compensate_test

import (
	"encoding/json"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/catalog"
	"tourbillon/functions/charge"
	"tourbillon/functions/compensate"
	"tourbillon/functions/functionstest"
	"tourbillon/functions/reserve"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/provider/sandbox"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// undo is compensate, with those who hold seats and take money of the token.
func undo(token string) func(*functionstest.Desk) []arrow.Function {
	return func(d *functionstest.Desk) []arrow.Function {
		bank := sandbox.New(d.Records, sandbox.Settings{Now: d.Clock, Late: time.Minute})
		in, err := json.Marshal(booking.Intake{Token: &booking.Token{Token: token}})
		if err == nil {
			err = d.Records.Update(d.T.Context(), store.Key{Record: record.KindIntake, ID: held.ID}, held.ID,
				func(store.Row) (store.Change, error) { return store.Change{Entry: in}, nil })
		}
		if err != nil {
			d.T.Fatal(err)
		}
		fs := append(catalog.Functions(), compensate.Functions(d.Records, bank)...)
		return append(fs, reserve.Function(), charge.Function(d.Records, bank))
	}
}

// back is the wish to give money back, by command or by a closing fact.
func (d desk) back(n events.Name, amount int64) events.Event {
	data := events.Data{Booking: held, Reason: booking.ReasonCustomer, Amount: &booking.Money{Amount: amount, Currency: "EUR"}}
	data.Booking.Status = booking.StatusCancelled
	return d.Event(n, data)
}

func TestCompensate_Refund(t *testing.T) {
	for _, c := range []struct {
		name  string
		token string // charged before; empty: nothing was
		due   int64
		says  events.Name
		moved booking.Money
	}{
		{"where nothing was charged, nothing is voided", "", 9000, events.PaymentVoided, booking.Money{Currency: "EUR"}},
		{"what was paid is given back", "tok_visa", 9000, events.PaymentRefunded, booking.Money{Amount: 9000, Currency: "EUR"}},
		{"or the part that is owed", "tok_visa", 4500, events.PaymentRefunded, booking.Money{Amount: 4500, Currency: "EUR"}},
		{"or nothing, where the tier gives nothing", "tok_visa", 0, events.PaymentRefunded, booking.Money{Currency: "EUR"}},
		{"what was declined is voided", "tok_declined", 9000, events.PaymentVoided, booking.Money{Currency: "EUR"}},
		{"a refund that the provider refuses has failed", "tok_refund_fails", 9000, events.PaymentRefundFailed, booking.Money{Amount: 9000, Currency: "EUR"}},
	} {
		for _, n := range []events.Name{events.PaymentRefund, events.BookingCancelled, events.BookingExpired, events.BookingRejected} {
			t.Run(c.name+", asked by "+string(n), func(t *testing.T) {
				d := open(t, undo(c.token))
				if c.token != "" {
					if said, err := d.Hear(d.on(events.PaymentCharge)); err != nil || said == nil {
						t.Fatalf("%+v, %v", said, err)
					}
				}
				e := d.back(n, c.due)
				said := d.Says(c.says, e)
				if *said.Amount != c.moved || said.Reason != booking.ReasonCustomer || said.Status != booking.StatusCancelled || said.Record != "payment" {
					t.Errorf("%+v of %v, want %v", said, said.Amount, c.moved)
				}
				d.Again(e, said)
				d.Again(d.back(events.PaymentRefund, 1), said) // the first wish holds
			})
		}
	}
}

func TestCompensate_RefundOfNoPrice(t *testing.T) {
	d := open(t, undo(""))
	b := booking.Booking{ID: held.ID, Status: booking.StatusRejected, Flow: booking.Choreography}
	e := d.Event(events.BookingRejected, events.Data{Booking: b, Reason: booking.ReasonSoldOut, Amount: &booking.Money{Currency: "XXX"}})
	said := d.Says(events.PaymentVoided, e)
	if *said.Amount != (booking.Money{Currency: "XXX"}) {
		t.Errorf("%v", said.Amount)
	}
	d.Again(e, said)
}

func TestCompensate_RefundWhileTheProviderIsAtIt(t *testing.T) {
	d := open(t, undo("tok_async"))
	d.Says(events.PaymentInitiated, d.on(events.PaymentCharge))
	e := d.back(events.PaymentRefund, 9000)
	for range 2 {
		if said, err := d.Hear(e); said != nil || err != nil {
			t.Fatalf("%+v, %v, want silence: nothing is known yet", said, err)
		}
	}
	d.Now = d.Now.Add(time.Hour)
	said := d.Says(events.PaymentRefunded, d.Event(events.PaymentSettle, events.Data{Booking: booking.Booking{ID: held.ID}}))
	if said.Amount.Amount != 9000 {
		t.Errorf("%v", said.Amount)
	}
	d.Again(e, said)
}

func TestCompensate_Release(t *testing.T) {
	terms := booking.Terms{TourID: "old-town", StartsAt: held.StartsAt, TimeZone: "Europe/Paris", Capacity: 4, Price: booking.Money{Amount: 4500, Currency: "EUR"}}
	for _, c := range []struct {
		name   string
		before []events.Name
		moved  int
	}{
		{"where no seat was held, none is given back", nil, 0},
		{"held seats are given back", []events.Name{events.SpotsReserve}, 2},
		{"sold seats are given back", []events.Name{events.SpotsReserve, events.SpotsSell}, 2},
	} {
		for _, n := range []events.Name{events.SpotsRelease, events.PaymentRefunded, events.PaymentVoided} {
			t.Run(c.name+", asked by "+string(n), func(t *testing.T) {
				d := open(t, undo(""))
				d.Says(events.DepartureOpened, d.Event(events.DepartureOpen, events.Data{Booking: booking.Booking{DepartureID: "lyon-0900"}, Terms: &terms}))
				for _, b := range c.before {
					if _, err := d.Hear(d.on(b)); err != nil {
						t.Fatal(err)
					}
				}
				e := d.back(n, 4500)
				if n != events.SpotsRelease {
					e.Attempt = 1
				}
				said := d.Says(events.SpotsReleased, e)
				if said.Moved != c.moved || said.Stock.Available != 4 || said.Stock.Held != 0 || said.Stock.Sold != 0 {
					t.Errorf("%d moved, %+v left", said.Moved, said.Stock)
				}
				if said.Reason != booking.ReasonCustomer || said.Status != booking.StatusCancelled || said.Amount.Amount != 4500 {
					t.Errorf("%+v, want what the message hangs on", said)
				}
				d.Again(e, said)
				d.Again(d.back(events.SpotsRelease, 1), said)
				page, err := d.Records.List(t.Context(), record.IndexBookings("lyon-0900"), "", 9)
				if err != nil || len(page.Members) != 0 {
					t.Errorf("still listed: %v, %v", page.Members, err)
				}
			})
		}
	}
}
