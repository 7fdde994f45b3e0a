package audittest

import (
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// Prefer saves what a customer wishes, as the door does.
func (w *World) Prefer(id string, p booking.Preferences) {
	w.T.Helper()
	var is booking.Reader
	w.must(record.ChangeReader(w.T.Context(), w.Records, id, func(r booking.Reader) booking.Reader {
		is = r.Prefer(p, w.Now)
		return is
	}))
	w.Readers = append(w.Readers, id)
	w.say(record.PreferredFact(id, is), events.Speaker{Function: "request", Record: record.KindCustomer, ID: id})
}

// Watch has somebody watch a departure, as the door does.
func (w *World) Watch(id, departure string) {
	w.T.Helper()
	w.must(record.ChangeWatch(w.T.Context(), w.Records, id, departure, func(r booking.Reader, is booking.Watch) (booking.Reader, booking.Watch) {
		r.Contact, is.Since = &booking.Customer{Name: "Dominique", Email: "dominique@example.com"}, w.Now
		return r, is
	}))
}

// Hear has everybody hear what a provider tells of an address.
func (w *World) Hear(n events.Name, d events.Data) {
	w.T.Helper()
	w.asked++
	w.Readers = append(w.Readers, d.Recipient)
	w.say(events.Note(n, d, w.Now.Format(time.RFC3339Nano), w.Now), events.Speaker{Function: "webhook"})
}

func (w *World) say(a events.Answer, by events.Speaker) {
	w.T.Helper()
	ce, err := events.Encode(a.Render(by, events.Event{ID: "cause"}))
	if err == nil {
		err = w.Publish(w.T.Context(), ce)
	}
	w.must(err)
	w.Run()
}

func (w *World) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// people wish what they can, and providers tell what they do: Dominique, who
// watches both departures, sleeps at noon.
func (w *World) people() {
	w.T.Helper()
	w.Prefer("dominique", booking.Preferences{
		Channels: map[booking.Category][]string{booking.CategoryReceipt: {}, booking.CategoryInterest: {booking.ChannelMail}},
		Quiet:    &booking.Quiet{From: 11 * 60, To: 14 * 60}, TimeZone: "Etc/UTC", Locale: "fr",
	})
	w.Watch("dominique", "lyon-0900")
	w.Watch("dominique", "lyon-1400")
	phone := events.Data{Channel: booking.ChannelText, Recipient: "phone"}
	w.Hear(events.OptedOut, phone)
	w.Now = w.Now.Add(time.Second)
	w.Hear(events.OptedIn, phone)
	w.Hear(events.OptedOut, events.Data{Channel: booking.ChannelText, Recipient: "other-phone"})
}
