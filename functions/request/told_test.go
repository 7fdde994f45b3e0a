package request_test

import (
	"strings"
	"testing"
	"time"

	"tourbillon/events"
	"tourbillon/internal/booking"
	"tourbillon/internal/record"
)

// told is a message as its customer sees it later.
type told struct {
	ID, Template, Channel, BookingID, DepartureID, Status, Reason string
	Category                                                      booking.Category
	At, Until                                                     time.Time
}

func (h *house) told(query string) (all struct {
	Notifications []told
	Next          string
}) {
	h.t.Helper()
	h.must(200, h.ask("GET", h.path("notifications")+query, "")).into(h.t, &all)
	return all
}

// hears publishes what a provider tells of a message.
func (h *house) hears(name events.Name, message, code string) {
	h.t.Helper()
	n, err := record.ReadNotification(h.t.Context(), h.door.Records, message)
	if err != nil {
		h.t.Fatal(err)
	}
	e := events.Note(name, events.Data{
		Booking: n.Booking, Occurrence: n.Occurrence, Template: n.Template, CustomerID: n.CustomerID, Channel: n.Channel, Recipient: n.Recipient, Code: code,
	}, string(name)+message, h.clock()).Render(events.Speaker{Function: "webhook"}, events.Event{})
	if err := h.broker.Publish(h.t.Context(), e); err != nil {
		h.t.Fatal(err)
	}
}

func TestDoor_ListsWhatACustomerWasTold(t *testing.T) {
	h := opened(t, 9)
	h.run(t, "nothing, at first", func(t *testing.T) {
		if r := h.must(200, h.ask("GET", h.path("notifications"), "")); r.body != `{"notifications":[]}` {
			t.Error(r.body)
		}
	})
	id := h.books(camille).BookingID
	h.later(time.Hour)
	h.cancels(202, id, "")
	h.books(wanting("customer", `{"name":"Ada","email":"ada@example.com"}`))
	all := h.told("").Notifications
	h.run(t, "the newest first, and hers alone", func(t *testing.T) {
		if len(all) < 3 {
			t.Fatalf("%+v", all)
		}
		templates := ""
		for i, n := range all {
			templates += n.Template + " "
			if n.BookingID != id || n.DepartureID != "lyon-0900" || n.Channel != booking.ChannelMail || n.Status != "sent" || n.Category != booking.CategoryOf(n.Template) {
				t.Errorf("%+v", n)
			}
			if i > 0 && n.At.After(all[i-1].At) {
				t.Errorf("%s is older than %s", all[i-1].Template, n.Template)
			}
		}
		for _, want := range []string{"booking.confirmed", "booking.cancelled", "payment.succeeded"} {
			if !strings.Contains(templates, want) {
				t.Errorf("%s lacks %s", templates, want)
			}
		}
	})
	h.run(t, "by pages", func(t *testing.T) {
		var seen []told
		for cursor := ""; ; {
			page := h.told("&limit=1&cursor=" + cursor)
			seen = append(seen, page.Notifications...)
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(seen) != len(all) || seen[0].ID != all[0].ID {
			t.Errorf("%+v", seen)
		}
	})
	h.run(t, "with what became of each", func(t *testing.T) {
		h.hears(events.Delivered, all[0].ID, "")
		h.hears(events.Bounced, all[1].ID, "4.2.2")
		got := h.told("").Notifications
		if got[0].Status != "delivered" || got[0].Reason != "" || got[1].Status != "bounced" || got[1].Reason != "4.2.2" {
			t.Errorf("%+v", got)
		}
	})
	h.run(t, "with why one was not sent, and until when one waits", func(t *testing.T) {
		h.must(200, h.ask("PUT", h.path("preferences"), `{"quietHours":{"from":"00:00","to":"23:59"},"timeZone":"Europe/Paris"}`))
		h.later(time.Hour)
		quiet := h.books(wanting("seats", "1")).BookingID
		states := map[string]told{}
		for _, n := range h.told("").Notifications {
			if n.BookingID == quiet {
				states[n.Template] = n
			}
		}
		if n := states["payment.succeeded"]; n.Status != "deferred" || n.Until.IsZero() || n.Reason != booking.DeferredQuiet || states["booking.confirmed"].Status != "sent" {
			t.Errorf("%+v", states)
		}
		h.suppress(h.camille(), booking.ChannelMail, booking.SuppressedBounce, h.now)
		h.later(time.Hour)
		h.books(wanting("seats", "3"))
		states = map[string]told{}
		for _, n := range h.told("").Notifications[:2] {
			states[n.Template] = n
		}
		if n := states["payment.succeeded"]; n.Status != "failed" || n.Reason != "suppressed" {
			t.Errorf("%+v", n)
		}
		if n := states["booking.confirmed"]; n.Status != "sent" || n.Channel != "text" {
			t.Errorf("what nobody may miss goes by another channel: %+v", n)
		}
	})
	h.run(t, "and neither addresses nor words", func(t *testing.T) {
		r := h.ask("GET", h.path("notifications"), "")
		for _, secret := range append(personal, "Bonjour", "@", "subject", "body") {
			if strings.Contains(r.body, secret) {
				t.Errorf("%s has %q", r.body, secret)
			}
		}
	})
	for _, query := range []string{"&limit=0", "&limit=x", "&cursor=x"} {
		h.run(t, query+" is refused", func(t *testing.T) { h.must(400, h.ask("GET", h.path("notifications")+query, "")) })
	}
}
