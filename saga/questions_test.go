package saga_test

import (
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/saga"
)

func TestRecord_Questions(t *testing.T) {
	at := time.Date(2026, time.May, 2, 12, 0, 0, 0, time.UTC)
	price := booking.Money{Amount: 9000, Currency: "EUR"}
	half := booking.Money{Amount: 4500, Currency: "EUR"}
	heard := func(names ...events.Name) (all []saga.Heard) {
		for i, n := range names {
			h := saga.Heard{Name: n, At: at.Add(time.Duration(i) * time.Second)}
			switch n {
			case events.PaymentSucceeded:
				h.Amount = &price
			case events.BookingCancelled:
				h.Amount = &half
			}
			all = append(all, h)
		}
		return all
	}
	type answers struct {
		stuck, undo, unseated bool
		paid, owed            *booking.Money
	}
	for says, c := range map[string]struct {
		r    saga.Record
		want answers
	}{
		"nothing is known": {saga.Record{}, answers{}},
		"paid, and the seats are held": {
			saga.Record{Heard: heard(events.SpotsReserved, events.PaymentSucceeded), Armed: saga.Armed{Step: events.BookingConfirm}},
			answers{unseated: true, paid: &price},
		},
		"paid and sold": {
			saga.Record{Heard: heard(events.PaymentSucceeded, events.SpotsSold), Armed: saga.Armed{Step: events.Announce}}, answers{paid: &price},
		},
		"sold, and to be closed": {
			saga.Record{Heard: heard(events.PaymentSucceeded, events.SpotsSold), Armed: saga.Armed{Step: events.BookingClose}}, answers{undo: true, paid: &price},
		},
		"closed, and half is owed": {
			saga.Record{Heard: heard(events.PaymentSucceeded, events.SpotsSold, events.BookingCancelled), Armed: saga.Armed{Step: events.PaymentRefund}},
			answers{undo: true, paid: &price, owed: &half},
		},
		"closed, and the refund was refused": {
			saga.Record{
				Heard: heard(events.PaymentSucceeded, events.BookingCancelled, events.PaymentRefundFailed),
				Armed: saga.Armed{Step: events.PaymentSettle},
			},
			answers{undo: true, unseated: true, paid: &price, owed: &half},
		},
		"given back, and the seats are not": {
			saga.Record{Heard: heard(events.PaymentSucceeded, events.BookingCancelled, events.PaymentRefunded), Armed: saga.Armed{Step: events.SpotsRelease}},
			answers{undo: true},
		},
		"undone": {
			saga.Record{Heard: heard(events.PaymentSucceeded, events.BookingCancelled, events.PaymentRefunded, events.SpotsReleased), Armed: saga.Armed{Step: events.Announce}},
			answers{},
		},
		"the seats went before the money": {
			saga.Record{Heard: heard(events.PaymentSucceeded, events.SpotsSold, events.SpotsReleased)}, answers{unseated: true, paid: &price},
		},
		"stuck": {
			saga.Record{Armed: saga.Armed{Step: events.SpotsSell, Since: at}, Stuck: &booking.Said{}, StuckOn: events.SpotsSell, StuckSince: at},
			answers{stuck: true},
		},
		"it was stuck on another step": {
			saga.Record{Armed: saga.Armed{Step: events.SpotsSell, Since: at}, Stuck: &booking.Said{}, StuckOn: events.BookingConfirm, StuckSince: at},
			answers{},
		},
		"it was stuck on this step before": {
			saga.Record{Armed: saga.Armed{Step: events.SpotsSell, Since: at}, Stuck: &booking.Said{}, StuckOn: events.SpotsSell, StuckSince: at.Add(-time.Hour)},
			answers{},
		},
	} {
		t.Run(says, func(t *testing.T) {
			r := c.r
			if r.IsStuck() != c.want.stuck || r.OwesUndo() != c.want.undo || r.PaidWithoutSeat() != c.want.unseated {
				t.Errorf("stuck %v, undo owed %v, paid without seat %v; want %+v", r.IsStuck(), r.OwesUndo(), r.PaidWithoutSeat(), c.want)
			}
			if !same(r.Paid(), c.want.paid) || !same(r.Owed(), c.want.owed) {
				t.Errorf("paid %v, owed %v; want %v, %v", r.Paid(), r.Owed(), c.want.paid, c.want.owed)
			}
			if len(r.Heard) > 0 && !r.RequestedAt().Equal(at) {
				t.Errorf("asked for at %v", r.RequestedAt())
			}
		})
	}
}

func same(a, b *booking.Money) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
