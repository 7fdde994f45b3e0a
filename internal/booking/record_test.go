package booking_test

import (
	"testing"
	"time"

	"tourbillon/internal/booking"
)

// record does steps, an hour apart from noon on.
func record(steps ...func(booking.Record, time.Time) booking.Record) booking.Record {
	var r booking.Record
	for i, step := range steps {
		r = step(r, noon.Add(time.Duration(i)*time.Hour))
	}
	return r
}

func create(r booking.Record, now time.Time) booking.Record  { return r.Create(bought(), now) }
func confirm(r booking.Record, now time.Time) booking.Record { return r.Confirm(now) }

// complete is asked once the departure has left.
func complete(r booking.Record, _ time.Time) booking.Record { return r.Complete(leaves) }

func closeAs(as booking.Status, why booking.Reason) func(booking.Record, time.Time) booking.Record {
	return func(r booking.Record, now time.Time) booking.Record { return r.Close(party("a", 3), as, why, now, now) }
}

var expire = closeAs(booking.StatusExpired, booking.ReasonTimeout)

func TestRecord_Create(t *testing.T) {
	t.Run("a booking is made on hold", func(t *testing.T) {
		same(t, record(create), booking.Record{
			Booking: bought(), Version: 1, Created: &booking.Said{Version: 1, At: noon, Status: booking.StatusOnHold},
		})
	})
	for says, r := range map[string]booking.Record{
		"one that was made stays as made":               record(create),
		"one that was confirmed stays so":               record(create, confirm),
		"one that was closed stays so":                  record(create, expire),
		"one that was closed before is not made at all": record(expire),
		"one that was completed stays so":               record(create, confirm, complete),
	} {
		t.Run(says, func(t *testing.T) { same(t, r.Create(party("a", 9), leaves), r) })
	}
}

func TestRecord_Confirm(t *testing.T) {
	t.Run("a booking that was made is confirmed", func(t *testing.T) {
		same(t, record(create, confirm).Confirmed, &booking.Said{Version: 2, At: noon.Add(time.Hour), Status: booking.StatusConfirmed})
	})
	for says, r := range map[string]booking.Record{
		"one that nobody made is not":        {},
		"one that was closed is not":         record(create, expire),
		"one that was closed before is not":  record(expire),
		"a second asking changes nothing":    record(create, confirm),
		"one that was completed stays so":    record(create, confirm, complete),
		"one that was confirmed and closed ": record(create, confirm, closeAs(booking.StatusCancelled, booking.ReasonCustomer)),
	} {
		t.Run(says, func(t *testing.T) { same(t, r.Confirm(leaves), r) })
	}
}

func TestRecord_Close_Unconfirmed(t *testing.T) {
	for _, c := range []struct {
		as  booking.Status
		why booking.Reason
	}{
		{booking.StatusRejected, booking.ReasonSoldOut},
		{booking.StatusExpired, booking.ReasonTimeout},
		{booking.StatusCancelled, booking.ReasonCardDeclined},
		{booking.StatusCancelled, booking.ReasonCustomer},
	} {
		does := closeAs(c.as, c.why)
		t.Run("one on hold is "+string(c.as)+" for "+string(c.why)+", and owed all of it", func(t *testing.T) {
			r := record(create, does)
			same(t, r, booking.Record{
				Booking: bought(), Version: 2, Created: record(create).Created,
				Closed: &booking.Said{Version: 2, At: noon.Add(time.Hour), Status: c.as, Reason: c.why, Amount: new(eur(13500))},
			})
		})
		t.Run("one that nobody made leaves a tombstone of no money for "+string(c.why), func(t *testing.T) {
			same(t, record(does), booking.Record{
				Booking: party("a", 3), Version: 1,
				Closed: &booking.Said{Version: 1, At: noon, Status: c.as, Reason: c.why, Amount: &booking.Money{Currency: "XXX"}},
			})
		})
	}
	t.Run("an unpaid one is owed all of it, whatever the policy keeps", func(t *testing.T) {
		r := record(create).Close(booking.Booking{}, booking.StatusCancelled, booking.ReasonCustomer, leaves.Add(time.Hour), leaves.Add(time.Hour))
		same(t, *r.Closed.Amount, eur(13500))
	})
	t.Run("whichever closes first stays", func(t *testing.T) {
		r := record(create, expire)
		same(t, closeAs(booking.StatusCancelled, booking.ReasonOperator)(r, later), r)
		same(t, expire(r, leaves), r)
	})
}

func TestRecord_Close_Confirmed(t *testing.T) {
	paid := record(create, confirm)
	for _, c := range []struct {
		says string
		why  booking.Reason
		at   time.Time
		owed int64
	}{
		{"a customer two days before is owed all of it", booking.ReasonCustomer, leaves.Add(-48 * time.Hour), 13500},
		{"a customer a day before is owed half", booking.ReasonCustomer, leaves.Add(-24 * time.Hour), 6750},
		{"a customer just before is owed nothing", booking.ReasonCustomer, leaves.Add(-1), 0},
		{"an operator gives all of it back, even after", booking.ReasonOperator, leaves.Add(time.Hour), 13500},
		{"a departure that does not run gives all of it back", booking.ReasonDepartureCancelled, leaves, 13500},
	} {
		t.Run(c.says, func(t *testing.T) {
			r := paid.Close(booking.Booking{}, booking.StatusRejected, c.why, c.at, c.at)
			want := paid
			want.Version = 3
			want.Closed = &booking.Said{Version: 3, At: c.at, Status: booking.StatusCancelled, Reason: c.why, Amount: new(eur(c.owed))}
			same(t, r, want)
			same(t, r.Close(booking.Booking{}, booking.StatusCancelled, booking.ReasonOperator, leaves, leaves), r)
		})
	}
	for _, why := range []booking.Reason{booking.ReasonTimeout, booking.ReasonCardDeclined, booking.ReasonInsufficientFunds, booking.ReasonSoldOut, ""} {
		t.Run("the reason "+string(why)+" does not reach that far", func(t *testing.T) {
			same(t, paid.Close(booking.Booking{}, booking.StatusExpired, why, later, later), paid)
		})
	}
}

func TestRecord_Close_Asked(t *testing.T) {
	paid := record(create, confirm)
	for _, c := range []struct {
		says  string
		asked time.Time
		owed  int64
	}{
		{"two days before is owed all of it", leaves.Add(-48 * time.Hour), 13500},
		{"a day before is owed half", leaves.Add(-24 * time.Hour), 6750},
		{"just before is not too late", leaves.Add(-1), 0},
	} {
		t.Run("a customer who asked "+c.says+", though it is closed after", func(t *testing.T) {
			now := leaves.Add(time.Hour)
			r := paid.Close(booking.Booking{}, booking.StatusCancelled, booking.ReasonCustomer, c.asked, now)
			same(t, r.Closed, &booking.Said{
				Version: 3, At: now, Status: booking.StatusCancelled, Reason: booking.ReasonCustomer, Amount: new(eur(c.owed)),
			})
		})
	}
	t.Run("one who asked too late is refused by that, and when it is refused is said", func(t *testing.T) {
		now := leaves.Add(time.Hour)
		r := paid.Close(booking.Booking{}, booking.StatusCancelled, booking.ReasonCustomer, leaves, now)
		same(t, r.Refused, &booking.Said{Version: 3, At: now, Status: booking.StatusConfirmed, Reason: booking.ReasonTooLate})
	})
	t.Run("one who asked before the tour was taken is refused after", func(t *testing.T) {
		r := record(create, confirm, complete).Close(booking.Booking{}, booking.StatusCancelled, booking.ReasonCustomer, noon, leaves)
		if r.Closed != nil || r.Refused == nil || r.Refused.Reason != booking.ReasonEnded || !r.Refused.At.Equal(leaves) {
			t.Errorf("%+v", r)
		}
	})
}

func TestRecord_Close_Refused(t *testing.T) {
	cancelled := closeAs(booking.StatusCancelled, booking.ReasonCustomer)
	t.Run("a customer is too late once it has left", func(t *testing.T) {
		r := cancelled(record(create, confirm), leaves)
		same(t, r.Refused, &booking.Said{Version: 3, At: leaves, Status: booking.StatusConfirmed, Reason: booking.ReasonTooLate})
		same(t, cancelled(r, leaves.Add(time.Hour)), r)
		t.Run("and is answered so after it was completed, too", func(t *testing.T) {
			r := complete(r, leaves)
			same(t, cancelled(r, leaves.Add(time.Hour)), r)
		})
		t.Run("an operator still closes it, which takes the refusal's place", func(t *testing.T) {
			r := closeAs(booking.StatusCancelled, booking.ReasonOperator)(r, leaves)
			if r.Refused != nil || r.Closed == nil || r.Version != 4 || r.Closed.Version != 4 {
				t.Errorf("%+v", r)
			}
		})
	})
	t.Run("a departure that was moved, and does not run, gives all of it back", func(t *testing.T) {
		r := closeAs(booking.StatusCancelled, booking.ReasonDepartureCancelled)(record(create, confirm, complete), noon)
		same(t, r.Closed, &booking.Said{
			Version: 4, At: noon, Status: booking.StatusCancelled, Reason: booking.ReasonDepartureCancelled, Amount: new(r.Booking.Price),
		})
		same(t, r.Status(), booking.StatusCancelled)
	})
	for _, why := range []booking.Reason{booking.ReasonCustomer, booking.ReasonOperator} {
		t.Run("a tour that was taken has ended for "+string(why), func(t *testing.T) {
			before := record(create, confirm, complete)
			r := closeAs(booking.StatusCancelled, why)(before, noon)
			want := before
			want.Version = 4
			want.Refused = &booking.Said{Version: 4, At: noon, Status: booking.StatusCompleted, Reason: booking.ReasonEnded}
			same(t, r, want)
		})
	}
}

func TestRecord_Complete(t *testing.T) {
	t.Run("a confirmed booking is completed when it leaves", func(t *testing.T) {
		same(t, record(create, confirm, complete).Completed, &booking.Said{Version: 3, At: leaves, Status: booking.StatusCompleted})
	})
	for _, c := range []struct {
		says string
		r    booking.Record
		at   time.Time
	}{
		{"not before it leaves", record(create, confirm), leaves.Add(-1)},
		{"not one on hold", record(create), leaves},
		{"not one that nobody made", booking.Record{}, leaves},
		{"not one that was closed", record(create, confirm, closeAs(booking.StatusCancelled, booking.ReasonOperator)), leaves},
		{"not twice", record(create, confirm, complete), leaves.Add(time.Hour)},
	} {
		t.Run(c.says, func(t *testing.T) { same(t, c.r.Complete(c.at), c.r) })
	}
}

func TestReason_Reaches(t *testing.T) {
	far := map[booking.Reason]bool{booking.ReasonCustomer: true, booking.ReasonOperator: true, booking.ReasonDepartureCancelled: true}
	for _, r := range []booking.Reason{
		booking.ReasonSoldOut, booking.ReasonDepartureUnknown, booking.ReasonDepartureClosed, booking.ReasonDepartureCancelled,
		booking.ReasonDeparted, booking.ReasonCardDeclined, booking.ReasonInsufficientFunds, booking.ReasonTimeout,
		booking.ReasonCustomer, booking.ReasonOperator, booking.ReasonTooLate, booking.ReasonEnded,
	} {
		t.Run("a confirmed booking and the reason "+string(r), func(t *testing.T) { same(t, r.Reaches(), far[r]) })
	}
}

func TestStatus_Closed(t *testing.T) {
	closed := map[booking.Status]bool{booking.StatusRejected: true, booking.StatusCancelled: true, booking.StatusExpired: true}
	for _, s := range booking.Statuses() {
		t.Run("a booking that is "+string(s), func(t *testing.T) { same(t, s.Closed(), closed[s]) })
	}
	same(t, len(booking.Statuses()), 7)
}
