package customer_test

import (
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/customer"
	"tourbillon/functions/functionstest"
	"tourbillon/internal/arrow"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

const who = "3f1c09a7b25e4d68"

// desk is where customer hears of an address.
type desk struct{ *functionstest.Desk }

func open(t *testing.T) desk {
	return desk{functionstest.Open(t, "customer", func(*functionstest.Desk) []arrow.Function { return []arrow.Function{customer.Function()} })}
}

// of is a fact about a message to the address, that a provider told of now.
func (d desk) of(n events.Name, channel, code string) events.Event {
	data := events.Data{Channel: channel, Recipient: who}
	if n == events.Bounced || n == events.SendFailed {
		data.Code, data.Occurrence, data.Template, data.CustomerID = code, "fact1", "tour.availability.low", "c0ffee"
		data.Booking = booking.Booking{DepartureID: "lyon-0900"}
	}
	e := d.Event(n, data)
	e.Subject = who
	return e
}

// suppressed reports whether the address is written to no more.
func (d desk) suppressed() bool {
	d.T.Helper()
	r, err := record.ReadReader(d.T.Context(), d.Records, who)
	if err != nil {
		d.T.Fatal(err)
	}
	return r.Suppressed != nil
}

func TestCustomer_Suppresses(t *testing.T) {
	for _, c := range []struct {
		says          string
		fact          events.Name
		channel, code string
		why           string // "": it is written to still
	}{
		{"mail to nobody", events.Bounced, "mail", "5.1.1", booking.SuppressedBounce},
		{"mail that a provider drops by its own list", events.Bounced, "mail", "dropped", booking.SuppressedBounce},
		{"a complaint, or an unsubscription at the provider", events.OptedOut, "mail", "", booking.SuppressedOptOut},
		{"STOP by text", events.OptedOut, "text", "", booking.SuppressedOptOut},
		{"a number that takes no text", events.Bounced, "text", "30006", booking.SuppressedBounce},
		{"an address that a provider refuses at once", events.SendFailed, "mail", booking.BadAddress, booking.SuppressedBounce},
		{"a number whose STOP a provider knows", events.SendFailed, "text", booking.OptedOut, booking.SuppressedOptOut},
		{"a device that is gone", events.SendFailed, "push", booking.EndpointDisabled, booking.SuppressedBounce},

		{"a full mailbox", events.Bounced, "mail", "5.2.2", ""},
		{"a server that is busy", events.Bounced, "mail", "421", ""},
		{"a server that blocks us", events.Bounced, "mail", "blocked", ""},
		{"a telephone that is off", events.Bounced, "text", "30003", ""},
		{"a carrier that filters", events.Bounced, "text", "30007", ""},
		{"a push that came back", events.Bounced, "push", "", ""},
		{"what the customer does not want", events.SendFailed, "mail", "unwanted", ""},
		{"what is not true any more", events.SendFailed, "mail", "superseded", ""},
		{"who was erased", events.SendFailed, "mail", "customer_unknown", ""},
		{"what was suppressed before", events.SendFailed, "mail", "suppressed", ""},
		{"a channel that nobody serves", events.SendFailed, "text", "no_provider", ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			d := open(t)
			e := d.of(c.fact, c.channel, c.code)
			if c.why == "" {
				if d.Silent(e); d.suppressed() || d.Commits != 0 {
					t.Errorf("is for good, after %d commits", d.Commits)
				}
				return
			}
			said := d.Says(events.Suppressed, e)
			if said.Code != c.why || said.Recipient != who || said.Data.Channel != c.channel || said.Subject != who || said.Record != record.KindCustomer || said.Step {
				t.Errorf("%+v", said)
			}
			if !d.suppressed() {
				t.Error("it is written to still")
			}
			d.Again(e, said)
		})
	}
}

func TestCustomer_Start(t *testing.T) {
	d := open(t)
	after := func(n events.Name) events.Event {
		d.Now = d.Now.Add(time.Minute)
		return d.of(n, "text", "")
	}
	d.Silent(after(events.OptedIn)) // nothing was suppressed
	stop := after(events.OptedOut)
	first := d.Says(events.Suppressed, stop)
	start := after(events.OptedIn)
	back := d.Says(events.Restored, start)
	if d.suppressed() || back.RecordVersion != first.RecordVersion+1 || back.Data.Channel != "text" {
		t.Errorf("%+v", back)
	}
	d.Again(start, back)
	t.Run("a STOP from before that comes late is none", func(t *testing.T) {
		d.Silent(stop)
		if d.suppressed() {
			t.Error("it is written to no more")
		}
	})
	t.Run("another is another, and so is its START", func(t *testing.T) {
		second := d.Says(events.Suppressed, after(events.OptedOut))
		third := d.Says(events.Restored, after(events.OptedIn))
		if second.ID == first.ID || third.ID == back.ID || second.Attempt != 2 || third.RecordVersion != 4 {
			t.Errorf("%+v, %+v", second, third)
		}
	})
}

// TestCustomer_Keeps holds that what else is known of who has the address stays.
func TestCustomer_Keeps(t *testing.T) {
	d := open(t)
	wish := booking.Preferences{Locale: "fr"}
	err := record.ChangeReader(t.Context(), d.Records, who, func(r booking.Reader) booking.Reader {
		r.Contact = &booking.Customer{Name: "Camille"}
		return r.Prefer(wish, d.Now).Register(booking.Device{ID: "d", Token: "t"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if said := d.Says(events.Suppressed, d.of(events.Bounced, "mail", "5.1.1")); said.RecordVersion != 2 {
		t.Errorf("%+v", said)
	}
	r, err := record.ReadReader(t.Context(), d.Records, who)
	if err != nil || r.Contact == nil || len(r.Devices) != 1 || r.Preferences.Locale != "fr" || r.Preferred == nil {
		t.Errorf("%+v, %v", r, err)
	}
}
