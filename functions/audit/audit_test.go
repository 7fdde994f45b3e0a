package audit_test

import (
	"encoding/json"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/audit/audittest"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
)

// hear gives a fact to the live audit of the world.
func hear(t *testing.T, w *audittest.World, ce event.Event) {
	t.Helper()
	w.Broken = nil
	if out, err := w.Receivers["audit"](t.Context(), ce); out != nil || err != nil {
		t.Fatalf("%s is answered by %v, %v", ce.Type(), out, err)
	}
}

// of finds the first fact of a name about a booking.
func of(t *testing.T, w *audittest.World, n events.Name, id string) events.Event {
	t.Helper()
	for _, ce := range w.Archive {
		if e, err := events.Decode(ce); err == nil && e.Name == n && e.Data.ID == id {
			return e
		}
	}
	t.Fatalf("there is no %s", n)
	return events.Event{}
}

func TestFunction_FindsNothingWhereNothingIs(t *testing.T) {
	w := audittest.New(t)
	w.Lively()
	for _, ce := range w.Archive {
		if hear(t, w, ce); len(w.Broken) > 0 {
			t.Errorf("%s breaks %q", ce, w.Broken)
		}
	}
}

func TestFunction_Facts(t *testing.T) {
	w := audittest.New(t)
	all := w.Lively()
	less := func(m *booking.Money) *booking.Money {
		return &booking.Money{Amount: m.Amount - 1, Currency: m.Currency}
	}
	more := func(m *booking.Money) *booking.Money {
		return &booking.Money{Amount: m.Amount + 1, Currency: m.Currency}
	}
	for _, c := range []struct {
		says   string
		name   events.Name
		of     string
		rule   string
		change func(*events.Event)
	}{
		{"more seats sold than there are", events.SpotsSold, "confirmed", "counters", func(e *events.Event) { e.Stock.Sold = e.Stock.Capacity + 1 }},
		{"a seat that is nowhere", events.SpotsReserved, "confirmed", "counters", func(e *events.Event) { e.Stock.Available-- }},
		{"another number of seats held than asked for", events.SpotsReserved, "confirmed", "moved", func(e *events.Event) { e.Moved++ }},
		{"another number sold", events.SpotsSold, "confirmed", "moved", func(e *events.Event) { e.Moved-- }},
		{"another number released", events.SpotsReleased, "tried again", "moved", nil},
		{"less charged than the price", events.PaymentSucceeded, "confirmed", "price", func(e *events.Event) { e.Amount = less(e.Amount) }},
		{"another currency charged", events.PaymentSucceeded, "confirmed", "price", func(e *events.Event) { e.Amount = &booking.Money{Amount: e.Amount.Amount, Currency: "USD"} }},
		{"more given back than was paid", events.PaymentRefunded, "cancelled", "price", func(e *events.Event) { e.Amount = more(&e.Price) }},
		{"something given back of nothing", events.PaymentVoided, "declined", "price", func(e *events.Event) { e.Amount = &booking.Money{Amount: 1, Currency: "EUR"} }},
		{"less owed back than the policy gives", events.BookingCancelled, "cancelled", "policy", func(e *events.Event) { e.Amount = less(e.Amount) }},
		{"a part of what an operator owes", events.BookingCancelled, "taken off", "policy", func(e *events.Event) { e.Amount.Amount /= 2 }},
		{"an end that is none", events.SagaCompensated, "cancelled", "ending-said", func(e *events.Event) { e.Status = booking.StatusOnHold }},
	} {
		t.Run(c.says, func(t *testing.T) {
			if c.change == nil { // of a booking that was never released: made of its sale
				c.name, c.change = events.SpotsSold, func(e *events.Event) { e.Name, e.Moved = events.SpotsReleased, 1 }
			}
			e := of(t, w, c.name, all[c.of])
			c.change(&e)
			ce, err := events.Encode(e)
			if err != nil {
				t.Fatal(err)
			}
			if hear(t, w, ce); len(w.Broken) != 1 || w.Broken[0] != c.rule {
				t.Errorf("it breaks %q, want %s", w.Broken, c.rule)
			}
		})
	}
}

// change rewrites a booking's record as if something had gone wrong.
func change(t *testing.T, w *audittest.World, kind, record, id string, with func(map[string]any)) {
	t.Helper()
	err := w.Records.Update(t.Context(), store.Key{Record: kind, ID: record}, id, func(row store.Row) (store.Change, error) {
		var all map[string]any
		if err := json.Unmarshal(row.Entry, &all); err != nil {
			return store.Change{}, err
		}
		with(all)
		raw, err := json.Marshal(all)
		return store.Change{Entry: raw}, err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFunction_Ends(t *testing.T) {
	entry := func(all map[string]any) map[string]any { return all["entry"].(map[string]any) }
	for _, c := range []struct {
		says, of     string
		name         events.Name
		kind, record string
		rule         string
		change       func(map[string]any)
	}{
		{"money without a seat", "confirmed", events.SagaCompleted, record.KindDeparture, "lyon-0900", "money-without-seat",
			func(s map[string]any) { delete(s, "held"); delete(s, "sold") }},
		{"a seat without money", "confirmed", events.SagaCompleted, record.KindPayment, "", "seat-without-money",
			func(p map[string]any) { delete(entry(p), "succeeded") }},
		{"less given back than is owed", "cancelled", events.SagaCompensated, record.KindPayment, "", "money-without-seat",
			func(p map[string]any) {
				entry(p)["refunded"].(map[string]any)["amount"].(map[string]any)["amount"] = 1
			}},
		{"seats back before the money", "cancelled", events.SagaCompensated, record.KindPayment, "", "order",
			func(p map[string]any) { delete(entry(p), "refunded") }},
	} {
		t.Run(c.says, func(t *testing.T) {
			w := audittest.New(t)
			id := w.Lively()[c.of]
			where := c.record
			if where == "" {
				where = id
			}
			change(t, w, c.kind, where, id, c.change)
			ce, err := events.Encode(of(t, w, c.name, id))
			if err != nil {
				t.Fatal(err)
			}
			hear(t, w, ce)
			for _, rule := range w.Broken {
				if rule == c.rule {
					return
				}
			}
			t.Errorf("it breaks %q, want %s", w.Broken, c.rule)
		})
	}
}
