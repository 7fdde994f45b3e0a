package notify_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/functions/notify"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
	"tourbillon/internal/store"
	"tourbillon/internal/words"
)

// sells has so many of the departure's twelve seats sold.
func (p *post) sells(seats int) {
	p.T.Helper()
	err := p.Records.Update(p.T.Context(), store.Key{Record: record.KindDeparture, ID: departure}, "", func(row store.Row) (c store.Change, err error) {
		var d booking.Departure
		if err = json.Unmarshal(row.Head, &d); err == nil {
			d.Sold = seats
			c.Head, err = json.Marshal(d)
		}
		return c, err
	})
	if err != nil {
		p.T.Fatal(err)
	}
}

func TestNotify_Watchers(t *testing.T) {
	open := func(t *testing.T) *post {
		p := openPost(t, nil)
		p.offers()
		p.reads(customerID, func(r booking.Reader) booking.Reader { r.Contact = camille("fr"); return r })
		return p
	}
	t.Run("are told by what their own record has", func(t *testing.T) {
		p := open(t)
		said := p.Says(events.Sent, p.watched("tour.availability.low"))
		if m := p.mail(); m.To != "camille@example.com" || m.Locale != "fr" || m.BookingID != "" || !strings.Contains(m.Body, "Old Town, Lyon") || said.Step {
			t.Errorf("%+v", m)
		}
	})
	t.Run("of seats that are gone by now they are told nothing", func(t *testing.T) {
		for _, template := range []string{"tour.availability.low", "tour.availability.back"} {
			p := open(t)
			p.sells(12)
			p.never(notify.Superseded, p.watched(template))
		}
	})
	t.Run("that few are left they are not told once there are many again", func(t *testing.T) {
		p := open(t)
		p.sells(9)
		p.never(notify.Superseded, p.watched("tour.availability.low"))
	})
	t.Run("nothing once they watch it no more", func(t *testing.T) {
		for _, template := range []string{"tour.availability.low", "tour.departure.cancelled"} {
			p := open(t)
			e := p.watched(template)
			p.watches(time.Time{})
			p.never(notify.Unwanted, e)
		}
	})
	t.Run("of what waited for their morning, the newest of each", func(t *testing.T) {
		p := open(t)
		p.wishes(booking.Preferences{Quiet: &booking.Quiet{From: 21 * 60, To: 7 * 60}, TimeZone: "Australia/Adelaide"})
		var put events.Event
		var night []events.Event
		for _, template := range []string{"tour.availability.low", "tour.availability.back", "tour.availability.low"} {
			e := p.watched(template)
			e.Occurrence, e.Time = "fact"+strconv.Itoa(len(night)), e.Time.Add(time.Duration(len(night))*time.Minute)
			night, put = append(night, e), p.Says(events.SendDeferred, e)
		}
		p.Now = put.Until
		p.never(notify.Superseded, night[0])
		p.Says(events.Sent, night[1])
		p.Says(events.Sent, night[2])
	})
	t.Run("by the number that was to be told, and not by one that has said STOP", func(t *testing.T) {
		hashed := func(s *notify.Settings) { s.PhoneID = func(e164 string) string { return "hash" + e164[1:] } }
		p := openPost(t, nil, hashed)
		p.offers()
		p.reads(customerID, func(r booking.Reader) booking.Reader { r.Contact = withPhone(); return r })
		p.wishes(booking.Preferences{Channels: map[booking.Category][]string{booking.CategoryInterest: {booking.ChannelText}}})
		p.suppresses("hash33699999999", booking.ChannelText)
		e := by(booking.ChannelText, "hash"+number[1:], p.watched("tour.availability.low"))
		p.reads(customerID, func(r booking.Reader) booking.Reader { r.Contact.Phone = "+33699999999"; return r })
		p.never(notify.NoAddress, e)
		p.reads(customerID, func(r booking.Reader) booking.Reader { r.Contact.Phone = number; return r })
		e.Occurrence = "fact3"
		p.Says(events.Sent, e)
	})
	t.Run("that it does not take place they are told all the same", func(t *testing.T) {
		p := open(t)
		p.sells(12)
		p.Says(events.Sent, p.watched("tour.departure.cancelled"))
	})
	t.Run("in the language that they have chosen", func(t *testing.T) {
		p := open(t)
		p.wishes(booking.Preferences{Locale: "en"})
		p.Says(events.Sent, p.watched("tour.availability.low"))
		if m := p.mail(); m.Locale != "en" {
			t.Errorf("%+v", m)
		}
	})
}

func TestNotify_Moved(t *testing.T) {
	p := openPost(t, camille("en"))
	p.offers()
	e := p.news("tour.departure.changed")
	e.Was = &booking.Was{StartsAt: time.Date(2026, 6, 14, 6, 0, 0, 0, time.UTC), TimeZone: "Europe/Paris", MeetingPoint: new("Bellecour")}
	p.Says(events.Sent, e)
	m := p.mail()
	for _, says := range []string{"Sunday 14 June 2026 at 09:00", "Sunday 14 June 2026 at 08:00", "Place Saint-Jean", "Bellecour"} {
		if !strings.Contains(m.Body, says) {
			t.Errorf("want %q in\n%s", says, m.Body)
		}
	}
}

// TestNotify_Current holds that a change is told while there is one, and while it
// is of use.
func TestNotify_Current(t *testing.T) {
	for _, c := range []struct {
		says string
		was  booking.Was
		now  time.Time
		want events.Name
		text string
	}{
		{"a place where there was none", booking.Was{MeetingPoint: new("")}, time.Time{}, events.Sent, "New meeting point: Place Saint-Jean"},
		{"a place that is as it was again", booking.Was{MeetingPoint: new("Place Saint-Jean")}, time.Time{}, events.SendFailed, ""},
		{"a time that is as it was again", booking.Was{StartsAt: starts, TimeZone: "Europe/Paris"}, time.Time{}, events.SendFailed, ""},
		{"a zone whose clocks show the same", booking.Was{StartsAt: starts, TimeZone: "Europe/Brussels"}, time.Time{}, events.SendFailed, ""},
		{"a zone whose clocks show another time", booking.Was{StartsAt: starts, TimeZone: "Europe/London"}, time.Time{}, events.Sent, "Old time: Sunday 14 June 2026 at 08:00"},
		{"what has left", booking.Was{MeetingPoint: new("Bellecour")}, starts.Add(time.Minute), events.SendFailed, ""},
		{"what was to leave later, and has left", booking.Was{StartsAt: starts.Add(time.Hour), TimeZone: "Europe/Paris"}, starts.Add(time.Minute), events.Sent, "Old time"},
	} {
		t.Run(c.says, func(t *testing.T) {
			p := openPost(t, camille("en"))
			p.offers()
			e := p.news("tour.departure.changed")
			e.Was = &c.was
			if !c.now.IsZero() {
				p.Now = c.now
			}
			if said := p.Says(c.want, e); c.want == events.SendFailed && said.Code != notify.Superseded {
				t.Errorf("%+v", said)
			}
			if c.want == events.Sent && !strings.Contains(p.mail().Body, c.text) {
				t.Error(p.mail().Body)
			}
		})
	}
	t.Run("nor are seats told of what has left", func(t *testing.T) {
		p := openPost(t, camille("en"))
		p.offers()
		p.reads(customerID, func(r booking.Reader) booking.Reader { r.Contact = camille("en"); return r })
		p.Now = starts.Add(time.Minute)
		if said := p.Says(events.SendFailed, p.watched("tour.availability.low")); said.Code != notify.Superseded {
			t.Errorf("%+v", said)
		}
	})
}

func TestNotify_Links(t *testing.T) {
	leads := func(s *notify.Settings) {
		s.Links = func(id string, c booking.Category) words.Links {
			l := words.Links{Preferences: "https://tours.example/customers/" + id + "/preferences?key=k"}
			if !c.Rule().Critical {
				l.Unsubscribe = "https://tours.example/u/" + id + "." + string(c) + ".k"
			}
			return l
		}
	}
	for template, unsubscribe := range map[string]string{
		"booking.confirmed": "", "tour.departure.changed": "",
		"payment.succeeded": "https://tours.example/u/" + customerID + ".receipt.k",
	} {
		p := openPost(t, camille("en"), leads)
		p.offers()
		p.Says(events.Sent, p.news(template))
		m := p.mail()
		if !strings.Contains(m.Body, "/customers/"+customerID+"/preferences?key=k") || m.Unsubscribe != unsubscribe {
			t.Errorf("%s unsubscribes at %q:\n%s", template, m.Unsubscribe, m.Body)
		}
	}
}

// starts is when the departure of these tests leaves.
var starts = time.Date(2026, 6, 14, 7, 0, 0, 0, time.UTC)
