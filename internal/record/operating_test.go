package record_test

import (
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/request"
	keeper "tourbillon/functions/saga"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/saga"
)

func TestSaga_Lists(t *testing.T) {
	d := open(t)
	arrows := []arrow.Function{keeper.Function(saga.Shipped())}
	hear := func(n events.Name) {
		t.Helper()
		d.now = d.now.Add(time.Second)
		d.hear(n, func(e *events.Event) { e.ID, e.Amount, e.Reason = string(n), &held.Price, booking.ReasonOperator }, arrows...)
	}
	wants := func(when string, of, stuck, undo, unseated int) {
		t.Helper()
		for list, n := range map[string]int{
			record.IndexSagasOf("lyon-0900"): of, record.IndexStuck: stuck, record.IndexUndoOwed: undo, record.IndexPaidWithoutSeat: unseated,
		} {
			if got := len(d.list(list)); got != n {
				t.Errorf("%s: %s has %d, want %d", when, list, got, n)
			}
		}
	}
	hear(events.BookingRequested)
	wants("requested", 1, 0, 0, 0)
	hear(events.PaymentSucceeded)
	wants("paid", 1, 0, 0, 1)
	hear(events.BookingConfirmed)
	d.now = d.now.Add(time.Hour)
	hear(events.SagaWake)
	wants("nobody sells the seats", 1, 1, 0, 1)
	hear(events.SpotsSold)
	wants("sold", 1, 0, 0, 0)
	hear(events.BookingCancelled)
	wants("cancelled", 1, 0, 1, 0)
	hear(events.PaymentRefunded)
	wants("given back", 1, 0, 1, 0)
	hear(events.SpotsReleased)
	wants("undone", 1, 0, 0, 0)
}

func TestIntake_Erase(t *testing.T) {
	d := open(t)
	settings := request.Settings{Secret: []byte("secret"), Hold: time.Minute, Flow: booking.Orchestration}
	asks := func(e *events.Event) {
		e.Customer, e.Payment = &booking.Customer{Name: "Ada", Email: "ada@example.com"}, &booking.Token{Token: "tok_visa"}
	}
	d.want("says", events.BookingRequested, d.hear(events.BookingRequest, asks, request.Function(settings)))
	list := record.IndexOfCustomer(settings.CustomerID(booking.Customer{Email: "ada@example.com"}))
	d.want("of the customer", []string{"booking-2"}, d.list(list))
	for range 2 {
		if err := record.EraseIntake(t.Context(), d.records, "booking-2"); err != nil {
			t.Fatal(err)
		}
		row, err := d.records.Read(t.Context(), store.Key{Record: record.KindIntake, ID: "booking-2"}, "booking-2")
		if raw := string(row.Entry); err != nil || strings.Contains(raw, "ada") || strings.Contains(raw, "tok_visa") || !strings.Contains(raw, `"hash"`) {
			t.Errorf("it is %s, %v", raw, err)
		}
		d.want("of the customer, until all is erased", []string{"booking-2"}, d.list(list))
	}
	if err := record.UnlistIntake(t.Context(), d.records, "booking-2"); err != nil {
		t.Fatal(err)
	}
	d.want("of the customer", 0, len(d.list(list)))
	d.want("asked again it says", events.BookingRequested, d.hear(events.BookingRequest, asks, request.Function(settings)))
	d.want("of the customer, asked again", 0, len(d.list(list)))
	if err := record.EraseIntake(t.Context(), d.records, "nobody-asked"); err != nil {
		t.Error(err)
	}
	d.put(record.KindIntake, "broken-1", `{"customer":"ada@example.com"`)
	if err := record.EraseIntake(t.Context(), d.records, "broken-1"); err == nil || strings.Contains(err.Error(), "ada") {
		t.Errorf("got %v", err)
	}
}

func TestIntervene(t *testing.T) {
	d := open(t)
	first := booking.Intervention{Deed: booking.DeedCancel, Who: "ada", Why: "ill", Booking: held}
	taken, fact, err := record.Intervene(t.Context(), d.records, "wish-1", first, noon)
	if err != nil || taken.Said == nil {
		t.Fatal(taken, err)
	}
	if fact.Deed != booking.DeedCancel || fact.Who != "ada" || fact.Why != "ill" || fact.By != "operator" || fact.Data.ID != held.ID ||
		fact.Source != "/tourbillon/operator" || fact.RecordVersion != 1 || !fact.Time.Equal(noon) {
		t.Errorf("the fact is %+v", fact)
	}
	t.Run("asked again it is as it was asked first", func(t *testing.T) {
		again, same, err := record.Intervene(t.Context(), d.records, "wish-1", booking.Intervention{Deed: booking.DeedDrop, Who: "bob"}, noon.Add(time.Hour))
		d.want("taken", taken, again)
		d.want("the fact", fact, same)
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("it is known", func(t *testing.T) {
		if i, known, err := record.Intervened(t.Context(), d.records, "wish-1"); !known || err != nil || i.Who != "ada" {
			t.Errorf("got %+v, %v, %v", i, known, err)
		}
		if _, known, err := record.Intervened(t.Context(), d.records, "wish-2"); known || err != nil {
			t.Errorf("got %v, %v", known, err)
		}
	})
	t.Run("the fact is an event", func(t *testing.T) {
		ce, err := events.Encode(fact)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := events.Decode(ce); err != nil {
			t.Error(err)
		}
	})
}
