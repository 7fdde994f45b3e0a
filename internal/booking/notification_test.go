package booking_test

import (
	"testing"
	"time"

	"tourbillon/internal/booking"
)

// telling is a message of a category that is asked for at noon.
func telling(c booking.Category) booking.Notification {
	n := booking.Notification{
		Booking: bought(), Occurrence: "booking.cancelled", Template: "booking.cancelled", Category: c,
		CustomerID: "3f1c", Channel: "mail", Recipient: "5e88489a", Among: 2,
		Reason: booking.ReasonCustomer, Amount: new(eur(6750)), At: noon,
	}
	n.Booking.Status = booking.StatusCancelled
	return n
}

// told is a message's fact, the how-manieth and when.
func told(version uint64, at time.Time, s booking.Said) *booking.Said {
	s.Version, s.At, s.Status, s.Reason, s.Amount = version, at, booking.StatusCancelled, booking.ReasonCustomer, new(eur(6750))
	return &s
}

// begun is the message once its sending was begun, and nothing was heard.
func begun(t *testing.T, n booking.Notification, now time.Time) booking.Notification {
	t.Helper()
	n, send := n.Next(n, nil, now)
	if send == nil || !n.Open || n.Sent != nil || n.Failed != nil {
		t.Fatalf("%+v, %+v", n, send)
	}
	return n
}

func TestNotification_Next(t *testing.T) {
	ask := telling(booking.CategoryReceipt)
	first := ask
	first.Begun, first.Open, first.Look = 1, true, noon.Add(2*time.Minute)
	second := first
	second.Begun, second.Look = 2, later.Add(15*time.Minute)
	over := first
	over.Open, over.Look = false, time.Time{}
	sent, unconfirmed, failed, deferred := over, over, over, over
	sent.Sent, sent.Version = told(1, later, booking.Said{}), 1
	unconfirmed.Sent, unconfirmed.Version = told(1, later, booking.Said{Code: booking.Unconfirmed}), 1
	failed.Failed, failed.Version = told(1, later, booking.Said{Code: booking.BadAddress}), 1
	deferred.Deferred, deferred.Version = told(1, later, booking.Said{Attempt: 1, Code: booking.DeferredQuiet}), 1
	deferred.Until, deferred.Waits = leaves, true

	late := over
	late.Failed, late.Version = told(1, later, booking.Said{Code: booking.DeferredProvider}), 1

	once, onceBegun := ask, first
	once.Category, onceBegun.Category = booking.CategoryInterest, booking.CategoryInterest
	onceLost, onceSecond := onceBegun.NotSent(), second
	onceSecond.Category = booking.CategoryInterest

	for _, c := range []struct {
		says string
		of   booking.Notification
		word *booking.Receipt
		now  time.Time
		want booking.Notification
		send *booking.Sending
	}{
		{"what was never asked for is sent, and marked as begun before", booking.Notification{}, nil, noon, first, &booking.Sending{Turn: true, Tries: 1}},
		{"what was begun and forgotten is sent again, and takes no second turn", first, nil, later, second, &booking.Sending{Tries: 2}},
		{"what was certainly not sent too", first.NotSent(), nil, later, second, &booking.Sending{Tries: 2}},
		{"what may come once at most is taken for sent by who has the lease, if it was begun and forgotten", onceBegun, nil, later, onceBegun, &booking.Sending{Taken: true}},
		{"but sent again, if it was certainly not", onceLost, nil, later, onceSecond, &booking.Sending{Tries: 2}},
		{"what the provider took is sent", first, &booking.Receipt{ID: "m-1"}, later, sent, nil},
		{"what it may have taken is taken for sent, if it says so", first, &booking.Receipt{Unconfirmed: true}, later, unconfirmed, nil},
		{"what it will never send has failed", first, &booking.Receipt{Refused: booking.BadAddress}, later, failed, nil},
		{"what is not to be sent now waits", first, &booking.Receipt{Until: leaves, Why: booking.DeferredQuiet}, later, deferred, nil},
		{"and has failed, where that would be for days", first, &booking.Receipt{Until: leaves.Add(1), Why: booking.DeferredProvider}, later, late, nil},
		{"and is not sent before, whoever asks", deferred, nil, leaves.Add(-1), deferred, nil},
		{"what was sent is not sent again", sent, nil, leaves, sent, nil},
		{"nor what is taken for it", unconfirmed, nil, leaves, unconfirmed, nil},
		{"what has failed is not sent again", failed, nil, leaves, failed, nil},
		{"a late receipt changes nothing that was sent", sent, &booking.Receipt{Refused: "spam"}, leaves, sent, nil},
		{"a late receipt changes nothing that has failed", failed, &booking.Receipt{ID: "m-2"}, leaves, failed, nil},
	} {
		t.Run(c.says, func(t *testing.T) {
			n, send := c.of.Next(ask, c.word, c.now)
			if c.of.Category == booking.CategoryInterest {
				n, send = c.of.Next(once, c.word, c.now)
			}
			same(t, n, c.want)
			same(t, send, c.send)
		})
	}
	t.Run("what is known is not asked for as something else", func(t *testing.T) {
		for _, n := range []booking.Notification{sent, failed, deferred} {
			again, send := n.Next(booking.Notification{Occurrence: "booking.expired", Channel: "text"}, nil, later)
			same(t, again, n)
			same(t, send, (*booking.Sending)(nil))
		}
		n, _ := first.Next(booking.Notification{Occurrence: "booking.expired", Channel: "text"}, nil, later)
		same(t, n, second)
	})
}

func TestNotification_Next_Deferred(t *testing.T) {
	night, morning := noon.Add(10*time.Hour), noon.Add(19*time.Hour)
	putOff := func(n booking.Notification, why string, until, now time.Time) booking.Notification {
		n, send := n.Next(booking.Notification{}, &booking.Receipt{Until: until, Why: why}, now)
		same(t, send, (*booking.Sending)(nil))
		same(t, n.Due(), until)
		return n
	}
	n := putOff(begun(t, telling(booking.CategoryReceipt), night), booking.DeferredQuiet, morning, night)
	t.Run("woken it is sent, and takes the turn that it had not", func(t *testing.T) {
		woken, send := n.Next(booking.Notification{}, nil, morning)
		same(t, send, &booking.Sending{Turn: true, Tries: 1})
		same(t, woken.Waits, false)
		t.Run("once", func(t *testing.T) {
			again, send := woken.NotSent().Next(booking.Notification{}, nil, morning)
			same(t, send, &booking.Sending{Tries: 2})
			sent, _ := again.Next(booking.Notification{}, &booking.Receipt{ID: "m"}, morning)
			same(t, sent.Sent, told(2, morning, booking.Said{}))
			same(t, sent.Deferred, told(1, night, booking.Said{Attempt: 1, Code: booking.DeferredQuiet}))
			same(t, sent.Until, morning)
			same(t, sent.State(), "sent")
		})
	})
	t.Run("put off once more it is another fact, and due then", func(t *testing.T) {
		woken, _ := n.Next(booking.Notification{}, nil, morning)
		twice := putOff(woken, booking.DeferredLimit, morning.Add(time.Hour), morning)
		same(t, twice.Deferred, told(2, morning, booking.Said{Attempt: 2, Code: booking.DeferredLimit}))
	})
	t.Run("who was put off by a provider has had their turn", func(t *testing.T) {
		woken, _ := n.Next(booking.Notification{}, nil, morning)
		again, send := putOff(woken, booking.DeferredProvider, morning.Add(time.Minute), morning).Next(booking.Notification{}, nil, morning.Add(time.Minute))
		same(t, send, &booking.Sending{Tries: 1})
		same(t, again.Begun, 1)
	})
	t.Run("what a provider had delivered after all is not sent in the morning", func(t *testing.T) {
		woken, send := n.Reached(morning.Add(-time.Hour)).Next(booking.Notification{}, nil, morning)
		same(t, send, (*booking.Sending)(nil))
		same(t, woken.State(), "delivered")
		same(t, woken.Sent, told(2, morning, booking.Said{}))
		same(t, woken.Waits, false)
	})
}

// TestNotification_Due holds that no message is forgotten because everybody who
// delivered it gave up.
func TestNotification_Due(t *testing.T) {
	n := telling(booking.CategoryEnding)
	same(t, n.Due(), time.Time{})
	now := noon
	for _, wait := range []time.Duration{2 * time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		n = begun(t, n.NotSent(), now)
		same(t, n.Due(), now.Add(wait))
		now = n.Due()
	}
	t.Run("what is sent or has failed is not begun again", func(t *testing.T) {
		for _, word := range []booking.Receipt{{ID: "m"}, {Refused: "spam"}} {
			over, _ := n.Next(booking.Notification{}, &word, now)
			same(t, over.Due(), time.Time{})
		}
	})
	t.Run("nor for ever", func(t *testing.T) {
		last := 0
		for ; !n.Due().IsZero(); last++ {
			now = n.Due()
			n = begun(t, n.NotSent(), now)
		}
		if age := now.Sub(noon); age < 71*time.Hour || age > 73*time.Hour || last > 300 {
			t.Errorf("given up after %v, %d times", age, last)
		}
	})
}

func TestNotification_Reached(t *testing.T) {
	open := begun(t, telling(booking.CategoryEnding), noon)
	sent, _ := open.Next(booking.Notification{}, &booking.Receipt{ID: "m"}, noon)
	t.Run("is told once, and is no fact of its own", func(t *testing.T) {
		n := sent.Reached(later)
		same(t, n.Delivered, &booking.Mark{At: later})
		same(t, n.Version, sent.Version)
		same(t, n.Reached(leaves), n)
		same(t, n.State(), "delivered")
	})
	t.Run("what came back was not delivered, in any order", func(t *testing.T) {
		a, b := sent.Reached(later).CameBack("5.1.1", leaves), sent.CameBack("5.1.1", leaves).Reached(later)
		same(t, a, b)
		same(t, a.State(), "bounced")
		same(t, a.CameBack("5.2.2", leaves), a)
	})
	t.Run("a message that nobody knows has no marks", func(t *testing.T) {
		same(t, booking.Notification{}.Reached(later), booking.Notification{})
		same(t, booking.Notification{}.CameBack("5.1.1", later), booking.Notification{})
	})
	t.Run("what was delivered was sent: it is not sent again where nobody heard so", func(t *testing.T) {
		for _, n := range []booking.Notification{open.Reached(later), open.CameBack("5.1.1", later)} {
			n, send := n.Next(booking.Notification{}, nil, leaves)
			same(t, send, (*booking.Sending)(nil))
			same(t, n.Sent, told(1, leaves, booking.Said{}))
		}
	})
}

func TestNotification_State(t *testing.T) {
	open := begun(t, telling(booking.CategoryReceipt), noon)
	for want, word := range map[string]*booking.Receipt{
		"sending": nil, "sent": {ID: "m"}, "failed": {Refused: "spam"}, "deferred": {Until: leaves},
	} {
		n := open
		if word != nil {
			n, _ = n.Next(booking.Notification{}, word, noon)
		}
		same(t, n.State(), want)
	}
}
