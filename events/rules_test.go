package events_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"tourbillon/events"
)

// required are the fields that each name cannot do without.
var required = map[string][]string{
	"bookingId status": {
		"booking.requested", "booking.created", "booking.confirmed", "booking.completed", "payment.disputed",
		"saga.completed", "saga.compensated",
	},
	"bookingId status reason amount":                   {"booking.rejected", "booking.expired", "booking.cancelled"},
	"bookingId status reason":                          {"booking.close.refused", "payment.failed"},
	"bookingId status departureId availability":        {"tour.spots.reserved", "tour.spots.sold", "tour.spots.released"},
	"bookingId status departureId availability reason": {"tour.spots.rejected"},
	"bookingId status amount": {
		"payment.initiated", "payment.succeeded", "payment.refunded", "payment.voided", "payment.refund.failed",
	},
	"occurrence channel recipient": {
		"notification.send", "notification.sent", "notification.failed", "notification.deferred", "notification.delivered",
		"notification.bounced",
	},
	"bookingId status step":  {"saga.stuck"},
	"by deed who":            {"operator.intervened"},
	"channel recipient":      {"customer.opted.out", "customer.opted.in", "customer.suppressed", "customer.restored"},
	"customerId preferences": {"customer.preferences.changed"},
	"notificationId":         {"notification.wake"},
	"bookingId": {
		"booking.create", "payment.charge", "payment.settle", "booking.confirm", "payment.refund",
		"booking.complete", "saga.wake",
	},
	"bookingId departureId":                     {"tour.spots.sell", "tour.spots.release"},
	"bookingId departureId seats":               {"tour.spots.reserve"},
	"bookingId by reason":                       {"booking.cancel"},
	"bookingId as reason":                       {"booking.close"},
	"departureId seats customer payment":        {"booking.request"},
	"departureId":                               {"departure.close", "departure.cancel"},
	"departureId departure":                     {"departure.open", "departure.change"},
	"departureId availability":                  {"tour.availability.low", "tour.availability.back", "tour.sold.out"},
	"departureId departure availability":        {"tour.departure.opened", "tour.departure.changed", "tour.departure.closed"},
	"departureId reason availability":           {"tour.departure.refused"},
	"departureId departure availability reason": {"tour.departure.cancelled"},
	"tour":   {"tour.create", "tour.update", "tour.created", "tour.updated"},
	"reason": {"tour.refused"},
	"":       {"clock.tick", "notification.announce", "fanout.next"},
}

func TestSchemas_Required(t *testing.T) {
	held := make(map[events.Name]bool)
	for fields, names := range required {
		for _, name := range names {
			n := events.Name(name)
			held[n] = true
			spec, _ := events.Lookup(n)
			for _, field := range strings.Fields(fields) {
				t.Run(name+" cannot do without "+field, func(t *testing.T) {
					o := object(t, example(t, n, spec.Version))
					delete(o, field)
					if got := complaintOf(t, n, spec.Version, o); got == nil || got.Problem != "missing "+field || got.At != "" {
						t.Errorf("got %v", got)
					}
				})
			}
			t.Run(name+" can do without everything else", func(t *testing.T) {
				o := object(t, example(t, n, spec.Version))
				maps.DeleteFunc(o, func(k string, _ any) bool { return !slices.Contains(strings.Fields(fields), k) })
				if got := complaintOf(t, n, spec.Version, o); got != nil {
					t.Errorf("got %v", got)
				}
			})
		}
	}
	for _, s := range events.Vocabulary() {
		if !held[s.Name] {
			t.Errorf("%s is not in this table", s.Name)
		}
	}
}

func complaintOf(t testing.TB, n events.Name, version int, o map[string]any) *events.SchemaError {
	t.Helper()
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return complaint(t, n, version, string(raw))
}

func TestSchemas_Closed(t *testing.T) {
	ever(func(n events.Name, v int, file string) {
		t.Run(file+" takes an object only, and no field that it does not name", func(t *testing.T) {
			for _, data := range []string{`null`, `[]`, `"x"`, `1`, `true`} {
				if got := complaint(t, n, v, data); got == nil || !strings.HasSuffix(got.Problem, "want object") {
					t.Errorf("data %s: got %v", data, got)
				}
			}
			o := object(t, example(t, n, v))
			o["extra"] = 1
			got := complaintOf(t, n, v, o)
			if n == events.ClockTick {
				if got != nil {
					t.Errorf("got %v", got)
				}
			} else if got == nil || got.Problem != "unknown field extra" {
				t.Errorf("got %v", got)
			}
		})
	})
}

// values are fields set to what they must not be, and what is told of it.
var values = []struct {
	name        events.Name
	field       string
	value       any
	at, problem string
}{
	{events.BookingCancel, "by", "clock", "/by", "is none of [customer operator]"},
	{events.BookingCancel, "reason", "timeout", "/reason", "is none of [customer operator departure_cancelled]"},
	{events.BookingClose, "as", "CONFIRMED", "/as", "is none of [REJECTED EXPIRED CANCELLED]"},
	{events.BookingClose, "try", -1, "/try", "is below 0"},
	{events.PaymentSucceeded, "attempt", 0, "/attempt", "is below 1"},
	{events.PaymentSucceeded, "amount", map[string]any{"amount": -1, "currency": "EUR"}, "/amount/amount", "is below 0"},
	{events.PaymentSucceeded, "amount", map[string]any{"amount": 1, "currency": "eur"}, "/amount/currency", "does not match ^[A-Z]{3}$"},
	{events.PaymentSucceeded, "amount", map[string]any{"amount": 1}, "/amount", "missing currency"},
	{events.SpotsReserved, "seatsMoved", -1, "/seatsMoved", "is below 0"},
	{events.SpotsReserved, "expiresAt", "tomorrow", "/expiresAt", "is not a valid date-time"},
	{events.SpotsReserved, "expiresAt", "2026-02-30T10:00:00Z", "/expiresAt", "is not a valid date-time"},
	{events.SpotsReserved, "departureId", "Lyon", "/departureId", "does not match ^[a-z0-9][a-z0-9-]{0,63}$"},
	{events.SpotsReserved, "departureId", "{s017}", "/departureId", "does not match ^[a-z0-9][a-z0-9-]{0,63}$"},
	{events.Send, "channel", "fax", "/channel", "is none of [mail text push]"},
	{events.Send, "recipient", secret, "/recipient", "does not match ^[A-Za-z0-9_-]{1,64}$"},
	{events.Send, "customer", map[string]any{}, "", "unknown field customer"},
	{events.BookingRequested, "payment", map[string]any{}, "", "unknown field payment"},
	{events.SoldOut, "bookingId", "q7Xw2LrT9vKcMz4J", "", "unknown field bookingId"},
	{events.FanoutNext, "cursor", strings.Repeat("x", 513), "/cursor", "is longer than 512"},
	{events.TourCreate, "tour", map[string]any{"id": "lyon", "name": "a\nb", "city": "Lyon"}, "/tour/name", `does not match ^[^\x00-\x1f\x7f]*$`},
}

func TestSchemas_Values(t *testing.T) {
	for _, tt := range values {
		t.Run(string(tt.name)+": "+tt.field+" "+tt.problem, func(t *testing.T) {
			o := object(t, example(t, tt.name, mustVersion(tt.name)))
			o[tt.field] = tt.value
			got := complaintOf(t, tt.name, mustVersion(tt.name), o)
			if got == nil || got.At != tt.at || got.Problem != tt.problem {
				t.Errorf("got %v", got)
			}
		})
	}
	for _, at := range []string{"2026-05-02T08:45:60Z", "2026-05-02t08:45:00Z", "2026-05-02T08:45:00z"} {
		t.Run("a time that Go cannot read is refused by the schema: "+at, func(t *testing.T) {
			o := object(t, example(t, events.BookingCreated, 1))
			o["expiresAt"] = at
			if got := complaintOf(t, events.BookingCreated, 1, o); got == nil || got.At != "/expiresAt" {
				t.Errorf("got %v", got)
			}
		})
	}
}

func mustVersion(n events.Name) int {
	spec, ok := events.Lookup(n)
	if !ok {
		panic("no such name: " + n)
	}
	return spec.Version
}
