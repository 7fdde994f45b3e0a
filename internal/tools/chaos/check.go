//go:build unix

package main

import (
	"fmt"
	"slices"
	"strings"
)

// The statuses that a booking ends with.
const (
	confirmed = "CONFIRMED"
	rejected  = "REJECTED"
	cancelled = "CANCELLED"
	expired   = "EXPIRED"
)

// judge holds what everybody says against the promises, and returns what is
// wrong. all are the orders of this round, known the ids of all rounds.
func judge(all []*order, ds []*departure, s seen, known map[string]bool) (wrong []string) {
	sold := map[string]int{}
	for _, o := range all {
		for _, w := range o.judge(s) {
			wrong = append(wrong, fmt.Sprintf("order %d (%s, %s, %s, %d seats of %s): %s", o.n, o.id, o.flow, o.token, o.seats, o.departure.ID, w))
		}
		if s.bookings[o.id].Status == confirmed {
			sold[o.departure.ID] += o.seats
		}
	}
	for _, d := range ds {
		c := s.departures[d.ID]
		if c.Held != 0 || c.Sold != sold[d.ID] || c.Sold > c.Capacity {
			wrong = append(wrong, fmt.Sprintf("departure %s: held %d, sold %d of %d; its bookings have %d", d.ID, c.Held, c.Sold, c.Capacity, sold[d.ID]))
		}
		if d.doomed > 0 && (c.State != "cancelled" || c.Sold != 0) {
			wrong = append(wrong, fmt.Sprintf("departure %s was to be cancelled: it is %s, and has sold %d", d.ID, c.State, c.Sold))
		}
	}
	for id := range s.payments {
		if !known[id] {
			wrong = append(wrong, "the payment process knows a booking that nobody asked for: "+id)
		}
	}
	for id := range s.mails {
		if !known[id] {
			wrong = append(wrong, "the mail process knows a booking that nobody asked for: "+id)
		}
	}
	for _, l := range s.letters {
		wrong = append(wrong, "a dead letter: "+l.String())
	}
	return wrong
}

// judge holds one order against the promises.
func (o *order) judge(s seen) (wrong []string) {
	wrong = slices.Clone(o.wrong)
	if o.id == "" {
		return wrong
	}
	b := s.bookings[o.id]
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if !b.Finished {
		say("has not ended: %v", b)
		return wrong
	}
	if b.Stuck || len(b.Untold) > 0 {
		say("an operator is needed: %v, untold %v", b, b.Untold)
	}
	if o.cancelled && b.Status == confirmed {
		say("the customer cancelled, and it is %s", b.Status)
	}
	// What was cancelled before it had seats never learned its price.
	if want := o.departure.Price.Amount * int64(o.seats); b.Price.Amount != want && (b.Status == confirmed || b.Price.Amount != 0) {
		say("costs %d, want %d", b.Price.Amount, want)
	}
	o.judgeEnd(b, say)
	o.judgeMoney(b, s.payments[o.id], say)
	o.judgeMail(b, s.mails[o.id], say)
	return wrong
}

// judgeEnd compares the end with what the card says, where nothing else came
// in between. It is the same in both flows.
func (o *order) judgeEnd(b booking, say func(string, ...any)) {
	if o.cancelled || o.departure.scarce || o.departure.doomed > 0 || b.Status == expired {
		return
	}
	want, reason := confirmed, ""
	switch o.token {
	case "tok_declined":
		want, reason = cancelled, "card_declined"
	case "tok_insufficient_funds", "tok_async_fails":
		want, reason = cancelled, "insufficient_funds"
	}
	if b.Status != want || b.Reason != reason {
		say("is %s %s, want %s %s", b.Status, b.Reason, want, reason)
	}
}

// judgeMoney compares the payment process's books with the booking and its
// policy.
func (o *order) judgeMoney(b booking, intents []intent, say func(string, ...any)) {
	var paid, refunds int
	var taken int64
	for _, i := range intents {
		taken += i.taken()
		if i.Status == "succeeded" {
			paid++
		}
		for _, r := range i.Refunds {
			if r.Status == "done" {
				refunds++
			}
		}
		if i.Status == "unconfirmed" || i.Status == "processing" {
			say("is %s, and its payment %s is still %s", b.Status, i.ID, i.Status)
		}
	}
	if paid > 1 || refunds > 1 {
		say("charged %d times, refunded %d times", paid, refunds)
	}
	want, price := int64(0), o.departure.Price.Amount*int64(o.seats)
	switch {
	case b.Status == confirmed:
		want = price
	case b.Reason == "customer" && slices.Contains(b.Facts, "booking.confirmed"):
		want = price - price*o.departure.back/100
	}
	if taken != want {
		say("is %s %s, and %d was kept, want %d", b.Status, b.Reason, taken, want)
	}
}

// asked counts the keys that a provider was asked for more than once.
func (s seen) asked() (payments, mails int) {
	for _, is := range s.payments {
		for _, i := range is {
			for _, n := range i.Requests {
				if n > 1 {
					payments++
				}
			}
		}
	}
	for _, ms := range s.mails {
		for _, m := range ms {
			if m.Asked > 1 {
				mails++
			}
		}
	}
	return payments, mails
}

// tally counts how this round's bookings ended, by flow.
func tally(all []*order, s seen) map[string]map[string]int {
	ends := map[string]map[string]int{}
	for _, o := range all {
		b := s.bookings[o.id]
		end := strings.TrimSpace(b.Status + " " + b.Reason)
		if ends[end] == nil {
			ends[end] = map[string]int{}
		}
		ends[end][o.flow]++
	}
	return ends
}
