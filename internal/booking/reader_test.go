package booking_test

import (
	"strconv"
	"testing"
	"time"

	"tourbillon/internal/booking"
)

func TestReader_Suppress(t *testing.T) {
	const channel = "mail"
	at := func(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }
	bounced := booking.Reader{}.Suppress(channel, booking.SuppressedBounce, at(10), later)
	t.Run("an address that is suppressed says since when, and why", func(t *testing.T) {
		same(t, bounced, booking.Reader{
			Suppressed: &booking.Said{Version: 1, At: later, Attempt: 1, Code: "bounced"}, Channel: channel, HeardAt: at(10), Version: 1,
		})
	})
	t.Run("heard again it says the same", func(t *testing.T) {
		same(t, bounced.Suppress(channel, booking.SuppressedBounce, at(10), leaves), bounced)
	})
	t.Run("for another reason too, and knows when that was", func(t *testing.T) {
		more := bounced.Suppress(channel, booking.SuppressedOptOut, at(20), leaves)
		same(t, more.Suppressed, bounced.Suppressed)
		same(t, more.HeardAt, at(20))
		same(t, more.Restore(channel, at(15), leaves), more)
	})
	back := bounced.Restore(channel, at(20), leaves)
	t.Run("restored it is as if nothing was, but for what was said", func(t *testing.T) {
		same(t, back, booking.Reader{
			Restored: &booking.Said{Version: 2, At: leaves, Attempt: 1}, Channel: channel, HeardAt: at(20), Version: 2,
		})
	})
	t.Run("restored again it says the same", func(t *testing.T) { same(t, back.Restore(channel, at(20), later), back) })
	t.Run("what comes late of before changes nothing", func(t *testing.T) {
		same(t, back.Suppress(channel, booking.SuppressedBounce, at(10), leaves), back)
		same(t, bounced.Restore(channel, at(9), leaves), bounced)
	})
	t.Run("nor what comes late to who was never suppressed", func(t *testing.T) {
		good := booking.Reader{}.Restore(channel, at(20), later)
		same(t, good.Suppress(channel, booking.SuppressedBounce, at(10), leaves), good)
		same(t, good.Suppress(channel, booking.SuppressedBounce, at(20), leaves).Suppressed == nil, true)
		same(t, good.Suppress(channel, booking.SuppressedBounce, at(21), leaves).Suppressed != nil, true)
	})
	t.Run("suppressed once more it is another fact", func(t *testing.T) {
		again := back.Suppress(channel, booking.SuppressedOptOut, at(30), leaves)
		same(t, again.Suppressed, &booking.Said{Version: 3, At: leaves, Attempt: 2, Code: "opted_out"})
		same(t, again.Restored, (*booking.Said)(nil))
		same(t, again.Restore(channel, at(40), leaves).Restored, &booking.Said{Version: 4, At: leaves, Attempt: 2})
	})
	t.Run("who was never suppressed has nothing to be restored", func(t *testing.T) {
		same(t, booking.Reader{}.Restore(channel, at(1), later), booking.Reader{HeardAt: at(1)})
	})
	t.Run("the one that was given is left as it was", func(t *testing.T) {
		same(t, bounced.Version, uint64(1))
		same(t, bounced.Suppressed.Attempt, 1)
	})
}

func TestReader_Prefer(t *testing.T) {
	wish := booking.Preferences{
		Channels: map[booking.Category][]string{booking.CategoryReceipt: {"text"}}, Quiet: &booking.Quiet{From: 60, To: 120},
	}
	r := booking.Reader{}.Prefer(wish, noon)
	same(t, r.Preferred, &booking.Said{Version: 1, At: noon, Attempt: 1})
	second := r.Prefer(booking.Preferences{Locale: "fr"}, later)
	same(t, second.Preferred, &booking.Said{Version: 2, At: later, Attempt: 2})
	same(t, second.Preferences, booking.Preferences{Locale: "fr"})
	wish.Channels[booking.CategoryReceipt][0], wish.Quiet.From = "push", 0
	same(t, r.Preferences.Wants(booking.CategoryReceipt), []string{"text"})
	same(t, r.Preferences.Quiet, &booking.Quiet{From: 60, To: 120})
}

func TestReader_Devices(t *testing.T) {
	device := func(n int) booking.Device {
		return booking.Device{ID: "device-" + strconv.Itoa(n), Token: "token-" + strconv.Itoa(n), Since: noon.Add(time.Duration(n) * time.Hour)}
	}
	var r booking.Reader
	for n := range booking.MostDevices {
		r = r.Register(device(n))
	}
	full := r
	t.Run("registered again one is the youngest, and no second one", func(t *testing.T) {
		again := device(0)
		again.Name = "Camille's telephone"
		r := full.Register(again)
		same(t, len(r.Devices), booking.MostDevices)
		same(t, r.Devices[booking.MostDevices-1], again)
		same(t, r.Devices[0], device(1))
	})
	t.Run("the oldest gives way", func(t *testing.T) {
		r := full.Register(device(99))
		same(t, len(r.Devices), booking.MostDevices)
		same(t, r.Devices[0], device(1))
	})
	t.Run("one that is unregistered is gone, and the others are not", func(t *testing.T) {
		r := full.Unregister("device-3").Unregister("device-3").Unregister("nobody's")
		same(t, len(r.Devices), booking.MostDevices-1)
	})
	t.Run("the one that was given has them still", func(t *testing.T) {
		same(t, len(full.Devices), booking.MostDevices)
		same(t, full.Devices[0], device(0))
	})
}

func TestReader_Erase(t *testing.T) {
	r := booking.Reader{Contact: &booking.Customer{Name: "Camille"}}.
		Register(booking.Device{ID: "d", Token: "t"}).
		Prefer(booking.Preferences{Locale: "fr"}, noon).
		Suppress("mail", booking.SuppressedOptOut, noon, noon)
	if !r.Private() {
		t.Error("there is nothing to erase")
	}
	e := r.Erase()
	if e.Private() || e.Suppressed == nil || e.Preferences.Locale != "fr" {
		t.Errorf("%+v: who wants no more is not to be written to for ever, whoever they were", e)
	}
	same(t, e.Erase(), e)
	if (booking.Reader{}).Private() {
		t.Error("nobody has something to erase")
	}
}
