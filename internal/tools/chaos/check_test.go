//go:build unix

package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)

// peace is a small round in which all is well: one booking confirmed, one
// cancelled after it was confirmed, one declined.
func peace() ([]*order, []*departure, seen) {
	d := departures(1, 400, noon, time.Minute)[1] // half back
	all := []*order{
		{n: 0, id: "a", flow: "orchestration", token: "tok_visa", departure: d, seats: 2},
		{n: 1, id: "b", flow: "choreography", token: "tok_visa", departure: d, seats: 1, cancelled: true},
		{n: 2, id: "c", flow: "choreography", token: "tok_declined", departure: d, seats: 1},
	}
	paid := func(seats int64) intent {
		return intent{Status: "succeeded", Amount: money{3333 * seats, "EUR"}, Requests: map[string]int{"k": 2}}
	}
	back := paid(1)
	back.Refunds = append(back.Refunds, struct {
		Key    string
		Amount money
		Status string
	}{"r", money{1666, "EUR"}, "done"})
	return all, []*departure{d}, seen{
		bookings: map[string]booking{
			"a": {ID: "a", Status: confirmed, Price: money{6666, "EUR"}, Facts: []string{"payment.succeeded", "booking.confirmed"}, Finished: true},
			"b": {ID: "b", Status: cancelled, Reason: "customer", Price: money{3333, "EUR"}, Facts: []string{"payment.succeeded", "booking.confirmed", "payment.refunded"}, Finished: true},
			"c": {ID: "c", Status: cancelled, Reason: "card_declined", Price: money{3333, "EUR"}, Finished: true},
		},
		payments: map[string][]intent{"a": {paid(2)}, "b": {back}, "c": {{Status: "declined"}}},
		mails: map[string][]mail{
			"a": {{Template: words[confirmed], At: noon}, {Template: "payment.succeeded", At: noon.Add(time.Hour)}},
			"b": {
				{Template: words[cancelled], At: noon.Add(time.Second)}, {Template: words[confirmed], At: noon},
				{Template: "payment.succeeded", At: noon}, {Template: "payment.succeeded", At: noon, Channel: "push"},
			},
			"c": {{Template: words[cancelled], At: noon, Asked: 2}},
		},
		departures: map[string]counters{d.ID: {State: "open", Capacity: 10, Sold: 2}},
	}
}

func TestJudge(t *testing.T) {
	known := map[string]bool{"a": true, "b": true, "c": true}
	change := func(id string, do func(*booking)) func([]*order, seen) {
		return func(_ []*order, s seen) {
			b := s.bookings[id]
			do(&b)
			s.bookings[id] = b
		}
	}
	for _, c := range []struct {
		name, want string
		spoil      func([]*order, seen)
	}{
		{"all is well", "", func([]*order, seen) {}},
		{"a booking that was never accepted", "never accepted", func(all []*order, _ seen) { all[0].wrong = []string{"was never accepted"} }},
		{"a booking that nobody knows", "has not ended", func(_ []*order, s seen) { delete(s.bookings, "a") }},
		{"a booking that waits", "has not ended", change("a", func(b *booking) { b.Finished = false })},
		{"a booking that is stuck", "an operator is needed", change("a", func(b *booking) { b.Stuck = true })},
		{"an ending that was given up telling", "an operator is needed", change("a", func(b *booking) { b.Untold = []string{"x"} })},
		{"a wish that was lost", "the customer cancelled", change("b", func(b *booking) { b.Status = confirmed })},
		{"another price", "costs 1", change("a", func(b *booking) { b.Price.Amount = 1 })},
		{"a good card that was declined", "want CONFIRMED", change("a", func(b *booking) { b.Status, b.Reason = cancelled, "card_declined" })},
		{"another reason", "want CANCELLED card_declined", change("c", func(b *booking) { b.Reason = "insufficient_funds" })},
		{"a second charge", "charged 2 times", func(_ []*order, s seen) { s.payments["a"] = append(s.payments["a"], s.payments["a"][0]) }},
		{"a second refund", "refunded 2 times", func(_ []*order, s seen) {
			s.payments["b"][0].Refunds = append(s.payments["b"][0].Refunds, s.payments["b"][0].Refunds[0])
		}},
		{"a seat without money", "0 was kept, want 6666", func(_ []*order, s seen) { delete(s.payments, "a") }},
		{"money without a seat", "3333 was kept, want 0", func(_ []*order, s seen) {
			s.payments["c"][0] = intent{Status: "succeeded", Amount: money{3333, "EUR"}}
		}},
		{"a refund of less than the policy gives", "want 1667", func(_ []*order, s seen) { s.payments["b"][0].Refunds[0].Amount.Amount = 1 }},
		{"a payment that may still take money", "is still processing", func(_ []*order, s seen) { s.payments["c"][0].Status = "processing" }},
		{"an ending that was not told", "was told last", func(_ []*order, s seen) { delete(s.mails, "a") }},
		{"an ending that was told twice", "told twice", func(_ []*order, s seen) { s.mails["a"] = append(s.mails["a"], s.mails["a"][0]) }},
		{"old news that came last", "was told last", func(_ []*order, s seen) { s.mails["b"][1].At = noon.Add(time.Minute) }},
		{"a receipt that was lost", "has heard payment.succeeded, and nobody was told", func(_ []*order, s seen) { s.mails["a"] = s.mails["a"][:1] }},
		{"a receipt that came twice", "told twice: payment.succeeded", func(_ []*order, s seen) { s.mails["a"] = append(s.mails["a"], s.mails["a"][1]) }},
		{"a receipt for what nobody paid", "was told: payment.succeeded", func(_ []*order, s seen) {
			s.mails["c"] = append(s.mails["c"], mail{Template: "payment.succeeded", At: noon})
		}},
		{"a refund that nobody said", "was told: payment.refunded", func(_ []*order, s seen) {
			s.mails["a"] = append(s.mails["a"], mail{Template: refunded, At: noon})
		}},
		{"another ending told before", "was told: booking.expired", func(_ []*order, s seen) {
			s.mails["a"] = append([]mail{{Template: words[expired], At: noon.Add(-1)}}, s.mails["a"]...)
		}},
		{"seats sold twice", "sold 3 of 10", func(_ []*order, s seen) { s.sell(3, 0, 10) }},
		{"seats that are still held", "held 1", func(_ []*order, s seen) { s.sell(2, 1, 10) }},
		{"more seats than there are", "sold 2 of 1", func(_ []*order, s seen) { s.sell(2, 0, 1) }},
		{"a stranger's payment", "the payment process knows", func(_ []*order, s seen) { s.payments["x"] = nil }},
		{"a stranger's mail", "the mail process knows", func(_ []*order, s seen) { s.mails["x"] = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, ds, s := peace()
			c.spoil(all, s)
			wrong := strings.Join(judge(all, ds, s, known), "\n")
			if c.want == "" && wrong != "" || !strings.Contains(wrong, c.want) {
				t.Errorf("found %q, want %q", wrong, c.want)
			}
		})
	}
	t.Run("a departure that was to be cancelled, and is not", func(t *testing.T) {
		all, ds, s := peace()
		ds[0].doomed = time.Second
		if wrong := judge(all, ds, s, known); len(wrong) != 1 || !strings.Contains(wrong[0], "was to be cancelled") {
			t.Errorf("found %q", wrong)
		}
	})
}

func (s seen) sell(sold, held, capacity int) {
	for _, id := range slices.Collect(maps.Keys(s.departures)) {
		s.departures[id] = counters{State: "open", Capacity: capacity, Held: held, Sold: sold}
	}
}

func TestFinding_Excused(t *testing.T) {
	for _, c := range []struct {
		f    finding
		want bool
	}{
		{finding{Kind: "missing", Field: "payment.failed", Overtaken: true}, true},
		{finding{Kind: "missing", Field: "payment.failed"}, false},                    // nothing came after it: it is lost
		{finding{Kind: "missing", Field: "payment.refunded", Overtaken: true}, false}, // nothing is said instead of that
		{finding{Kind: "differs", Field: "payment.failed", Overtaken: true}, false},
	} {
		if got := c.f.excused(); got != c.want {
			t.Errorf("%+v is excused: %v", c.f, got)
		}
	}
}
