package booking_test

import (
	"testing"

	"tourbillon/internal/booking"
)

func TestNotification_Next(t *testing.T) {
	ask := booking.Notification{
		Booking: bought(), Occurrence: "booking.confirmed", Channel: "mail", Recipient: "5e88489a",
		Reason: booking.ReasonCustomer, Amount: new(eur(6750)),
	}
	ask.Booking.Status = booking.StatusCancelled
	said := booking.Said{Version: 1, At: later, Status: booking.StatusCancelled, Reason: booking.ReasonCustomer, Amount: ask.Amount}
	sent, failed := ask, ask
	sent.Sent = &said
	no := said
	no.Code = "no such mailbox"
	failed.Failed = &no

	for _, c := range []struct {
		says string
		of   booking.Notification
		word *booking.Receipt
		want booking.Notification
		send bool
	}{
		{"what was never sent is sent, and not marked before", booking.Notification{}, nil, ask, true},
		{"what was begun and forgotten is sent again", ask, nil, ask, true},
		{"what the provider took is sent", ask, &booking.Receipt{ID: "m-1"}, sent, false},
		{"what it will never send has failed", ask, &booking.Receipt{Refused: "no such mailbox"}, failed, false},
		{"what was sent is not sent again", sent, nil, sent, false},
		{"what has failed is not sent again", failed, nil, failed, false},
		{"a late receipt changes nothing that was sent", sent, &booking.Receipt{Refused: "spam"}, sent, false},
		{"a late receipt changes nothing that has failed", failed, &booking.Receipt{ID: "m-2"}, failed, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			n, send := c.of.Next(ask, c.word, later)
			same(t, n, c.want)
			same(t, send, c.send)
			if send {
				return
			}
			again, send := n.Next(booking.Notification{Channel: "text"}, nil, leaves)
			same(t, again, n)
			same(t, send, false)
		})
	}
}
